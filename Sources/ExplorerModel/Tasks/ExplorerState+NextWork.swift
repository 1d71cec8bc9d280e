import OODData
import OODDetection

extension ExplorerState {
  /// Starts the next step towards the goal that is neither done nor running.
  ///
  /// Spectra take most of the time. The explorer therefore fits for the current λ first, which is enough for
  /// classes, scores and outliers. Spectra follow, and with them all other λ, the path and leave-one-out.
  mutating func pursueGoal() -> [Effect] {
    guard let data, data.isScanned, goal >= .fit else { return [] }
    if detector == nil {
      guard data.train != nil else { return [] }
      if goal == .explore && !scoresAreComputed { return scoreByFactors(data) }
      guard tasks[.spectra] == nil, spectraObstacle == nil else { return [] }
      // Spectra replace the factors. Keeping both would take twice the memory.
      factored = nil
      return [start(.fit(data, pathCount: goal == .explore ? path.count : 0))]
    }
    guard goal >= .score, data.train != nil || data.test != nil else { return [] }
    if !scoresAreComputed { return tasks[.score] == nil ? rescore() : [] }
    return sweepIfWanted()
  }

  /// Scores at the current λ without spectra.
  private mutating func scoreByFactors(_ data: DataSet) -> [Effect] {
    guard tasks[.fit] == nil, tasks[.score] == nil else { return [] }
    if let factored, factored.regularization == regularization {
      return [start(.score(DetectorAtSetting(factored), data, splits: wantedSplits))]
    }
    return [start(.factor(data, regularization))]
  }

  /// Resumes cancelled work that the current screen requires.
  mutating func resumeForScreen() -> [Effect] {
    guard goal == .explore, failure == nil, [.tuning, .distances].contains(screen) else { return [] }
    return pursueGoal()
  }

  /// Changes λ before the spectra are computed. Discards the work for the old λ.
  mutating func refactor() -> [Effect] {
    for index in outlines.indices {
      outlines[index].logDeterminant = nil
      outlines[index].excessiveConditionNumber = nil
    }
    let discarded = discard(.fit) + discard(.score)
    if scoresAreCurrent { refreshScores() }
    return discarded + pursueGoal()
  }

  mutating func sweepIfWanted() -> [Effect] {
    guard goal == .explore, tasks[.sweep] == nil, let detector, let data,
      let part = nextPathPart(detector, data)
    else { return [] }
    return [start(.sweep(detector, data, path: part, splits: wantedSplits))]
  }

  /// The part of the path to compute next; `nil` when the path is complete.
  ///
  /// At a large λ all classes overlap, so every sample must be scored against every class. If that takes
  /// long, smaller λ are computed first.
  private func nextPathPart(_ detector: SpectralDetector, _ data: DataSet) -> [Regularization]? {
    if let sweep { return sweep.path.count < path.count ? Array(path[sweep.path.count...]) : nil }
    let sampleCount = Double(wantedSplits.reduce(0) { $0 + (data[$1]?.count ?? 0) })
    let square = Double(detector.dimension) * Double(detector.dimension)
    guard sampleCount * Double(detector.classes.count) * square > largePathWork, path == path.sorted() else {
      return path
    }
    let count = detector.separableCount(along: path)
    return count > 0 ? Array(path[..<count]) : path
  }
}

extension ExplorerState {
  /// Starts the work that the current screen needs: explanations, outlier details or the distance of a pair.
  mutating func workForCurrentScreen() -> [Effect] {
    guard let detector, let data, goal == .explore else { return [] }
    var effects: [Effect] = []
    if screen == .outliers, scoresAreCurrent {
      if let reference = selectedOutlier?.reference {
        let wanted = RequestedWork.Explanation(
          reference: reference, regularization: regularization, score: scoreKind)
        if requested.explanation != wanted {
          requested.explanation = wanted
          effects.append(start(.explain(detector, data, reference, regularization, scoreKind)))
        }
      }
      let missing = outlierRows.filter { $0.detail == nil }
      let wanted = RequestedWork.Details(
        references: missing.map(\.reference), regularization: regularization, score: scoreKind)
      if !missing.isEmpty, requested.details != wanted, let scores {
        requested.details = wanted
        effects.append(start(.detailOutliers(detector, data, missing, scores, scoreKind)))
      }
    }
    if screen == .distances, detector.classes.count > 1 {
      let wanted = RequestedWork.Pair(
        first: distances.row, second: distances.column, regularization: regularization)
      if requested.pair != wanted {
        requested.pair = wanted
        effects.append(
          start(.comparePair(detector, first: wanted.first, second: wanted.second, regularization)))
      }
    }
    return effects
  }
}
