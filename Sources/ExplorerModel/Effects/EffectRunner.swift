import Foundation
import LinearAlgebra
import OODDetection

/// Does the work of effects, off the main actor. Knows no state: everything comes with the effect.
public struct EffectRunner: Sendable {
  public var threadCount: Int

  /// One per core.
  public static var defaultThreadCount: Int { FittedDetector.defaultThreadCount }

  public init(threadCount: Int = EffectRunner.defaultThreadCount) {
    self.threadCount = max(1, threadCount)
  }

  /// The effect's outcome as an action.
  ///
  /// - Throws: `CancellationError` where the task was cancelled, else what went wrong.
  func perform(_ effect: Effect, progress: @escaping ProgressHandler) async throws -> Action {
    switch effect {
    case .load(let request):
      return try load(request, progress: progress)
    case .fit(let data):
      return .fitted(try await fit(data, progress: progress))
    case .factor(let data, let regularization):
      let (rows, labels) = try trainingSamples(data)
      return .factored(
        try await FactoredDetector.fit(
          rows, labels: labels, at: regularization, threadCount: threadCount, progress: progress))
    case .scoreFactored(let detector, let data, let splits):
      return .scored(
        try await scores(data, splits, along: [detector.regularization], progress: progress) {
          [try await detector.scores(of: $0, threadCount: threadCount, progress: $1)]
        }[0])
    case .score(let detector, let data, let regularization, let splits):
      return .scored(
        try await scores(detector, data, splits, along: [regularization], progress: progress)[0])
    case .sweep(let detector, let data, let path, let splits):
      return .swept(try await sweep(detector, data, splits, along: path, progress: progress))
    case .detailOutliers(let detector, let data, let references, let regularization, let score):
      let details = try details(detector, data, references, regularization, score)
      return .detailedOutliers(details, regularization: regularization, score: score)
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

  private func fit(_ data: DataSet, progress: @escaping ProgressHandler) async throws -> FittedDetector {
    let (rows, labels) = try trainingSamples(data)
    return try await FittedDetector.fit(
      rows, labels: labels, threadCount: threadCount, progress: progress)
  }

  private func trainingSamples(_ data: DataSet) throws -> (rows: any FeatureRows, labels: [Int]) {
    guard let train = data.train, let labels = train.labels else {
      throw DataSetError.noTrainingLabels(paths: data.files.filter { $0.split == .train }.map(\.path))
    }
    return (train.rows, labels)
  }

  /// Scores of splits at each λ of a path, in one projection of each sample onto each class.
  private func scores(
    _ detector: FittedDetector, _ data: DataSet, _ splits: [Split], along path: [Regularization],
    progress: @escaping ProgressHandler
  ) async throws -> [ScoredData] {
    try await scores(data, splits, along: path, progress: progress) {
      try await detector.scores(of: $0, along: path, threadCount: threadCount, progress: $1)
    }
  }

  /// Scores splits one after the other; their progress adds up by their samples.
  private func scores(
    _ data: DataSet, _ splits: [Split], along path: [Regularization], progress: @escaping ProgressHandler,
    by score: (any FeatureRows, @escaping ProgressHandler) async throws -> [SampleScores]
  ) async throws -> [ScoredData] {
    let parts = [Split.test, .train].map { splits.contains($0) ? data[$0] : nil }
    let total = Double(parts.reduce(0) { $0 + ($1?.count ?? 0) })
    var done = 0.0
    var results: [[SampleScores]?] = []
    for part in parts {
      guard let part else {
        results.append(nil)
        continue
      }
      let start = done
      let share = Double(part.count)
      results.append(
        try await score(part.rows) {
          progress(WorkProgress(completed: start + share * $0.fraction, planned: total))
        })
      done += share
    }
    return path.indices.map {
      ScoredData(regularization: path[$0], train: results[1]?[$0], test: results[0]?[$0])
    }
  }

  private func sweep(
    _ detector: FittedDetector, _ data: DataSet, _ splits: [Split], along path: [Regularization],
    progress: @escaping ProgressHandler
  ) async throws -> Sweep {
    var leaveOneOut: LeaveOneOutPath?
    if let train = data.train, let labels = train.labels, labels.contains(where: { $0 >= 0 }) {
      leaveOneOut = try await detector.leaveOneOut(
        train.rows, labels: labels, along: path, threadCount: threadCount)
    }
    let scored = try await scores(detector, data, splits, along: path, progress: progress)
    try Task.checkCancellation()
    let evaluated: Split = data.test != nil ? .test : .train
    let isOut = data[evaluated]?.labels?.map { $0 < 0 }
    return Sweep(
      path: path, leaveOneOut: leaveOneOut, scores: scored,
      heldOutNLL: data.test == nil ? nil : heldOut(scored, isOutOfDistribution: isOut),
      metrics: try await metrics(scored, split: evaluated, isOutOfDistribution: isOut),
      worstConditionNumber: path.map(detector.worstConditionNumber(at:)))
  }

  private func heldOut(_ scored: [ScoredData], isOutOfDistribution: [Bool]?) -> [Double]? {
    guard let flags = isOutOfDistribution, flags.contains(false) else { return nil }
    return scored.map { point in
      let values = point.test?.negativeLogLikelihood ?? []
      let inDistribution = zip(values, flags).lazy.filter { !$1 }.map(\.0)
      return inDistribution.reduce(0, +) / Double(flags.count { !$0 })
    }
  }

  /// Metrics of both score kinds at each λ; a kind is absent where there are none. The λs are shared out among
  /// `threadCount` children: sorting scores is what a path costs after its projections.
  private func metrics(
    _ scored: [ScoredData], split: Split, isOutOfDistribution: [Bool]?
  ) async throws -> [ScoreKind: [OODMetrics]] {
    guard let flags = isOutOfDistribution else { return [:] }
    let childCount = min(threadCount, scored.count)
    var found: [ScoreKind: [Int: OODMetrics]] = [:]
    try await withThrowingTaskGroup(of: [(ScoreKind, Int, OODMetrics)].self) { group in
      for child in 0..<childCount {
        group.addTask {
          var values: [(ScoreKind, Int, OODMetrics)] = []
          for index in stride(from: child, to: scored.count, by: childCount) {
            try Task.checkCancellation()
            for kind in ScoreKind.allCases {
              guard let scores = scored[index][split]?.values(kind) else { continue }
              let metrics = OODMetrics.evaluate(scores: scores, isOutOfDistribution: flags)
              if let metrics = try? metrics.get() { values.append((kind, index, metrics)) }
            }
          }
          return values
        }
      }
      for try await values in group {
        for (kind, index, metrics) in values { found[kind, default: [:]][index] = metrics }
      }
    }
    return found.compactMapValues { byIndex in
      byIndex.count == scored.count ? scored.indices.compactMap { byIndex[$0] } : nil
    }
  }
}
