import OODData
import OODDetection

extension ExplorerState {
  /// Starts the next step towards the goal that is neither done nor running.
  ///
  /// Spectra take most of the time. The explorer therefore fits for the current λ first, which is enough for
  /// classes, scores and outliers. Spectra follow, and with them all other λ, the path and leave-one-out.
  mutating func pursueGoal() -> [Effect] {
    guard let samples = data.dataSet, samples.isScanned, goal >= .fit else { return [] }
    if classes.detector == nil {
      guard samples.train != nil else { return [] }
      if goal == .explore, !scoresAreComputed, setting.fit.ridgeRule != .leaveOneOut {
        return scoreByFactors(samples)
      }
      guard tasks[.spectra] == nil, classes.spectraObstacle == nil else { return [] }
      classes.forgetFactors()
      return [tasks.start(.fit(samples, setting.fit, pathCount: goal == .explore ? tuning.path.count : 0))]
    }
    guard goal >= .score, samples.train != nil || samples.test != nil else { return [] }
    if !scoresAreComputed { return tasks[.score] == nil ? rescore() : [] }
    return sweepIfWanted() + mapIfWanted()
  }

  /// Scores at the current λ without spectra.
  private mutating func scoreByFactors(_ samples: DataSet) -> [Effect] {
    guard tasks[.fit] == nil, tasks[.score] == nil else { return [] }
    if let factored = classes.factored, factored.regularization == setting.regularization,
      factored.background != nil || !setting.score.isRelative
    {
      let detector = DetectorAtSetting(factored, score: setting.score)
      return [tasks.start(.score(detector, samples, splits: wantedSplits))]
    }
    return [tasks.start(.factor(samples, setting.current))]
  }

  /// Resumes cancelled work that the current screen requires.
  mutating func resumeForScreen() -> [Effect] {
    guard goal == .explore, messages.failure == nil, [.tuning, .distances].contains(screen) else { return [] }
    return pursueGoal()
  }

  mutating func sweepIfWanted() -> [Effect] {
    guard goal == .explore, tasks[.sweep] == nil, let detector = classes.detector,
      let samples = data.dataSet
    else { return [] }
    let sampleCount = wantedSplits.reduce(0) { $0 + (samples[$1]?.count ?? 0) }
    guard let part = tuning.nextPart(of: detector, sampleCount: sampleCount) else { return [] }
    return [tasks.start(.sweep(detector, samples, path: part, splits: wantedSplits))]
  }

  /// The next row of the map over pooling, which the tuning screen shows, after everything else.
  mutating func mapIfWanted() -> [Effect] {
    guard goal == .explore, screen == .tuning, tasks[.map] == nil, tasks[.sweep] == nil,
      tasks[.prepare] == nil,
      let samples = data.dataSet, samples.train?.labels != nil, let sweep = tuning.sweep,
      sweep.path.count == tuning.path.count
    else { return [] }
    guard let pooling = tuning.nextPooling(with: setting.fit.pooling) else {
      return tuning.isMapRefined ? [] : [tasks.start(.refine(tuning.map, samples, setting.fit))]
    }
    var fit = setting.fit
    fit.pooling = pooling
    return [tasks.start(.map(samples, fit, path: tuning.path))]
  }

  /// The splits to score. Commands score only the evaluated split; the explorer also scores the training
  /// samples.
  var wantedSplits: [Split] { goal == .explore ? [.test, .train] : [data.evaluatedSplit] }
}

extension ExplorerState {
  /// Starts the work that the current screen needs: explanations, outlier details or the distance of a pair.
  mutating func workForCurrentScreen() -> [Effect] {
    guard let samples = data.dataSet, goal == .explore else { return [] }
    // Rows that need no spectra are computed without them too.
    if screen == .compare { return compareIfWanted(samples) }
    let listing = screen == .outliers && scoresAreCurrent ? listIfWanted() : []
    let scatter = screen == .scores && scoresAreCurrent ? scatterIfWanted(samples) : []
    let pictures = readPicturesIfWanted(samples)
    let pinned = screen == .tuning ? measurePinIfWanted(samples) : []
    guard let detector = classes.detector else { return listing + scatter + pictures + pinned }
    switch screen {
    case .classes:
      let pair = classes.comparedPair.map { comparePair(detector, $0, $1) } ?? []
      return pair + profileIfWanted(detector, samples) + checkFitsIfWanted(detector, samples)
    case .outliers where scoresAreCurrent:
      return listing + pictures + auditIfWanted(detector, samples) + explainOutliers(detector, samples)
    case .scores: return scatter
    case .tuning: return pinned
    case .distances where distances.plane.isOpen: return planeIfWanted(detector, samples)
    case .distances where detector.classes.count > 1:
      return comparePair(detector, distances.row, distances.column)
    default: return []
    }
  }

  /// Starts making the list of samples, if it takes too long for a frame.
  private mutating func listIfWanted() -> [Effect] {
    guard outliers.isListing, tasks.requested.listing != outliers.version, let wanted = outliers.wantedList
    else {
      return []
    }
    tasks.requested.listing = wanted.version
    return [tasks.start(.listSamples(wanted, classes.detector))]
  }

  private mutating func explainOutliers(_ detector: SpectralDetector, _ samples: DataSet) -> [Effect] {
    var effects: [Effect] = []
    if let reference = outliers.shown?.reference {
      let wanted = RequestedWork.Explanation(reference: reference, setting: setting.current)
      if tasks.requested.explanation != wanted {
        tasks.requested.explanation = wanted
        effects.append(tasks.start(.explain(detector, samples, reference, setting.current)))
      }
    }
    let missing = outliers.rowsToDetail
    let wanted = RequestedWork.Details(references: missing.map(\.reference), setting: setting.current)
    if !missing.isEmpty, tasks.requested.details != wanted, let scored = scores.scored {
      tasks.requested.details = wanted
      effects.append(tasks.start(.detailOutliers(detector, samples, missing, scored, setting.score)))
    }
    return effects
  }

  private mutating func comparePair(_ detector: SpectralDetector, _ first: Int, _ second: Int) -> [Effect] {
    let wanted = RequestedWork.Pair(first: first, second: second, regularization: setting.regularization)
    guard tasks.requested.pair != wanted else { return [] }
    tasks.requested.pair = wanted
    return [
      tasks.start(
        .comparePair(detector, first: wanted.first, second: wanted.second, wanted.regularization))
    ]
  }
}
