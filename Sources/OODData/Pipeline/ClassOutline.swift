public import OODDetection

/// What is known of a class once its mean is: enough to list it while its spectrum is still to come.
public struct ClassOutline: Sendable, Equatable {
  /// The class's label, ≥ 0.
  public let label: Int
  /// n_k.
  public let count: Int
  /// μ_k, (D,).
  public let mean: [Double]
  /// log det (Σ_k + λI) at the current λ, in nats, by a triangular factor; nil where there is none for that λ. Once
  /// the spectrum is there, the class's summary has it for every λ.
  package(set) public var logDeterminant: Double?
  /// The condition number of Σ_k + λI at the current λ where it is above 1e10, to within a small factor; nil where it is
  /// not, or not known.
  package var excessiveConditionNumber: Double?

  /// How many dimensions never vary within the class.
  let constantDimensionCount: Int

  package init(_ factored: FactoredClass, isCurrent: Bool) {
    constantDimensionCount = factored.constantDimensionCount
    (label, count, mean) = (factored.label, factored.count, factored.mean)
    logDeterminant = isCurrent ? factored.logDeterminant : nil
    let limit = RegularizationCheck.largestTrustedConditionNumber
    excessiveConditionNumber =
      isCurrent && factored.conditionEstimate > limit ? factored.conditionEstimate : nil
  }

  package init(_ fitted: GaussianClass) {
    constantDimensionCount = fitted.constantDimensionCount
    (label, count, mean) = (fitted.label, fitted.count, fitted.mean)
  }

  /// ‖μ_k‖, Euclidean.
  public var meanNorm: Double { mean.reduce(0) { $0 + $1 * $1 }.squareRoot() }

  /// What the counts alone say is wrong; a spectrum may say more.
  public var warnings: [ClassWarning] {
    ClassWarning.sampleSize(count, dimension: mean.count).map { [$0] } ?? []
  }
}

/// The health column's verdict, worst first where several apply.
public enum ClassHealth: String, Sendable, CaseIterable, Comparable {
  case untrustworthy
  case illConditioned = "ill-conditioned"
  case singleSample = "single sample"
  case rankDeficient = "rank-deficient"
  case fewSamples = "few samples"
  case ok

  public static func < (left: Self, right: Self) -> Bool {
    allCases.firstIndex(of: left)! < allCases.firstIndex(of: right)!
  }

  public init(_ warnings: [ClassWarning]) {
    self = warnings.map(Self.init).min() ?? .ok
  }

  private init(_ warning: ClassWarning) {
    switch warning {
    case .untrustworthy: self = .untrustworthy
    case .illConditioned: self = .illConditioned
    case .singleSample: self = .singleSample
    case .rankDeficient, .dependentSamples: self = .rankDeficient
    case .fewSamples, .fewSamplesPerDimension: self = .fewSamples
    case .constantDimensions: self = .ok
    }
  }
}
