/// A kind of outlier score. Higher means more out-of-distribution.
public enum ScoreKind: String, CaseIterable, Hashable, Sendable {
  /// −log Σ_k exp ℓ_k, the negative log-likelihood under the mixture (nats).
  case negativeLogLikelihood = "nll"
  /// min_k d_k² / D, the smallest squared Mahalanobis distance per dimension.
  case mahalanobis
}

/// The scores of N samples at one λ, in input order. Class indices refer to ``SpectralDetector/classes``.
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
  /// The number of classes whose distances were computed in full, (N,). The others cannot affect the scores at any λ
  /// of the requested path.
  public var visitedClassCounts: [Int32]

  public init(
    regularization: Regularization, negativeLogLikelihood: [Double], mahalanobis: [Double],
    mostLikelyClass: [Int32], closestClass: [Int32], squaredDistanceToMostLikely: [Double],
    visitedClassCounts: [Int32] = []
  ) {
    self.regularization = regularization
    self.negativeLogLikelihood = negativeLogLikelihood
    self.mahalanobis = mahalanobis
    self.mostLikelyClass = mostLikelyClass
    self.closestClass = closestClass
    self.squaredDistanceToMostLikely = squaredDistanceToMostLikely
    self.visitedClassCounts = visitedClassCounts
  }

  public var count: Int { negativeLogLikelihood.count }

  /// The scores of one kind, (N,).
  public func values(_ kind: ScoreKind) -> [Double] {
    switch kind {
    case .negativeLogLikelihood: negativeLogLikelihood
    case .mahalanobis: mahalanobis
    }
  }

  /// d_k² of one sample to its nearest class for a kind of score, in D dimensions.
  public func squaredDistance(ofRow row: Int, _ kind: ScoreKind, dimension: Int) -> Double {
    switch kind {
    case .negativeLogLikelihood: squaredDistanceToMostLikely[row]
    case .mahalanobis: mahalanobis[row] * Double(dimension)
    }
  }

  /// The index of the nearest class for a kind of score, (N,): argmax ℓ_k for `nll`, argmin d_k² for `mahalanobis`.
  public func nearestClass(_ kind: ScoreKind) -> [Int32] {
    switch kind {
    case .negativeLogLikelihood: mostLikelyClass
    case .mahalanobis: closestClass
    }
  }
}
