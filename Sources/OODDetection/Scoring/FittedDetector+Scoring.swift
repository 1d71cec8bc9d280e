import Foundation
import LinearAlgebra

extension FittedDetector {
  /// Both scores of every sample, (N,), with the nearest classes, at one λ.
  ///
  /// Only classes that can matter are looked at in full, with the same result as if all were: see
  /// ``SampleScores/visitedClassCounts``.
  ///
  /// - Throws: ``DetectorError``, `CancellationError`, and what `rows` throws.
  @concurrent
  public func scores(
    of rows: any FeatureRows, at regularization: Regularization,
    threadCount: Int = FittedDetector.defaultThreadCount, progress: ProgressHandler? = nil
  ) async throws -> SampleScores {
    let execution = Execution(threadCount: threadCount, meter: WorkMeter(progress))
    return try await scores(of: rows, along: [regularization], execution: execution)[0]
  }

  /// Both scores of every sample for every λ of a path of P values, in its order. No class is fitted again:
  /// samples (N, D) are projected once onto the eigenvectors of each class that can matter to them at some λ,
  /// and each λ weighs the same squares. O(N·K·m·(D + P)) time at most, O(N·P) memory for the result: 32
  /// bytes per sample and λ. Children of the calling task do the work, `threadCount` at a time, and
  /// check for cancellation with every class and block.
  ///
  /// - Throws: ``DetectorError/dimensionMismatch(expected:found:)``,
  ///   ``DetectorError/singularCovariance(label:rank:dimension:)`` where λ = 0 meets a class without full
  ///   rank, ``DetectorError/nonFiniteFeatures(rowCount:firstRows:)``, `CancellationError`, and what `rows`
  ///   throws.
  @concurrent
  public func scores(
    of rows: any FeatureRows, along path: [Regularization],
    threadCount: Int = FittedDetector.defaultThreadCount, progress: ProgressHandler? = nil
  ) async throws -> [SampleScores] {
    let execution = Execution(threadCount: threadCount, meter: WorkMeter(progress))
    return try await scores(of: rows, along: path, execution: execution)
  }

  /// - Parameters:
  ///   - planned: What the meter was told before to expect of this; nil where it was told nothing.
  ///   - known: What came of making a screen for this path; nil where that was not tried.
  func scores(
    of rows: any FeatureRows, along path: [Regularization], execution: Execution, planned: WorkCount? = nil,
    screen known: ClassScreen?? = nil
  ) async throws -> [SampleScores] {
    try requireScorable(rows, along: path)
    guard !path.isEmpty else { return [] }
    let estimate = work(rowCount: rows.count, pathCount: path.count)
    execution.meter.plan(estimate - (planned ?? WorkCount()))
    var prepared = classes.map { SpectralPath($0, along: path) }
    let unready = prepared.indices.filter { !prepared[$0].isReady(forSampleCount: rows.count) }
    try await forEachInOrder(unready.count, threadCount: execution.threadCount) { [prepared] index in
      let scored = prepared[unready[index]]
      return try await abandonable(SpectralPath.completionWork(scored.gaussian), scored.completed)
    } consume: { index, scored in
      prepared[unready[index]] = scored
    }
    let screen: ClassScreen?
    if let known { screen = known } else { screen = try await self.screen(rows, along: path, execution) }
    let scorer = MixtureScorer(path: path, classes: prepared, screen: screen, dimension: dimension)
    return try await scorer.scores(of: rows, replacing: estimate, execution)
  }

  func requireScorable(_ rows: any FeatureRows, along path: [Regularization]) throws(DetectorError) {
    guard rows.dimension == dimension else {
      throw .dimensionMismatch(expected: dimension, found: rows.dimension)
    }
    for regularization in path { try requireInvertible(at: regularization) }
  }

  /// - Throws: ``DetectorError/singularCovariance(label:rank:dimension:)`` where λ = 0 and a class lacks full
  ///   rank.
  func requireInvertible(at regularization: Regularization) throws(DetectorError) {
    guard regularization.value == 0 else { return }
    for gaussian in classes where gaussian.spectrum.rank < dimension {
      throw .singularCovariance(label: gaussian.label, rank: gaussian.spectrum.rank, dimension: dimension)
    }
  }
}

extension GaussianClass {
  /// ℓ_k + ½ d_k² = log π_k − ½ (log det Σ_k(λ) + D log 2π).
  func logNormalizer(at regularization: Regularization) -> Double {
    log(weight) - 0.5 * (spectrum.logDeterminant(at: regularization) + Double(mean.count) * log(2 * .pi))
  }
}
