import HeapModule
import LinearAlgebra

/// Selection of the largest scores without sorting all of them.
public enum TopK {
  /// The indices of the `count` largest scores, largest first, with equal scores in ascending order of index.
  /// O(N log count).
  public static func indices(ofLargest count: Int, in scores: [Double]) -> [Int] {
    guard count > 0 else { return [] }
    var largest = LargestCandidates(capacity: count)
    for (index, score) in scores.enumerated() { largest.insert(Candidate(score: score, index: index)) }
    return largest.descending.map(\.index)
  }
}

extension Range<Int> {
  /// The first index at which `predicate` holds, given that it holds at all later ones; the upper bound if there is none.
  /// O(log n).
  func partitioningIndex(where predicate: (Int) -> Bool) -> Int {
    var (low, high) = (lowerBound, upperBound)
    while low < high {
      let middle = (low + high) / 2
      if predicate(middle) { high = middle } else { low = middle + 1 }
    }
    return low
  }
}

/// A score and its index. Of equal scores, the one with the smaller index is the larger candidate.
struct Candidate: Comparable {
  var score: Double
  var index: Int

  static func < (left: Self, right: Self) -> Bool {
    left.score != right.score ? left.score < right.score : left.index > right.index
  }
}

/// The largest candidates of a sequence. O(log capacity) for each insertion.
private struct LargestCandidates {
  /// The largest number of candidates to keep, at least 1.
  let capacity: Int
  private var kept = Heap<Candidate>()

  init(capacity: Int) { self.capacity = capacity }

  var descending: [Candidate] { kept.unordered.sorted(by: >) }

  mutating func insert(_ candidate: Candidate) {
    if kept.count < capacity {
      kept.insert(candidate)
    } else if let smallest = kept.min, smallest < candidate {
      kept.replaceMin(with: candidate)
    }
  }
}

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
  /// The `count` rows nearest to `features` (D,), nearest first, with equal distances in ascending order of index.
  /// Ignores rows with NaN. Reads `rows` block by block. O(N·D).
  ///
  /// - Throws: ``DetectorError/dimensionMismatch(expected:found:)``, `CancellationError`, and the errors of `rows`.
  @concurrent
  public static func nearest(
    to features: [Double], in rows: any FeatureRows, count: Int
  ) async throws -> [Neighbor] {
    guard features.count == rows.dimension else {
      throw DetectorError.dimensionMismatch(expected: rows.dimension, found: features.count)
    }
    guard count > 0 else { return [] }
    var nearest = LargestCandidates(capacity: count)
    for block in RowBlocks(count: rows.count, size: 1024) {
      try Task.checkCancellation()
      var differences = try rows.matrix(at: Array(block))
      differences.subtractFromRows(features)
      for (index, squared) in zip(block, differences.squaredRowNorms()) where squared.isFinite {
        nearest.insert(Candidate(score: -squared, index: index))
      }
    }
    return nearest.descending.map {
      Neighbor(index: $0.index, distance: (-$0.score).squareRoot())
    }
  }
}
