/// How well scores separate in-distribution from out-of-distribution samples. OOD is the positive class,
/// higher scores are more OOD; the same values as pytorch-ood's `OODMetrics`.
public struct OODMetrics: Sendable, Equatable {
  /// The area under the ROC curve; ties count half.
  public let auroc: Double
  /// The area under the precision-recall curve (trapezoidal) with ID as the positive class.
  public let auprIn: Double
  /// The same with OOD as the positive class.
  public let auprOut: Double
  /// The false-positive rate at the highest threshold whose true-positive rate is at least 95 %.
  public let fpr95TPR: Double
  public let inDistributionCount: Int
  public let outOfDistributionCount: Int

  /// The metrics of N scores, or why there are none. O(N). `scores` and `isOutOfDistribution` must be
  /// equally long, and no score NaN.
  public static func evaluate(
    scores: [Double], isOutOfDistribution: [Bool]
  ) -> Result<OODMetrics, MetricsUnavailable> {
    evaluate(ROCCurve(scores: scores, isOutOfDistribution: isOutOfDistribution))
  }

  /// The metrics that a curve stands for, or why there are none. O(N).
  public static func evaluate(_ curve: ROCCurve) -> Result<OODMetrics, MetricsUnavailable> {
    if curve.negativeCount + curve.positiveCount == 0 { return .failure(.noSamples) }
    if curve.negativeCount == 0 { return .failure(.noInDistribution) }
    if curve.positiveCount == 0 { return .failure(.noOutOfDistribution) }
    let falsePositives = curve.firstIndex(ofTruePositiveRate: 0.95).map { curve.falsePositives[$0] }
    return .success(
      OODMetrics(
        auroc: curve.area, auprIn: curve.reversedPrecisionRecallArea, auprOut: curve.precisionRecallArea,
        fpr95TPR: Double(falsePositives ?? curve.negativeCount) / Double(curve.negativeCount),
        inDistributionCount: curve.negativeCount, outOfDistributionCount: curve.positiveCount))
  }
}

/// Why there are no metrics.
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
