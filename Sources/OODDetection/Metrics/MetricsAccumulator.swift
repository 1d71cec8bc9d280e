/// What metrics are made of, gathered point by point of a ROC curve from the strictest threshold on; there must be
/// samples of both kinds.
struct MetricsAccumulator {
  private let positiveCount: Int
  private let negativeCount: Int
  private var last = (truePositives: 0, falsePositives: 0)
  /// Twice the trapezoids of true over false positives: whole numbers, which lose nothing.
  private var doubledArea = 0
  private var precisionRecall = PrecisionRecallArea()
  private var reversedPrecisionRecall: PrecisionRecallArea
  /// The false positives at the first threshold that finds 95 % of the OOD samples.
  private var falsePositivesAt95TPR: Int?

  init(positiveCount: Int, negativeCount: Int) {
    self.positiveCount = positiveCount
    self.negativeCount = negativeCount
    // At the strictest threshold all ID samples lie below it, and all OOD samples with them.
    reversedPrecisionRecall = PrecisionRecallArea(truePositives: negativeCount, falsePositives: positiveCount)
  }

  mutating func add(truePositives: Int, falsePositives: Int) {
    doubledArea += (truePositives + last.truePositives) * (falsePositives - last.falsePositives)
    last = (truePositives, falsePositives)
    precisionRecall.add(truePositives: truePositives, falsePositives: falsePositives)
    // With ID as the positive class what counts lies below the threshold.
    reversedPrecisionRecall.add(
      truePositives: negativeCount - falsePositives, falsePositives: positiveCount - truePositives)
    if falsePositivesAt95TPR == nil, Double(truePositives) / Double(positiveCount) >= 0.95 {
      falsePositivesAt95TPR = falsePositives
    }
  }

  /// Of the whole curve, once all of its points were added.
  var metrics: OODMetrics {
    let (positives, negatives) = (Double(positiveCount), Double(negativeCount))
    return OODMetrics(
      auroc: Double(doubledArea) / (2 * positives * negatives),
      auprIn: reversedPrecisionRecall.value / negatives, auprOut: precisionRecall.value / positives,
      fpr95TPR: Double(falsePositivesAt95TPR ?? negativeCount) / negatives,
      inDistributionCount: negativeCount, outOfDistributionCount: positiveCount)
  }
}

/// Trapezoids under precision over the number of true positives, whether that number rises or falls.
private struct PrecisionRecallArea {
  private(set) var value = 0.0
  private var last: (precision: Double, truePositives: Int)

  /// Begins at a point; precision is 1 where nothing is found.
  init(truePositives: Int = 0, falsePositives: Int = 0) {
    last = (Self.precision(truePositives, falsePositives), truePositives)
  }

  mutating func add(truePositives: Int, falsePositives: Int) {
    let precision = Self.precision(truePositives, falsePositives)
    value += (precision + last.precision) / 2 * Double(abs(truePositives - last.truePositives))
    last = (precision, truePositives)
  }

  private static func precision(_ truePositives: Int, _ falsePositives: Int) -> Double {
    let found = truePositives + falsePositives
    return found > 0 ? Double(truePositives) / Double(found) : 1
  }
}
