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
  /// samples (N, D) are projected once onto each class's eigenvectors, block by block, and each λ weighs the
  /// same squares. O(N·K·m·(D + P)) time, O(N·P) memory for the result. Children of the calling task do the
  /// work, `threadCount` at a time, and check for cancellation with every class of every block.
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

  func scores(
    of rows: any FeatureRows, along path: [Regularization], execution: Execution
  ) async throws -> [SampleScores] {
    guard rows.dimension == dimension else {
      throw DetectorError.dimensionMismatch(expected: dimension, found: rows.dimension)
    }
    for regularization in path { try requireInvertible(at: regularization) }
    guard !path.isEmpty else { return [] }
    if path.count == 1 { return [try await scores(of: rows, at: path[0], execution: execution)] }
    execution.meter.plan(
      classes.reduce(WorkCount()) {
        $0 + BlockDistances.work(rowCount: rows.count, gaussian: $1, pathCount: path.count)
      })
    let normalizers = classes.map { gaussian in path.map { gaussian.logNormalizer(at: $0) } }
    let blocks = RowBlocks(count: rows.count, size: execution.blockSize)
    var collected = path.map { ScoreCollector(regularization: $0, sampleCount: rows.count) }
    var nonFinite = NonFiniteRows()
    try await forEachInOrder(blocks.count, threadCount: execution.threadCount) { index in
      try scoreBlock(blocks[index], of: rows, along: path, normalizers, execution.meter)
    } consume: { _, block in
      switch block {
      case .nonFinite(let rows): nonFinite.append(rows)
      case .scored(let scores):
        for index in path.indices {
          collected[index].append(scores, pathIndex: index, of: path.count, dimension)
        }
      }
    }
    try nonFinite.check()
    return collected.map(\.scores)
  }

  private func scores(
    of rows: any FeatureRows, at regularization: Regularization, execution: Execution
  ) async throws -> SampleScores {
    let metrics = classes.map { SpectralMetric($0, at: regularization) }
    let screen = try await screen(metrics, rowCount: rows.count, execution)
    let scorer = MixtureScorer(
      regularization: regularization, metrics: metrics, screen: screen, dimension: dimension)
    return try await scorer.scores(of: rows, execution)
  }

  /// A screen costs as much as looking at all classes for some hundred samples.
  private func screen(
    _ metrics: [SpectralMetric], rowCount: Int, _ execution: Execution
  ) async throws -> ClassScreen? {
    let work = ClassScreen.buildingWork(metrics)
    let saved = metrics.reduce(0) { $0 + $1.distanceWork(rowCount: rowCount).multiplyAdds }
    guard work.multiplyAdds < saved / 2 else { return nil }
    execution.meter.plan(work)
    return try await ClassScreen.build(metrics, execution)
  }

  private enum ScoredBlock: Sendable {
    case scored(ScoreAccumulator)
    case nonFinite(rows: [Int])
  }

  private func scoreBlock(
    _ range: Range<Int>, of rows: any FeatureRows, along path: [Regularization],
    _ normalizers: [[Double]], _ meter: WorkMeter
  ) throws -> ScoredBlock {
    let block = try rows.matrix(at: Array(range))
    let nonFinite = block.nonFiniteRows()
    if !nonFinite.isEmpty { return .nonFinite(rows: nonFinite.map { range.lowerBound + $0 }) }
    var distances = BlockDistances()
    var scores = ScoreAccumulator(sampleCount: range.count, pathCount: path.count)
    for (index, gaussian) in classes.enumerated() {
      try Task.checkCancellation()
      distances.compute(block, to: gaussian, along: path)
      scores.add(
        classIndex: index, squaredDistances: distances.squaredDistances, normalizers: normalizers[index])
      meter.complete(
        BlockDistances.work(rowCount: range.count, gaussian: gaussian, pathCount: path.count))
    }
    return .scored(scores)
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
