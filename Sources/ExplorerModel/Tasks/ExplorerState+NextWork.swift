import OODData
import OODDetection

extension ExplorerState {
  /// The next step towards the goal that is neither done nor under way: what can be shown soonest comes first.
  ///
  /// Spectra take most of the time, so the explorer fits for the current λ first, which is enough for classes, scores
  /// and outliers; spectra follow, and with them every other λ, the path and leave-one-out.
  mutating func pursueGoal() -> [Effect] {
    guard let data, data.isScanned, goal >= .fit else { return [] }
    if detector == nil {
      guard data.train != nil else { return [] }
      if goal == .explore && !scoresAreComputed { return scoreByFactors(data) }
      guard tasks[.spectra] == nil, spectraObstacle == nil else { return [] }
      // Spectra replace the factors, and both at once would take twice the memory.
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

  /// Takes up again what was cancelled where the screen cannot do without.
  mutating func resumeForScreen() -> [Effect] {
    guard goal == .explore, failure == nil, [.tuning, .distances].contains(screen) else { return [] }
    return pursueGoal()
  }

  /// Another λ while there are no spectra: what was begun for the old one is of no use.
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

  /// The part of the path that is to be computed next; nil once all of it is.
  ///
  /// At a large λ all classes overlap, and each sample has to be looked at for every class: where that takes long, the
  /// λ below it come first.
  private func nextPathPart(_ detector: FittedDetector, _ data: DataSet) -> [Regularization]? {
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
  /// Work that what is on screen needs and that is not on its way: explanations, outlier details, a pair's distance.
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
