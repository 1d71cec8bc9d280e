/// What one threshold does: a sample counts as OOD (positive) where its score is at least the threshold.
public struct ThresholdCounts: Sendable, Equatable {
  public let threshold: Double
  /// OOD samples at or above the threshold.
  public let truePositives: Int
  /// ID samples at or above it.
  public let falsePositives: Int
  /// ID samples below it.
  public let trueNegatives: Int
  /// OOD samples below it.
  public let falseNegatives: Int

  /// Counts N scores. O(N).
  public init(scores: [Double], isOutOfDistribution: [Bool], threshold: Double) {
    precondition(scores.count == isOutOfDistribution.count, "one flag per score is needed")
    var (hits, alarms, rejections, misses) = (0, 0, 0, 0)
    for (score, isOut) in zip(scores, isOutOfDistribution) {
      switch (score >= threshold, isOut) {
      case (true, true): hits += 1
      case (true, false): alarms += 1
      case (false, false): rejections += 1
      case (false, true): misses += 1
      }
    }
    self.threshold = threshold
    truePositives = hits
    falsePositives = alarms
    trueNegatives = rejections
    falseNegatives = misses
  }

  /// The share of OOD samples found; nil where there are none.
  public var tpr: Double? { Self.share(truePositives, of: truePositives + falseNegatives) }

  /// The share of ID samples rejected by mistake; nil where there are none.
  public var fpr: Double? { Self.share(falsePositives, of: falsePositives + trueNegatives) }

  private static func share(_ part: Int, of whole: Int) -> Double? {
    whole > 0 ? Double(part) / Double(whole) : nil
  }
}
