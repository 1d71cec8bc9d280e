/// A kind of outlier score. Higher means more out-of-distribution.
public enum ScoreKind: String, CaseIterable, Hashable, Sendable {
  /// −log Σ_k exp ℓ_k, the negative log-likelihood under the mixture (nats).
  case negativeLogLikelihood = "nll"
  /// min_k d_k² / D, the smallest squared Mahalanobis distance per dimension.
  case mahalanobis
  /// `nll` + log N_0: the negative log-likelihood relative to the background, one Gaussian of all ID training samples
  /// (nats).
  case relativeNegativeLogLikelihood = "relative-nll"
  /// (min_k d_k² − d_0²) / D: the smallest squared Mahalanobis distance relative to that of the background, per
  /// dimension. With a tied covariance, the relative Mahalanobis distance of Ren et al. (2021, arXiv:2106.09022).
  case relativeMahalanobis = "relative-mahalanobis"

  /// Whether the score compares likelihoods rather than distances.
  public var isLikelihood: Bool { self == .negativeLogLikelihood || self == .relativeNegativeLogLikelihood }

  /// Whether the score is relative to the background.
  public var isRelative: Bool { self == .relativeNegativeLogLikelihood || self == .relativeMahalanobis }
}

/// The squared distances of N samples to the background at one t.
public struct BackgroundScores: Sendable, Equatable {
  /// d_0², (N,).
  public var squaredDistances: [Double]
  /// log N_0 + ½ d_0².
  public let logNormalizer: Double
  /// D.
  public let dimension: Int

  /// log N_0 of one sample, in nats.
  public func logDensity(ofRow row: Int) -> Double { logNormalizer - 0.5 * squaredDistances[row] }
}

/// The arrays of ``SampleScores`` that are computed along a path. The others stay empty: with millions of samples and a
/// hundred t, writing them takes as long as the scores themselves.
public struct ScoreColumns: OptionSet, Sendable {
  public let rawValue: Int

  public init(rawValue: Int) { self.rawValue = rawValue }

  public static let negativeLogLikelihood = ScoreColumns(rawValue: 1)
  public static let mahalanobis = ScoreColumns(rawValue: 2)
  public static let mostLikelyClass = ScoreColumns(rawValue: 4)
  public static let closestClass = ScoreColumns(rawValue: 8)
  public static let squaredDistanceToMostLikely = ScoreColumns(rawValue: 16)
  public static let all: ScoreColumns = [
    .negativeLogLikelihood, .mahalanobis, .mostLikelyClass, .closestClass, .squaredDistanceToMostLikely,
  ]

  /// What ``SampleScores/values(_:)`` needs for some kinds of scores.
  public init(for kinds: [ScoreKind]) {
    self = kinds.reduce(into: []) { $0.insert($1.isLikelihood ? .negativeLogLikelihood : .mahalanobis) }
  }
}

/// The scores of N samples at one t, in input order. Class indices refer to ``SpectralDetector/classes``.
public struct SampleScores: Sendable, Equatable {
  public let regularization: Regularization
  /// −log Σ_k exp ℓ_k, (N,) in nats; higher is more out-of-distribution.
  public var negativeLogLikelihood: [Double]
  /// min_k d_k² / D, (N,); higher is more out-of-distribution.
  public var mahalanobis: [Double]
  /// argmax_k ℓ_k, (N,).
  public var mostLikelyClass: [Int32]
  /// argmin_k d_k², (N,).
  public var closestClass: [Int32]
  /// d_k² to the most likely class, (N,). The one to the closest class is `mahalanobis · D`.
  public var squaredDistanceToMostLikely: [Double]
  /// The background, which relative scores need; nil if it was not requested.
  public var background: BackgroundScores?
  /// The number of classes whose distances were computed in full, (N,). The others cannot affect the scores at any λ
  /// of the requested path.
  public var visitedClassCounts: [Int32] = []

  public var count: Int { max(negativeLogLikelihood.count, mahalanobis.count, mostLikelyClass.count) }

  /// The kinds of scores that ``values(_:)`` can give.
  public var kinds: [ScoreKind] { ScoreKind.allCases.filter { background != nil || !$0.isRelative } }

  /// The scores of one kind, (N,). NaN for a relative score without ``background``.
  public func values(_ kind: ScoreKind) -> [Double] {
    switch kind {
    case .negativeLogLikelihood: return negativeLogLikelihood
    case .mahalanobis: return mahalanobis
    case .relativeNegativeLogLikelihood, .relativeMahalanobis:
      guard background != nil else { return [Double](repeating: .nan, count: count) }
      return (0..<count).map { value(ofRow: $0, kind) }
    }
  }

  /// The score of one sample; NaN for a relative score without ``background``.
  public func value(ofRow row: Int, _ kind: ScoreKind) -> Double {
    guard kind.isRelative else {
      return kind.isLikelihood ? negativeLogLikelihood[row] : mahalanobis[row]
    }
    guard let background else { return .nan }
    let own = kind.isLikelihood ? negativeLogLikelihood[row] : mahalanobis[row]
    // Where both parts overflow, the sample is far from everything.
    guard own.isFinite else { return own }
    return kind.isLikelihood
      ? own + background.logDensity(ofRow: row)
      : own - background.squaredDistances[row] / Double(background.dimension)
  }

  /// d_k² of one sample to its nearest class for a kind of score, in D dimensions.
  public func squaredDistance(ofRow row: Int, _ kind: ScoreKind, dimension: Int) -> Double {
    kind.isLikelihood ? squaredDistanceToMostLikely[row] : mahalanobis[row] * Double(dimension)
  }

  /// The index of the nearest class for a kind of score, (N,): argmax ℓ_k for likelihoods, argmin d_k² for distances.
  public func nearestClass(_ kind: ScoreKind) -> [Int32] {
    kind.isLikelihood ? mostLikelyClass : closestClass
  }
}
