import HeapModule

/// Selection without sorting everything.
public enum TopK {
  /// The indices of the `count` largest scores, largest first, equal scores by ascending index. O(N log
  /// count).
  public static func indices(ofLargest count: Int, in scores: [Double]) -> [Int] {
    guard count > 0 else { return [] }
    var kept = Heap<Candidate>()
    for (index, score) in scores.enumerated() {
      let candidate = Candidate(score: score, index: index)
      if kept.count < count {
        kept.insert(candidate)
      } else if let weakest = kept.min, weakest < candidate {
        kept.replaceMin(with: candidate)
      }
    }
    return kept.unordered.sorted(by: >).map(\.index)
  }
}

/// A score and where it stands; of equal scores the earlier one is the larger candidate.
struct Candidate: Comparable {
  var score: Double
  var index: Int

  static func < (left: Self, right: Self) -> Bool {
    left.score != right.score ? left.score < right.score : left.index > right.index
  }
}
