public import OODData
public import OODDetection

extension ExplorerState {
  mutating func setting(_ action: Action) -> [Effect] {
    switch action {
    case .stepRegularization(let tenths):
      return change { $0.set($0.current.stepped(by: tenths)) }
    case .setRegularization(let value):
      return change { $0.set(value) }
    case .takeProposedRegularization:
      guard let proposed = sweep?.proposed else {
        say(.info, missingProposal)
        return []
      }
      return change { $0.set(proposed) }
    case .undoRegularization:
      if history.undoStack.isEmpty { say(.info, "There is no change of λ to undo.") }
      return change { $0.undo() }
    case .redoRegularization:
      if history.redoStack.isEmpty { say(.info, "There is no change of λ to redo.") }
      return change { $0.redo() }
    case .toggleScore:
      scoreKind = scoreKind == .negativeLogLikelihood ? .mahalanobis : .negativeLogLikelihood
      outlierDetails = [:]
      refreshScores()
      return []
    default:
      return []
    }
  }

  /// Changes λ and everything that depends on it. If λ is not usable, shows an error and keeps the old value.
  private mutating func change(_ edit: (inout RegularizationHistory) -> Void) -> [Effect] {
    let before = history
    edit(&history)
    guard history.current != before.current else { return [] }
    do {
      try refreshClasses()
    } catch {
      history = before
      say(.error, error.description)
      return []
    }
    outlierDetails = [:]
    return detector == nil ? refactor() : rescore() + (tasks[.score] == nil ? pursueGoal() : [])
  }

  /// Updates the class numbers at the current λ. Keeps the old ones if they cannot be computed.
  mutating func refreshClasses() throws(DetectorError) {
    guard let detector else { return }
    (summaries, separations) = try detector.classNumbers(at: regularization)
  }

  /// Updates the scores for the current λ, from the path if it has them, else by background work. Until that
  /// is done, scores between two λ of the path are interpolated.
  mutating func rescore() -> [Effect] {
    guard let detector = detectorAtSetting, let data, goal >= .score else { return [] }
    if scoresAreComputed {
      // The scores of this λ are still available, but the score kind may have changed.
      refreshScores()
      return discard(.score)
    }
    if let sweep, let index = sweep.index(of: regularization), sweep.scores.indices.contains(index) {
      scores = sweep.scores[index]
      refreshScores()
      return discard(.score)
    }
    if let interpolated = sweep?.interpolatedScores(at: regularization) {
      scores = interpolated
      refreshScores()
    }
    // Does not restart the task if the path arrives meanwhile.
    guard tasks[.score] == nil || requested.scores != regularization else { return [] }
    requested.scores = regularization
    return [start(.score(detector, data, splits: wantedSplits))]
  }

  /// The detector with spectra at the current λ; `nil` until the spectra are computed.
  public var detectorAtSetting: DetectorAtSetting? {
    guard let detector, let separations else { return nil }
    return DetectorAtSetting(detector, at: regularization, summaries: summaries, separations: separations)
  }

  /// The splits to score. Commands score only the evaluated split; the explorer also scores the training
  /// samples.
  var wantedSplits: [Split] { goal == .explore ? [.test, .train] : [evaluatedSplit] }

  /// Updates everything that depends on scores: metrics, ROC curve, outliers and rank changes.
  mutating func refreshScores() {
    guard scoresAreCurrent, scores?[evaluatedSplit] != nil else { return }
    let sorted = sortedScores(ofClass: nil)
    let evaluated = sorted[evaluatedSplit] ?? SortedScores()
    let curve = ROCCurve(outOfDistribution: evaluated.outside, inDistribution: evaluated.inside)
    let metrics =
      evaluatedSamplesAreLabelled
      ? OODMetrics.evaluate(curve).mapError(MissingMetrics.unavailable) : .failure(.noLabels)
    evaluation = Evaluation(split: evaluatedSplit, metrics: metrics)
    rocCurve = curve.positiveCount > 0 && curve.negativeCount > 0 ? curve : nil
    refreshDistributions(sorted)
    refreshOutliers()
    refreshSettingComparison()
  }
}

extension ExplorerState {
  /// Why no λ is proposed.
  private var missingProposal: String {
    if tasks[.sweep] != nil { return "The λ path is still being computed." }
    guard let sweep else { return "No λ is proposed yet." }
    return sweep.lowestAtEnd.map {
      "No λ is proposed: leave-one-out likelihood is best at \(shortText($0)), an end of the path."
    } ?? "No λ is proposed: leave-one-out needs a class with at least two training samples."
  }
}

/// The current λ and the earlier ones, for undo and redo.
public struct RegularizationHistory: Sendable, Equatable {
  public private(set) var current: Regularization
  public private(set) var undoStack: [Regularization] = []
  public private(set) var redoStack: [Regularization] = []

  public init(_ regularization: Regularization) { current = regularization }

  public mutating func set(_ regularization: Regularization) {
    guard regularization != current else { return }
    undoStack.append(current)
    redoStack = []
    current = regularization
  }

  /// Removes all changes since `regularization` was last current, including their history.
  mutating func goBack(to regularization: Regularization) {
    if let place = undoStack.lastIndex(of: regularization) { undoStack.removeSubrange(place...) }
    redoStack = []
    current = regularization
  }

  public mutating func undo() {
    guard let previous = undoStack.popLast() else { return }
    redoStack.append(current)
    current = previous
  }

  public mutating func redo() {
    guard let next = redoStack.popLast() else { return }
    undoStack.append(current)
    current = next
  }
}
