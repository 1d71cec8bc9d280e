public import OODDetection

extension DetectorPipeline {
  /// Computes scores, leave-one-out likelihoods and metrics along a path of t. Progress covers all of these.
  ///
  /// If the scores of all splits would take too much memory, only those needed for metrics are computed, a
  /// few t at a time, and they are not kept.
  ///
  /// - Parameters:
  ///   - includesBackground: Whether to compute relative scores too.
  ///   - includesAccuracy: Whether to compute the accuracy of leave-one-out, which takes about as long as scoring
  ///     the training samples.
  ///   - ranks: Whether to sort the samples by every score, for rankings.
  ///   - kinds: The kinds of scores to measure, if scores are not kept; nil to measure all kinds and keep scores.
  public func sweep(
    _ detector: SpectralDetector, _ data: DataSet, _ splits: [Split], along path: [Regularization],
    includesBackground: Bool = false, includesAccuracy: Bool = false, ranks: Bool = false,
    measuring kinds: [ScoreKind]? = nil, progress: @escaping ProgressHandler = { _ in }
  ) async throws -> Sweep {
    var training: (rows: any FeatureRows, labels: [Int])?
    if let train = data.train, let labels = train.labels, labels.contains(where: { $0 >= 0 }) {
      training = (train.rows, labels)
    }
    // Held-out samples of the classes, to compare the held-out likelihood with leave-one-out.
    let heldOut = data.test.flatMap { test in test.labels.map { (rows: test.rows, labels: $0) } }
    let table = SweepTable(
      data, pathCount: path.count, memory: memory,
      bytesPerScore: kinds == nil ? SweepTable.bytesPerScore : SweepTable.bytesPerMeasuredScore)
    let evaluated: Split = data.test != nil ? .test : .train
    let keeps = try await self.ranks.least(kinds == nil && table.holds(splits) ? 1 : 0) == 1
    let scoredSplits = (keeps ? splits : [evaluated]).filter { data[$0] != nil }
    let step = try await self.ranks.least(keeps ? max(1, path.count) : table.lambdaCount(for: evaluated))
    let columns = kinds.map { ScoreColumns(for: $0).union(.mostLikelyClass) } ?? .all
    var leaveOneOut: LeaveOneOutPath?
    var heldOutNLL: [Double]?
    var evaluation = PathEvaluation(
      labels: data[evaluated]?.labels, oodSets: data[evaluated]?.oodSets,
      classLabels: detector.classes.map(\.label),
      measuresAccuracy: evaluated == .test, kinds: kinds)
    var kept: [ScoredData] = []
    for start in stride(from: 0, to: path.count, by: step) {
      let part = Array(path[start..<min(path.count, start + step)])
      // The first part computes leave-one-out for the whole path, which needs no score table.
      if start == 0, step < path.count, let training {
        leaveOneOut = try await detector.leaveOneOut(
          training.rows, labels: training.labels, heldOut: heldOut, along: path,
          includesAccuracy: includesAccuracy, threadCount: threadCount)
        heldOutNLL = leaveOneOut?.heldOutNLL
      }
      let found = try await detector.pathScores(
        of: scoredSplits.compactMap { data[$0]?.rows }, training: step < path.count ? nil : training,
        heldOut: step < path.count && training != nil ? nil : heldOut, along: part,
        includesBackground: includesBackground, includesAccuracy: includesAccuracy, columns: columns,
        threadCount: threadCount
      ) {
        let done = Double(start) + Double(part.count) * $0.fraction
        progress(WorkProgress(completed: done, planned: Double(path.count)))
      }
      leaveOneOut = found.leaveOneOut ?? leaveOneOut
      if let part = found.heldOutNLL { heldOutNLL = (heldOutNLL ?? []) + part }
      let bySplit = Dictionary(uniqueKeysWithValues: zip(scoredSplits, found.scores))
      let scored = try await scoredData(bySplit, along: part, ranks: ranks)
      try Task.checkCancellation()
      try await evaluation.add(scored, of: evaluated, threadCount: threadCount)
      if keeps { kept += scored }
    }
    var sweep = Sweep(
      path: path, leaveOneOut: leaveOneOut, scores: kept, heldOutNLL: heldOutNLL,
      metrics: evaluation.completeMetrics, accuracy: evaluation.completeAccuracy,
      worstConditionNumber: path.map(detector.worstConditionNumber(at:)))
    sweep.setAUROC = evaluation.completeSetAUROC
    return sweep
  }
}

extension DetectorPipeline {
  /// The scores at each λ, with their rankings if `ranks`.
  private func scoredData(
    _ scores: [Split: [SampleScores]], along path: [Regularization], ranks: Bool
  ) async throws -> [ScoredData] {
    var found: [ScoredData] = []
    try await forEachInOrder(path.count, threadCount: ranks ? threadCount : 1) { index in
      ScoredData(
        regularization: path[index], train: scores[.train]?[index], test: scores[.test]?[index], ranks: ranks)
    } consume: { _, scored in
      found.append(scored)
    }
    return found
  }
}

/// Accumulates the metrics of one split along a path of λ.
struct PathEvaluation {
  /// Nil without labels.
  private let labels: [Int]?
  /// Nil unless there are several sets.
  private let oodSets: OODSets?
  /// The labels by class index.
  private let classLabels: [Int]
  private let measuresAccuracy: Bool
  /// Nil for all kinds.
  private let kinds: [ScoreKind]?
  private var lambdaCount = 0
  private var metrics: [ScoreKind: [OODMetrics]] = [:]
  private var setAUROC: [ScoreKind: [[Double]]] = [:]
  private var accuracy: [Double] = []

  /// - Parameter measuresAccuracy: Whether to compute the accuracy, which says nothing for training samples.
  init(
    labels: [Int]?, oodSets: OODSets?, classLabels: [Int], measuresAccuracy: Bool, kinds: [ScoreKind]? = nil
  ) {
    self.kinds = kinds
    self.oodSets = oodSets.flatMap { $0.sets.count > 1 ? $0 : nil }
    (self.labels, self.classLabels, self.measuresAccuracy) = (labels, classLabels, measuresAccuracy)
  }

  /// The share of ID samples whose likeliest class is their own, one value per λ; nil without ID samples.
  var completeAccuracy: [Double]? { accuracy.count == lambdaCount && lambdaCount > 0 ? accuracy : nil }

  /// Metrics by score kind. A kind is absent if its metrics are missing at some λ.
  var completeMetrics: [ScoreKind: [OODMetrics]] { metrics.filter { $0.value.count == lambdaCount } }

  /// The AUROC of each OOD set at each λ. A kind is absent if one is missing at some λ.
  var completeSetAUROC: [ScoreKind: [[Double]]] { setAUROC.filter { $0.value.count == lambdaCount } }

  /// Adds the scores at the next λ values.
  mutating func add(_ scored: [ScoredData], of split: Split, threadCount: Int) async throws {
    lambdaCount += scored.count
    guard let labels else { return }
    let flags = labels.map { $0 < 0 }
    if measuresAccuracy {
      try await forEachInOrder(scored.count, threadCount: threadCount) { [classLabels] index in
        scored[index][split]?.accuracy(labels: labels, classLabels: classLabels)
      } consume: { _, found in
        if let found { accuracy.append(found) }
      }
    }
    let found = try await Self.metrics(scored, split, flags, oodSets, kinds, threadCount)
    for (kind, values) in found.pooled { metrics[kind, default: []] += values }
    for (kind, values) in found.setAUROC { setAUROC[kind, default: []] += values }
  }

  /// Metrics of every kind of score at each λ. Distributes the λ values over `threadCount` child tasks, because
  /// sorting the scores dominates the cost after the projections.
  private static func metrics(
    _ scored: [ScoredData], _ split: Split, _ flags: [Bool], _ oodSets: OODSets?,
    _ kinds: [ScoreKind]?, _ threadCount: Int
  ) async throws -> (pooled: [ScoreKind: [OODMetrics]], setAUROC: [ScoreKind: [[Double]]]) {
    typealias Found = (kind: ScoreKind, pooled: OODMetrics, setAUROC: [Double]?)
    var pooled: [ScoreKind: [OODMetrics]] = [:]
    var setAUROC: [ScoreKind: [[Double]]] = [:]
    try await forEachInOrder(scored.count, threadCount: threadCount) { index in
      guard let scores = scored[index][split] else { return [Found]() }
      return scores.kinds.filter { kinds?.contains($0) ?? true }.compactMap { kind -> Found? in
        let values = scores.values(kind)
        if let oodSets {
          return OODMetrics.evaluate(scores: values, sets: oodSets.indices, setCount: oodSets.sets.count)
            .map { (kind, $0.pooled, $0.setAUROC) }
        }
        return (try? OODMetrics.evaluate(scores: values, isOutOfDistribution: flags).get()).map {
          (kind, $0, nil)
        }
      }
    } consume: { _, values in
      for found in values {
        pooled[found.kind, default: []].append(found.pooled)
        if let sets = found.setAUROC { setAUROC[found.kind, default: []].append(sets) }
      }
    }
    return (pooled, setAUROC)
  }
}

extension SampleScores {
  /// The share of samples with a label ≥ 0 whose likeliest class is their own; nil if there are none.
  package func accuracy(labels: [Int], classLabels: [Int]) -> Double? {
    var (correct, count) = (0, 0)
    for (label, found) in zip(labels, mostLikelyClass) where label >= 0 {
      count += 1
      if classLabels[Int(found)] == label { correct += 1 }
    }
    return count > 0 ? Double(correct) / Double(count) : nil
  }
}

/// The memory of scores along a path of P values of λ: 64 bytes per sample and λ, 16 of them for rankings.
package struct SweepTable {
  /// A quarter of the memory budget in bytes; nil for no limit.
  private let limit: Int?
  private let pathCount: Int
  private let data: DataSet
  private let bytesPerScore: Int

  init(
    _ data: DataSet, pathCount: Int, memory: MemoryBudget?, bytesPerScore: Int = SweepTable.bytesPerScore
  ) {
    self.data = data
    self.bytesPerScore = bytesPerScore
    self.pathCount = pathCount
    limit = memory.map { $0.bytes / 4 }
  }

  package static let bytesPerScore = 64
  /// Without rankings and all that metrics do not need.
  static let bytesPerMeasuredScore = 32

  private func bytes(_ splits: [Split]) -> Int {
    bytesPerScore * pathCount * splits.reduce(0) { $0 + (data[$1]?.count ?? 0) }
  }

  /// The memory to reserve for the scores, in bytes.
  var reservedBytes: Int { min(bytes(Split.allCases), limit ?? .max) }

  /// Whether all scores of `splits` fit in memory, so that switching to a λ of the path requires no
  /// computation.
  func holds(_ splits: [Split]) -> Bool { bytes(splits) <= limit ?? .max }

  /// The number of λ values whose scores for one split fit in memory at a time.
  func lambdaCount(for split: Split) -> Int {
    guard let limit else { return pathCount }
    return max(1, limit / max(1, bytesPerScore * (data[split]?.count ?? 0)))
  }
}
