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

  private let positiveCount: Int
  private let negativeCount: Int

  /// The curve of N scores; no score may be NaN. O(N log N).
  public init(scores: [Double], isOutOfDistribution: [Bool]) {
    precondition(scores.count == isOutOfDistribution.count, "one flag per score is needed")
    let order = scores.indices.sorted { scores[$0] > scores[$1] }
    let positiveCount = isOutOfDistribution.count { $0 }
    let negativeCount = scores.count - positiveCount
    var (thresholds, hits, alarms) = ([Double.infinity], [0.0], [0.0])
    var (truePositives, falsePositives) = (0, 0)
    for (position, index) in order.enumerated() {
      if isOutOfDistribution[index] { truePositives += 1 } else { falsePositives += 1 }
      let isLastOfTies = position + 1 == order.count || scores[order[position + 1]] != scores[index]
      guard isLastOfTies else { continue }
      thresholds.append(scores[index])
      hits.append(positiveCount == 0 ? 0 : Double(truePositives) / Double(positiveCount))
      alarms.append(negativeCount == 0 ? 0 : Double(falsePositives) / Double(negativeCount))
    }
    self.thresholds = thresholds
    truePositiveRates = hits
    falsePositiveRates = alarms
    self.positiveCount = positiveCount
    self.negativeCount = negativeCount
  }

  /// The area under the curve, ties counting half.
  var area: Double { Self.trapezoid(truePositiveRates, over: falsePositiveRates) }

  /// The area under precision over recall, starting at precision 1 for recall 0.
  var precisionRecallArea: Double {
    let precision = zip(truePositiveRates, falsePositiveRates).map { hits, alarms in
      let (positives, negatives) = (hits * Double(positiveCount), alarms * Double(negativeCount))
      return positives + negatives > 0 ? positives / (positives + negatives) : 1
    }
    return Self.trapezoid(precision, over: truePositiveRates)
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
