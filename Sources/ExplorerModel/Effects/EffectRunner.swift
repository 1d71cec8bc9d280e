import FeatureFiles
import Foundation
import LinearAlgebra
public import OODDetection

/// Does the work of effects, off the main actor. Knows no state: everything comes with the effect.
public struct EffectRunner: Sendable {
  public var threadCount: Int
  /// What fitting and scoring may take; nil for whatever they take.
  public var memory: MemoryBudget? {
    didSet { files = memory.map { DecompressionMemory(byteCount: $0.bytes) } ?? .standard }
  }
  /// What files may take of that for what they hold compressed.
  private(set) var files = DecompressionMemory.standard
  /// Keeps factors that do not fit.
  public var cache: FactorCache?
  /// Nil for commands: they keep nothing about their user.
  public var user: ExplorerUser?

  /// One per core.
  public static var defaultThreadCount: Int { FittedDetector.defaultThreadCount }

  public init(threadCount: Int = EffectRunner.defaultThreadCount, user: ExplorerUser? = nil) {
    self.threadCount = max(1, threadCount)
    self.user = user
  }

  /// The effect's outcome as an action.
  ///
  /// - Throws: `CancellationError` where the task was cancelled, else what went wrong.
  func perform(_ effect: Effect, progress: @escaping ProgressHandler) async throws -> Action {
    do {
      return try await outcome(of: effect, progress: progress)
    } catch {
      // What a cancelled task stumbles over, such as a file that was not read to its end, is nobody's business.
      try Task.checkCancellation()
      throw error
    }
  }

  private func outcome(of effect: Effect, progress: @escaping ProgressHandler) async throws -> Action {
    switch effect {
    case .load(let request, let scans):
      return try await load(request, scans: scans, progress: progress)
    case .listFolder(let path):
      return try list(path)
    case .listArrays(let request):
      return .foundArrays(try ArrayInventory(of: request, threadCount: threadCount))
    case .remember(let request):
      return remember(request)
    case .scan(let data, let model):
      return .scanned(try await scan(data, model: model, progress: progress), model: model)
    case .fit(let data, let pathCount):
      return .fitted(try await fit(data, pathCount: pathCount, progress: progress))
    case .factor(let data, let regularization):
      let (rows, labels) = try trainingSamples(data)
      return .factored(try await factored(rows, labels, at: regularization, progress: progress))
    case .scoreFactored(let detector, let data, let splits):
      return .scored(
        try await scores(data, splits, at: detector.regularization, progress: progress) {
          try await detector.scores(of: $0, threadCount: threadCount, progress: $1)
        })
    case .score(let detector, let data, let regularization, let splits):
      return .scored(
        try await scores(data, splits, at: regularization, progress: progress) {
          try await detector.scores(of: $0, at: regularization, threadCount: threadCount, progress: $1)
        })
    case .sweep(let detector, let data, let path, let splits):
      return .swept(try await sweep(detector, data, splits, along: path, progress: progress))
    case .detailOutliers(let detector, let data, let rows, let scores, let score):
      let details = try await details(detector, data, rows, scores, score)
      return .detailedOutliers(details, regularization: scores.regularization, score: score)
    case .explain(let detector, let data, let reference, let regularization, let score):
      return .explained(try await explain(detector, data, reference, regularization, score))
    case .comparePair(let detector, let first, let second, let regularization):
      let distance = try detector.bhattacharyyaDistance(first, second, at: regularization)
      return .comparedPair(
        PairComparison(
          first: first, second: second, regularization: regularization, bhattacharyyaDistance: distance))
    case .export(let request):
      return try export(request)
    case .discard, .copy:
      throw CancellationError()
    }
  }

  private func fit(
    _ data: DataSet, pathCount: Int, progress: @escaping ProgressHandler
  ) async throws -> FittedDetector {
    let (rows, labels) = try trainingSamples(data)
    guard let memory else {
      return try await FittedDetector.fit(rows, labels: labels, threadCount: threadCount, progress: progress)
    }
    // What files hold decompressed is there all the while.
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

  private func factored(
    _ rows: any FeatureRows, _ labels: [Int], at regularization: Regularization,
    progress: @escaping ProgressHandler
  ) async throws -> FactoredDetector {
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
    guard let train = data.train, let labels = train.labels else {
      throw data.missingTrainingLabels
    }
    return (train.rows, labels)
  }

  /// Scores splits at one λ, one after the other; their progress adds up by their samples.
  private func scores(
    _ data: DataSet, _ splits: [Split], at regularization: Regularization,
    progress: @escaping ProgressHandler,
    by score: (any FeatureRows, @escaping ProgressHandler) async throws -> SampleScores
  ) async throws -> ScoredData {
    let total = Double(splits.reduce(0) { $0 + (data[$1]?.count ?? 0) })
    var done = 0.0
    var results: [Split: SampleScores] = [:]
    for split in splits {
      guard let part = data[split] else { continue }
      let (start, share) = (done, Double(part.count))
      results[split] = try await score(part.rows) {
        progress(WorkProgress(completed: start + share * $0.fraction, planned: total))
      }
      done += share
    }
    return ScoredData(regularization: regularization, train: results[.train], test: results[.test])
  }
}
