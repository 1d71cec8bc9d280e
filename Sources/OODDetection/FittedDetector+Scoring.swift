import Foundation
import LinearAlgebra

extension FittedDetector {
  /// Both scores of every sample, (N,), with the nearest classes, at one λ: the path form with one value.
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

/// Joins the scores of blocks at one λ.
private struct ScoreCollector {
  var scores: SampleScores

  init(regularization: Regularization, sampleCount: Int) {
    scores = SampleScores(
      regularization: regularization, negativeLogLikelihood: [], mahalanobis: [], mostLikelyClass: [],
      closestClass: [], squaredDistanceToMostLikely: [])
    scores.negativeLogLikelihood.reserveCapacity(sampleCount)
    scores.mahalanobis.reserveCapacity(sampleCount)
    scores.mostLikelyClass.reserveCapacity(sampleCount)
    scores.closestClass.reserveCapacity(sampleCount)
    scores.squaredDistanceToMostLikely.reserveCapacity(sampleCount)
  }

  mutating func append(_ block: ScoreAccumulator, pathIndex: Int, of pathCount: Int, _ dimension: Int) {
    for index in stride(from: pathIndex, to: block.smallestDistance.count, by: pathCount) {
      scores.negativeLogLikelihood.append(block.negativeLogLikelihood(at: index))
      scores.mahalanobis.append(block.smallestDistance[index] / Double(dimension))
      scores.mostLikelyClass.append(block.mostLikelyClass[index])
      scores.closestClass.append(block.closestClass[index])
      scores.squaredDistanceToMostLikely.append(block.distanceToMostLikely[index])
    }
  }
}
