public import OODDetection

/// The metrics of one score, for each OOD set against all ID samples.
public struct SetEvaluation: Sendable, Equatable {
  /// In the order of ``OODSets``.
  public let sets: [OODSet]
  /// The metrics of each set, (S,).
  public internal(set) var metrics: [OODSetMetrics]
  /// The metrics of all OOD samples together.
  public internal(set) var pooled: OODSetMetrics

  /// The unweighted mean over all sets.
  public var mean: MeanMetrics { MeanMetrics(metrics.map(\.metrics)) }

  /// The groups in the order of their first set.
  public var groups: [String] { sets.groups }

  /// The unweighted mean over the sets of a group.
  public func mean(ofGroup group: String) -> MeanMetrics {
    MeanMetrics(zip(sets, metrics).filter { $0.0.group == group }.map(\.1.metrics))
  }
}

extension [OODSet] {
  /// The groups in the order of their first set.
  var groups: [String] {
    var seen = Set<String>()
    return compactMap(\.group).filter { seen.insert($0).inserted }
  }
}

/// Unweighted means of metrics over OOD sets.
public struct MeanMetrics: Sendable, Equatable {
  public let auroc: Double
  public let auprIn: Double
  public let auprOut: Double
  public let fpr95TPR: Double
  public let fpr95ID: Double
  /// The number of sets.
  public let setCount: Int
  /// The number of OOD samples in all of them.
  public let outOfDistributionCount: Int

  init(_ sets: [OODMetrics]) {
    func mean(_ metric: (OODMetrics) -> Double) -> Double {
      sets.map(metric).reduce(0, +) / Double(sets.count)
    }
    auroc = mean(\.auroc)
    auprIn = mean(\.auprIn)
    auprOut = mean(\.auprOut)
    fpr95TPR = mean(\.fpr95TPR)
    fpr95ID = mean(\.fpr95ID)
    setCount = sets.count
    outOfDistributionCount = sets.reduce(0) { $0 + $1.outOfDistributionCount }
  }
}

extension DataSplit {
  /// Judges scores of these samples, (N,), by OOD set. O(N log N + S·N_ID) for S sets.
  ///
  /// - Throws: ``MissingMetrics`` if the split has no labels, no ID samples or no OOD samples.
  public func evaluation(of scores: [Double]) throws(MissingMetrics) -> SetEvaluation {
    guard labels != nil else { throw .noLabels }
    guard let oodSets else { throw .unavailable(count == 0 ? .noSamples : .noOutOfDistribution) }
    let found = try OODSetMetrics.evaluate(
      scores: scores, sets: oodSets.indices, setCount: oodSets.sets.count
    ).mapError(MissingMetrics.unavailable).get()
    return SetEvaluation(sets: oodSets.sets, metrics: found.sets, pooled: found.pooled)
  }

  /// Adds bootstrap intervals to an evaluation of the same scores. O(B·S·N) for B draws.
  ///
  /// - Throws: `CancellationError`.
  public func addingIntervals(
    to evaluation: SetEvaluation, of scores: [Double], drawCount: Int = BootstrapIntervals.drawCount,
    threadCount: Int = DetectorPipeline.defaultThreadCount, progress: @escaping ProgressHandler = { _ in }
  ) async throws -> SetEvaluation {
    guard let oodSets else { return evaluation }
    let found = try await BootstrapIntervals.evaluate(
      scores: scores, sets: oodSets.indices, setCount: oodSets.sets.count, drawCount: drawCount,
      threadCount: threadCount, progress: progress)
    var result = evaluation
    for index in result.metrics.indices { result.metrics[index].bootstrap = found.sets[index] }
    result.pooled.bootstrap = found.pooled
    return result
  }
}
