public import OODData
public import OODDetection

public struct ScoresState: Sendable, Equatable {
  /// Where the user put the threshold, per score; where absent it stands at a true-positive rate of 95 %.
  public var thresholds: [ScoreKind: Double] = [:]
  public var usesLogCounts = false
  /// Which scores the user wants to see; nil for what suits them.
  public var range: ScoreRange?
  /// Only samples whose nearest class is this one (index), or nil for all.
  public var classFilter: Int?
}

/// Scores of one split in ascending order, in-distribution and unlabelled samples apart from the others.
struct SortedScores {
  var inside: [Double] = []
  var outside: [Double] = []
}

extension ExplorerState {
  /// Scores of the current kind; with a class, only of samples nearest to it. O(N).
  func sortedScores(ofClass wanted: Int?) -> [Split: SortedScores] {
    var found: [Split: SortedScores] = [:]
    for split in Split.allCases {
      guard let scored = scores?[split], let samples = data?[split] else { continue }
      let values = scored.values(scoreKind)
      let nearest = scored.nearestClass(scoreKind)
      let labels = samples.labels ?? []
      var sorted = SortedScores()
      if wanted == nil { sorted.inside.reserveCapacity(values.count) }
      for index in values.indices where wanted == nil || Int(nearest[index]) == wanted {
        if !labels.isEmpty && labels[index] < 0 {
          sorted.outside.append(values[index])
        } else {
          sorted.inside.append(values[index])
        }
      }
      found[split] = SortedScores(
        inside: sorted.inside.sortedByRadix(), outside: sorted.outside.sortedByRadix())
    }
    return found
  }

  private func distribution(_ sorted: [Split: SortedScores]) -> ScoreDistribution {
    var series: [ScoreDistribution.Series: [Double]] = [:]
    if let train = sorted[.train] {
      series[.train] = train.inside
      series[.outOfDistribution] = train.outside
    }
    if let test = sorted[.test] {
      series[data?.test?.labels == nil ? .unlabelled : .inDistribution] = test.inside
      let others = series[.outOfDistribution] ?? []
      series[.outOfDistribution] = others.isEmpty ? test.outside : (others + test.outside).sortedByRadix()
    }
    return ScoreDistribution(sorted: series)
  }

  /// Histograms, threshold and counts anew; for another class, another score or another λ.
  ///
  /// - Parameter overall: All scores, where they have been sorted already.
  mutating func refreshDistributions(_ overall: [Split: SortedScores]? = nil) {
    overallDistribution = distribution(overall ?? sortedScores(ofClass: nil))
    shownDistribution =
      scoresView.classFilter == nil
      ? overallDistribution : distribution(sortedScores(ofClass: scoresView.classFilter))
    automaticThreshold = usualThreshold
    refreshThresholdCounts()
  }

  /// Which scores the histograms show: what the user chose, else what suits them; nil before anything is scored.
  public var shownScoreRange: ScoreRange? {
    shownDistribution.map { scoresView.range ?? $0.usualRange }
  }

  /// The axis of the histograms; nil before anything is scored.
  public var shownScoreAxis: ScoreAxis? {
    shownScoreRange.flatMap { shownDistribution?.axis($0) }
  }

  /// The histograms of the scores screen over so many columns; nil before anything is scored.
  public func histogram(columnCount: Int) -> ScoreHistogram? {
    guard let distribution = shownDistribution, let axis = shownScoreAxis else { return nil }
    return distribution.histogram(
      along: axis, columnCount: columnCount, columnsPerBin: distribution.columnsPerBin(of: columnCount))
  }
}

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
