import OODData
import OODDetection

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
