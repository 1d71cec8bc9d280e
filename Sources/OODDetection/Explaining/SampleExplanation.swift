/// Why one sample scores as it does, at one λ. K classes, D dimensions; class indices count within
/// ``FittedDetector/classes``. The shares belong to the nearest class.
@dynamicMemberLookup
public struct SampleExplanation: Sendable, Equatable {
  /// How the sample stands to every class: score, distances, nearest and second class. Its properties are this
  /// explanation's too.
  public let comparison: SampleComparison
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

  public subscript<Value>(dynamicMember property: KeyPath<SampleComparison, Value>) -> Value {
    comparison[keyPath: property]
  }
}
