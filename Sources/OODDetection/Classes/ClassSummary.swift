/// What there is to know about one fitted class at one λ. Distances are Mahalanobis distances between means
/// under the pooled within-class covariance + λI.
public struct ClassSummary: Sendable, Equatable {
  /// The class's label.
  public let label: Int
  /// n_k.
  public let count: Int
  /// π_k.
  public let weight: Double
  /// ‖μ_k‖, Euclidean.
  public let meanNorm: Double
  /// The trace of Σ_k: the summed variance of its dimensions.
  public let trace: Double
  /// log det (Σ_k + λI), in nats.
  public let logDeterminant: Double
  /// (Λ_max + λ) / (Λ_min + λ).
  public let conditionNumber: Double
  /// Λ_min of Σ_k, exactly 0 where n_k ≤ D.
  public let smallestEigenvalue: Double
  /// Λ_max of Σ_k.
  public let largestEigenvalue: Double
  /// The number of eigenvalues that the computation can tell from 0: above D · 2⁻⁵² · Λ_max where they come from the
  /// covariance, above (D · 2⁻⁵²)² · Λ_max where they come from the samples.
  public let rank: Int
  /// exp of the entropy of Λ / ΣΛ; 0 where the rank is.
  public let effectiveRank: Double
  /// The label of the class whose mean is nearest; nil where there is one class only.
  public let nearestClass: Int?
  /// The distance to that class's mean (not squared).
  public let nearestDistance: Double?
  /// How many dimensions have no variance within the class.
  public let constantDimensionCount: Int
  /// What is wrong or doubtful, the most fundamental first; empty where the class is sound.
  public let warnings: [ClassWarning]
}
