/// Metrics of how well scores separate in-distribution from out-of-distribution samples. OOD is the positive class,
/// and higher scores are more OOD. All values but ``fpr95ID`` equal those of pytorch-ood's `OODMetrics`.
public struct OODMetrics: Sendable, Equatable {
  /// The area under the ROC curve; ties count half.
  public let auroc: Double
  /// The area under the precision-recall curve (trapezoidal) with ID as the positive class.
  public let auprIn: Double
  /// The area under the precision-recall curve (trapezoidal) with OOD as the positive class.
  public let auprOut: Double
  /// The false-positive rate at the highest threshold whose true-positive rate is at least 95 %: the share of ID
  /// samples that are called OOD. This is FPR95 in pytorch-ood and OpenOOD.
  public let fpr95TPR: Double
  /// The share of OOD samples that are accepted at the lowest threshold that accepts at least 95 % of ID samples. This
  /// is FPR95 in most papers, with ID as the positive class.
  public let fpr95ID: Double
  public let inDistributionCount: Int
  public let outOfDistributionCount: Int

  /// The metrics of N scores, or the reason why there are none. `scores` and `isOutOfDistribution` must have the same
  /// length, and no score may be NaN. O(N).
  public static func evaluate(
    scores: [Double], isOutOfDistribution: [Bool]
  ) -> Result<OODMetrics, MetricsUnavailable> {
    let descent = ThresholdDescent(scores: scores, isOutOfDistribution: isOutOfDistribution)
    return evaluate(positives: descent.positiveCount, negatives: descent.negativeCount) { accumulator in
      for point in descent {
        accumulator.add(truePositives: point.truePositives, falsePositives: point.falsePositives)
      }
    }
  }

  /// The metrics of OOD and ID scores that are already in ascending order, or the reason why there are none. O(N).
  static func evaluate(
    outOfDistribution: [Double], inDistribution: [Double]
  ) -> Result<OODMetrics, MetricsUnavailable> {
    evaluate(positives: outOfDistribution.count, negatives: inDistribution.count) { accumulator in
      for point in ThresholdDescent(outOfDistribution: outOfDistribution, inDistribution: inDistribution) {
        accumulator.add(truePositives: point.truePositives, falsePositives: point.falsePositives)
      }
    }
  }

  /// The metrics of a curve, or the reason why there are none. O(T).
  public static func evaluate(_ curve: ROCCurve) -> Result<OODMetrics, MetricsUnavailable> {
    evaluate(positives: curve.positiveCount, negatives: curve.negativeCount) { accumulator in
      for index in curve.thresholds.indices {
        accumulator.add(
          truePositives: curve.truePositives[index], falsePositives: curve.falsePositives[index])
      }
    }
  }

  private static func evaluate(
    positives: Int, negatives: Int, addingPoints: (inout MetricsAccumulator) -> Void
  ) -> Result<OODMetrics, MetricsUnavailable> {
    if positives + negatives == 0 { return .failure(.noSamples) }
    if negatives == 0 { return .failure(.noInDistribution) }
    if positives == 0 { return .failure(.noOutOfDistribution) }
    var accumulator = MetricsAccumulator(positiveCount: positives, negativeCount: negatives)
    addingPoints(&accumulator)
    return .success(accumulator.metrics)
  }
}

/// The reason why there are no metrics.
public enum MetricsUnavailable: Error, Equatable, CustomStringConvertible {
  case noInDistribution
  case noOutOfDistribution
  case noSamples

  public var description: String {
    switch self {
    case .noInDistribution: "no in-distribution samples (label 0 or above) to compare with"
    case .noOutOfDistribution: "no out-of-distribution samples (label below 0) to compare with"
    case .noSamples: "no samples"
    }
  }
}

/// Accumulates metrics from the points of a ROC curve, starting with the strictest threshold. There must be samples of
/// both kinds.
struct MetricsAccumulator {
  private let positiveCount: Int
  private let negativeCount: Int
  private var last = (truePositives: 0, falsePositives: 0)
  /// Twice the area of the trapezoids of true over false positives, an exact integer.
  private var doubledArea = 0
  private var precisionRecall = PrecisionRecallArea()
  private var reversedPrecisionRecall: PrecisionRecallArea
  /// The false positives at the first threshold with a true-positive rate of at least 95 %.
  private var falsePositivesAt95TPR: Int?
  /// The largest number of false positives that accepts 95 % of ID samples, and the true positives there.
  private let permittedFalsePositives: Int
  private var truePositivesAt95ID = 0

  init(positiveCount: Int, negativeCount: Int) {
    self.positiveCount = positiveCount
    self.negativeCount = negativeCount
    permittedFalsePositives = negativeCount - Int((0.95 * Double(negativeCount)).rounded(.up))
    // All ID and all OOD samples lie below the strictest threshold.
    reversedPrecisionRecall = PrecisionRecallArea(truePositives: negativeCount, falsePositives: positiveCount)
  }

  mutating func add(truePositives: Int, falsePositives: Int) {
    doubledArea += (truePositives + last.truePositives) * (falsePositives - last.falsePositives)
    last = (truePositives, falsePositives)
    precisionRecall.add(truePositives: truePositives, falsePositives: falsePositives)
    // With ID as the positive class, positives lie below the threshold.
    reversedPrecisionRecall.add(
      truePositives: negativeCount - falsePositives, falsePositives: positiveCount - truePositives)
    if falsePositivesAt95TPR == nil, Double(truePositives) / Double(positiveCount) >= 0.95 {
      falsePositivesAt95TPR = falsePositives
    }
    if falsePositives <= permittedFalsePositives { truePositivesAt95ID = truePositives }
  }

  /// The metrics of the complete curve, after all of its points were added.
  var metrics: OODMetrics {
    let (positives, negatives) = (Double(positiveCount), Double(negativeCount))
    return OODMetrics(
      auroc: Double(doubledArea) / (2 * positives * negatives),
      auprIn: reversedPrecisionRecall.value / negatives, auprOut: precisionRecall.value / positives,
      fpr95TPR: Double(falsePositivesAt95TPR ?? negativeCount) / negatives,
      fpr95ID: Double(positiveCount - truePositivesAt95ID) / positives,
      inDistributionCount: negativeCount, outOfDistributionCount: positiveCount)
  }
}

/// The trapezoidal area under precision as a function of the number of true positives, which may rise or fall.
private struct PrecisionRecallArea {
  private(set) var value = 0.0
  private var last: (precision: Double, truePositives: Int)

  /// Starts at a point. Precision is 1 without any positives.
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
