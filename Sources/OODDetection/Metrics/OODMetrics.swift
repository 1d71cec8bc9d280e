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
    let descent = ThresholdDescent(scores: scores, isOutOfDistribution: isOutOfDistribution)
    return evaluate(positives: descent.positiveCount, negatives: descent.negativeCount) { accumulator in
      for point in descent {
        accumulator.add(truePositives: point.truePositives, falsePositives: point.falsePositives)
      }
    }
  }

  /// The metrics that a curve stands for, or why there are none. O(T).
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
