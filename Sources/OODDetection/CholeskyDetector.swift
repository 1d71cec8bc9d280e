import LinearAlgebra

/// One full-covariance Gaussian per class, fitted at one λ, for scoring without the cost of spectra.
///
/// Its scores equal those of ``SpectralDetector`` at this λ. Use that type for eigenvalues or for other values of λ.
public struct CholeskyDetector: Sendable {
  /// The λ of the fit.
  public let regularization: Regularization
  /// In ascending order of label.
  public let classes: [FactoredClass]
  /// D.
  public let dimension: Int
  /// Σ n_k, the in-distribution training samples.
  public let sampleCount: Int
  let classBounds: ClassBounds?
  /// The memory limit for samples that are scored together.
  var batchByteCount = MemoryPlan.usualBatchBytes

  /// Both scores of every sample, (N,), with the nearest classes.
  ///
  /// Computes only the distances of classes that can affect the result, which is the same as with all classes; see
  /// ``SampleScores/visitedClassCounts``. O(N·(16·K·D + V·D²)) for V ≤ K classes visited per sample. Up to
  /// `threadCount` child tasks run at a time and check for cancellation at every class and block.
  ///
  /// - Throws: ``DetectorError/dimensionMismatch(expected:found:)``,
  ///   ``DetectorError/nonFiniteFeatures(rowCount:firstRows:)``, `CancellationError`, and the errors of `rows`; if
  ///   factors are not kept in memory, also the errors of reading the training samples.
  @concurrent
  public func scores(
    of rows: any FeatureRows, threadCount: Int = SpectralDetector.defaultThreadCount,
    progress: ProgressHandler? = nil
  ) async throws -> SampleScores {
    try await scores(
      of: rows, execution: Execution(threadCount: threadCount, meter: WorkMeter(progress)))
  }

  func scores(of rows: any FeatureRows, execution: Execution) async throws -> SampleScores {
    let scorer = MixtureScorer(
      path: [regularization], classes: classes, classBounds: classBounds, dimension: dimension)
    var execution = execution
    execution.batchByteCount = batchByteCount
    return try await scorer.scores(of: rows, execution)[0]
  }
}
