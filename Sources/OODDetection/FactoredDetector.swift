import LinearAlgebra

/// One full-covariance Gaussian per class, fitted for one λ only: for scoring, without the cost of spectra.
///
/// Its scores are those of ``FittedDetector`` at that λ. What needs eigenvalues or another λ needs that one.
public struct FactoredDetector: Sendable {
  /// The λ it was fitted for.
  public let regularization: Regularization
  /// In ascending order of label.
  public let classes: [FactoredClass]
  /// D.
  public let dimension: Int
  /// Σ n_k, the in-distribution training samples.
  public let sampleCount: Int
  let screen: ClassScreen?
  /// What samples that are scored together may take.
  var batchByteCount = MemoryPlan.usualBatchBytes

  /// Both scores of every sample, (N,), with the nearest classes.
  ///
  /// Only classes that can matter are looked at in full, with the same result as if all were: see
  /// ``SampleScores/visitedClassCounts``. O(N·(16·K·D + V·D²)), V classes visited per sample, K at most.
  /// Children of the calling task do the work, `threadCount` at a time, and check for cancellation with every
  /// class and block.
  ///
  /// - Throws: ``DetectorError/dimensionMismatch(expected:found:)``,
  ///   ``DetectorError/nonFiniteFeatures(rowCount:firstRows:)``, `CancellationError`, and what `rows` throws; where factors are
  ///   not held also what reading the training samples throws.
  @concurrent
  public func scores(
    of rows: any FeatureRows, threadCount: Int = FittedDetector.defaultThreadCount,
    progress: ProgressHandler? = nil
  ) async throws -> SampleScores {
    try await scores(
      of: rows, execution: Execution(threadCount: threadCount, meter: WorkMeter(progress)))
  }

  func scores(of rows: any FeatureRows, execution: Execution) async throws -> SampleScores {
    let scorer = MixtureScorer(
      path: [regularization], classes: classes, screen: screen, dimension: dimension)
    var execution = execution
    execution.batchByteCount = batchByteCount
    return try await scorer.scores(of: rows, execution)[0]
  }
}
