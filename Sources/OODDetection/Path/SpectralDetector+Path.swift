import LinearAlgebra

/// The results along a path of λ.
public struct PathScores: Sendable {
  /// Nil without training samples.
  public let leaveOneOut: LeaveOneOutPath?
  /// The mean of −ℓ of held-out samples under their own class, (P,); nil without held-out samples.
  public let heldOutNLL: [Double]?
  /// The scores of each set of samples at every λ.
  public let scores: [[SampleScores]]
}

extension SpectralDetector {
  /// Computes leave-one-out of training samples and the scores of several sets of samples along a path of t, as
  /// ``leaveOneOut(_:labels:heldOut:along:includesAccuracy:threadCount:progress:)`` and
  /// ``scores(of:along:includesBackground:threadCount:progress:)`` do, with common progress.
  ///
  /// - Parameters:
  ///   - training: The samples of the fit and their labels; nil to omit leave-one-out.
  ///   - heldOut: Labeled samples whose density under their own class the result includes.
  ///   - includesBackground: Whether to compute the background, which relative scores need.
  ///   - includesAccuracy: Whether to compute the accuracy of leave-one-out.
  ///   - columns: The arrays of scores to compute.
  /// - Throws: The errors of these two methods.
  @concurrent
  public func pathScores(
    of sets: [any FeatureRows], training: (rows: any FeatureRows, labels: [Int])?,
    heldOut: (rows: any FeatureRows, labels: [Int])? = nil, along path: [Regularization],
    includesBackground: Bool = false, includesAccuracy: Bool = false, columns: ScoreColumns = .all,
    threadCount: Int = SpectralDetector.defaultThreadCount, progress: ProgressHandler? = nil
  ) async throws -> PathScores {
    let execution = Execution(threadCount: threadCount, meter: WorkMeter(progress))
    return try await pathScores(
      of: sets, training: training, heldOut: heldOut, along: path, includesBackground: includesBackground,
      includesAccuracy: includesAccuracy, columns: columns, execution: execution)
  }

  func pathScores(
    of sets: [any FeatureRows], training: (rows: any FeatureRows, labels: [Int])?,
    heldOut: (rows: any FeatureRows, labels: [Int])? = nil, along path: [Regularization],
    includesBackground: Bool = false, includesAccuracy: Bool = false, columns: ScoreColumns = .all,
    execution: Execution
  ) async throws -> PathScores {
    for rows in sets { try requireScorable(rows, along: path) }
    var estimates = sets.map { work(rowCount: $0.count, pathCount: path.count) }
    execution.meter.plan(estimates.reduce(WorkCount(), +))
    // Bounds pay off sooner for larger sets. If they pay off for the largest one, they serve all sets.
    var classBounds: ClassBounds?
    if let largest = sets.max(by: { $0.count < $1.count }) {
      let rows = (largest as? DividedRows)?.undivided ?? largest
      classBounds = try await share.ranks.together {
        try await self.classBounds(rows, along: path, execution)
      }
    }
    if let classBounds {
      // Much less work is needed than planned, and progress should reflect that immediately.
      let scorer = MixtureScorer(
        path: path, classes: ownFrame.paths(along: path), classBounds: classBounds,
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
        training.rows, labels: training.labels, heldOut: heldOut, along: path,
        includesAccuracy: includesAccuracy, execution: execution)
      heldOutNLL = leaveOneOut?.heldOutNLL
    } else if let heldOut {
      heldOutNLL = try await self.heldOutNLL(
        heldOut.rows, labels: heldOut.labels, along: path, execution: execution)
    }
    var scores: [[SampleScores]] = []
    for (rows, estimate) in zip(sets, estimates) {
      scores.append(
        try await self.scores(
          of: rows, along: path, includesBackground: includesBackground, columns: columns,
          execution: execution, planned: estimate, classBounds: .some(classBounds)))
    }
    return PathScores(leaveOneOut: leaveOneOut, heldOutNLL: heldOutNLL, scores: scores)
  }
}

extension SpectralDetector {
  /// The number of λ at the beginning of an ascending path at which most classes are so far apart that a sample needs
  /// the full distance to only a few of them: the median of the squared distances between means is at least twice the
  /// one that makes a class's density negligible. Larger λ make classes more alike. Of many classes, 256 evenly spread
  /// ones stand for all. O(min(K, 256)²·D) for each of log P values of λ.
  public func separableCount(along path: [Regularization]) -> Int {
    guard classes.count > 1 else { return 0 }
    let needed = 2 * 2 * ClassVisits.margin(classCount: classes.count)
    let count = min(classes.count, 256)
    let indices = (0..<count).map { $0 * classes.count / count }
    func isSeparable(_ regularization: Regularization) -> Bool {
      guard let separations = try? separations(of: indices, at: regularization) else { return true }
      var squares: [Double] = []
      for row in 0..<separations.rowCount {
        for column in 0..<row { squares.append(separations[row, column] * separations[row, column]) }
      }
      squares.sort()
      return squares[squares.count / 2] >= needed
    }
    return path.indices.partitioningIndex { !isSeparable(path[$0]) }
  }
}
