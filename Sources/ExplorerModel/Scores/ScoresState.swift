public import OODData
public import OODDetection

public struct ScoresState: Sendable, Equatable {
  /// The threshold that the user chose, per score. Without one, the threshold is at a true-positive rate of
  /// 95 %.
  public var thresholds: [ScoreKind: Double] = [:]
  public var usesLogCounts = false
  /// The range that the user chose; `nil` for the default range of the scores.
  public var range: ScoreRange?
  /// The index of the class whose nearest samples are shown; `nil` for all samples.
  public var classFilter: Int?
}

/// The scores of one split in ascending order: `inside` for in-distribution and unlabelled samples, `outside`
/// for out-of-distribution samples.
struct SortedScores {
  var inside: [Double] = []
  var outside: [Double] = []
}

extension ExplorerState {
  /// The sorted scores of the current kind; with a class, only of the samples nearest to it. O(N).
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

  /// Updates histograms, threshold and counts after a change of class, score or λ.
  ///
  /// - Parameter overall: All scores, if they are already sorted.
  mutating func refreshDistributions(_ overall: [Split: SortedScores]? = nil) {
    overallDistribution = distribution(overall ?? sortedScores(ofClass: nil))
    shownDistribution =
      scoresView.classFilter == nil
      ? overallDistribution : distribution(sortedScores(ofClass: scoresView.classFilter))
    automaticThreshold = usualThreshold
    refreshThresholdCounts()
  }

  /// The range of the histograms: the one that the user chose, or else the default. `nil` until there are
  /// scores.
  public var shownScoreRange: ScoreRange? {
    shownDistribution.map { scoresView.range ?? $0.usualRange }
  }

  /// The axis of the histograms; `nil` until there are scores.
  public var shownScoreAxis: ScoreAxis? {
    shownScoreRange.flatMap { shownDistribution?.axis($0) }
  }

  /// The histograms of the scores screen with this number of columns; `nil` until there are scores.
  public func histogram(columnCount: Int) -> ScoreHistogram? {
    guard let distribution = shownDistribution, let axis = shownScoreAxis else { return nil }
    return distribution.histogram(
      along: axis, columnCount: columnCount, columnsPerBin: distribution.columnsPerBin(of: columnCount))
  }
}

extension ExplorerState {
  /// The split that metrics and threshold are computed on: the test split, if there is one.
  public var evaluatedSplit: Split { data?.test != nil ? .test : .train }

  /// Whether the evaluated split has labels.
  public var evaluatedSamplesAreLabelled: Bool { data?[evaluatedSplit]?.labels != nil }

  /// The scores and kinds of the evaluated split. Unlabelled samples count as in-distribution. `nil` until it
  /// is scored.
  func evaluatedSamples(_ kind: ScoreKind) -> (scores: [Double], isOutOfDistribution: [Bool])? {
    guard let samples = data?[evaluatedSplit], let values = scores?[evaluatedSplit]?.values(kind) else {
      return nil
    }
    let flags = samples.labels?.map { $0 < 0 } ?? [Bool](repeating: false, count: values.count)
    return (values, flags)
  }

  /// The score from which samples count as out-of-distribution: the threshold that the user chose, else the
  /// highest one with a true-positive rate of at least 95 %, else (without OOD samples) the 95th percentile.
  public var threshold: Double? {
    if let chosen = scoresView.thresholds[scoreKind] { return chosen }
    return automaticThreshold
  }

  /// Whether the user chose the threshold.
  public var thresholdIsChosen: Bool { scoresView.thresholds[scoreKind] != nil }

  /// The value of ``automaticThreshold`` for the current scores.
  var usualThreshold: Double? {
    if let rocCurve, let index = rocCurve.firstIndex(ofTruePositiveRate: 0.95) {
      return rocCurve.thresholds[index]
    }
    let series: ScoreDistribution.Series =
      evaluatedSplit == .train ? .train : evaluatedSamplesAreLabelled ? .inDistribution : .unlabelled
    return overallDistribution?.quantile(0.95, of: series)
  }

  /// Updates the counts at the threshold, for all samples and for those of the selected class. O(N).
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
