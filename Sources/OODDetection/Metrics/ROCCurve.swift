/// The true- and false-positive rates at every threshold that matters, strictest first. Equal scores share
/// one point.
public struct ROCCurve: Sendable, Equatable {
  /// Descending: infinity, then every distinct score. A sample counts as OOD where its score is at least
  /// this.
  public let thresholds: [Double]
  /// The share of OOD samples at or above each threshold, from 0 to 1; all 0 where there are none.
  public let truePositiveRates: [Double]
  /// The share of ID samples at or above each threshold, from 0 to 1; all 0 where there are none.
  public let falsePositiveRates: [Double]

  /// How many OOD samples there are.
  public let positiveCount: Int
  /// How many ID samples there are.
  public let negativeCount: Int

  /// The curve of N scores; no score may be NaN. O(N).
  public init(scores: [Double], isOutOfDistribution: [Bool]) {
    precondition(scores.count == isOutOfDistribution.count, "one flag per score is needed")
    var (positives, negatives): ([Double], [Double]) = ([], [])
    for (score, isOut) in zip(scores, isOutOfDistribution) {
      if isOut { positives.append(score) } else { negatives.append(score) }
    }
    self.init(outOfDistribution: positives.sortedByRadix(), inDistribution: negatives.sortedByRadix())
  }

  /// The curve of scores that are in ascending order already, OOD and ID apart; none may be NaN. O(N).
  public init(outOfDistribution positives: [Double], inDistribution negatives: [Double]) {
    let count = positives.count + negatives.count + 1
    var (thresholds, hits, alarms): ([Double], [Double], [Double]) = ([.infinity], [0], [0])
    thresholds.reserveCapacity(count)
    hits.reserveCapacity(count)
    alarms.reserveCapacity(count)
    var (positivesLeft, negativesLeft) = (positives.count, negatives.count)
    while positivesLeft > 0 || negativesLeft > 0 {
      let positive = positivesLeft > 0 ? positives[positivesLeft - 1] : -.infinity
      let negative = negativesLeft > 0 ? negatives[negativesLeft - 1] : -.infinity
      let threshold = max(positive, negative)
      while positivesLeft > 0, positives[positivesLeft - 1] == threshold { positivesLeft -= 1 }
      while negativesLeft > 0, negatives[negativesLeft - 1] == threshold { negativesLeft -= 1 }
      thresholds.append(threshold)
      hits.append(Self.share(positives.count - positivesLeft, of: positives.count))
      alarms.append(Self.share(negatives.count - negativesLeft, of: negatives.count))
    }
    self.thresholds = thresholds
    truePositiveRates = hits
    falsePositiveRates = alarms
    positiveCount = positives.count
    negativeCount = negatives.count
  }

  private static func share(_ part: Int, of whole: Int) -> Double {
    whole == 0 ? 0 : Double(part) / Double(whole)
  }

  /// The area under the curve, ties counting half.
  var area: Double { Self.trapezoid(truePositiveRates, over: falsePositiveRates) }

  /// The area under precision over recall with OOD as the positive class, starting at precision 1 for recall 0.
  var precisionRecallArea: Double {
    precisionRecallArea(
      truePositiveRates.indices, positives: truePositiveRates, negatives: falsePositiveRates
    ) {
      ($0 * Double(positiveCount), $1 * Double(negativeCount))
    }
  }

  /// The same with ID as the positive class: what lies below each threshold, from the lowest on.
  var reversedPrecisionRecallArea: Double {
    precisionRecallArea(
      truePositiveRates.indices.reversed(), positives: falsePositiveRates, negatives: truePositiveRates
    ) {
      ((1 - $0) * Double(negativeCount), (1 - $1) * Double(positiveCount))
    }
  }

  private func precisionRecallArea(
    _ order: some Collection<Int>, positives: [Double], negatives: [Double],
    counts: (Double, Double) -> (Double, Double)
  ) -> Double {
    var (area, lastPrecision, lastRecall) = (0.0, 1.0, 0.0)
    var total = 1.0
    for index in order {
      let (found, wrong) = counts(positives[index], negatives[index])
      // Whole numbers, but for the rounding of the rates.
      let (hits, alarms) = (found.rounded(), wrong.rounded())
      total = max(total, hits)
      let precision = hits + alarms > 0 ? hits / (hits + alarms) : 1
      area += (precision + lastPrecision) / 2 * (hits - lastRecall)
      (lastPrecision, lastRecall) = (precision, hits)
    }
    return area / total
  }

  /// The false-positive rate at the first point whose true-positive rate is at least `rate`.
  func falsePositiveRate(atTruePositiveRate rate: Double) -> Double {
    truePositiveRates.firstIndex { $0 >= rate }.map { falsePositiveRates[$0] } ?? 1
  }

  private static func trapezoid(_ heights: [Double], over positions: [Double]) -> Double {
    var area = 0.0
    for index in heights.indices.dropFirst() {
      let height = (heights[index - 1] + heights[index]) / 2
      area += height * (positions[index] - positions[index - 1])
    }
    return area
  }
}
