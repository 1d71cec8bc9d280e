import Foundation
import LinearAlgebra

/// Scores samples at one λ by looking in full only at the classes that can matter, with exact results.
///
/// Samples are taken in batches. A screen bounds every d² of a batch from below. Each sample's most promising
/// class, and the one of the least bound, are computed first; then every class that these do not rule out. A
/// class is ruled out where its density is below e^−(40 + log K) of one already known, which no double can
/// tell from 0 in their sum, *and* its distance is certainly above the least already known. Samples are
/// grouped by class, so that all of it is products of matrices.
struct MixtureScorer: Sendable {
  let regularization: Regularization
  let metrics: [any ClassMetric]
  /// nil looks at every class of every sample.
  let screen: ClassScreen?
  let dimension: Int

  /// - Throws: ``DetectorError/dimensionMismatch(expected:found:)``,
  ///   ``DetectorError/nonFiniteFeatures(rowCount:firstRows:)``, `CancellationError`, and what `rows` throws.
  func scores(of rows: any FeatureRows, _ execution: Execution) async throws -> SampleScores {
    guard rows.dimension == dimension else {
      throw DetectorError.dimensionMismatch(expected: dimension, found: rows.dimension)
    }
    execution.meter.plan(plannedWork(rowCount: rows.count))
    var collector = ScoreCollector(regularization: regularization, sampleCount: rows.count)
    var nonFinite = NonFiniteRows()
    for range in RowBlocks(count: rows.count, size: batchSize) {
      guard let batch = try await load(range, of: rows, &nonFinite, execution) else { continue }
      let scores = try await score(batch, execution)
      collector.append(scores.accumulator, pathIndex: 0, of: 1, dimension)
      collector.scores.visitedClassCounts += scores.visitedClassCounts
    }
    try nonFinite.check()
    return collector.scores
  }

  /// As many samples as 64 MiB hold, so that a class's factors are read once for many of them.
  private var batchSize: Int { max(1024, (64 << 20) / (8 * max(1, dimension))) }

  /// The screen, and then one class for each sample or all of them; what else turns out to be needed comes
  /// on top.
  private func plannedWork(rowCount: Int) -> WorkCount {
    let distances = metrics.reduce(WorkCount()) { $0 + $1.distanceWork(rowCount: rowCount) }
    guard screen != nil else { return distances }
    return ClassScreen.work(rowCount: rowCount, classCount: metrics.count, dimension: dimension)
      + WorkCount(multiplyAdds: distances.multiplyAdds / Double(metrics.count))
  }

  /// Reads a batch, block by block, and screens it; nil once rows have been found that cannot be scored.
  private func load(
    _ range: Range<Int>, of rows: any FeatureRows, _ nonFinite: inout NonFiniteRows, _ execution: Execution
  ) async throws -> ScoringBatch? {
    let blocks = RowBlocks(count: range.count, size: execution.blockSize)
    var samples = Matrix(rowCount: 0, columnCount: dimension)
    samples.elements.reserveCapacity(range.count * dimension)
    var bounds: [Float] = []
    if screen != nil { bounds.reserveCapacity(range.count * metrics.count) }
    try await forEachInOrder(blocks.count, threadCount: execution.threadCount) { index in
      let indices = blocks[index].map { range.lowerBound + $0 }
      let block = try rows.matrix(at: indices)
      let nonFinite = block.nonFiniteRows().map { indices[$0] }
      guard let screen, nonFinite.isEmpty else { return (block, [Float](), nonFinite) }
      let bounds = screen.squaredDistanceBounds(of: block)
      execution.meter.complete(
        ClassScreen.work(rowCount: block.rowCount, classCount: metrics.count, dimension: dimension))
      return (block, bounds, nonFinite)
    } consume: { _, loaded in
      nonFinite.append(loaded.2)
      if nonFinite.isEmpty {
        samples.append(rowsOf: loaded.0)
        bounds += loaded.1
      }
    }
    return nonFinite.isEmpty ? ScoringBatch(samples: samples, bounds: bounds) : nil
  }

  private func score(
    _ batch: ScoringBatch, _ execution: Execution
  ) async throws -> (accumulator: ScoreAccumulator, visitedClassCounts: [Int32]) {
    let normalizers = metrics.map(\.logNormalizer)
    var visits = ClassVisits(sampleCount: batch.samples.rowCount, normalizers: normalizers)
    if screen == nil {
      try await visit(visits.everything, in: batch.samples, &visits, execution)
    } else {
      let promising = visits.promising(batch.bounds)
      let estimated = plannedVisits(batch.samples.rowCount)
      execution.meter.plan(work(of: promising) - estimated)
      try await visit(promising, in: batch.samples, &visits, execution)
      let remaining = visits.remaining(batch.bounds)
      execution.meter.plan(work(of: remaining))
      try await visit(remaining, in: batch.samples, &visits, execution)
    }
    return (visits.accumulated(), visits.visitedClassCounts)
  }

  private func plannedVisits(_ rowCount: Int) -> WorkCount {
    let distances = metrics.reduce(WorkCount()) { $0 + $1.distanceWork(rowCount: rowCount) }
    return WorkCount(multiplyAdds: distances.multiplyAdds / Double(metrics.count))
  }

  private func work(of samplesByClass: [[Int]]) -> WorkCount {
    zip(metrics, samplesByClass).reduce(WorkCount()) { $0 + $1.0.distanceWork(rowCount: $1.1.count) }
  }

  /// Computes the d² of each class's samples.
  private func visit(
    _ samplesByClass: [[Int]], in samples: Matrix, _ visits: inout ClassVisits, _ execution: Execution
  ) async throws {
    let jobs = samplesByClass.enumerated().flatMap { classIndex, list in
      RowBlocks(count: list.count, size: execution.blockSize).map { (classIndex, Array(list[$0])) }
    }
    try await forEachInOrder(jobs.count, threadCount: execution.threadCount) { index in
      let (classIndex, list) = jobs[index]
      let metric = metrics[classIndex]
      var centred = Matrix(rowCount: 0, columnCount: 0)
      centred.assign(samples, rows: list, subtracting: metric.mean)
      let distances = metric.squaredDistances(ofCentred: centred)
      execution.meter.complete(metric.distanceWork(rowCount: list.count))
      return distances
    } consume: { index, distances in
      visits.record(classIndex: jobs[index].0, samples: jobs[index].1, squaredDistances: distances)
    }
  }
}

/// Samples with lower bounds on their d² to all classes, (B·K,), where there is a screen.
private struct ScoringBatch {
  var samples: Matrix
  var bounds: [Float]
}
