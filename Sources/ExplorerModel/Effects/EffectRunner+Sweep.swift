import OODDetection

extension EffectRunner {
  /// Scores, leave-one-out and metrics along a path; its progress is that of all the arithmetic.
  func sweep(
    _ detector: FittedDetector, _ data: DataSet, _ splits: [Split], along path: [Regularization],
    progress: @escaping ProgressHandler
  ) async throws -> Sweep {
    var training: (rows: any FeatureRows, labels: [Int])?
    if let train = data.train, let labels = train.labels, labels.contains(where: { $0 >= 0 }) {
      training = (train.rows, labels)
    }
    let scoredSplits = splits.filter { data[$0] != nil }
    let found = try await detector.pathScores(
      of: scoredSplits.compactMap { data[$0]?.rows }, training: training, along: path,
      threadCount: threadCount, progress: progress)
    let bySplit = Dictionary(uniqueKeysWithValues: zip(scoredSplits, found.scores))
    let scored = path.indices.map {
      ScoredData(
        regularization: path[$0], train: bySplit[.train]?[$0], test: bySplit[.test]?[$0])
    }
    try Task.checkCancellation()
    let evaluated: Split = data.test != nil ? .test : .train
    let isOut = data[evaluated]?.labels?.map { $0 < 0 }
    return Sweep(
      path: path, leaveOneOut: found.leaveOneOut, scores: scored,
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
