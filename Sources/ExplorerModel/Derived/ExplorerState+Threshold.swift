public import OODDetection

extension ExplorerState {
  /// Which split metrics and threshold are measured on: test where there is one.
  public var evaluatedSplit: Split { data?.test != nil ? .test : .train }

  /// Scores and kinds of the evaluated split; nil before it is scored.
  func evaluatedSamples(_ kind: ScoreKind) -> (scores: [Double], isOutOfDistribution: [Bool])? {
    guard let samples = data?[evaluatedSplit], let values = scores?[evaluatedSplit]?.values(kind) else {
      return nil
    }
    let flags = samples.labels?.map { $0 < 0 } ?? [Bool](repeating: false, count: values.count)
    return (values, flags)
  }

  /// Scores at or above it count as out-of-distribution. Where the user put it, else the highest threshold with a
  /// true-positive rate of at least 95 %, else (no OOD samples) the 95th percentile.
  public var threshold: Double? {
    if let chosen = scoresView.thresholds[scoreKind] { return chosen }
    return automaticThreshold
  }

  /// Whether the threshold is the user's.
  public var thresholdIsChosen: Bool { scoresView.thresholds[scoreKind] != nil }

  /// What ``automaticThreshold`` is set to when scores change.
  var usualThreshold: Double? {
    if let rocCurve, let index = rocCurve.truePositiveRates.firstIndex(where: { $0 >= 0.95 }) {
      return rocCurve.thresholds[index]
    }
    return overallDistribution?.quantile(0.95, of: evaluatedSplit == .test ? .inDistribution : .train)
  }

  /// Counts and rates at the threshold.
  public var thresholdCounts: ThresholdCounts? {
    guard let threshold, let (values, flags) = evaluatedSamples(scoreKind) else { return nil }
    return ThresholdCounts(scores: values, isOutOfDistribution: flags, threshold: threshold)
  }
}
