/// The true and false positives at every threshold that matters, strictest first. Equal scores share one point.
public struct ROCCurve: Sendable, Equatable {
  /// Descending: infinity, then every distinct score, (T,). A sample counts as OOD where its score is at least
  /// this.
  public let thresholds: [Double]
  /// How many OOD samples stand at or above each threshold, (T,).
  public let truePositives: [Int]
  /// How many ID samples stand at or above each threshold, (T,).
  public let falsePositives: [Int]

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
    var (thresholds, truePositives, falsePositives): ([Double], [Int], [Int]) = ([.infinity], [0], [0])
    thresholds.reserveCapacity(count)
    truePositives.reserveCapacity(count)
    falsePositives.reserveCapacity(count)
    var (positivesLeft, negativesLeft) = (positives.count, negatives.count)
    while positivesLeft > 0 || negativesLeft > 0 {
      let positive = positivesLeft > 0 ? positives[positivesLeft - 1] : -.infinity
      let negative = negativesLeft > 0 ? negatives[negativesLeft - 1] : -.infinity
      let threshold = max(positive, negative)
      while positivesLeft > 0, positives[positivesLeft - 1] == threshold { positivesLeft -= 1 }
      while negativesLeft > 0, negatives[negativesLeft - 1] == threshold { negativesLeft -= 1 }
      thresholds.append(threshold)
      truePositives.append(positives.count - positivesLeft)
      falsePositives.append(negatives.count - negativesLeft)
    }
    self.thresholds = thresholds
    self.truePositives = truePositives
    self.falsePositives = falsePositives
  }

  /// How many OOD samples there are.
  public var positiveCount: Int { truePositives[truePositives.count - 1] }
  /// How many ID samples there are.
  public var negativeCount: Int { falsePositives[falsePositives.count - 1] }

  /// The share of OOD samples at or above each threshold, (T,), from 0 to 1; all 0 where there are none. O(T).
  public var truePositiveRates: [Double] { Self.shares(truePositives, of: positiveCount) }
  /// The share of ID samples at or above each threshold, (T,), from 0 to 1; all 0 where there are none. O(T).
  public var falsePositiveRates: [Double] { Self.shares(falsePositives, of: negativeCount) }

  /// The first of ``thresholds``, the strictest, that finds at least such a share of the OOD samples; nil where there
  /// are none.
  public func firstIndex(ofTruePositiveRate rate: Double) -> Int? {
    guard positiveCount > 0 else { return nil }
    return truePositives.firstIndex { Double($0) / Double(positiveCount) >= rate }
  }

  private static func shares(_ counts: [Int], of whole: Int) -> [Double] {
    counts.map { whole == 0 ? 0 : Double($0) / Double(whole) }
  }
}

extension ROCCurve {
  /// The area under the curve, ties counting half; there must be samples of both kinds.
  var area: Double {
    var doubled = 0
    for index in truePositives.indices.dropFirst() {
      let heights = truePositives[index] + truePositives[index - 1]
      doubled += heights * (falsePositives[index] - falsePositives[index - 1])
    }
    return Double(doubled) / (2 * Double(positiveCount) * Double(negativeCount))
  }

  /// The area under precision over recall with OOD as the positive class, starting at precision 1 for recall 0.
  var precisionRecallArea: Double {
    var area = PrecisionRecallArea()
    for index in truePositives.indices {
      area.add(truePositives: truePositives[index], falsePositives: falsePositives[index])
    }
    return area.value / Double(positiveCount)
  }

  /// The same with ID as the positive class: what lies below each threshold, from the lowest on.
  var reversedPrecisionRecallArea: Double {
    var area = PrecisionRecallArea()
    for index in truePositives.indices.reversed() {
      area.add(
        truePositives: negativeCount - falsePositives[index],
        falsePositives: positiveCount - truePositives[index])
    }
    return area.value / Double(negativeCount)
  }
}

/// Trapezoids under precision over the number of true positives.
private struct PrecisionRecallArea {
  private(set) var value = 0.0
  private var last = (precision: 1.0, truePositives: 0)

  mutating func add(truePositives: Int, falsePositives: Int) {
    let found = truePositives + falsePositives
    let precision = found > 0 ? Double(truePositives) / Double(found) : 1
    value += (precision + last.precision) / 2 * Double(truePositives - last.truePositives)
    last = (precision, truePositives)
  }
}
