public import OODData
import OODDetection

extension ExplorerState {
  /// Which split metrics and threshold are measured on: test where there is one.
  public var evaluatedSplit: Split { data?.test != nil ? .test : .train }

  /// Whether the samples that metrics and threshold are measured on say which of them are out-of-distribution.
  public var evaluatedSamplesAreLabelled: Bool { data?[evaluatedSplit]?.labels != nil }

  /// Scores and kinds of the evaluated split, unlabelled samples as in-distribution ones; nil before it is scored.
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
    if let rocCurve, let index = rocCurve.firstIndex(ofTruePositiveRate: 0.95) {
      return rocCurve.thresholds[index]
    }
    let series: ScoreDistribution.Series =
      evaluatedSplit == .train ? .train : evaluatedSamplesAreLabelled ? .inDistribution : .unlabelled
    return overallDistribution?.quantile(0.95, of: series)
  }

  /// Counts anew what the threshold does to all samples, and to those of the chosen class. O(N).
  mutating func refreshThresholdCounts() {
    guard let threshold, let (values, flags) = evaluatedSamples(scoreKind) else {
      (thresholdCounts, classThresholdCounts) = (nil, nil)
      return
    }
    thresholdCounts = ThresholdCounts(scores: values, isOutOfDistribution: flags, threshold: threshold)
    guard let wanted = scoresView.classFilter,
      let nearest = scores?[evaluatedSplit]?.nearestClass(scoreKind)
    else {
      classThresholdCounts = nil
      return
    }
    let chosen = nearest.indices.filter { Int(nearest[$0]) == wanted }
    classThresholdCounts = ThresholdCounts(
      scores: chosen.map { values[$0] }, isOutOfDistribution: chosen.map { flags[$0] }, threshold: threshold)
  }
}
