import Foundation
import LinearAlgebra

/// A summary of one fitted class at one t. Distances are Mahalanobis distances between means under the pooled
/// within-class covariance, regularized; see ``SpectralDetector/separations(at:)``.
public struct ClassSummary: Sendable, Equatable {
  /// The class's label.
  public let label: Int
  /// n_k.
  public let count: Int
  /// π_k.
  public let weight: Double
  /// ‖μ_k‖, Euclidean.
  public let meanNorm: Double
  /// The trace of C_k: the summed variance of its dimensions.
  public let trace: Double
  /// log det (s C_k + t r I), in nats.
  public let logDeterminant: Double
  /// (s Λ_max + t r) / (s Λ_min + t r).
  public let conditionNumber: Double
  /// t r, what regularization adds to the diagonal.
  public let ridge: Double
  /// s, the factor of C_k: below 1 only where the ridge rule shrinks.
  public let scale: Double
  /// Λ_min of C_k, exactly 0 if n_k ≤ D without pooling.
  public let smallestEigenvalue: Double
  /// Λ_max of C_k.
  public let largestEigenvalue: Double
  /// The number of eigenvalues that are numerically above 0: above D · 2⁻⁵² · Λ_max if computed from the covariance,
  /// above (D · 2⁻⁵²)² · Λ_max if computed from the samples.
  public let rank: Int
  /// exp of the entropy of Λ / ΣΛ; 0 if the rank is 0.
  public let effectiveRank: Double
  /// The label of the class whose mean is nearest; nil if there is only one class.
  public let nearestClass: Int?
  /// The distance to that class's mean (not squared).
  public let nearestDistance: Double?
  /// The number of dimensions without variance within the class.
  public let constantDimensionCount: Int
  /// The problems of the class, the most fundamental first; empty if there are none.
  public let warnings: [ClassWarning]
}

/// A reason to distrust the Gaussian of a class.
public enum ClassWarning: Sendable, Equatable {
  /// The ratio n_k / D at and above which a class's sample size needs no warning.
  static let soundSamplesPerDimension = 5

  /// One sample: the covariance is 0, and λ alone gives the class its shape.
  case singleSample
  /// n_k ≤ D: the covariance cannot have full rank.
  case fewSamples(count: Int, dimension: Int)
  /// D < n_k < 5 D: the covariance has full rank, but it fits its own samples so closely that distances of new samples
  /// are too large.
  case fewSamplesPerDimension(count: Int, dimension: Int)
  /// The covariance lacks full rank.
  case rankDeficient(rank: Int, dimension: Int)
  /// The rank is below min(n_k − 1, D − constant dimensions): samples are repeated or linearly dependent.
  case dependentSamples(rank: Int, expected: Int)
  /// `count` dimensions have no variance within the class.
  case constantDimensions(count: Int)
  /// The condition number is above 1e7. `remedy` is the smallest λ on the 10^(i/10) grid that brings it to 1e4.
  case illConditioned(conditionNumber: Double, remedy: Regularization)
  /// The condition number is above 1e10: float64 no longer guarantees scores to 1e-6.
  case untrustworthy(conditionNumber: Double)

  /// A stable name for programs.
  public var code: String {
    switch self {
    case .singleSample: "single-sample"
    case .fewSamples: "few-samples"
    case .fewSamplesPerDimension: "few-samples-per-dimension"
    case .rankDeficient: "rank-deficient"
    case .dependentSamples: "dependent-samples"
    case .constantDimensions: "constant-dimensions"
    case .illConditioned: "ill-conditioned"
    case .untrustworthy: "untrustworthy"
    }
  }

  /// The warning that follows from the sample size n_k alone; nil for n_k ≥ 5 D.
  public static func sampleSize(_ count: Int, dimension: Int) -> ClassWarning? {
    if count == 1 { return .singleSample }
    if count <= dimension { return .fewSamples(count: count, dimension: dimension) }
    guard count < soundSamplesPerDimension * dimension else { return nil }
    return .fewSamplesPerDimension(count: count, dimension: dimension)
  }
}

extension ClassWarning: CustomStringConvertible {
  public var description: String {
    switch self {
    case .singleSample:
      "one sample: the covariance is 0, so the regularization alone shapes this class"
    case .fewSamples(let count, let dimension):
      "\(count) samples for \(dimension) dimensions: at least \(dimension + 1) are needed for full rank"
    case .fewSamplesPerDimension(let count, let dimension):
      "\(count) samples for \(dimension) dimensions: n < \(Self.soundSamplesPerDimension) D, so distances of new samples are too large"
    case .rankDeficient(let rank, let dimension):
      "rank \(rank) of \(dimension): \(dimension - rank) directions are filled by the regularization alone"
    case .dependentSamples(let rank, let expected):
      "rank \(rank), but \(expected) was expected: samples are repeated or linearly dependent"
    case .constantDimensions(let count):
      count == 1 ? "1 dimension never varies" : "\(count) dimensions never vary"
    case .illConditioned(let conditionNumber, let remedy):
      "condition number \(rounded(conditionNumber)): "
        + "a regularization of \(rounded(remedy.value)) brings it below 1e4"
    case .untrustworthy(let conditionNumber):
      "condition number \(rounded(conditionNumber)): above 1e10, scores are not accurate to 1e-6"
    }
  }

  /// Two significant digits, e.g. "4.1e+05".
  private func rounded(_ value: Double) -> String { String(format: "%.1e", value) }
}

extension GaussianClass {
  /// The number of dimensions without variance. O(D).
  public var constantDimensionCount: Int { diagonal.count { $0 == 0 } }

  /// The problems of the class at one λ, the most fundamental first.
  func warnings(at regularization: Regularization, constantDimensionCount: Int) -> [ClassWarning] {
    let dimension = mean.count
    var warnings: [ClassWarning] = []
    if let sampleSize = ClassWarning.sampleSize(count, dimension: dimension) { warnings.append(sampleSize) }
    if spectrum.rank < dimension {
      warnings.append(.rankDeficient(rank: spectrum.rank, dimension: dimension))
    }
    let expected = min(count - 1, dimension - constantDimensionCount)
    // A class of identical samples has no varying dimension, so its expected rank is 0; its samples are repeated
    // nevertheless.
    if spectrum.rank < expected || (count > 1 && spectrum.rank == 0) {
      warnings.append(.dependentSamples(rank: spectrum.rank, expected: max(expected, 1)))
    }
    if constantDimensionCount > 0, count > 1 {
      warnings.append(.constantDimensions(count: constantDimensionCount))
    }
    let conditionNumber = conditionNumber(at: regularization)
    if conditionNumber > 1e7 {
      warnings.append(.illConditioned(conditionNumber: conditionNumber, remedy: remedy(conditionNumber: 1e4)))
    }
    if conditionNumber > 1e10 { warnings.append(.untrustworthy(conditionNumber: conditionNumber)) }
    return warnings
  }
}

extension GaussianClass {
  /// The smallest t on the 10^(i/10) grid for which the condition number is at most `goal`, given a covariance whose
  /// own is larger.
  func remedy(conditionNumber goal: Double) -> Regularization {
    let (largest, smallest) = (scaledSpectrum.eigenvalues.first ?? 0, scaledSpectrum.eigenvalues.last ?? 0)
    // (Λ_max + λ) / (Λ_min + λ) ≤ goal, solved for λ = t r.
    let bound = (largest - goal * smallest) / (goal - 1) / ridge.unit
    guard bound > 0, bound.isFinite else { return Regularization(unchecked: 0) }
    return Regularization(unchecked: LogarithmicGrid.ceiling(of: bound))
  }
}
