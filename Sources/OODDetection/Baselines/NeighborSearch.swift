import LinearAlgebra

/// A row near a given sample.
public struct Neighbor: Sendable, Equatable {
  /// The row's number, from 0.
  public let index: Int
  /// The Euclidean distance in feature space.
  public let distance: Double
}

/// Exhaustive, exact search for the rows nearest to samples.
///
/// Every distance is the root of Σ (a_j − b_j)², so equal samples have the distance 0 whatever their length. Rows whose
/// distance is NaN or too large to square are ignored. Of equally distant rows, the first is the nearest.
public enum NeighborSearch {
  /// The `count` rows nearest to `features` (D,), nearest first. Reads `rows` block by block. O(N·D).
  ///
  /// - Throws: ``DetectorError/dimensionMismatch(expected:found:)``, `CancellationError`, and the errors of `rows`.
  @concurrent
  public static func nearest(
    to features: [Double], in rows: any FeatureRows, count: Int
  ) async throws -> [Neighbor] {
    let sample = Matrix(rowCount: 1, columnCount: features.count, elements: features)
    return try await nearest(toEachOf: sample, in: rows, count: count, threadCount: 1).first ?? []
  }

  /// The `count` rows nearest to each of M samples, (M,), nearest first: fewer where there are fewer rows. See
  /// ``nearest(toEachOf:in:count:excludesOwnRow:threadCount:progress:_:)``.
  @concurrent
  public static func nearest(
    toEachOf samples: any FeatureRows, in rows: any FeatureRows, count: Int, excludesOwnRow: Bool = false,
    threadCount: Int = SpectralDetector.defaultThreadCount, progress: ProgressHandler? = nil
  ) async throws -> [[Neighbor]] {
    try await nearest(
      toEachOf: samples, in: rows, count: count, excludesOwnRow: excludesOwnRow, threadCount: threadCount,
      progress: progress
    ) { $0 }
  }

  /// What `transform` makes of the rows nearest to each of M samples, (M,), for results that need not hold them all.
  ///
  /// Matrix products give ‖b‖² − 2 a·b of blocks of samples and rows. The distances of those rows that could be among
  /// the nearest despite rounding are then summed from the differences, so that cancellation changes no result.
  /// O(M·N·D) time; memory for a block of samples per thread, at most about 64 MiB each, and for the result. Every block
  /// of samples reads `rows` once.
  ///
  /// - Parameters:
  ///   - samples: (M, D). Those with NaN or infinite features have no neighbors.
  ///   - rows: (N, D).
  ///   - count: k, the number of neighbors.
  ///   - excludesOwnRow: Whether sample i ignores row i, since `samples` are `rows`.
  ///   - transform: Receives at most `count` neighbors, nearest first.
  /// - Throws: ``DetectorError/dimensionMismatch(expected:found:)``, `CancellationError`, and the errors of `rows` and
  ///   `samples`.
  @concurrent
  public static func nearest<Value: Sendable>(
    toEachOf samples: any FeatureRows, in rows: any FeatureRows, count: Int, excludesOwnRow: Bool = false,
    threadCount: Int = SpectralDetector.defaultThreadCount, progress: ProgressHandler? = nil,
    _ transform: @escaping @Sendable ([Neighbor]) -> Value
  ) async throws -> [Value] {
    try samples.requireDimension(rows.dimension)
    // More neighbors than rows need no room.
    let capacity = min(count, rows.count)
    guard capacity > 0 else { return (0..<samples.count).map { _ in transform([]) } }
    let meter = WorkMeter(progress)
    meter.plan(WorkCount.product(samples.count, rows.dimension, rows.count))
    let bytesPerSample = 8 * (rows.dimension + rowBlockSize) + MemoryLayout<Candidate>.stride * capacity
    let blocks = RowBlocks(
      count: samples.count, size: max(24, min(1024, sampleBytes / bytesPerSample)), workerCount: threadCount)
    var results: [Value] = []
    results.reserveCapacity(samples.count)
    try await forEachInOrder(blocks.count, threadCount: threadCount) { index in
      let block = blocks[index]
      var search = NeighborBlock(try samples.matrix(at: Array(block)), count: capacity)
      for range in RowBlocks(count: rows.count, size: rowBlockSize) {
        await WorkGate.current?.pass()
        try Task.checkCancellation()
        search.visit(
          try rows.matrix(at: Array(range)), from: range.lowerBound,
          ownRows: excludesOwnRow ? block.lowerBound : nil)
        meter.complete(WorkCount.product(block.count, rows.dimension, range.count))
      }
      return search.neighbors.map(transform)
    } consume: { _, values in
      results += values
    }
    return results
  }

  /// The number of rows that are compared with a block of samples at a time.
  private static let rowBlockSize = 256
  /// The size of a block of samples with its products and neighbors.
  private static let sampleBytes = 48 << 20
}

/// A block of samples and their nearest rows among those visited so far.
private struct NeighborBlock {
  private let samples: Matrix
  /// The smallest that ‖a‖² can be if ‖a‖² + ‖b‖² has an error.
  private let leastNorms: [Double]
  /// The samples that can have neighbors.
  private let searched: [Int]
  /// With the negative squared distance as the score.
  private var nearest: [LargestCandidates]
  private var products = Matrix(rowCount: 0, columnCount: 0)
  private var candidates: [UInt32] = []
  /// How much of ‖a‖² + ‖b‖² the rounding errors of ‖a‖² + ‖b‖² − 2 a·b and of Σ (a − b)² can be together: D roundings
  /// of half an epsilon in each of ‖a‖², ‖b‖², 2 a·b and, since ‖a − b‖² ≤ 2 ‖a‖² + 2 ‖b‖², twice in the other.
  private let errorShare: Double

  init(_ samples: Matrix, count: Int) {
    self.samples = samples
    errorShare = Double(samples.columnCount + 8) * 4 * 0x1p-52
    leastNorms = samples.leastSquaredNorms(errorShare)
    let excluded = Set(samples.nonFiniteRows())
    searched = (0..<samples.rowCount).filter { !excluded.contains($0) }
    nearest = (0..<samples.rowCount).map { _ in LargestCandidates(capacity: count) }
  }

  /// The neighbors of every sample, nearest first.
  var neighbors: [[Neighbor]] {
    nearest.map { $0.descending.map { Neighbor(index: $0.index, distance: (-$0.score).squareRoot()) } }
  }

  /// Compares the samples with rows, which must come after all rows before.
  ///
  /// - Parameters:
  ///   - first: The number of the first row.
  ///   - ownRows: The row that is the first sample, if samples ignore their own row.
  mutating func visit(_ rows: Matrix, from first: Int, ownRows: Int?) {
    Matrix.multiply(samples, byTransposeOf: rows, into: &products)
    let norms = rows.leastSquaredNorms(errorShare)
    for sample in searched {
      // The smallest numbers lose digits that no share accounts for.
      func limit() -> Double { .leastNormalMagnitude - nearest[sample].leastScore - leastNorms[sample] }
      products.selectNearColumns(ofRow: sample, norms: norms, below: limit(), into: &candidates)
      for candidate in candidates {
        let row = Int(candidate)
        // Of equally distant rows, the first remains, so that nothing is nearer than 0.
        if nearest[sample].leastScore == 0 { break }
        if norms[row] - 2 * products[sample, row] >= limit() || ownRows.map({ $0 + sample }) == first + row {
          continue
        }
        let squared = samples.squaredDistance(ofRow: sample, to: rows, row: row)
        if squared.isFinite { nearest[sample].insert(Candidate(score: -squared, index: first + row)) }
      }
    }
  }
}

extension Matrix {
  /// ‖row‖² without the share that can be a rounding error, (rowCount,). NaN, which excludes nothing, where it
  /// overflows, since differences need not.
  fileprivate func leastSquaredNorms(_ errorShare: Double) -> [Double] {
    squaredRowNorms().map { $0.isFinite ? $0 * (1 - errorShare) : .nan }
  }
}
