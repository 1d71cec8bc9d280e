/// Which outlier score a sample gets. For both, higher means more out-of-distribution.
public enum ScoreKind: String, CaseIterable, Hashable, Sendable {
  /// −log Σ_k exp ℓ_k, the negative log-likelihood under the mixture (nats).
  case negativeLogLikelihood = "nll"
  /// min_k d_k² / D, the smallest squared Mahalanobis distance per dimension.
  case mahalanobis
}
