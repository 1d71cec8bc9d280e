public import OODDetection

/// Everything that follows from one λ: class numbers and the scores of both splits.
public struct ScoredData: Sendable {
  public var regularization: Regularization
  public var train: SampleScores?
  public var test: SampleScores?
  /// Where scores are interpolated between those of a path: how many of them may be off by more than 1e-6, relative to
  /// max(1, |score|). Nil where they were computed.
  public var unsettledCount: Int?

  public init(
    regularization: Regularization, train: SampleScores?, test: SampleScores?, unsettledCount: Int? = nil
  ) {
    self.regularization = regularization
    self.train = train
    self.test = test
    self.unsettledCount = unsettledCount
  }

  public subscript(split: Split) -> SampleScores? {
    get {
      switch split {
      case .train: train
      case .test: test
      }
    }
    set {
      switch split {
      case .train: train = newValue
      case .test: test = newValue
      }
    }
  }
}

/// What the current setting achieves on the evaluated split.
public struct Evaluation: Sendable, Equatable {
  /// Test where test samples are loaded, else train.
  public var split: Split
  /// Metrics, or why there are none.
  public var metrics: Result<OODMetrics, MissingMetrics>

  public init(split: Split, metrics: Result<OODMetrics, MissingMetrics>) {
    self.split = split
    self.metrics = metrics
  }

  public var values: OODMetrics? { try? metrics.get() }
}

/// Numbers along a path of λ: what `tune` prints and the tuning screen draws.
public struct Sweep: Sendable {
  public var path: [Regularization]
  /// One entry per λ; nil for a model without training samples.
  public var leaveOneOut: LeaveOneOutPath?
  /// Scores of each split at each λ: turning λ to one of these costs no arithmetic.
  public var scores: [ScoredData]
  /// Mean NLL of held-out in-distribution samples under their own class at each λ, in the directions that leave-one-out
  /// counts, so that the two curves compare; nil where there are no such samples.
  public var heldOutNLL: [Double]?
  /// Per score kind, metrics at each λ; absent where a kind of sample is missing.
  public var metrics: [ScoreKind: [OODMetrics]]
  /// The largest condition number among the classes at each λ.
  public var worstConditionNumber: [Double]

  public init(
    path: [Regularization], leaveOneOut: LeaveOneOutPath?, scores: [ScoredData], heldOutNLL: [Double]?,
    metrics: [ScoreKind: [OODMetrics]], worstConditionNumber: [Double]
  ) {
    self.path = path
    self.leaveOneOut = leaveOneOut
    self.scores = scores
    self.heldOutNLL = heldOutNLL
    self.metrics = metrics
    self.worstConditionNumber = worstConditionNumber
  }

  /// Mean leave-one-out NLL at each λ; nil without training samples, or where every class has one sample only.
  public var leaveOneOutNLL: [Double]? {
    leaveOneOut.flatMap { $0.includedSampleCount > 0 ? $0.meanNLL : nil }
  }

  /// The λ that leave-one-out likelihood proposes: where it is lowest, unless that is an end of the path.
  public var proposed: Regularization? { leaveOneOut?.proposed }

  /// The end of the path at which leave-one-out likelihood is best, so that nothing is proposed.
  public var lowestAtEnd: Regularization? { leaveOneOut?.lowestAtEnd }

  /// The λ of the highest AUROC, the smallest λ among equals; nil where there are no metrics.
  public func bestAUROC(_ kind: ScoreKind) -> (regularization: Regularization, metrics: OODMetrics)? {
    guard let values = metrics[kind], let best = values.map(\.auroc).max(),
      let index = values.firstIndex(where: { $0.auroc == best })
    else { return nil }
    return (path[index], values[index])
  }

  /// This path with another behind it, of the same samples.
  package func appending(_ next: Sweep) -> Sweep {
    var joined = self
    joined.path += next.path
    joined.leaveOneOut = leaveOneOut.flatMap { first in next.leaveOneOut.map(first.appending) }
    // Where one part's were not kept, those of the other would stand at wrong places.
    joined.scores = scores.isEmpty || next.scores.isEmpty ? [] : scores + next.scores
    joined.heldOutNLL = heldOutNLL.flatMap { first in next.heldOutNLL.map { first + $0 } }
    joined.metrics = metrics.reduce(into: [:]) { all, first in
      if let second = next.metrics[first.key] { all[first.key] = first.value + second }
    }
    joined.worstConditionNumber += next.worstConditionNumber
    return joined
  }

  public func index(of regularization: Regularization) -> Int? { path.firstIndex(of: regularization) }
}

/// Why there are no metrics.
public enum MissingMetrics: Error, Equatable, Sendable {
  /// Nothing says which samples are out-of-distribution.
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
  /// Metrics of scores of these samples, (N,). O(N log N).
  ///
  /// - Throws: why there are none.
  public func metrics(of scores: [Double]) throws(MissingMetrics) -> OODMetrics {
    guard let labels else { throw .noLabels }
    return try OODMetrics.evaluate(scores: scores, isOutOfDistribution: labels.map { $0 < 0 })
      .mapError(MissingMetrics.unavailable).get()
  }
}

extension Sweep {
  /// What a curve over the path, such as ``leaveOneOutNLL``, comes to between two of its λ; nil beyond them.
  public func interpolated(_ curve: [Double], at regularization: Regularization) -> Double? {
    guard curve.count == path.count else { return nil }
    return ScoreInterpolation(at: regularization, along: path)?.value(of: curve)
  }

  /// The scores at a λ between two of the path; nil where the path has no scores around it.
  package func interpolatedScores(at regularization: Regularization) -> ScoredData? {
    let known = Array(path.prefix(scores.count))
    guard let interpolation = ScoreInterpolation(at: regularization, along: known) else { return nil }
    var found = ScoredData(regularization: regularization, train: nil, test: nil, unsettledCount: 0)
    for split in Split.allCases {
      let table = scores.compactMap { $0[split] }
      guard !table.isEmpty else { continue }
      guard table.count == known.count else { return nil }
      let (scores, unsettledCount) = interpolation.scores(from: table)
      found[split] = scores
      found.unsettledCount? += unsettledCount
    }
    return found
  }
}
