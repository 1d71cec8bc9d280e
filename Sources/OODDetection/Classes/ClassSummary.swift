import Foundation
import LinearAlgebra

/// A summary of one fitted class at one t. Distances are Mahalanobis distances between means under the pooled
/// within-class covariance, regularized; see ``SpectralDetector/separations(at:)``.
public struct ClassSummary: Sendable, Equatable {
  /// The class's label.
  public let label: Int
  /// n_k.
  public let count: Int
  /// D.
  public let dimension: Int
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
  /// About how many times the squared distances of training samples those of new samples are; see
  /// ``GaussianClass/distanceInflation(at:)``.
  public let distanceInflation: Double
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
  /// The condition number that a remedy reaches.
  public static let soundConditionNumber = 1e4
  /// The ``distanceInflation(at:)`` up to which distances of new samples are taken as they are.
  public static let soundDistanceInflation = 1.5

  /// About how many times the squared distance of a training sample that of a new sample of the class is: the held-out
  /// squared distance of a training sample of average leverage, over its own squared distance. With c = n/(n−1),
  /// w and w' the divisors with all samples and without one, and the mean over training samples of the squared distance
  /// under s (w/w') C_k + t r I as m: (c² m / (1 − s c m / w')) / (mean squared distance under s C_k + t r I). With t = 0
  /// and no pooling that is c / (1 − D/(n−1)). It falls towards c² as t grows. Infinite for one sample, and if the
  /// samples leave the class no room, as n ≤ D and t = 0 do. O(D).
  public func distanceInflation(at regularization: Regularization) -> Double {
    guard count > 1 else { return .infinity }
    let ridge = ridge(at: regularization).value
    let growth = Double(count) / Double(count - 1)
    let scale = self.ridge.scale
    let widened = divisorWithoutOne > 0 ? scale * divisor / divisorWithoutOne : .infinity
    var (own, leftOut) = (0.0, 0.0)
    for eigenvalue in spectrum.eigenvalues.prefix(spectrum.rank) {
      own += eigenvalue / (scale * eigenvalue + ridge)
      leftOut += eigenvalue / (widened * eigenvalue + ridge)
    }
    // Equal samples have no distances to compare; what is left is the uncertainty of the mean.
    guard own > 0 else { return growth * growth }
    let room = 1 - scale * growth * leftOut / divisorWithoutOne
    return room > 0 ? growth * growth * leftOut / room / own : .infinity
  }

  /// The smallest t on the 10^(i/10) grid from `regularization` on that brings the condition number to
  /// ``soundConditionNumber`` where it is too large, and the distance inflation to ``soundDistanceInflation``; nil if no
  /// t does, as for few samples whose mean is uncertain. `regularization` itself if it is large enough. O(D).
  public func remedy(from regularization: Regularization) -> Regularization? {
    guard let conditioned = remedy(forConditionFrom: regularization) else { return nil }
    guard let fitted = remedy(forInflationFrom: regularization) else { return nil }
    return max(conditioned, fitted)
  }

  /// The part of ``remedy(from:)`` that concerns the condition number; nil if the class has no ridge to turn.
  public func remedy(forConditionFrom regularization: Regularization) -> Regularization? {
    guard conditionNumber(at: regularization) > Self.soundConditionNumber else { return regularization }
    guard ridge.unit > 0 else { return nil }
    return max(regularization, remedy(conditionNumber: Self.soundConditionNumber))
  }

  /// The part of ``remedy(from:)`` that concerns the distances of new samples; nil if no t is enough.
  public func remedy(forInflationFrom regularization: Regularization) -> Regularization? {
    func suffices(_ value: Double) -> Bool {
      distanceInflation(at: Regularization(unchecked: value)) <= Self.soundDistanceInflation
    }
    if suffices(regularization.value) { return regularization }
    let growth = Double(count) / Double(count - 1)
    // No t makes the mean of few samples certain.
    guard count > 1, growth * growth < Self.soundDistanceInflation, ridge.unit > 0 else { return nil }
    // In these steps of t, the inflation falls.
    var (tooSmall, enough) = (-200, 120)
    guard suffices(LogarithmicGrid.value(at: enough)) else { return nil }
    while enough - tooSmall > 1 {
      let middle = (tooSmall + enough) / 2
      if suffices(LogarithmicGrid.value(at: middle)) { enough = middle } else { tooSmall = middle }
    }
    return max(regularization, Regularization(unchecked: LogarithmicGrid.value(at: enough)))
  }

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
