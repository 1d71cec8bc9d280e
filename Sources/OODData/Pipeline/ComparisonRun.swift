public import OODDetection

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
  /// Whether to add bootstrap intervals, for which each row is reported a second time.
  public var drawsIntervals = false
  /// Whether it is an error if no row can be computed. If not, the omissions tell all reasons.
  public var needsRow = true

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

extension ComparisonRequest {
  /// The name of the setting that leave-one-out proposes.
  public static let proposedName = "proposed"

  /// Earlier results that need not be computed again.
  public struct Known: Sendable {
    public var detectors: [SpectralDetector]
    /// Rows of the map over pooling and λ at the default normalization and ridge rule.
    public var map: PoolingMap

    public init(detectors: [SpectralDetector] = [], map: PoolingMap = PoolingMap()) {
      self.detectors = detectors
      self.map = map
    }
  }
}

extension DetectorPipeline {
  /// Judges settings and baselines on every OOD set of the test samples. Settings that share a fit are computed from one
  /// fit, and those that share t too from one pass over the samples.
  ///
  /// - Parameters:
  ///   - known: Earlier results, to save their work.
  ///   - row: Receives every row as it is computed, and again with its intervals if those are drawn.
  /// - Throws: ``MissingMetrics`` without test samples of both kinds; ``DataSetError`` without labeled training samples;
  ///   the reason of the first omission if no row could be computed; `CancellationError`. Other rows that cannot be
  ///   computed, for example at a singular covariance, are among the omissions.
  @concurrent
  public func compare(
    _ data: DataSet, _ request: ComparisonRequest = ComparisonRequest(),
    known: ComparisonRequest.Known = ComparisonRequest.Known(),
    progress: @escaping ProgressHandler = { _ in },
    row: @escaping @Sendable (Comparison.Row) -> Void = { _ in }
  ) async throws -> Comparison {
    let training = try trainingSamples(data)
    guard let test = data.test else { throw MissingMetrics.unavailable(.noSamples) }
    // Says at once what is missing.
    _ = try test.evaluation(of: [Double](repeating: 0, count: test.count))
    var run = ComparisonRun(
      pipeline: self, data: data, training: training, test: test, request: request, known: known,
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
  let known: ComparisonRequest.Known
  let baselines: [Baseline]
  let progress: ProgressHandler
  let row: @Sendable (Comparison.Row) -> Void

  var rows: [Comparison.Row] = []
  var omissions: [Comparison.Omission] = []
  var steps: (done: Double, planned: Double) = (0, 1)
  var map = PoolingMap()
  var mapFailure: (any Error)?

  mutating func compare() async throws -> Comparison {
    if request.proposes { map = known.map.leaveOneOutRows(along: path, of: Pooling.grid) }
    let mapped =
      request.proposes
      ? Pooling.grid.filter { map[$0] == nil }.map { FitSetting(pooling: $0) } : []
    var fits: [FitSetting] = []
    for fit in request.settings.map(\.setting.fit) where !fits.contains(fit) { fits.append(fit) }
    let passes = Set(
      request.settings.map { DetectorSetting(fit: $0.setting.fit, regularization: $0.setting.regularization) }
    )
    let onlyMapped = mapped.filter { !fits.contains($0) }
    // The proposed row takes a search between the steps of the map, a fit and a pass.
    steps.planned = Double(
      fits.count + onlyMapped.count + passes.count + mapped.count + (request.proposes ? 3 : 0)
        + baselines.count)
    for fit in fits { try await judge(fit, isMapped: mapped.contains(fit)) }
    // Baselines take less time than the map.
    for baseline in baselines { try await judge(baseline) }
    for fit in onlyMapped { try await judge(fit, isMapped: true) }
    if request.proposes { try await judgeProposal() }
    if rows.isEmpty, request.needsRow, let first = omissions.first { throw first.reason }
    progress(WorkProgress(completed: 1, planned: 1))
    return Comparison(rows: inOrder(rows), omissions: omissions)
  }

  private var path: [Regularization] { RegularizationPath.standard }

  /// Judges the settings of one fit, and adds its row of the map.
  private mutating func judge(_ fit: FitSetting, isMapped: Bool) async throws {
    let wanted = request.settings.filter { $0.setting.fit == fit }
    do {
      let detector = try await detector(of: fit)
      do {
        if isMapped { try await addToMap(detector) }
      } catch {
        try omit([], error)
        mapFailure = mapFailure ?? error
      }
      try await judge(wanted, by: detector)
    } catch {
      if isMapped { mapFailure = mapFailure ?? error }
      try omit(wanted.map(\.name), error)
    }
  }

  private mutating func detector(of fit: FitSetting) async throws -> SpectralDetector {
    let (pipeline, data, known) = (pipeline, data, known.detectors)
    var detector = try await step {
      if let detector = known.first(where: { $0.setting == fit }) { return detector }
      return try await pipeline.fit(data, setting: fit, progress: $0)
    }
    if let shared = map.sharedSamples { detector = detector.sharing(shared) }
    if fit.normalization == .none { map.sharedSamples = detector.sharedSamples }
    return detector
  }

  private mutating func addToMap(_ detector: SpectralDetector) async throws {
    let (training, path, threadCount) = (training, path, pipeline.threadCount)
    let leaveOneOut = try await step {
      try await detector.leaveOneOut(
        training.rows, labels: training.labels, along: path, threadCount: threadCount, progress: $0)
    }
    map.insert(
      PoolingMap.Row(
        pooling: detector.setting.pooling,
        sweep: Sweep(
          path: path, leaveOneOut: leaveOneOut, scores: [], heldOutNLL: nil, metrics: [:],
          worstConditionNumber: [])))
  }

  private mutating func judge(_ baseline: Baseline) async throws {
    let (pipeline, data, count) = (pipeline, data, request.neighborCount)
    do {
      let scores = try await step {
        try await pipeline.baseline(
          baseline, of: data, split: .test, neighborCount: count, progress: $0)
      }
      try await add(
        Comparison.Row(
          name: baseline.rawValue, subject: .baseline(baseline), evaluation: try test.evaluation(of: scores)),
        scores)
    } catch {
      try omit([baseline.rawValue], error)
    }
  }

  private mutating func judgeProposal() async throws {
    let name = ComparisonRequest.proposedName
    guard let proposed = map.proposed else {
      let reason: Comparison.MissingProposal = map.isLowestAtEnd ? .lowestAtEnd : .noHeldOutSamples
      return try omit([name], map.rows.isEmpty ? mapFailure ?? reason : reason)
    }
    let (pipeline, data, map) = (pipeline, data, map)
    do {
      let refined = try await step { _ in
        map.refinedPlace == nil ? try await pipeline.refined(map, data, setting: .standard) : nil
      }
      let place = refined ?? proposed
      let setting = DetectorSetting(
        fit: FitSetting(pooling: place.pooling), regularization: place.regularization)
      let detector = try await detector(of: setting.fit)
      try await judge([.init(name, setting)], by: detector)
    } catch {
      try omit([name], error)
    }
  }

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
          let values = scores.values(setting.setting.score)
          try await add(
            Comparison.Row(
              name: setting.name, subject: .setting(setting.setting), leaveOneOutNLL: leaveOneOut,
              accuracy: accuracy, evaluation: try test.evaluation(of: values)), values)
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
    if detector.setting == FitSetting(pooling: detector.setting.pooling),
      let row = map[detector.setting.pooling]?.sweep, let index = row.index(of: regularization),
      let known = row.leaveOneOut?.meanNLL[index]
    {
      return known.isFinite ? known : nil
    }
    do {
      return try await detector.leaveOneOut(
        training.rows, labels: training.labels, along: [regularization], threadCount: pipeline.threadCount
      ).lowest?.meanNLL
    } catch DetectorError.singularCovariance {
      return nil
    }
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

  /// Adds a row, and its intervals from its scores, (N,).
  private mutating func add(_ found: Comparison.Row, _ scores: [Double]) async throws {
    var found = found
    row(found)
    if request.drawsIntervals {
      found.evaluation = try await test.addingIntervals(
        to: found.evaluation, of: scores, threadCount: pipeline.threadCount)
      row(found)
    }
    rows.append(found)
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
    names.insert(ComparisonRequest.proposedName, at: min(1, names.count))
    let settings = names.flatMap { name in rows.filter { $0.setting != nil && $0.name == name } }
    return settings + rows.filter { $0.setting == nil }
  }
}

extension PoolingMap {
  /// The rows that have leave-one-out along a path, for some poolings.
  fileprivate func leaveOneOutRows(along path: [Regularization], of poolings: [Pooling]) -> PoolingMap {
    let usable = rows.filter {
      poolings.contains($0.pooling) && $0.sweep.path == path && $0.sweep.leaveOneOut != nil
    }
    var map = PoolingMap(rows: usable)
    // A search from other rows may have found another place.
    if usable.count == rows.count, usable.count == poolings.count { map.refinedPlace = refinedPlace }
    return map
  }
}
