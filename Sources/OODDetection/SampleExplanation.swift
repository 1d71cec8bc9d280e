/// Why one sample scores as it does, at one λ. K classes, D dimensions; class indices count within
/// ``FittedDetector/classes``. The shares belong to the nearest class.
public struct SampleExplanation: Sendable, Equatable {
  /// The score of `scoreKind`; higher is more out-of-distribution.
  public let score: Double
  public let scoreKind: ScoreKind
  /// The index of the nearest class: argmax ℓ_k for `nll`, argmin d_k² for `mahalanobis`.
  public let nearestClass: Int
  /// The index of the second-nearest class; nil where there is one class only.
  public let secondClass: Int?
  /// By how much the nearest class wins, ≥ 0. For `nll` ℓ_nearest − ℓ_second, in nats; for `mahalanobis`
  /// d²_second − d²_nearest.
  public let margin: Double?
  /// d_k² to every class, (K,).
  public let squaredDistances: [Double]
  /// ℓ_k, (K,), in nats, weights included.
  public let logDensities: [Double]
  /// exp ℓ_k / Σ_j exp ℓ_j, (K,): sums to 1.
  public let responsibilities: [Double]
  /// The upper tail of χ²_D at d² of the nearest class.
  public let pValue: Double
  /// (z−μ)_j · (Σ_k(λ)⁻¹ (z−μ))_j, (D,): sums to d²; single terms may be negative.
  public let dimensionShares: [Double]
  /// y_i² / (Λ_i + λ) along the class's m known eigenvectors, largest eigenvalue first: never negative; sums
  /// to d² together with `outsideShare`.
  public let eigendirectionShares: [Double]
  /// What of d² lies outside the m known eigenvectors; 0 where they are complete.
  public let outsideShare: Double
  /// What of d² lies in directions with eigenvalue 0, which only λ fills; includes `outsideShare`.
  public let nullShare: Double
  /// μ_k of the nearest class, (D,).
  public let mean: [Double]
  /// The square roots of the diagonal of Σ_k (without λ) of the nearest class, (D,).
  public let standardDeviations: [Double]
}
