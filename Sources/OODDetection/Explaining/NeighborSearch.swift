import HeapModule
import LinearAlgebra

/// A row near a given sample.
public struct Neighbor: Sendable, Equatable {
  /// The row's number, from 0.
  public let index: Int
  /// The Euclidean distance in feature space.
  public let distance: Double

  public init(index: Int, distance: Double) {
    self.index = index
    self.distance = distance
  }
}

/// Exhaustive search for the rows nearest to a sample.
public enum NeighborSearch {
  /// The `count` rows nearest to `features` (D,), nearest first, equal distances by ascending index; rows
  /// with NaN are never near. Reads `rows` block by block. O(N·D).
  ///
  /// - Throws: ``DetectorError/dimensionMismatch(expected:found:)``, `CancellationError`, and what `rows`
  ///   throws.
  @concurrent
  public static func nearest(
    to features: [Double], in rows: any FeatureRows, count: Int
  ) async throws -> [Neighbor] {
    guard features.count == rows.dimension else {
      throw DetectorError.dimensionMismatch(expected: rows.dimension, found: features.count)
    }
    guard count > 0 else { return [] }
    var nearest = Heap<Candidate>()
    for block in RowBlocks(count: rows.count, size: 1024) {
      try Task.checkCancellation()
      var differences = try rows.matrix(at: Array(block))
      differences.subtractFromRows(features)
      for (index, squared) in zip(block, differences.squaredRowNorms()) where squared.isFinite {
        let candidate = Candidate(score: -squared, index: index)
        if nearest.count < count {
          nearest.insert(candidate)
        } else if let farthest = nearest.min, farthest < candidate {
          nearest.replaceMin(with: candidate)
        }
      }
    }
    return nearest.unordered.sorted(by: >).map {
      Neighbor(index: $0.index, distance: (-$0.score).squareRoot())
    }
  }
}
