import OODDetection

extension ExplorerState {
  mutating func report(_ action: Action) -> [Effect] {
    switch action {
    case .loaded(let data, let model):
      return take(data, model: model)
    case .fitted(let detector):
      tasks[.fit] = nil
      return take(detector)
    case .factored(let factored):
      tasks[.fit] = nil
      self.factored = factored
      return data.map { [start(.scoreFactored(factored, $0, splits: wantedSplits))] } ?? []
    case .scored(let scored):
      tasks[.score] = nil
      failure = nil
      guard scored.regularization == regularization else { return [] }
      scores = scored
      refreshScores()
      return sweepIfWanted()
    case .swept(let sweep):
      tasks[.sweep] = nil
      return take(sweep)
    case .detailedOutliers(let details, let regularization, let score):
      tasks[.outlierDetails] = nil
      guard regularization == self.regularization, score == scoreKind else { return [] }
      mergeOutlierDetails(details)
      return []
    case .explained(let sample):
      tasks[.explain] = nil
      explained = sample
      return []
    case .comparedPair(let pair):
      tasks[.comparePair] = nil
      pairComparison = pair
      return []
    case .exported(let path, let rowCount):
      tasks[.export] = nil
      say(.info, "Wrote \(rowCount) rows to \(path).")
      return []
    case .foundExistingFile(let request):
      tasks[.export] = nil
      var prompt = Prompt(purpose: .export, text: request.path, problem: "it exists: Enter replaces it")
      prompt.confirmsReplacing = true
      overlay = .prompt(prompt)
      return []
    case .progressed(let kind, let progress):
      if tasks[kind] != nil { tasks[kind] = progress }
      return []
    case .failed(let kind, let text):
      tasks[kind] = nil
      // A file that cannot be written takes nothing away from what is shown.
      if kind == .export { say(.error, text) } else { fail(text) }
      return []
    case .cancelled(let kind):
      tasks[kind] = nil
      say(.info, "Cancelled \(kind.title). ^R starts again from the files.")
      return []
    case .noticed(let message):
      say(message.severity, message.text)
      return []
    default:
      return []
    }
  }

  private mutating func take(_ data: DataSet, model: ModelFile?) -> [Effect] {
    tasks[.load] = nil
    self.data = data
    detector = nil
    factored = nil
    summaries = []
    separations = nil
    forgetScores()
    classes = ClassesState()
    outliers = OutliersState(limit: outliers.limit)
    distances = DistancesState()
    dataView = DataState()
    for text in data.notices { say(.warning, text) }
    if data.test == nil { outliers.subset = .train }
    if let model {
      // A model brings the λ it was made for, unless the user has named one.
      if !regularizationIsChosen, let regularization = model.regularization {
        history = RegularizationHistory(regularization)
      }
      return take(model.detector)
    }
    guard goal >= .fit, data.train != nil else { return [] }
    return [start(goal == .score ? .factor(data, regularization) : .fit(data))]
  }

  private mutating func take(_ detector: FittedDetector) -> [Effect] {
    self.detector = detector
    forgetScores()
    do {
      try refreshClasses()
    } catch {
      fail(error.description)
      return []
    }
    classes.selected = worstConditionedClass ?? 0
    distances = DistancesState(row: 0, column: min(1, detector.classes.count - 1))
    if goal == .sweep, let data { return [start(.sweep(detector, data, path: path, splits: wantedSplits))] }
    guard goal >= .score, data?.train != nil || data?.test != nil else { return [] }
    return rescore()
  }

  private mutating func take(_ sweep: Sweep) -> [Effect] {
    self.sweep = sweep
    if let proposed = sweep.proposed {
      let end = sweep.proposalIsAtEnd ? ", an end of the path: the minimum may lie beyond" : ""
      say(.info, "Leave-one-out likelihood proposes λ = \(shortText(proposed))\(end). o takes it.")
    }
    // The λ may have moved on while the path was computed.
    return scoresAreCurrent ? [] : rescore()
  }

  private mutating func sweepIfWanted() -> [Effect] {
    guard goal == .explore, sweep == nil, tasks[.sweep] == nil, let detector, let data else { return [] }
    return [start(.sweep(detector, data, path: path, splits: wantedSplits))]
  }

  private mutating func forgetScores() {
    scores = nil
    evaluation = nil
    rocCurve = nil
    overallDistribution = nil
    shownDistribution = nil
    automaticThreshold = nil
    thresholdCounts = nil
    classThresholdCounts = nil
    sweep = nil
    outlierRows = []
    outlierDetails = [:]
    explained = nil
    pairComparison = nil
    settingComparison = nil
    tuning.pin = nil
    scoresView.thresholds = [:]
    scoresView.classFilter = nil
    requested = RequestedWork()
  }
}
