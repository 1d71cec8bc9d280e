import OODDetection

extension EffectRunner {
  /// Scores, leave-one-out and metrics along a path; its progress is that of all the arithmetic. Where the scores of
  /// all splits would take too much memory, only those are computed that metrics need, some λ at a time, and none is
  /// kept.
  func sweep(
    _ detector: FittedDetector, _ data: DataSet, _ splits: [Split], along path: [Regularization],
    progress: @escaping ProgressHandler
  ) async throws -> Sweep {
    var training: (rows: any FeatureRows, labels: [Int])?
    if let train = data.train, let labels = train.labels, labels.contains(where: { $0 >= 0 }) {
      training = (train.rows, labels)
    }
    // Samples of the classes that were held out, by which the two likelihoods compare.
    let heldOut = data.test.flatMap { test in test.labels.map { (rows: test.rows, labels: $0) } }
    let table = SweepTable(data, pathCount: path.count, memory: memory)
    let evaluated: Split = data.test != nil ? .test : .train
    let keeps = table.holds(splits)
    let scoredSplits = (keeps ? splits : [evaluated]).filter { data[$0] != nil }
    let step = keeps ? max(1, path.count) : table.lambdaCount(for: evaluated)
    var leaveOneOut: LeaveOneOutPath?
    var heldOutNLL: [Double]?
    var evaluation = PathEvaluation(isOutOfDistribution: data[evaluated]?.labels?.map { $0 < 0 })
    var kept: [ScoredData] = []
    for start in stride(from: 0, to: path.count, by: step) {
      let part = Array(path[start..<min(path.count, start + step)])
      // All of leave-one-out comes with the first part, and takes no table.
      if start == 0, step < path.count, let training {
        leaveOneOut = try await detector.leaveOneOut(
          training.rows, labels: training.labels, heldOut: heldOut, along: path, threadCount: threadCount)
        heldOutNLL = leaveOneOut?.heldOutNLL
      }
      let found = try await detector.pathScores(
        of: scoredSplits.compactMap { data[$0]?.rows }, training: step < path.count ? nil : training,
        heldOut: step < path.count && training != nil ? nil : heldOut, along: part, threadCount: threadCount
      ) {
        let done = Double(start) + Double(part.count) * $0.fraction
        progress(WorkProgress(completed: done, planned: Double(path.count)))
      }
      leaveOneOut = found.leaveOneOut ?? leaveOneOut
      if let part = found.heldOutNLL { heldOutNLL = (heldOutNLL ?? []) + part }
      let bySplit = Dictionary(uniqueKeysWithValues: zip(scoredSplits, found.scores))
      let scored = part.indices.map {
        ScoredData(regularization: part[$0], train: bySplit[.train]?[$0], test: bySplit[.test]?[$0])
      }
      try Task.checkCancellation()
      try await evaluation.add(scored, of: evaluated, threadCount: threadCount)
      if keeps { kept += scored }
    }
    return Sweep(
      path: path, leaveOneOut: leaveOneOut, scores: kept, heldOutNLL: heldOutNLL,
      metrics: evaluation.completeMetrics,
      worstConditionNumber: path.map(detector.worstConditionNumber(at:)))
  }
}
