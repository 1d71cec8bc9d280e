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
      if history.undoStack.isEmpty { say(.info, "No earlier λ to go back to.") }
      return change { $0.undo() }
    case .redoRegularization:
      if history.redoStack.isEmpty { say(.info, "No later λ to go forward to.") }
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

  /// Takes a new λ with all that follows from it, or refuses it with a message and stays at the old one.
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

  /// Class numbers at the current λ; leaves the old ones where they cannot be had.
  mutating func refreshClasses() throws(DetectorError) {
    guard let detector else { return }
    (summaries, separations) = try detector.classNumbers(at: regularization)
  }

  /// Scores at the current λ: from the path where it has them, which costs nothing, else by background work. Between
  /// two λ of the path they are interpolated until that is done.
  mutating func rescore() -> [Effect] {
    guard let detector = detectorAtSetting, let data, goal >= .score else { return [] }
    if scoresAreComputed {
      // Back at a λ whose scores are still there; the score kind may have changed meanwhile.
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
    // A path that arrives meanwhile is no reason to begin again.
    guard tasks[.score] == nil || requested.scores != regularization else { return [] }
    requested.scores = regularization
    return [start(.score(detector, data, splits: wantedSplits))]
  }

  /// The detector by its spectra at the current λ; nil until there are spectra.
  public var detectorAtSetting: DetectorAtSetting? {
    guard let detector, let separations else { return nil }
    return DetectorAtSetting(detector, at: regularization, summaries: summaries, separations: separations)
  }

  /// A command wants scores of the samples it was given; the explorer of the training samples too.
  var wantedSplits: [Split] { goal == .explore ? [.test, .train] : [evaluatedSplit] }

  /// Everything that follows from scores: metrics, curve, outliers, what moved since the pin.
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
  /// Why there is no proposed λ.
  private var missingProposal: String {
    if tasks[.sweep] != nil { return "The λ path is still being computed." }
    guard let sweep else { return "There is no proposal yet." }
    return sweep.lowestAtEnd.map {
      "No λ is proposed: leave-one-out likelihood is best at \(shortText($0)), an end of the path."
    } ?? "No λ is proposed: leave-one-out needs training samples and a class with at least two of them."
  }
}

/// The λ in force and the ones before it, for undo and redo.
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

  /// Takes back every change since `regularization` was last in force, as if they had not been made.
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
