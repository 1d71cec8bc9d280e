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
        // Details of interpolated scores are recomputed from the exact scores.
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
      var prompt = Prompt(
        purpose: .export, text: request.path, problem: "the file exists; press Enter to replace it")
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
    // No factor exists for this λ.
    if kind == .fit, goBackToShownRegularization(because: failure.text) { return pursueGoal() }
    if kind == .spectra, goal == .explore, scores != nil {
      // Classes and scores stay. The message and the screens that need spectra say what is missing.
      spectraObstacle = failure.text
      say(.warning, "Spectra are not available, so each λ is scored separately: \(failure.text)")
      return []
    }
    say(failure)
    // Failing to list, write or choose a file does not affect the open data.
    let isHarmless = kind == .export || kind == .list || kind == .load && isChoosing
    if !isHarmless { self.failure = failure }
    return []
  }

  /// Goes back to the λ whose scores are shown, and shows the reason. Returns whether there is such a λ.
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

  /// Makes the opened request the current one and remembers it.
  private mutating func takeRequest(of model: ModelFile?) -> [Effect] {
    let hasChosenArrays = arrayChooser != nil
    fileChooser = nil
    arrayChooser = nil
    guard var opened = opening else { return [] }
    opening = nil
    // The chooser cannot recognize a model file before it is opened.
    if model != nil, opened.model == nil {
      opened.model = opened.train.first
      opened.train = []
    }
    request = opened
    if hasChosenArrays { say(.info, "Command-line options: \(opened.keyArguments)") }
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
    // Files, arrays and labels are shown while features are checked.
    guard data.isScanned else { return [start(.scan(data, model: model))] }
    return begin(with: model)
  }

  /// Starts the computations on the features.
  private mutating func begin(with model: ModelFile?) -> [Effect] {
    if let model {
      // Use the λ of the model unless the user chose one.
      if !regularizationIsChosen, let regularization = model.regularization {
        history = RegularizationHistory(regularization)
      }
      return take(model.detector)
    }
    return pursueGoal()
  }

  private mutating func take(_ factored: CholeskyDetector) -> [Effect] {
    self.factored = factored
    let isCurrent = factored.regularization == regularization
    outlines = factored.classes.map { ClassOutline($0, isCurrent: isCurrent) }
    return pursueGoal()
  }

  private mutating func take(_ detector: SpectralDetector) -> [Effect] {
    self.detector = detector
    factored = nil
    outlines = detector.classes.map(ClassOutline.init)
    // Spectra serve every λ, so no factors are needed.
    let discarded = discard(.fit)
    do {
      try refreshClasses()
    } catch {
      // Spectra can arrive before it is known that a λ has no factors.
      guard goBackToShownRegularization(because: error.description), (try? refreshClasses()) != nil else {
        fail(error.description)
        return discarded
      }
    }
    // Keep the class that the user selected.
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
    // Report from the first part of a path only what the second part is unlikely to change.
    if let proposed = sweep.proposed, proposed != known?.proposed {
      say(.info, "Leave-one-out likelihood proposes λ = \(shortText(proposed)). Press o to use it.")
    } else if isComplete, let end = sweep.lowestAtEnd {
      say(
        .info,
        "No λ is proposed: leave-one-out likelihood is best at \(shortText(end)), an end of the path.")
    }
    refreshSettingComparison()
    // λ may have changed while the path was computed.
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
