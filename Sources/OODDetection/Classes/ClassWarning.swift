import Foundation

/// A reason to distrust a class's Gaussian.
public enum ClassWarning: Sendable, Equatable {
  /// n_k / D from which on a class's sample size needs no warning.
  static let soundSamplesPerDimension = 5

  /// One sample: the covariance is 0, and λ alone gives the class its shape.
  case singleSample
  /// n_k ≤ D: the covariance cannot have full rank.
  case fewSamples(count: Int, dimension: Int)
  /// D < n_k < 5 D: the covariance has full rank, but it follows its own samples so closely that distances of new
  /// ones come out too large.
  case fewSamplesPerDimension(count: Int, dimension: Int)
  /// The covariance does not reach every dimension.
  case rankDeficient(rank: Int, dimension: Int)
  /// The rank is below min(n_k − 1, D − constant dimensions): samples are repeated or linearly dependent.
  case dependentSamples(rank: Int, expected: Int)
  /// That many dimensions have no variance within the class.
  case constantDimensions(count: Int)
  /// The condition number is above 1e7. `remedy` is the smallest λ on the 10^(i/10) grid that brings it to
  /// 1e4.
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
}

extension ClassWarning {
  /// What the sample size n_k of a class says by itself; nil from 5 D on.
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
      "one sample: the covariance is 0, only the regularization gives this class a shape"
    case .fewSamples(let count, let dimension):
      "\(count) samples for \(dimension) dimensions: at least \(dimension + 1) are needed for full rank"
    case .fewSamplesPerDimension(let count, let dimension):
      "\(count) samples for \(dimension) dimensions: n < \(Self.soundSamplesPerDimension) D, new samples seem too far"
    case .rankDeficient(let rank, let dimension):
      "rank \(rank) of \(dimension): \(dimension - rank) directions are filled by the regularization alone"
    case .dependentSamples(let rank, let expected):
      "rank \(rank) where \(expected) was to be expected: samples are repeated or linearly dependent"
    case .constantDimensions(let count):
      count == 1 ? "1 dimension never varies" : "\(count) dimensions never vary"
    case .illConditioned(let conditionNumber, let remedy):
      "condition number \(rounded(conditionNumber)): "
        + "a regularization of \(rounded(remedy.value)) brings it below 1e4"
    case .untrustworthy(let conditionNumber):
      "condition number \(rounded(conditionNumber)): above 1e10 scores are no longer exact to 1e-6"
    }
  }

  /// Two significant digits, e.g. "4.1e+05".
  private func rounded(_ value: Double) -> String { String(format: "%.1e", value) }
}
