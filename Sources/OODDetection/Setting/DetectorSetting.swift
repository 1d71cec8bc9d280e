/// All choices that define a detector: what it fits, the multiplier t of its ridge, and its score.
///
/// The default is pytorch-ood's `GMM`: no normalization, a covariance for each class, λ = 1e-6 on the diagonal, and the
/// negative log-likelihood of the mixture.
public struct DetectorSetting: Hashable, Sendable {
  /// The choices that another fit depends on.
  public var fit: FitSetting
  /// t, the multiplier of the ridge: λ itself if the ridge rule is ``RidgeRule/absolute``.
  public var regularization: Regularization
  public var score: ScoreKind

  public static let standard = DetectorSetting()

  public init(
    fit: FitSetting = .standard, regularization: Regularization = .standard,
    score: ScoreKind = .negativeLogLikelihood
  ) {
    self.fit = fit
    self.regularization = regularization
    self.score = score
  }
}

/// The choices that a fit depends on: normalization β, pooling α and the rule that sets every class's ridge.
public struct FitSetting: Hashable, Sendable {
  public var normalization: Normalization
  public var pooling: Pooling
  public var ridgeRule: RidgeRule

  public static let standard = FitSetting()

  public init(
    normalization: Normalization = .none, pooling: Pooling = .none, ridgeRule: RidgeRule = .absolute
  ) {
    self.normalization = normalization
    self.pooling = pooling
    self.ridgeRule = ridgeRule
  }
}

/// The share α of the pooled covariance in the covariance of each class, from 0 (each its own) to 1 (tied):
/// C_k = ((1−α) S_k + α S) / ((1−α) n_k + α n), S_k the scatter of class k about its mean, S = Σ S_k, n = Σ n_k
/// (Friedman 1989, doi:10.1080/01621459.1989.10478752).
public struct Pooling: Hashable, Comparable, Sendable {
  public let value: Double

  /// α = 0: a covariance for each class.
  public static let none = Pooling(unchecked: 0)
  /// α = 1: one covariance for all classes, the classic Mahalanobis detector.
  public static let tied = Pooling(unchecked: 1)
  /// The α of a map: 0, 0.01, 0.03, 0.1, 0.3, 0.6 and 1.
  public static let grid = [0, 0.01, 0.03, 0.1, 0.3, 0.6, 1].map(Pooling.init(unchecked:))

  /// - Throws: ``DetectorError/invalidPooling(_:)`` if `value` is not within 0 … 1.
  public init(_ value: Double) throws(DetectorError) {
    guard (0...1).contains(value) else { throw .invalidPooling(value) }
    self.value = value
  }

  init(unchecked value: Double) { self.value = value }

  public static func < (left: Self, right: Self) -> Bool { left.value < right.value }

  /// The number w_k that the mixed scatter of a class is divided by, and the one w'_k without one sample of the class.
  func divisors(count: Int, sampleCount: Int) -> (all: Double, withoutOne: Double) {
    func divisor(_ count: Int, _ sampleCount: Int) -> Double {
      (1 - value) * Double(count) + value * Double(sampleCount)
    }
    return (divisor(count, sampleCount), divisor(count - 1, sampleCount - 1))
  }
}

/// The rule that regularizes every class's covariance C_k as s_k C_k + t r_k I.
public enum RidgeRule: String, CaseIterable, Hashable, Sendable {
  /// s = 1, r = 1: t is λ for every class, as pytorch-ood's `reg`.
  case absolute
  /// s = 1, r_k = tr C_k / D: t is relative to the class's mean variance.
  case relative
  /// s = 1, r_k = the λ that minimizes the class's own leave-one-out NLL, on a grid of 10^0.1 from 1e-8 to 1e2 times
  /// the pooled mean variance.
  case leaveOneOut = "loo"
  /// s_k = 1 − ρ_k, r_k = ρ_k tr C_k / D with the oracle approximating coefficient ρ_k (Chen et al. 2010,
  /// doi:10.1109/TSP.2010.2053029).
  case oas
  /// s_k = 1 − ρ_k, r_k = ρ_k tr C_k / D with the coefficient of Ledoit and Wolf (2004,
  /// doi:10.1016/S0047-259X(03)00096-4).
  case ledoitWolf = "ledoit-wolf"

  /// The t to use unless another one is chosen: 1 for rules that choose r_k themselves.
  public var standardRegularization: Regularization {
    switch self {
    case .absolute: .standard
    case .relative: Regularization(unchecked: 0.01)
    case .leaveOneOut, .oas, .ledoitWolf: Regularization(unchecked: 1)
    }
  }

  /// Whether the rule shrinks C_k, which needs a coefficient ρ_k.
  var isShrinkage: Bool { self == .oas || self == .ledoitWolf }
}
