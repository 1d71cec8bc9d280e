import FeatureFiles
import Foundation
public import OODData
import OODDetection

/// Performs effects off the main actor with the functions of ``DetectorPipeline``. An effect carries all its inputs.
public struct EffectRunner: Sendable {
  public var pipeline: DetectorPipeline
  /// `nil` for commands, which store nothing about the user.
  public var user: ExplorerUser?
  /// Pauses spectra, paths and maps while something that the user waits for is computed.
  private let gate = WorkGate()

  public init(_ pipeline: DetectorPipeline = DetectorPipeline(), user: ExplorerUser? = nil) {
    self.pipeline = pipeline
    self.user = user
  }

  /// Performs an effect and returns its outcome as an action.
  ///
  /// - Parameter report: Receives parts of the outcome before it is complete.
  /// - Throws: `CancellationError` if the task was cancelled, else the error of the effect.
  func perform(
    _ effect: Effect, progress: @escaping ProgressHandler,
    report: @escaping @Sendable (Action) -> Void = { _ in }
  ) async throws -> Action {
    do {
      if effect.isPreparation {
        return try await WorkGate.$current.withValue(gate) {
          try await outcome(of: effect, progress: progress, report: report)
        }
      }
      return try await gate.closed { try await outcome(of: effect, progress: progress, report: report) }
    } catch {
      // A cancelled task can also fail in other ways, such as with a partly read file.
      try Task.checkCancellation()
      throw error
    }
  }

  private func outcome(
    of effect: Effect, progress: @escaping ProgressHandler, report: @escaping @Sendable (Action) -> Void
  ) async throws -> Action {
    switch effect {
    case .load(let request, let scans):
      return try await load(request, scans: scans, progress: progress)
    case .listFolder(let path):
      return try list(path)
    case .listArrays(let request):
      return .foundArrays(try ArrayInventory(of: request, threadCount: pipeline.threadCount))
    case .remember(let request, let left):
      return remember(request, leaving: left)
    case .scan(let data, let model):
      let opened = OpenedData(data: data, model: model)
      return .scanned(try await pipeline.scan(opened, progress: progress), model: model)
    case .fit(let data, let setting, let pathCount):
      return .fitted(
        try await pipeline.fit(data, setting: setting, pathCount: pathCount, progress: progress))
    case .factor(let data, let setting):
      return .factored(
        try await pipeline.factored(
          data, at: setting.regularization, setting: setting.fit,
          includesBackground: setting.score.isRelative,
          progress: progress))
    case .numberClasses(let detector, let regularization):
      let numbers = try ClassNumbers(detector, at: regularization)
      // All pairs of classes are looked at here, so that no frame has to.
      _ = numbers.overview.range
      return .numberedClasses(numbers)
    case .prepare(let data, let setting, let base, let splits):
      return try await prepare(data, setting, base: base, splits, progress: progress)
    case .score(let detector, let data, let splits):
      return .scored(
        try await pipeline.scores(of: data, splits, by: detector, ranks: true, progress: progress))
    case .sweep(let detector, let data, let path, let splits):
      return .swept(
        try await pipeline.sweep(
          detector, data, splits, along: path, includesBackground: true,
          ranks: true, progress: progress))
    case .map(let data, let setting, let path):
      let row = try await pipeline.map(
        data, setting: setting, along: path, poolings: [setting.pooling], includesBackground: true,
        progress: progress
      ).rows[0]
      return .mapped(row, setting)
    case .refine(let map, let data, let setting):
      return .refined(try await pipeline.refined(map, data, setting: setting), setting)
    case .interpolate(let sweep, let regularization):
      return .interpolated(sweep.interpolatedScores(at: regularization))
    case .detailOutliers(let detector, let data, let rows, let scores, let score):
      let details = try await pipeline.details(detector, data, rows, scores, score)
      return .detailedOutliers(
        details, DetectorSetting(fit: detector.setting, regularization: scores.regularization, score: score))
    case .listSamples(let listing, let detector):
      return try await list(listing, detector, progress: progress)
    case .explain(let detector, let data, let reference, let setting):
      return .explained(
        try await pipeline.explain(detector, data, reference, setting.regularization, setting.score))
    case .readPictures(let data, let samples):
      var pictures: [SampleReference: Picture] = [:]
      for sample in samples {
        try Task.checkCancellation()
        pictures[sample] = try data[sample.split]?.images?.picture(at: sample.index)
      }
      return .readPictures(pictures)
    case .comparePair(let detector, let first, let second, let regularization):
      return .comparedPair(
        PairComparison(
          first: first, second: second, regularization: regularization,
          bhattacharyyaDistance: try detector.bhattacharyyaDistance(first, second, at: regularization),
          separationShares: try detector.separationShares(first, second, at: regularization)))
    case .profileClass(let detector, let data, let index, let setting):
      let training = data.train.flatMap { split in split.labels.map { (rows: split.rows, labels: $0) } }
      return .profiledClass(
        try await detector.profile(
          ofClass: index, training: training, at: setting.regularization, threadCount: pipeline.threadCount),
        setting.fit)
    case .plane(let detector, let data, let chosen, let regularization):
      return .planed(
        try await pipeline.plane(detector, data, of: chosen, at: regularization, progress: progress))
    case .measurePin(let data, let setting, let base, let splits):
      let (detector, scored) = try await scored(data, setting, base: base, splits, progress: progress)
      var worst: Double?
      if case .spectra(let spectral, _) = detector.source {
        worst = spectral.worstConditionNumber(at: setting.regularization)
      }
      return .measuredPin(
        PinMeasures(scored, of: data, by: setting.score, worstConditionNumber: worst), setting)
    case .scatter(let request, let scored, let data):
      return .scattered(ScoreScatter(request, of: scored, data))
    case .compare(let data, let request, let known):
      return .compared(
        try await pipeline.compare(data, request, known: known, progress: progress) {
          report(.comparedRow($0))
        })
    case .audit(let detector, let data, let setting):
      return .audited(try await pipeline.audit(detector, data, at: setting, progress: progress))
    case .findDuplicates(let data, let setting):
      return .foundDuplicates(
        try await pipeline.nearDuplicates(of: data, setting: setting, progress: progress),
        setting.normalization)
    case .checkFits(let detector, let data, let setting, let scored):
      return .checkedFits(
        try await pipeline.classFits(detector, data, at: setting, scored, progress: progress))
    case .export(let request):
      return try await export(request, progress: progress)
    case .discard, .copy:
      preconditionFailure("not background work")
    }
  }

  /// Lists samples. Computes the details of all of them if their order or a filter depends on those.
  private func list(
    _ listing: SampleListing, _ detector: SpectralDetector?, progress: @escaping ProgressHandler
  ) async throws -> Action {
    var listing = listing
    var found: [SampleReference: OutlierDetail] = [:]
    if listing.needsDetails, let detector {
      let source = listing.source
      found = try await pipeline.details(
        detector, source.data, Array(listing.candidates.lazy.filter { $0.detail == nil }), source.scored,
        source.setting.score, progress: progress)
      listing.source.details.merge(found) { _, new in new }
    }
    let counts = listing.counted.map(listing.frequencies)
    return .listedSamples(listing.list, counts, version: listing.version, details: found)
  }

  private func prepare(
    _ data: DataSet, _ setting: DetectorSetting, base: SpectralDetector?, _ splits: [Split],
    progress: @escaping ProgressHandler
  ) async throws -> Action {
    let (detector, scored) = try await scored(data, setting, base: base, splits, progress: progress)
    return .prepared(setting, detector, scored)
  }

  /// Fits and scores another setting: by the spectra of the same normalization and pooling if they are known, else
  /// without spectra unless the ridge rule needs them.
  private func scored(
    _ data: DataSet, _ setting: DetectorSetting, base: SpectralDetector?, _ splits: [Split],
    progress: @escaping ProgressHandler
  ) async throws -> (DetectorAtSetting, ScoredData) {
    let detector: DetectorAtSetting
    if let base, let train = data.train, let labels = train.labels {
      let changed = try await base.with(
        setting.fit.ridgeRule, train.rows, labels: labels, threadCount: pipeline.threadCount)
      detector = try scorer(changed, at: setting)
    } else if let base {
      detector = try scorer(try base.with(setting.fit.ridgeRule), at: setting)
    } else {
      detector = try await pipeline.detector(for: OpenedData(data: data), at: SettingChoice(setting)) {
        progress(WorkProgress(completed: 0.6 * $0.fraction, planned: 1))
      }
    }
    let scored = try await pipeline.scores(of: data, splits, by: detector, ranks: true) {
      progress(WorkProgress(completed: 0.6 + 0.4 * $0.fraction, planned: 1))
    }
    return (detector, scored)
  }

  /// Scores need no numbers of classes; those that are shown are ``ClassNumbers``.
  private func scorer(_ detector: SpectralDetector, at setting: DetectorSetting) throws(DetectorError)
    -> DetectorAtSetting
  {
    try detector.requireClassNumbers(at: setting.regularization)
    return DetectorAtSetting(detector, at: setting.regularization, score: setting.score, summaries: [])
  }

  /// Opens files and, if `scans`, checks their features. Asks the user if the use of the arrays is ambiguous.
  private func load(_ request: DataRequest, scans: Bool, progress: @escaping ProgressHandler) async throws
    -> Action
  {
    if user != nil {
      let openingShare = scans ? pipeline.openingShare(of: request) : 1
      let outcome = try pipeline.openOrAsk(request) {
        progress(WorkProgress(completed: openingShare * $0.fraction, planned: 1))
      }
      let opened: OpenedData
      switch outcome {
      case .unclear(let inventory): return .foundArrays(inventory)
      case .opened(let found): opened = found
      }
      guard scans else { return .loaded(opened.data, model: opened.model) }
      try Task.checkCancellation()
      let scanned = try await pipeline.scan(opened) {
        progress(WorkProgress(completed: openingShare + (1 - openingShare) * $0.fraction, planned: 1))
      }
      return .loaded(scanned, model: opened.model)
    }
    let opened =
      scans
      ? try await pipeline.open(request, progress: progress)
      : try pipeline.openFiles(of: request, progress: progress)
    return .loaded(opened.data, model: opened.model)
  }
}

// MARK: Choosing files

extension EffectRunner {
  private var workingDirectory: String { user?.workingDirectory ?? FileName.workingDirectory }

  /// Lists a folder, or reports that the path is a file.
  private func list(_ path: String) throws -> Action {
    let path = FilePath.absolute(path, in: workingDirectory)
    if FolderReader.isFile(path) { return .foundFile(path: path) }
    let recent = user.map { RecentOpeningsFile($0.folders).read() } ?? []
    return .listed(try FolderReader.listing(of: path), recent: recent, home: user?.folders.home)
  }

  /// Adds a request to the recent openings, if there is a user, and finds where the user was in these files.
  private func remember(_ request: DataRequest, leaving left: ExplorerSession?) -> Action {
    if let user, user.keepsSessions, let left { SessionFile(user).write(left) }
    // Data from a pipe cannot be opened again.
    guard let user,
      !(request.train + request.test + request.outOfDistributionPaths).contains(where: FeatureFile.isPipe)
    else { return .remembered(nil) }
    let absolute = request.absolute(in: workingDirectory, isFile: FolderReader.isFile)
    RecentOpeningsFile(user.folders).add(absolute, at: Int(Date().timeIntervalSince1970))
    // Reloaded files are where they were.
    guard user.keepsSessions, left?.request != request else { return .remembered(nil) }
    let (session, problem) = SessionFile(user).read(request)
    if let problem { return .remembered(Message(.warning, problem.description)) }
    return session.map(Action.resume) ?? .remembered(nil)
  }
}
