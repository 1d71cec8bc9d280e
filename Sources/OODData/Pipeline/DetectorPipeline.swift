import FeatureFiles
public import OODDetection

/// Opens files, fits, scores and explains. Commands, the explorer and other programs share these functions.
///
/// The result of each function depends only on its arguments. The pipeline's properties limit the resources
/// used.
///
/// ```swift
/// let pipeline = DetectorPipeline()
/// let opened = try await pipeline.open(DataRequest(train: ["train.npz"], test: ["test.npz"]))
/// let detector = try await pipeline.detector(for: opened, at: .standard)
/// let scores = try await pipeline.scores(of: opened.data, [.test], by: detector)
/// ```
public struct DetectorPipeline: Sendable {
  public var threadCount: Int
  /// The memory limit for fitting and scoring; nil for no limit.
  public var memory: MemoryBudget? {
    didSet { files = memory.map { DecompressionMemory(byteCount: $0.bytes) } ?? .standard }
  }
  /// Stores factors and spectra that do not fit in memory.
  public var cache: FactorCache?
  /// The ranks of a job that share the work. With several, every rank calls the same functions with the same arguments.
  public var ranks = Ranks.single
  /// The memory limit for decompressed file contents.
  private var files = DecompressionMemory.standard

  /// One thread per core.
  public static var defaultThreadCount: Int { SpectralDetector.defaultThreadCount }

  public init(threadCount: Int = DetectorPipeline.defaultThreadCount) {
    self.threadCount = max(1, threadCount)
  }
}

/// A data set and, if one was opened instead of training files, the saved model.
public struct OpenedData: Sendable {
  public var data: DataSet
  public var model: ModelFile?

  public init(data: DataSet, model: ModelFile? = nil) {
    self.data = data
    self.model = model
  }
}

/// The outcome of opening files when the user can be asked.
package enum OpeningOutcome: Sendable {
  case opened(OpenedData)
  /// The roles of some arrays are ambiguous.
  case unclear(ArrayInventory)
}

// MARK: Opening

extension DetectorPipeline {
  /// Opens the files of a request and checks all features for NaN and infinity. Linear in the size of the
  /// files.
  ///
  /// - Throws: `FeatureFileError` or ``DataSetError``; `CancellationError`.
  @concurrent
  public func open(
    _ request: DataRequest, progress: @escaping ProgressHandler = { _ in }
  ) async throws -> OpenedData {
    let openingShare = openingShare(of: request)
    var opened = try await openFilesOfAllRanks(request) {
      progress(WorkProgress(completed: openingShare * $0.fraction, planned: 1))
    }
    try Task.checkCancellation()
    opened.data = try await scan(opened) {
      progress(WorkProgress(completed: openingShare + (1 - openingShare) * $0.fraction, planned: 1))
    }
    return opened
  }

  /// Opens the files of a request without reading their features.
  public func openFiles(of request: DataRequest, progress: @escaping ProgressHandler = { _ in }) throws
    -> OpenedData
  {
    try open(request, opening(request, progress))
  }

  /// Opens the files of a request, or returns the arrays to choose from if their roles are ambiguous. A
  /// single training file may be a saved model. Training samples must have labels.
  package func openOrAsk(
    _ named: DataRequest, progress: @escaping ProgressHandler
  ) throws -> OpeningOutcome {
    let request = named.recognizingModel()
    let opening = opening(request, progress)
    do {
      let opened = try open(request, opening)
      if opened.model == nil, let train = opened.data.train, train.labels == nil {
        throw opened.data.missingTrainingLabels
      }
      return .opened(opened)
    } catch let error as DataSetError {
      guard let inventory = ArrayInventory(explaining: error, of: request, opening: opening) else {
        throw error
      }
      return .unclear(inventory)
    }
  }

  /// The estimated share of opening in the time to open and scan files, from 0 to 1.
  package func openingShare(of request: DataRequest) -> Double {
    OpeningProgress.openingShare(of: (try? request.files) ?? [])
  }

  private func opening(_ request: DataRequest, _ progress: @escaping ProgressHandler) -> OpeningProgress {
    var opening = OpeningProgress(of: request, threadCount: threadCount, progress: progress)
    opening.memory = files
    return opening
  }

  private func open(_ request: DataRequest, _ opening: OpeningProgress) throws -> OpenedData {
    guard let path = request.model else {
      return OpenedData(data: try DataSetAssembly(request, opening: opening).assemble())
    }
    let model = try ModelFile(contentsOf: path, memory: memory)
    var data = try DataSetAssembly(request, opening: opening, model: model).assemble()
    if data.classNames.isEmpty { data.classNames = model.classNames }
    if let dimension = data.dimension, dimension != model.detector.dimension {
      throw DataSetError.dimensionMismatch(
        path: request.test.first ?? path, dimension: dimension, otherPath: path,
        otherDimension: model.detector.dimension, sampleCount: data.test?.count ?? 0)
    }
    return OpenedData(data: data, model: model)
  }

  /// Checks every feature of opened files once. Locates NaN and infinite values and excludes their samples
  /// if the request allows it.
  public func scan(
    _ opened: OpenedData, progress: @escaping ProgressHandler = { _ in }
  ) async throws -> DataSet {
    var scanned = try await DataSetScan(
      threadCount: threadCount, ranks: ranks, progress: progress
    ).run(opened.data)
    if let model = opened.model { scanned.remarks += try model.remarks(on: scanned.files) }
    return scanned
  }
}

// MARK: Fitting

extension DetectorPipeline {
  /// The detector at one setting. Uses the saved model if one was opened; otherwise fits a detector for this
  /// setting only, without spectra unless the ridge rule needs them.
  ///
  /// - Parameter choice: The parts of the setting that the user chose.
  /// - Throws: ``DataSetError/modelSettingDiffers(_:)`` if the model was fitted with another normalization or pooling.
  public func detector(
    for opened: OpenedData, at choice: SettingChoice = SettingChoice(),
    progress: @escaping ProgressHandler = { _ in }
  ) async throws -> DetectorAtSetting {
    let setting = choice.resolved(with: opened.model?.setting ?? .standard)
    if opened.model != nil || setting.fit.ridgeRule == .leaveOneOut {
      return try DetectorAtSetting(
        try await spectral(opened, setting: setting.fit, progress: progress), at: setting.regularization,
        score: setting.score)
    }
    return DetectorAtSetting(
      try await factored(
        opened.data, at: setting.regularization, setting: setting.fit,
        includesBackground: setting.score.isRelative, progress: progress), score: setting.score)
  }

  /// The default detector, or the saved model if one was opened, at one λ.
  public func detector(
    for opened: OpenedData, at regularization: Regularization, progress: @escaping ProgressHandler = { _ in }
  ) async throws -> DetectorAtSetting {
    try await detector(for: opened, at: SettingChoice(regularization: regularization), progress: progress)
  }

  /// The detector with spectra: that of the saved model if one was opened, or else a fitted one.
  ///
  /// - Throws: as ``detector(for:at:progress:)-(_,SettingChoice,_)``.
  public func spectral(
    _ opened: OpenedData, setting: FitSetting, pathCount: Int = 0,
    progress: @escaping ProgressHandler = { _ in }
  ) async throws -> SpectralDetector {
    guard let model = opened.model else {
      return try await fit(opened.data, setting: setting, pathCount: pathCount, progress: progress)
    }
    let fitted = model.detector.setting
    guard fitted.normalization == setting.normalization, fitted.pooling == setting.pooling else {
      throw DataSetError.modelSettingDiffers(fitted)
    }
    return try model.detector.with(setting.ridgeRule)
  }

  /// Fits every class with its spectrum, which is valid for every t.
  ///
  /// - Parameter pathCount: The number of t values in a path whose scores need memory later.
  public func fit(
    _ data: DataSet, setting: FitSetting = .standard, pathCount: Int = 0,
    progress: @escaping ProgressHandler = { _ in }
  ) async throws -> SpectralDetector {
    let (rows, labels) = try await dividedSamples(data, for: .spectra)
    guard let memory else {
      return try await SpectralDetector.fit(
        rows, labels: labels, setting: setting, threadCount: threadCount, progress: progress)
    }
    // Decompressed file contents stay in memory during the fit.
    let reserved =
      SweepTable(data, pathCount: pathCount, memory: memory).reservedBytes + files.heldByteCount
    do {
      return try await SpectralDetector.fit(
        rows, labels: labels, setting: setting, threadCount: threadCount,
        memory: MemoryBudget(bytes: memory.bytes - reserved), cache: cache, progress: progress)
    } catch DetectorError.memoryTooSmall(let needed, _) {
      throw DetectorError.memoryTooSmall(neededBytes: needed + reserved, permittedBytes: memory.bytes)
    }
  }

  /// Fits for one t, without spectra.
  ///
  /// - Parameter includesBackground: Whether to fit the background, which relative scores need.
  public func factored(
    _ data: DataSet, at regularization: Regularization, setting: FitSetting = .standard,
    includesBackground: Bool = false, progress: @escaping ProgressHandler = { _ in }
  ) async throws -> CholeskyDetector {
    let (rows, labels) = try await dividedSamples(data, for: .factors)
    let held = files.heldByteCount
    do {
      return try await CholeskyDetector.fit(
        rows, labels: labels, at: regularization, setting: setting, includesBackground: includesBackground,
        threadCount: threadCount, memory: memory.map { MemoryBudget(bytes: $0.bytes - held) }, cache: cache,
        progress: progress)
    } catch DetectorError.memoryTooSmall(let needed, let permitted) {
      throw DetectorError.memoryTooSmall(neededBytes: needed + held, permittedBytes: permitted + held)
    }
  }

  /// The data set with its training samples divided over ranks by their classes, for what reads them several times. A
  /// collective; with one rank, the data set itself.
  public func divided(_ data: DataSet) async throws -> DataSet {
    if ranks.isSingle { return data }
    var divided = data
    divided.train?.rows = try await dividedSamples(data, for: .spectra).rows
    return divided
  }

  /// The training samples, divided over ranks by their classes. A collective on several ranks.
  private func dividedSamples(
    _ data: DataSet, for purpose: DividedRows.Purpose
  ) async throws -> (rows: any FeatureRows, labels: [Int]) {
    let (rows, labels) = try trainingSamples(data)
    return (
      try await DividedRows.divide(rows, labels: labels, over: ranks, for: purpose, threadCount: threadCount),
      labels
    )
  }

  func trainingSamples(_ data: DataSet) throws -> (rows: any FeatureRows, labels: [Int]) {
    guard let train = data.train, let labels = train.labels else { throw data.missingTrainingLabels }
    return (train.rows, labels)
  }
}

// MARK: Scoring

extension DetectorPipeline {
  /// Scores some splits. Progress counts the samples of all of them.
  ///
  /// - Parameter ranks: Whether to sort the samples by every score, for rankings.
  public func scores(
    of data: DataSet, _ splits: [Split], by detector: DetectorAtSetting, ranks: Bool = false,
    progress: @escaping ProgressHandler = { _ in }
  ) async throws -> ScoredData {
    let total = Double(splits.reduce(0) { $0 + (data[$1]?.count ?? 0) })
    var done = 0.0
    var results: [Split: SampleScores] = [:]
    for split in splits {
      guard let part = data[split] else { continue }
      let (start, share) = (done, Double(part.count))
      results[split] = try await detector.scores(
        of: part.rows, over: self.ranks, threadCount: threadCount
      ) {
        progress(WorkProgress(completed: start + share * $0.fraction, planned: total))
      }
      done += share
    }
    return ScoredData(
      regularization: detector.regularization, train: results[.train], test: results[.test], ranks: ranks)
  }
}

import Synchronization

/// Forwards progress at most 30 times per second, and nothing for work that finishes sooner. Receiving a
/// report takes CPU time, so frequent reports would slow the work down.
package struct ProgressLimiter {
  package let handler: ProgressHandler

  package init(interval: Duration = .milliseconds(33), _ receive: @escaping ProgressHandler) {
    let last = LastReport()
    handler = { progress in
      if last.isDue(after: interval) { receive(progress) }
    }
  }

  private final class LastReport: Sendable {
    private let instant = Mutex(ContinuousClock.now)

    func isDue(after interval: Duration) -> Bool {
      let now = ContinuousClock.now
      return instant.withLock { last in
        guard now - last >= interval else { return false }
        last = now
        return true
      }
    }
  }
}
