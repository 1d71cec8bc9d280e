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
  private(set) var thresholds: [ScoreKind: Double] = [:]
  public private(set) var usesLogCounts = false
  /// Whether histograms show counts instead of each series' share of its samples.
  public private(set) var showsCounts = false
  /// The range that the user chose; `nil` for the default range of the scores.
  private var range: ScoreRange?
  /// The index of the class whose nearest samples are shown; `nil` for all samples.
  public private(set) var classFilter: Int?

  /// The OOD sets of the evaluated split with their scores; empty unless there are several.
  public private(set) var sets: [ScoredSet] = []
  /// The index of the OOD set that is shown alone; `nil` for all.
  public private(set) var setFilter: Int?
  /// The metrics and the curve of the set that is shown alone.
  public private(set) var setMetrics: OODMetrics?
  public private(set) var setCurve: ROCCurve?
  /// Whether precision–recall curves are drawn instead of ROC curves.
  public private(set) var showsPrecisionRecall = false
  /// Whether a scatter of two scores is shown instead of the histograms.
  public private(set) var showsScatter = false
  /// The score that the user chose for the vertical axis of the scatter.
  private var chosenScatterScore: ScoreKind?
  /// The latest scatter, which can be that of another setting.
  public internal(set) var scatter: ScoreScatter?
  /// The sorted scores of the evaluated split.
  private var evaluated = SortedScores()
}

/// The scores of one OOD set.
public struct ScoredSet: Sendable, Equatable {
  public let set: OODSet
  public let count: Int
  /// `nil` without ID samples.
  public let separation: Separation?
  /// The curve, if the set is among those that are drawn together.
  public internal(set) var curve: ROCCurve?
}

// MARK: Values

extension ScoresState {
  /// The score from which samples count as out-of-distribution: the threshold that the user chose, else the
  /// highest one with a true-positive rate of at least 95 %, else (without OOD samples) the 95th percentile.
  public var threshold: Double? { thresholds[score] ?? automaticThreshold }

  /// Whether the user chose the threshold.
  public var thresholdIsChosen: Bool { thresholds[score] != nil }

  /// The OOD set that is shown alone; `nil` for all.
  public var shownSet: ScoredSet? { setFilter.flatMap { sets.indices.contains($0) ? sets[$0] : nil } }

  /// The curve of the OOD set that is shown alone, or else of all OOD samples.
  public var shownCurve: ROCCurve? { setFilter == nil ? rocCurve : setCurve }

  /// The metrics of the OOD set that is shown alone, or else of all OOD samples.
  public var shownMetrics: Result<OODMetrics, MissingMetrics>? {
    setMetrics.map(Result.success) ?? evaluation?.metrics
  }

  /// The number of OOD sets that are told apart in one chart.
  public static let overlaidSetCount = 6

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
    evaluated = sorted[split] ?? SortedScores()
    let curve = ROCCurve(outOfDistribution: evaluated.outside, inDistribution: evaluated.inside)
    let metrics =
      data[split]?.labels != nil
      ? OODMetrics.evaluate(curve).mapError(MissingMetrics.unavailable) : .failure(.noLabels)
    evaluation = Evaluation(split: split, metrics: metrics)
    rocCurve = curve.positiveCount > 0 && curve.negativeCount > 0 ? curve : nil
    refreshSets(data[split]?.oodSets?.sets ?? [])
    overallDistribution = ScoreDistribution(sorted, of: data)
    refreshShown(of: data)
    return true
  }

  /// Updates the figures of each OOD set, and the curves of those that are drawn together: the ones that are hardest to
  /// tell from ID samples, if there are too many. O(N).
  private mutating func refreshSets(_ names: [OODSet]) {
    let isDivided = names.count > 1 && evaluated.sets.count == names.count
    sets =
      isDivided
      ? zip(names, evaluated.sets).map { name, scores in
        ScoredSet(
          set: name, count: scores.count,
          separation: Separation(outOfDistribution: scores, inDistribution: evaluated.inside))
      } : []
    if let setFilter, !sets.indices.contains(setFilter) { self.setFilter = nil }
    guard !evaluated.inside.isEmpty else { return refreshChosenSet() }
    let hardest = sets.indices.sorted {
      (sets[$0].separation?.auroc ?? 1, $0) < (sets[$1].separation?.auroc ?? 1, $1)
    }
    for index in hardest.prefix(Self.overlaidSetCount) {
      sets[index].curve = ROCCurve(
        outOfDistribution: evaluated.sets[index], inDistribution: evaluated.inside)
    }
    refreshChosenSet()
  }

  /// Updates the metrics of the OOD set that is shown alone, and the automatic threshold. O(N).
  private mutating func refreshChosenSet() {
    (setMetrics, setCurve) = (nil, nil)
    if let setFilter, !evaluated.inside.isEmpty {
      let curve =
        sets[setFilter].curve
        ?? ROCCurve(outOfDistribution: evaluated.sets[setFilter], inDistribution: evaluated.inside)
      setCurve = curve
      setMetrics = try? OODMetrics.evaluate(curve).get()
    }
    let curve = shownCurve
    automaticThreshold = Self.automaticThreshold(curve, inside: evaluated.inside)
  }

  /// The highest threshold with a true-positive rate of at least 95 %, or else the 95th percentile of ID scores.
  static func automaticThreshold(_ curve: ROCCurve?, inside: [Double]) -> Double? {
    curve?.firstIndex(ofTruePositiveRate: 0.95).flatMap { curve?.thresholds[$0] } ?? inside.quantile(0.95)
  }

  /// The score on the vertical axis of a scatter whose horizontal axis has the given one.
  public func scatterScore(beside score: ScoreKind) -> ScoreKind {
    if let chosenScatterScore, chosenScatterScore != score { return chosenScatterScore }
    return score == .mahalanobis ? .negativeLogLikelihood : .mahalanobis
  }

  /// The threshold of the vertical score of the scatter.
  public var scatterThreshold: Double? {
    scatter.flatMap { thresholds[$0.request.other] ?? $0.automaticThreshold }
  }

  mutating func toggleScatter() { showsScatter.toggle() }

  mutating func cycleScatterScore(_ offset: Int, beside score: ScoreKind) {
    var next = scatterScore(beside: score)
    repeat { next = next.neighbor(by: offset) } while next == score
    chosenScatterScore = next
  }

  /// Updates what the filters by class and by OOD set select.
  private mutating func refreshShown(of data: DataSet) {
    let overlaid = setFilter == nil ? sets.indices.filter { sets[$0].curve != nil } : []
    if let scored, classFilter != nil || !sets.isEmpty {
      shownDistribution = ScoreDistribution(
        scored.sorted(by: score, of: data, nearestTo: classFilter), of: data, set: setFilter,
        overlaid: overlaid)
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
    func isShown(_ index: Int) -> Bool {
      guard let setFilter, let set = samples.oodSets?.indices[index], set >= 0 else { return true }
      return Int(set) == setFilter
    }
    let shown = setFilter == nil ? Array(values.indices) : values.indices.filter(isShown)
    thresholdCounts =
      setFilter == nil
      ? ThresholdCounts(scores: values, isOutOfDistribution: flags, threshold: threshold)
      : ThresholdCounts(
        scores: shown.map { values[$0] }, isOutOfDistribution: shown.map { flags[$0] }, threshold: threshold)
    guard let classFilter else { return }
    let nearest = scores.nearestClass(score)
    let chosen = shown.filter { Int(nearest[$0]) == classFilter }
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

  /// Brings back the thresholds that the user chose.
  mutating func restore(_ thresholds: [ScoreKind: Double], of data: DataSet?) {
    guard self.thresholds != thresholds else { return }
    self.thresholds = thresholds
    if let data { refreshThresholdCounts(of: data) }
  }

  /// The threshold of a target, among the samples of the shown OOD set and all ID samples. O(N).
  func threshold(_ target: ThresholdTarget) throws(ThresholdTarget.Problem) -> Double {
    let curve =
      shownCurve ?? ROCCurve(outOfDistribution: evaluated.outside, inDistribution: evaluated.inside)
    return try curve.threshold(target)
  }

  mutating func toggleLogCounts() { usesLogCounts.toggle() }

  mutating func toggleCounts() { showsCounts.toggle() }

  mutating func cycleRange() { range = shownRange?.next }

  mutating func togglePrecisionRecall() { showsPrecisionRecall.toggle() }

  /// Shows the next OOD set alone; after the last one, all of them.
  mutating func cycleSet(_ offset: Int, of data: DataSet?) {
    guard !sets.isEmpty else { return }
    setSetFilter(nextClassFilter(after: setFilter, by: offset, count: sets.count), of: data)
  }

  mutating func setSetFilter(_ index: Int?, of data: DataSet?) {
    setFilter = index
    refreshChosenSet()
    if let data { refreshShown(of: data) }
  }

  mutating func setClassFilter(_ index: Int?, of data: DataSet?) {
    classFilter = index
    if let data { refreshShown(of: data) }
  }

  /// Forgets the scores and what was chosen for their samples. How to draw them stays.
  mutating func forget() {
    let (usesLogCounts, showsCounts) = (usesLogCounts, showsCounts)
    let (range, showsPrecisionRecall) = (range, showsPrecisionRecall)
    self = ScoresState()
    (self.usesLogCounts, self.showsCounts, self.range) = (usesLogCounts, showsCounts, range)
    self.showsPrecisionRecall = showsPrecisionRecall
  }
}
