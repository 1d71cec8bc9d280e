public import OODDetection

/// A class with a known mean. Suffices to list the class before its spectrum is computed.
public struct ClassOutline: Sendable, Equatable {
  /// The class's label, ≥ 0.
  public let label: Int
  /// The number of samples n_k.
  public let count: Int
  /// The mean μ_k, of shape (D,).
  public let mean: [Double]
  /// log det (Σ_k + λI) at the current λ, in nats, computed from a triangular factor. Nil if there is no
  /// factor for that λ. Once the spectrum is computed, the class summary provides the value for every λ.
  package(set) public var logDeterminant: Double?
  /// The condition number of Σ_k + λI at the current λ if it exceeds 1e10, accurate to within a small factor.
  /// Nil if it is smaller or unknown.
  package var excessiveConditionNumber: Double?

  /// The number of dimensions that are constant within the class.
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

  /// The Euclidean norm ‖μ_k‖.
  public var meanNorm: Double { mean.reduce(0) { $0 + $1 * $1 }.squareRoot() }

  /// Warnings that follow from the sample count alone. The spectrum may add others.
  public var warnings: [ClassWarning] {
    ClassWarning.sampleSize(count, dimension: mean.count).map { [$0] } ?? []
  }
}

/// The health of a class, as shown in the class table. Cases are ordered from worst to best; the worst one
/// applies.
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
