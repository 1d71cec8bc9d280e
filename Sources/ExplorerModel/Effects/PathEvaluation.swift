import OODDetection

/// What a path of λ achieves on one split, λ after λ.
struct PathEvaluation {
  /// Nil without labels.
  let isOutOfDistribution: [Bool]?
  private var lambdaCount = 0
  private var metrics: [ScoreKind: [OODMetrics]] = [:]

  init(isOutOfDistribution: [Bool]?) { self.isOutOfDistribution = isOutOfDistribution }

  /// A kind is absent where there are no metrics of it at some λ.
  var completeMetrics: [ScoreKind: [OODMetrics]] { metrics.filter { $0.value.count == lambdaCount } }

  /// Takes the scores at the next λs.
  mutating func add(_ scored: [ScoredData], of split: Split, threadCount: Int) async throws {
    lambdaCount += scored.count
    guard let flags = isOutOfDistribution else { return }
    for (kind, values) in try await Self.metrics(scored, split, flags, threadCount) {
      metrics[kind, default: []] += values
    }
  }

  /// Metrics of both score kinds at each λ. The λs are shared out among `threadCount` children: sorting scores is what
  /// a path costs after its projections.
  private static func metrics(
    _ scored: [ScoredData], _ split: Split, _ flags: [Bool], _ threadCount: Int
  ) async throws -> [ScoreKind: [OODMetrics]] {
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
    return found.mapValues { byIndex in scored.indices.compactMap { byIndex[$0] } }
  }
}
