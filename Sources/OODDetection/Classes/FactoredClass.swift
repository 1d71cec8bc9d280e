import Foundation
import LinearAlgebra

/// One class fitted for one λ: n_k, π_k, μ_k and a triangular factor of Σ_k + λI. No spectrum.
public struct FactoredClass: Sendable {
  /// The class's label, ≥ 0; labels need not be contiguous.
  public let label: Int
  /// n_k, the number of training samples.
  public let count: Int
  /// π_k = n_k / Σ n.
  public let weight: Double
  /// μ_k, of length D.
  public let mean: [Double]
  /// What rounding took off ``mean``, of length D.
  let meanRemainder: [Double]
  /// log det Σ_k(λ), in nats.
  public let logDeterminant: Double
  /// L with L Lᵀ = Σ_k(λ).
  let factor: ClassFactor
  let logNormalizer: Double
  let conditionNumber: Double
  /// The condition number of Σ_k + λI to within a small factor where it is above 1e10, beyond which scores are not exact
  /// to 1e-6; at most 1e10 otherwise.
  public let conditionEstimate: Double
  /// How many dimensions have no variance: their rows of Σ_k + λI hold λ alone, and so do their rows of the factor.
  /// 0 for λ = 0, which leaves no such class a factor.
  public let constantDimensionCount: Int

  /// - Parameter place: where the factor is kept, in memory by default.
  init(
    label: Int, count: Int, weight: Double, mean: ClassMean, factor: CholeskyFactorization,
    conditionNumber: Double, conditionEstimate: Double, regularization: Regularization,
    keptIn place: ClassFactor? = nil
  ) {
    self.label = label
    self.count = count
    self.weight = weight
    self.mean = mean.rounded
    meanRemainder = mean.remainder
    self.factor = place ?? ClassFactor(factor)
    self.conditionNumber = conditionNumber
    self.conditionEstimate = conditionEstimate
    logDeterminant = factor.logDeterminant
    // Up to the rounding errors of a factor that comes from the samples.
    let bound = regularization.value * (1 + 1e-10)
    constantDimensionCount = factor.upperFactor.diagonal.count { $0 * $0 <= bound }
    logNormalizer = log(weight) - 0.5 * (logDeterminant + Double(self.mean.count) * log(2 * .pi))
  }
}
