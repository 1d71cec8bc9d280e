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

  /// The metrics of N scores, or why there are none. O(N log N). `scores` and `isOutOfDistribution` must be
  /// equally long, and no score NaN.
  public static func evaluate(
    scores: [Double], isOutOfDistribution: [Bool]
  ) -> Result<OODMetrics, MetricsUnavailable> {
    precondition(scores.count == isOutOfDistribution.count, "one flag per score is needed")
    let outCount = isOutOfDistribution.count { $0 }
    let inCount = scores.count - outCount
    if scores.isEmpty { return .failure(.noSamples) }
    if inCount == 0 { return .failure(.noInDistribution) }
    if outCount == 0 { return .failure(.noOutOfDistribution) }
    let curve = ROCCurve(scores: scores, isOutOfDistribution: isOutOfDistribution)
    let reversed = ROCCurve(scores: scores.map { -$0 }, isOutOfDistribution: isOutOfDistribution.map { !$0 })
    return .success(
      OODMetrics(
        auroc: curve.area, auprIn: reversed.precisionRecallArea, auprOut: curve.precisionRecallArea,
        fpr95TPR: curve.falsePositiveRate(atTruePositiveRate: 0.95),
        inDistributionCount: inCount, outOfDistributionCount: outCount))
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
