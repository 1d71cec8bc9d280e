public import OODDetection

/// The scores of both splits at one λ, with the order of the samples by each score.
public struct ScoredData: Sendable {
  public let regularization: Regularization
  public let train: SampleScores?
  public let test: SampleScores?
  /// The number of interpolated scores that may be off by more than 1e-6, relative to max(1, |score|). Nil if
  /// the scores were computed rather than interpolated along a path.
  public let unsettledCount: Int?
  private let rankings: [Split: [ScoreKind: ScoreRanking]]

  /// - Parameter ranks: Whether to sort the samples of each split by each score, so that nobody who shows the scores
  ///   has to. O(N).
  public init(
    regularization: Regularization, train: SampleScores?, test: SampleScores?, unsettledCount: Int? = nil,
    ranks: Bool = true
  ) {
    self.regularization = regularization
    self.train = train
    self.test = test
    self.unsettledCount = unsettledCount
    var rankings: [Split: [ScoreKind: ScoreRanking]] = [:]
    for (split, scores) in [(Split.train, train), (.test, test)] where ranks {
      guard let scores else { continue }
      for kind in scores.kinds {
        rankings[split, default: [:]][kind] = ScoreRanking(scores.values(kind))
      }
    }
    self.rankings = rankings
  }

  public subscript(split: Split) -> SampleScores? {
    switch split {
    case .train: train
    case .test: test
    }
  }

  /// Whether the samples are scored by a kind of score: relative ones need the background.
  package func holds(_ kind: ScoreKind) -> Bool {
    !kind.isRelative || [train, test].compactMap(\.self).allSatisfy { $0.background != nil }
  }

  /// The samples of a split by descending score. Nil if the split is not scored, or not ranked.
  public func ranking(of split: Split, by kind: ScoreKind) -> ScoreRanking? { rankings[split]?[kind] }
}

/// The metrics of the current setting on the evaluated split.
public struct Evaluation: Sendable, Equatable {
  /// The evaluated split: test if test samples are loaded, else train.
  public var split: Split
  /// The metrics, or the reason they are unavailable.
  public var metrics: Result<OODMetrics, MissingMetrics>

  public init(split: Split, metrics: Result<OODMetrics, MissingMetrics>) {
    self.split = split
    self.metrics = metrics
  }

  public var values: OODMetrics? { try? metrics.get() }
}

/// Results along a path of t, which is λ under the absolute ridge rule, as printed by `tune` and drawn on the tuning
/// screen.
public struct Sweep: Sendable {
  public var path: [Regularization]
  /// Leave-one-out likelihoods with one entry per λ. Nil for a model without training samples.
  public var leaveOneOut: LeaveOneOutPath?
  /// The scores of each split at each λ, or empty if they were not kept. Switching to one of these λ requires
  /// no computation.
  public var scores: [ScoredData]
  /// The mean NLL of held-out in-distribution samples under their own class at each λ. Uses the same
  /// directions as leave-one-out, so the two curves are comparable. Nil without such samples.
  public var heldOutNLL: [Double]?
  /// The metrics at each λ by score kind. Absent if either ID or OOD samples are missing.
  public var metrics: [ScoreKind: [OODMetrics]]
  /// The AUROC of each OOD set at each λ by score kind: one array per λ, of shape (S,) for S sets. Absent with fewer
  /// than two sets.
  public var setAUROC: [ScoreKind: [[Double]]] = [:]
  /// The share of held-out in-distribution samples whose likeliest class is their own at each λ. Nil without such
  /// samples.
  public var accuracy: [Double]?
  /// The largest condition number of any class at each λ.
  public var worstConditionNumber: [Double]

  /// The mean leave-one-out NLL at each λ. Nil without training samples or if every class has a single
  /// sample.
  public var leaveOneOutNLL: [Double]? {
    leaveOneOut.flatMap { $0.includedSampleCount > 0 ? $0.meanNLL : nil }
  }

  /// The λ with the lowest leave-one-out NLL. Nil if it is an end of the path.
  public var proposed: Regularization? { leaveOneOut?.proposed }

  /// The end of the path with the lowest leave-one-out NLL, in which case no λ is proposed. Nil otherwise.
  public var lowestAtEnd: Regularization? { leaveOneOut?.lowestAtEnd }

  /// The λ with the highest AUROC; the smallest such λ if several tie. Nil without metrics.
  public func bestAUROC(_ kind: ScoreKind) -> (regularization: Regularization, metrics: OODMetrics)? {
    guard let values = metrics[kind], let best = values.map(\.auroc).max(),
      let index = values.firstIndex(where: { $0.auroc == best })
    else { return nil }
    return (path[index], values[index])
  }

  /// This path followed by another path over the same samples.
  package func appending(_ next: Sweep) -> Sweep {
    var joined = self
    joined.path += next.path
    joined.leaveOneOut = leaveOneOut.flatMap { first in next.leaveOneOut.map(first.appending) }
    // If either part has no scores, the indices of the other would not match the path.
    joined.scores = scores.isEmpty || next.scores.isEmpty ? [] : scores + next.scores
    joined.heldOutNLL = heldOutNLL.flatMap { first in next.heldOutNLL.map { first + $0 } }
    joined.metrics = metrics.reduce(into: [:]) { all, first in
      if let second = next.metrics[first.key] { all[first.key] = first.value + second }
    }
    joined.setAUROC = setAUROC.reduce(into: [:]) { all, first in
      if let second = next.setAUROC[first.key] { all[first.key] = first.value + second }
    }
    joined.accuracy = accuracy.flatMap { first in next.accuracy.map { first + $0 } }
    joined.worstConditionNumber += next.worstConditionNumber
    return joined
  }

  public func index(of regularization: Regularization) -> Int? { path.firstIndex(of: regularization) }
}

/// Why metrics are unavailable.
public enum MissingMetrics: Error, Equatable, Sendable {
  /// No labels distinguish ID from OOD samples.
  case noLabels
  case unavailable(MetricsUnavailable)
}

extension MissingMetrics: Stating {
  public var statement: Statement {
    switch self {
    case .noLabels: Statement("no labels that tell ID from OOD samples", .nameLabels)
    case .unavailable(let reason): Statement(reason.description)
    }
  }
}

extension DataSplit {
  /// Evaluates scores of these samples, of shape (N,). O(N log N).
  ///
  /// - Throws: ``MissingMetrics`` if metrics are unavailable.
  public func metrics(of scores: [Double]) throws(MissingMetrics) -> OODMetrics {
    guard let labels else { throw .noLabels }
    return try OODMetrics.evaluate(scores: scores, isOutOfDistribution: labels.map { $0 < 0 })
      .mapError(MissingMetrics.unavailable).get()
  }
}

extension Sweep {
  /// The value of a curve over the path, such as ``leaveOneOutNLL``, interpolated between two λ. Nil outside
  /// the path.
  public func interpolated(_ curve: [Double], at regularization: Regularization) -> Double? {
    guard curve.count == path.count else { return nil }
    return ScoreInterpolation(at: regularization, along: path)?.value(of: curve)
  }

  /// The scores interpolated between two λ of the path. Nil if the path has no scores around this λ. O(N).
  package func interpolatedScores(at regularization: Regularization) -> ScoredData? {
    let known = Array(path.prefix(scores.count))
    guard let interpolation = ScoreInterpolation(at: regularization, along: known) else { return nil }
    var found: [Split: SampleScores] = [:]
    var unsettledCount = 0
    for split in Split.allCases {
      let table = scores.compactMap { $0[split] }
      guard !table.isEmpty else { continue }
      guard table.count == known.count else { return nil }
      let (scores, count) = interpolation.scores(from: table)
      found[split] = scores
      unsettledCount += count
    }
    return ScoredData(
      regularization: regularization, train: found[.train], test: found[.test], unsettledCount: unsettledCount
    )
  }
}
