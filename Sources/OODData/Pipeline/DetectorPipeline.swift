import FeatureFiles
import LinearAlgebra
public import OODDetection

/// Opens files, fits, scores and explains: the functions that commands, the explorer and other programs call.
///
/// Each is a function of its arguments. The pipeline only says how much of the machine they may use.
///
/// ```swift
/// let pipeline = DetectorPipeline()
/// let opened = try await pipeline.open(DataRequest(train: ["train.npz"], test: ["test.npz"]))
/// let detector = try await pipeline.detector(for: opened, at: .standard)
/// let scores = try await pipeline.scores(of: opened.data, [.test], by: detector)
/// ```
public struct DetectorPipeline: Sendable {
  public var threadCount: Int
  /// What fitting and scoring may take; nil for whatever they take.
  public var memory: MemoryBudget? {
    didSet { files = memory.map { DecompressionMemory(byteCount: $0.bytes) } ?? .standard }
  }
  /// Keeps factors and spectra that do not fit in memory.
  public var cache: FactorCache?
  /// What files may take of the memory for what they hold compressed.
  private var files = DecompressionMemory.standard

  /// One thread per core.
  public static var defaultThreadCount: Int { FittedDetector.defaultThreadCount }

  public init(threadCount: Int = DetectorPipeline.defaultThreadCount) {
    self.threadCount = max(1, threadCount)
  }
}

/// A data set, and the saved model where one was opened in place of training files.
public struct OpenedData: Sendable {
  public var data: DataSet
  public var model: ModelFile?

  public init(data: DataSet, model: ModelFile? = nil) {
    self.data = data
    self.model = model
  }
}

/// What opening files comes to where a user can be asked.
package enum OpeningOutcome: Sendable {
  case opened(OpenedData)
  /// It is not clear which array is which.
  case unclear(ArrayInventory)
}

// MARK: Opening

extension DetectorPipeline {
  /// Opens the files of a request and checks all their features for NaN and infinity. O(size of the files).
  ///
  /// - Throws: `FeatureFileError` or ``DataSetError``; `CancellationError`.
  @concurrent
  public func open(
    _ request: DataRequest, progress: @escaping ProgressHandler = { _ in }
  ) async throws -> OpenedData {
    let openingShare = openingShare(of: request)
    var opened = try openFiles(of: request) {
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

  /// Opens the files of a request, or says which arrays there are to choose from where it is not clear which is which.
  /// The first file may be a saved model, and training samples must have labels.
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

  /// Which part of the work of opening and scanning is opening, from 0 to 1.
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

  /// Looks at every feature of what was opened, once: NaN and infinity are located, and left out where the request
  /// says so.
  public func scan(
    _ opened: OpenedData, progress: @escaping ProgressHandler = { _ in }
  ) async throws -> DataSet {
    var scanned = try await DataSetScan(threadCount: threadCount, progress: progress).run(opened.data)
    if let model = opened.model { scanned.remarks += try model.remarks(on: scanned.files) }
    return scanned
  }
}

// MARK: Fitting

extension DetectorPipeline {
  /// The detector at one λ: that of the saved model where one was opened, else fitted for this λ alone.
  ///
  /// - Parameter regularization: λ; where nil, that of the model, else ``Regularization/standard``.
  public func detector(
    for opened: OpenedData, at regularization: Regularization? = nil,
    progress: @escaping ProgressHandler = { _ in }
  ) async throws -> DetectorAtSetting {
    if let model = opened.model {
      return try DetectorAtSetting(model.detector, at: regularization ?? model.regularization ?? .standard)
    }
    return DetectorAtSetting(
      try await factored(opened.data, at: regularization ?? .standard, progress: progress))
  }

  /// Fits every class with its spectrum, which serves every λ.
  ///
  /// - Parameter pathCount: For how many λ of a path memory is left to keep their scores.
  public func fit(
    _ data: DataSet, pathCount: Int = 0, progress: @escaping ProgressHandler = { _ in }
  ) async throws -> FittedDetector {
    let (rows, labels) = try trainingSamples(data)
    guard let memory else {
      return try await FittedDetector.fit(rows, labels: labels, threadCount: threadCount, progress: progress)
    }
    // What files hold decompressed stays in memory meanwhile.
    let reserved =
      SweepTable(data, pathCount: pathCount, memory: memory).reservedBytes + files.heldByteCount
    do {
      return try await FittedDetector.fit(
        rows, labels: labels, threadCount: threadCount,
        memory: MemoryBudget(bytes: memory.bytes - reserved), cache: cache, progress: progress)
    } catch DetectorError.memoryTooSmall(let needed, _) {
      throw DetectorError.memoryTooSmall(neededBytes: needed + reserved, permittedBytes: memory.bytes)
    }
  }

  /// Fits for one λ, without spectra.
  public func factored(
    _ data: DataSet, at regularization: Regularization, progress: @escaping ProgressHandler = { _ in }
  ) async throws -> FactoredDetector {
    let (rows, labels) = try trainingSamples(data)
    let held = files.heldByteCount
    do {
      return try await FactoredDetector.fit(
        rows, labels: labels, at: regularization, threadCount: threadCount,
        memory: memory.map { MemoryBudget(bytes: $0.bytes - held) }, cache: cache, progress: progress)
    } catch DetectorError.memoryTooSmall(let needed, let permitted) {
      throw DetectorError.memoryTooSmall(neededBytes: needed + held, permittedBytes: permitted + held)
    }
  }

  private func trainingSamples(_ data: DataSet) throws -> (rows: any FeatureRows, labels: [Int]) {
    guard let train = data.train, let labels = train.labels else { throw data.missingTrainingLabels }
    return (train.rows, labels)
  }
}

// MARK: Scoring

extension DetectorPipeline {
  /// Scores of some splits; their progress adds up by their samples.
  public func scores(
    of data: DataSet, _ splits: [Split], by detector: DetectorAtSetting,
    progress: @escaping ProgressHandler = { _ in }
  ) async throws -> ScoredData {
    let total = Double(splits.reduce(0) { $0 + (data[$1]?.count ?? 0) })
    var done = 0.0
    var results: [Split: SampleScores] = [:]
    for split in splits {
      guard let part = data[split] else { continue }
      let (start, share) = (done, Double(part.count))
      results[split] = try await detector.scores(of: part.rows, threadCount: threadCount) {
        progress(WorkProgress(completed: start + share * $0.fraction, planned: total))
      }
      done += share
    }
    return ScoredData(
      regularization: detector.regularization, train: results[.train], test: results[.test])
  }
}
