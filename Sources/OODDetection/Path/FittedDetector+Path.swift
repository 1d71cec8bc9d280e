/// What there is to know along a path of λ.
public struct PathScores: Sendable {
  /// Nil where no training samples were given.
  public let leaveOneOut: LeaveOneOutPath?
  /// (P,): the mean of −ℓ of held-out samples under their own class; nil where none was given.
  public let heldOutNLL: [Double]?
  /// For each set of samples, the scores at every λ.
  public let scores: [[SampleScores]]
}

extension FittedDetector {
  /// Leave-one-out of training samples and the scores of several sets of samples, along one path of λ: the work of
  /// ``leaveOneOut(_:labels:along:threadCount:progress:)`` and ``scores(of:along:threadCount:progress:)``, with
  /// progress over all of it.
  ///
  /// - Parameters:
  ///   - training: The samples of the fit and their labels, or nil for no leave-one-out.
  ///   - heldOut: Samples with labels whose density under their own class is to come with leave-one-out.
  /// - Throws: as these two.
  @concurrent
  public func pathScores(
    of sets: [any FeatureRows], training: (rows: any FeatureRows, labels: [Int])?,
    heldOut: (rows: any FeatureRows, labels: [Int])? = nil, along path: [Regularization],
    threadCount: Int = FittedDetector.defaultThreadCount,
    progress: ProgressHandler? = nil
  ) async throws -> PathScores {
    let execution = Execution(threadCount: threadCount, meter: WorkMeter(progress))
    return try await pathScores(
      of: sets, training: training, heldOut: heldOut, along: path, execution: execution)
  }

  func pathScores(
    of sets: [any FeatureRows], training: (rows: any FeatureRows, labels: [Int])?,
    heldOut: (rows: any FeatureRows, labels: [Int])? = nil, along path: [Regularization], execution: Execution
  ) async throws -> PathScores {
    for rows in sets { try requireScorable(rows, along: path) }
    var estimates = sets.map { work(rowCount: $0.count, pathCount: path.count) }
    execution.meter.plan(estimates.reduce(WorkCount(), +))
    // The larger a set, the sooner a screen pays; one that pays serves all sets.
    var screen: ClassScreen?
    if let largest = sets.max(by: { $0.count < $1.count }) {
      screen = try await self.screen(largest, along: path, execution)
    }
    if let screen {
      // Far less is to be done than was planned: progress is to tell at once.
      let scorer = MixtureScorer(
        path: path, classes: classes.map { SpectralPath($0, along: path) }, screen: screen,
        dimension: dimension)
      for (index, rows) in sets.enumerated() {
        let expected = scorer.expectedWork(rowCount: rows.count)
        execution.meter.plan(expected - estimates[index])
        estimates[index] = expected
      }
    }
    var leaveOneOut: LeaveOneOutPath?
    var heldOutNLL: [Double]?
    if let training {
      leaveOneOut = try await self.leaveOneOut(
        training.rows, labels: training.labels, heldOut: heldOut, along: path, execution: execution)
      heldOutNLL = leaveOneOut?.heldOutNLL
    } else if let heldOut {
      heldOutNLL = try await self.heldOutNLL(
        heldOut.rows, labels: heldOut.labels, along: path, execution: execution)
    }
    var scores: [[SampleScores]] = []
    for (rows, estimate) in zip(sets, estimates) {
      scores.append(
        try await self.scores(
          of: rows, along: path, execution: execution, planned: estimate, screen: .some(screen)))
    }
    return PathScores(leaveOneOut: leaveOneOut, heldOutNLL: heldOutNLL, scores: scores)
  }
}
