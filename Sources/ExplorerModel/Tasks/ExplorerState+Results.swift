import OODData
import OODDetection

extension ExplorerState {
  mutating func report(_ action: Action) -> [Effect] {
    switch action {
    case .loaded(let data, let model):
      return take(data, model: model)
    case .scanned(let data, let model):
      tasks[.scan] = nil
      for remark in data.remarks.dropFirst(self.data?.remarks.count ?? 0) { say(Message(remark)) }
      self.data = data
      return begin(with: model)
    case .fitted(let detector):
      tasks[.spectra] = nil
      return take(detector)
    case .factored(let factored):
      tasks[.fit] = nil
      return take(factored)
    case .scored(let scored):
      tasks[.score] = nil
      failure = nil
      guard scored.regularization == regularization else { return [] }
      if scoresAreInterpolated {
        // What the rows show of interpolated scores is taken anew from the computed ones.
        outlierDetails = [:]
        requested.details = nil
      }
      scores = scored
      refreshScores()
      return pursueGoal()
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
    case .listed(let listing, let recent, let home):
      take(listing, recent: recent, home: home)
      return []
    case .foundFile(let path):
      return take(file: path)
    case .foundArrays(let inventory):
      take(inventory)
      return []
    case .remembered:
      return []
    case .progressed(let kind, let progress):
      if tasks[kind] != nil { tasks[kind] = progress }
      return []
    case .failed(let kind, let error):
      tasks[kind] = nil
      if kind == .load { opening = nil }
      return takeFailure(of: kind, error)
    case .cancelled(let kind):
      tasks[kind] = nil
      if kind == .load { opening = nil }
      return []
    case .noticed(let message):
      say(message.severity, message.text)
      return []
    default:
      return []
    }
  }

  private mutating func takeFailure(of kind: TaskKind, _ error: any Error) -> [Effect] {
    let failure = Message(error)
    // A λ that no factor can be had for.
    if kind == .fit, goBackToShownRegularization(because: failure.text) { return pursueGoal() }
    if kind == .spectra, goal == .explore, scores != nil {
      // What there is without spectra stays: the message says what is missing, and screens that need them do.
      spectraObstacle = failure.text
      say(.warning, "There are no spectra, only scores at one λ at a time: \(failure.text)")
      return []
    }
    say(failure)
    // A file that cannot be listed, written, or opened instead of others takes nothing away from what is shown.
    let isHarmless = kind == .export || kind == .list || kind == .load && isChoosing
    if !isHarmless { self.failure = failure }
    return []
  }

  /// Takes the λ again whose scores are shown, and says why; whether there are such of another λ than the current one.
  private mutating func goBackToShownRegularization(because text: String) -> Bool {
    guard let shown = scores?.regularization, shown != regularization else { return false }
    history.goBack(to: shown)
    say(.error, text)
    return true
  }

  private mutating func take(_ data: DataSet, model: ModelFile?) -> [Effect] {
    tasks[.load] = nil
    failure = nil
    let kept = takeRequest(of: model)
    let discarded = discardStaleWork() + discard(.list)
    return discarded + takeSamples(data, model: model) + kept
  }

  /// What was being opened is open, and is noted as such.
  private mutating func takeRequest(of model: ModelFile?) -> [Effect] {
    let hasChosenArrays = arrayChooser != nil
    fileChooser = nil
    arrayChooser = nil
    guard var opened = opening else { return [] }
    opening = nil
    // A chooser cannot tell a model from other files; opening it can.
    if model != nil, opened.model == nil {
      opened.model = opened.train.first
      opened.train = []
    }
    request = opened
    if hasChosenArrays { say(.info, "The same from the command line: \(opened.keyArguments)") }
    return goal == .explore ? [.remember(opened)] : []
  }

  private mutating func takeSamples(_ data: DataSet, model: ModelFile?) -> [Effect] {
    self.data = data
    detector = nil
    factored = nil
    outlines = []
    summaries = []
    spectraObstacle = nil
    separations = nil
    forgetScores()
    classes = ClassesState()
    outliers = OutliersState(limit: outliers.limit)
    distances = DistancesState()
    dataView = DataState()
    for remark in data.remarks { say(Message(remark)) }
    if data.test == nil { outliers.subset = .train }
    // Files, arrays and labels can be looked at meanwhile.
    guard data.isScanned else { return [start(.scan(data, model: model))] }
    return begin(with: model)
  }

  /// Goes on to what is computed of the features.
  private mutating func begin(with model: ModelFile?) -> [Effect] {
    if let model {
      // A model brings the λ it was made for, unless the user has named one.
      if !regularizationIsChosen, let regularization = model.regularization {
        history = RegularizationHistory(regularization)
      }
      return take(model.detector)
    }
    return pursueGoal()
  }

  private mutating func take(_ factored: FactoredDetector) -> [Effect] {
    self.factored = factored
    let isCurrent = factored.regularization == regularization
    outlines = factored.classes.map { ClassOutline($0, isCurrent: isCurrent) }
    return pursueGoal()
  }

  private mutating func take(_ detector: FittedDetector) -> [Effect] {
    self.detector = detector
    factored = nil
    outlines = detector.classes.map(ClassOutline.init)
    // Spectra serve every λ: a factor for another one is no longer needed.
    let discarded = discard(.fit)
    do {
      try refreshClasses()
    } catch {
      // Spectra may come before it is known that there are no factors for a λ.
      guard goBackToShownRegularization(because: error.description), (try? refreshClasses()) != nil else {
        fail(error.description)
        return discarded
      }
    }
    // Where the user has chosen a class it stays chosen.
    if !classes.isSelectionChosen { classes.selected = worstConditionedClass ?? 0 }
    distances = DistancesState(row: 0, column: min(1, detector.classes.count - 1))
    if let pin = tuning.pin, pin.worstConditionNumber == nil {
      tuning.pin?.worstConditionNumber = detector.worstConditionNumber(at: pin.regularization)
    }
    return discarded + pursueGoal()
  }

  private mutating func take(_ found: Sweep) -> [Effect] {
    let known = sweep.flatMap { $0.path.count + found.path.count <= path.count ? $0 : nil }
    let sweep = known?.appending(found) ?? found
    self.sweep = sweep
    let isComplete = sweep.path.count >= path.count
    // Of a path's first part only what its second is not likely to change.
    if let proposed = sweep.proposed, proposed != known?.proposed {
      say(.info, "Leave-one-out likelihood proposes λ = \(shortText(proposed)). o takes it.")
    } else if isComplete, let end = sweep.lowestAtEnd {
      say(
        .info,
        "Leave-one-out likelihood proposes no λ: it is best at \(shortText(end)), an end of the path.")
    }
    refreshSettingComparison()
    // The λ may have moved on while the path was computed.
    return (scoresAreComputed ? [] : rescore()) + sweepIfWanted()
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
    proposalComparison = nil
    proposedRanks = nil
    tuning.pin = nil
    scoresView.thresholds = [:]
    scoresView.classFilter = nil
    requested = RequestedWork()
  }
}
