public import OODData
public import OODDetection

/// The latest scores with the metrics, histograms and counts that follow from them, and the scores screen.
public struct ScoresState: Sendable {
  /// The latest scores, which can belong to another λ; see ``ExplorerState/scoresAreCurrent``.
  public internal(set) var scored: ScoredData?
  /// The score that the following values were derived for.
  private var score = ScoreKind.negativeLogLikelihood
  public private(set) var evaluation: Evaluation?
  /// `nil` unless there are both ID and OOD samples.
  public private(set) var rocCurve: ROCCurve?
  /// The sorted scores of all samples, and of the samples on the scores screen.
  public private(set) var overallDistribution: ScoreDistribution?
  public private(set) var shownDistribution: ScoreDistribution?
  /// The counts and rates at the threshold, for all evaluated samples and for those nearest to the class that
  /// filters the scores screen.
  public private(set) var thresholdCounts: ThresholdCounts?
  public private(set) var classThresholdCounts: ThresholdCounts?
  /// The threshold to use until the user chooses one; see ``threshold``.
  private var automaticThreshold: Double?

  /// The threshold that the user chose, per score. Without one, the threshold is at a true-positive rate of
  /// 95 %.
  private var thresholds: [ScoreKind: Double] = [:]
  public private(set) var usesLogCounts = false
  /// The range that the user chose; `nil` for the default range of the scores.
  private var range: ScoreRange?
  /// The index of the class whose nearest samples are shown; `nil` for all samples.
  public private(set) var classFilter: Int?
}

// MARK: Values

extension ScoresState {
  /// The score from which samples count as out-of-distribution: the threshold that the user chose, else the
  /// highest one with a true-positive rate of at least 95 %, else (without OOD samples) the 95th percentile.
  public var threshold: Double? { thresholds[score] ?? automaticThreshold }

  /// Whether the user chose the threshold.
  public var thresholdIsChosen: Bool { thresholds[score] != nil }

  /// The range of the histograms: the one that the user chose, or else the default. `nil` until there are
  /// scores.
  public var shownRange: ScoreRange? { shownDistribution.map { range ?? $0.usualRange } }

  /// The axis of the histograms; `nil` until there are scores.
  public var shownAxis: ScoreAxis? { shownRange.flatMap { shownDistribution?.axis($0) } }

  /// The histograms of the scores screen with this number of columns; `nil` until there are scores.
  public func histogram(columnCount: Int) -> ScoreHistogram? {
    guard let distribution = shownDistribution, let axis = shownAxis else { return nil }
    return distribution.histogram(
      along: axis, columnCount: columnCount, columnsPerBin: distribution.columnsPerBin(of: columnCount))
  }
}

// MARK: Changes

extension ScoresState {
  /// Derives everything from the latest scores. O(N), without sorting.
  ///
  /// - Returns: Whether there are scores of the evaluated split.
  mutating func refresh(of data: DataSet, score: ScoreKind) -> Bool {
    let split = data.evaluatedSplit
    guard let scored, scored[split] != nil else { return false }
    self.score = score
    let sorted = scored.sorted(by: score, of: data)
    let evaluated = sorted[split] ?? SortedScores()
    let curve = ROCCurve(outOfDistribution: evaluated.outside, inDistribution: evaluated.inside)
    let metrics =
      data[split]?.labels != nil
      ? OODMetrics.evaluate(curve).mapError(MissingMetrics.unavailable) : .failure(.noLabels)
    evaluation = Evaluation(split: split, metrics: metrics)
    rocCurve = curve.positiveCount > 0 && curve.negativeCount > 0 ? curve : nil
    automaticThreshold =
      rocCurve?.firstIndex(ofTruePositiveRate: 0.95).map { curve.thresholds[$0] }
      ?? evaluated.inside.quantile(0.95)
    overallDistribution = ScoreDistribution(sorted, of: data)
    refreshShown(of: data)
    return true
  }

  /// Updates what the class filter selects.
  private mutating func refreshShown(of data: DataSet) {
    if let classFilter, let scored {
      shownDistribution = ScoreDistribution(
        scored.sorted(by: score, of: data, nearestTo: classFilter), of: data)
    } else {
      shownDistribution = overallDistribution
    }
    refreshThresholdCounts(of: data)
  }

  /// Updates the counts at the threshold, for all samples and for those of the selected class. O(N).
  private mutating func refreshThresholdCounts(of data: DataSet) {
    (thresholdCounts, classThresholdCounts) = (nil, nil)
    let split = data.evaluatedSplit
    guard let threshold, let samples = data[split], let scores = scored?[split] else { return }
    let values = scores.values(score)
    // Unlabelled samples count as in-distribution.
    let flags = samples.labels?.map { $0 < 0 } ?? [Bool](repeating: false, count: values.count)
    thresholdCounts = ThresholdCounts(scores: values, isOutOfDistribution: flags, threshold: threshold)
    guard let classFilter else { return }
    let nearest = scores.nearestClass(score)
    let chosen = nearest.indices.filter { Int(nearest[$0]) == classFilter }
    classThresholdCounts = ThresholdCounts(
      scores: chosen.map { values[$0] }, isOutOfDistribution: chosen.map { flags[$0] }, threshold: threshold)
  }

  /// Moves the threshold by a fraction of the shown axis.
  mutating func moveThreshold(by fraction: Double, of data: DataSet?) {
    guard let threshold, let axis = shownAxis else { return }
    setThreshold(axis.value(at: axis.part(of: threshold) + fraction), of: data)
  }

  /// - Parameter value: `nil` for the automatic threshold.
  mutating func setThreshold(_ value: Double?, of data: DataSet?) {
    guard value?.isFinite != false else { return }
    thresholds[score] = value
    if let data { refreshThresholdCounts(of: data) }
  }

  mutating func toggleLogCounts() { usesLogCounts.toggle() }

  mutating func cycleRange() { range = shownRange?.next }

  mutating func setClassFilter(_ index: Int?, of data: DataSet?) {
    classFilter = index
    if let data { refreshShown(of: data) }
  }

  /// Forgets the scores and what was chosen for their samples. How to draw them stays.
  mutating func forget() {
    let (usesLogCounts, range) = (usesLogCounts, range)
    self = ScoresState()
    (self.usesLogCounts, self.range) = (usesLogCounts, range)
  }
}
