/// Every threshold that matters, from the highest down: infinity, then every distinct score, and how many samples of
/// both kinds stand at or above it. O(N) for all of it. No score may be NaN.
struct ThresholdDescent: Sequence, IteratorProtocol {
  struct Point {
    let threshold: Double
    let truePositives: Int
    let falsePositives: Int
  }

  private let positives: [Double]
  private let negatives: [Double]
  private var positivesLeft: Int
  private var negativesLeft: Int
  private var hasBegun = false

  /// Of scores that are in ascending order already.
  init(outOfDistribution positives: [Double], inDistribution negatives: [Double]) {
    self.positives = positives
    self.negatives = negatives
    (positivesLeft, negativesLeft) = (positives.count, negatives.count)
  }

  /// Of scores in any order.
  init(scores: [Double], isOutOfDistribution: [Bool]) {
    precondition(scores.count == isOutOfDistribution.count, "one flag per score is needed")
    var (positives, negatives): ([Double], [Double]) = ([], [])
    for (score, isOut) in zip(scores, isOutOfDistribution) {
      if isOut { positives.append(score) } else { negatives.append(score) }
    }
    self.init(outOfDistribution: positives.sortedByRadix(), inDistribution: negatives.sortedByRadix())
  }

  /// How many OOD samples there are.
  var positiveCount: Int { positives.count }
  /// How many ID samples there are.
  var negativeCount: Int { negatives.count }

  mutating func next() -> Point? {
    guard hasBegun else {
      hasBegun = true
      return point(.infinity)
    }
    guard positivesLeft > 0 || negativesLeft > 0 else { return nil }
    let positive = positivesLeft > 0 ? positives[positivesLeft - 1] : -.infinity
    let negative = negativesLeft > 0 ? negatives[negativesLeft - 1] : -.infinity
    let threshold = Swift.max(positive, negative)
    // Which kind comes next cannot be foreseen, so that a branch would cost more than two subtractions.
    positivesLeft &-= positive == threshold && positivesLeft > 0 ? 1 : 0
    negativesLeft &-= negative == threshold && negativesLeft > 0 ? 1 : 0
    while positivesLeft > 0, positives[positivesLeft - 1] == threshold { positivesLeft -= 1 }
    while negativesLeft > 0, negatives[negativesLeft - 1] == threshold { negativesLeft -= 1 }
    return point(threshold)
  }

  private func point(_ threshold: Double) -> Point {
    Point(
      threshold: threshold, truePositives: positives.count - positivesLeft,
      falsePositives: negatives.count - negativesLeft)
  }
}
