import HeapModule

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
struct LargestCandidates {
  /// The largest number of candidates to keep, at least 1.
  let capacity: Int
  private var kept = Heap<Candidate>()

  init(capacity: Int) { self.capacity = capacity }

  var descending: [Candidate] { kept.unordered.sorted(by: >) }

  /// The score that a candidate must exceed; −infinity while there is room. Candidates with this score replace another
  /// one only if their index is smaller.
  var leastScore: Double { kept.count < capacity ? -.infinity : kept.min?.score ?? -.infinity }

  mutating func insert(_ candidate: Candidate) {
    if kept.count < capacity {
      kept.insert(candidate)
    } else if let smallest = kept.min, smallest < candidate {
      kept.replaceMin(with: candidate)
    }
  }
}
