public import OODDetection

/// Settings and baselines, each judged on every OOD set: the output of `gmmscope compare`.
public struct Comparison: Sendable {
  /// What a row judges.
  public enum Subject: Sendable, Hashable {
    case setting(DetectorSetting)
    case baseline(Baseline)
  }

  public struct Row: Sendable {
    /// Such as `default`, `RMD` or `knn`.
    public var name: String
    public var subject: Subject
    /// The mean leave-one-out NLL; nil for a baseline.
    public var leaveOneOutNLL: Double?
    /// The share of ID samples whose likeliest class is their own; nil for a baseline.
    public var accuracy: Double?
    public var evaluation: SetEvaluation

    public init(
      name: String, subject: Subject, leaveOneOutNLL: Double? = nil, accuracy: Double? = nil,
      evaluation: SetEvaluation
    ) {
      self.name = name
      self.subject = subject
      self.leaveOneOutNLL = leaveOneOutNLL
      self.accuracy = accuracy
      self.evaluation = evaluation
    }

    /// The setting; nil for a baseline.
    public var setting: DetectorSetting? {
      if case .setting(let setting) = subject { setting } else { nil }
    }
  }

  /// A row that could not be computed.
  public struct Omission: Sendable {
    public var name: String
    public var reason: any Error
  }

  /// Why leave-one-out proposes no setting.
  public enum MissingProposal: Error, CustomStringConvertible {
    /// The least leave-one-out NLL is at an end of the path over λ, beyond which the minimum may lie.
    case lowestAtEnd

    public var description: String { "the lowest leave-one-out NLL is at an end of the path over λ" }
  }

  /// A set, or a summary of sets.
  public enum Column: Sendable, Hashable {
    /// By its index among the sets.
    case set(Int)
    case group(String)
    case mean
    case pooled
  }

  /// How a row stands among the rows of a column.
  public enum Standing: Sendable, Equatable {
    case best
    /// Within the 95 % interval of the best.
    case withinInterval
    case behind
  }

  public internal(set) var rows: [Row]
  public internal(set) var omissions: [Omission]

  public init(rows: [Row] = [], omissions: [Omission] = []) {
    self.rows = rows
    self.omissions = omissions
  }

  /// The sets, then the means over groups, over all sets, and all OOD samples together where there are several sets.
  public var columns: [Column] {
    guard let first = rows.first?.evaluation else { return [] }
    return first.sets.indices.map(Column.set) + first.groups.map(Column.group)
      + (first.sets.count > 1 ? [.mean, .pooled] : [])
  }

  public func title(of column: Column) -> String {
    switch column {
    case .set(let index): rows.first?.evaluation.sets[index].fullName ?? ""
    case .group(let name): "\(name) (mean)"
    case .mean: "mean"
    case .pooled: "pooled"
    }
  }

  /// How each row stands in a column, (R,). Rows that equal the best are best too. A mean has no interval.
  public func standings(in column: Column, by metric: MetricName) -> [Standing] {
    let values = rows.map { $0.value(in: column, metric) }
    let finite = values.indices.filter { values[$0].isFinite }
    guard let best = finite.max(by: { isBetter(values[$1], values[$0], metric) }) else {
      return values.map { _ in .behind }
    }
    let interval = rows[best].interval(in: column, metric)
    return values.map { value in
      if value == values[best] { return .best }
      return interval.map { $0.low <= value && value <= $0.high } == true ? .withinInterval : .behind
    }
  }

  private func isBetter(_ value: Double, _ other: Double, _ metric: MetricName) -> Bool {
    metric.isHigherBetter ? value > other : value < other
  }

  /// The row of the least leave-one-out NLL, which no OOD sample takes part in; nil without settings that compare. At
  /// normalization 1 the density has no counterpart before normalization, so such rows do not compare.
  public var leaveOneOutChoice: Row? {
    rows.filter {
      $0.setting.map { $0.fit.normalization < .l2 } == true && $0.leaveOneOutNLL?.isFinite == true
    }
    .min { ($0.leaveOneOutNLL ?? .infinity) < ($1.leaveOneOutNLL ?? .infinity) }
  }
}

extension Comparison.Row {
  public func value(in column: Comparison.Column, _ metric: MetricName) -> Double {
    switch column {
    case .set(let index): MetricValues(evaluation.metrics[index].metrics)[metric]
    case .group(let name): MetricValues(evaluation.mean(ofGroup: name))[metric]
    case .mean: MetricValues(evaluation.mean)[metric]
    case .pooled: MetricValues(evaluation.pooled.metrics)[metric]
    }
  }

  /// The 95 % interval, if it is known.
  public func interval(in column: Comparison.Column, _ metric: MetricName) -> ConfidenceInterval? {
    switch column {
    case .set(let index): evaluation.metrics[index].interval(of: metric)
    case .pooled: evaluation.pooled.interval(of: metric)
    case .group, .mean: nil
    }
  }
}

/// The rows of a comparison to compute.
public struct ComparisonRequest: Sendable {
  public struct NamedSetting: Sendable, Hashable {
    public var name: String
    public var setting: DetectorSetting

    public init(_ name: String, _ setting: DetectorSetting) {
      self.name = name
      self.setting = setting
    }

    /// A setting named by the command-line options that reproduce it.
    public init(_ setting: DetectorSetting) {
      let options = setting.commandLineOptions
      self.init(options.isEmpty ? "default" : options.joined(separator: " "), setting)
    }
  }

  public var settings: [NamedSetting]
  /// Whether to add the setting that leave-one-out proposes over pooling and λ, which takes a fit and a path for every α
  /// of `Pooling.grid`.
  public var proposes = true
  /// Nil for those whose arrays the files hold.
  public var baselines: [Baseline]?
  /// k of `knn`.
  public var neighborCount = Baseline.standardNeighborCount
  /// Whether to add bootstrap intervals.
  public var drawsIntervals = false

  public init(_ settings: [NamedSetting] = ComparisonRequest.usualSettings) { self.settings = settings }

  /// The default, the classic Mahalanobis detector with a tied covariance, the relative Mahalanobis distance (Ren et al.
  /// 2021, arXiv:2106.09022) and the default on features of length 1.
  public static let usualSettings = [
    NamedSetting("default", .standard),
    NamedSetting(
      "tied Mahalanobis", DetectorSetting(fit: FitSetting(pooling: .tied), score: .mahalanobis)),
    NamedSetting("RMD", DetectorSetting(fit: FitSetting(pooling: .tied), score: .relativeMahalanobis)),
    NamedSetting("L2-normalized", DetectorSetting(fit: FitSetting(normalization: .l2))),
  ]
}

extension DetectorPipeline {
  /// Judges settings and baselines on every OOD set of the test samples. Settings that share a fit are computed from one
  /// fit, and those that share t too from one pass over the samples.
  ///
  /// - Parameter row: Receives every row as it is computed.
  /// - Throws: ``MissingMetrics`` without test samples of both kinds; ``DataSetError`` without labeled training samples;
  ///   the reason of the first omission if no row could be computed; `CancellationError`. Other rows that cannot be
  ///   computed, for example at a singular covariance, are among the omissions.
  @concurrent
  public func compare(
    _ data: DataSet, _ request: ComparisonRequest = ComparisonRequest(),
    progress: @escaping ProgressHandler = { _ in },
    row: @escaping @Sendable (Comparison.Row) -> Void = { _ in }
  ) async throws -> Comparison {
    let training = try trainingSamples(data)
    guard let test = data.test else { throw MissingMetrics.unavailable(.noSamples) }
    // Says at once what is missing.
    _ = try test.evaluation(of: [Double](repeating: 0, count: test.count))
    var run = ComparisonRun(
      pipeline: self, data: data, training: training, test: test, request: request,
      baselines: request.baselines ?? Self.availableBaselines(of: data), progress: progress, row: row)
    return try await run.compare()
  }
}

/// Computes the rows of a comparison.
private struct ComparisonRun {
  let pipeline: DetectorPipeline
  let data: DataSet
  let training: (rows: any FeatureRows, labels: [Int])
  let test: DataSplit
  let request: ComparisonRequest
  let baselines: [Baseline]
  let progress: ProgressHandler
  let row: @Sendable (Comparison.Row) -> Void

  private var rows: [Comparison.Row] = []
  private var omissions: [Comparison.Omission] = []
  private var steps: (done: Double, planned: Double) = (0, 1)

  init(
    pipeline: DetectorPipeline, data: DataSet, training: (rows: any FeatureRows, labels: [Int]),
    test: DataSplit, request: ComparisonRequest, baselines: [Baseline], progress: @escaping ProgressHandler,
    row: @escaping @Sendable (Comparison.Row) -> Void
  ) {
    self.pipeline = pipeline
    self.data = data
    self.training = training
    self.test = test
    self.request = request
    self.baselines = baselines
    self.progress = progress
    self.row = row
  }

  mutating func compare() async throws -> Comparison {
    let (pipeline, data, request, training) = (pipeline, data, request, training)
    let path = RegularizationPath.standard
    var map = PoolingMap()
    let mapped = request.proposes ? Pooling.grid.map { FitSetting(pooling: $0) } : []
    var fits: [FitSetting] = []
    for fit in request.settings.map(\.setting.fit) + mapped where !fits.contains(fit) { fits.append(fit) }
    let passes = Set(
      request.settings.map { DetectorSetting(fit: $0.setting.fit, regularization: $0.setting.regularization) }
    )
    // The proposed row takes a search between the steps of the map, a fit and a pass.
    steps.planned = Double(
      fits.count + passes.count + mapped.count + (request.proposes ? 3 : 0) + baselines.count)
    for fit in fits {
      let wanted = request.settings.filter { $0.setting.fit == fit }
      do {
        let detector = try await step {
          try await pipeline.fit(data, setting: fit, progress: $0)
        }
        try await judge(wanted, by: detector)
        if mapped.contains(fit) {
          let leaveOneOut = try await step {
            try await detector.leaveOneOut(
              training.rows, labels: training.labels, along: path, threadCount: pipeline.threadCount,
              progress: $0)
          }
          map.insert(
            PoolingMap.Row(
              pooling: fit.pooling,
              sweep: Sweep(
                path: path, leaveOneOut: leaveOneOut, scores: [], heldOutNLL: nil, metrics: [:],
                worstConditionNumber: [])))
        }
      } catch {
        try omit(wanted.map(\.name), error)
      }
    }
    if request.proposes { try await judgeProposal(of: map) }
    for baseline in baselines {
      do {
        let scores = try await step {
          try await pipeline.baseline(
            baseline, of: data, split: .test, neighborCount: request.neighborCount, progress: $0)
        }
        add(
          Comparison.Row(
            name: baseline.rawValue, subject: .baseline(baseline), leaveOneOutNLL: nil, accuracy: nil,
            evaluation: try await evaluation(of: scores)))
      } catch {
        try omit([baseline.rawValue], error)
      }
    }
    if rows.isEmpty, let first = omissions.first { throw first.reason }
    progress(WorkProgress(completed: 1, planned: 1))
    return Comparison(rows: inOrder(rows), omissions: omissions)
  }

  private mutating func judgeProposal(of map: PoolingMap) async throws {
    guard let proposed = map.proposed else {
      if map.isLowestAtEnd { try omit([Self.proposedName], Comparison.MissingProposal.lowestAtEnd) }
      return
    }
    let (pipeline, data) = (pipeline, data)
    do {
      let refined = try await step { _ in try await pipeline.refined(map, data, setting: .standard) }
      let place = refined ?? proposed
      let setting = DetectorSetting(
        fit: FitSetting(pooling: place.pooling), regularization: place.regularization)
      let detector = try await step {
        try await pipeline.fit(data, setting: setting.fit, progress: $0)
      }
      try await judge([.init(Self.proposedName, setting)], by: detector)
    } catch {
      try omit([Self.proposedName], error)
    }
  }

  private static let proposedName = "proposed"

  /// Judges settings of one fit: one pass over the samples for each t.
  private mutating func judge(
    _ settings: [ComparisonRequest.NamedSetting], by detector: SpectralDetector
  ) async throws {
    let (pipeline, test) = (pipeline, test)
    var path: [Regularization] = []
    for setting in settings where !path.contains(setting.setting.regularization) {
      path.append(setting.setting.regularization)
    }
    for regularization in path {
      let wanted = settings.filter { $0.setting.regularization == regularization }
      do {
        let scores = try await step {
          try await detector.scores(
            of: test.rows, at: regularization,
            includesBackground: wanted.contains { $0.setting.score.isRelative },
            threadCount: pipeline.threadCount, progress: $0)
        }
        let accuracy = test.labels.flatMap {
          scores.accuracy(labels: $0, classLabels: detector.classes.map(\.label))
        }
        let leaveOneOut = try await leaveOneOutNLL(of: detector, at: regularization)
        for setting in wanted {
          add(
            Comparison.Row(
              name: setting.name, subject: .setting(setting.setting), leaveOneOutNLL: leaveOneOut,
              accuracy: accuracy, evaluation: try await evaluation(of: scores.values(setting.setting.score))))
        }
      } catch {
        try omit(wanted.map(\.name), error)
      }
    }
  }

  /// Nil where held-out covariances are singular.
  private func leaveOneOutNLL(
    of detector: SpectralDetector, at regularization: Regularization
  ) async throws -> Double? {
    do {
      return try await detector.leaveOneOut(
        training.rows, labels: training.labels, along: [regularization], threadCount: pipeline.threadCount
      ).lowest?.meanNLL
    } catch DetectorError.singularCovariance {
      return nil
    }
  }

  private func evaluation(of scores: [Double]) async throws -> SetEvaluation {
    let evaluation = try test.evaluation(of: scores)
    guard request.drawsIntervals else { return evaluation }
    return try await test.addingIntervals(to: evaluation, of: scores, threadCount: pipeline.threadCount)
  }

  private mutating func step<Value: Sendable>(
    _ body: (@escaping ProgressHandler) async throws -> Value
  ) async throws -> Value {
    try Task.checkCancellation()
    let (start, planned, progress) = (steps.done, steps.planned, progress)
    steps.done += 1
    return try await body {
      progress(WorkProgress(completed: min(start + $0.fraction, planned), planned: planned))
    }
  }

  private mutating func add(_ found: Comparison.Row) {
    rows.append(found)
    row(found)
  }

  /// Notes what could not be computed; cancellation ends the comparison.
  private mutating func omit(_ names: [String], _ reason: any Error) throws {
    if reason is CancellationError { throw reason }
    omissions += names.filter { name in !rows.contains { $0.name == name } }
      .map { Comparison.Omission(name: $0, reason: reason) }
  }

  /// The settings in the order of the request, the proposed one after the first, and the baselines.
  private func inOrder(_ rows: [Comparison.Row]) -> [Comparison.Row] {
    var names = request.settings.map(\.name)
    names.insert(Self.proposedName, at: min(1, names.count))
    let settings = names.flatMap { name in rows.filter { $0.setting != nil && $0.name == name } }
    return settings + rows.filter { $0.setting == nil }
  }
}
