import Foundation
import LinearAlgebra

/// One class fitted at one λ: n_k, π_k, μ_k and a triangular factor of Σ_k + λI, without a spectrum.
public struct FactoredClass: Sendable {
  /// The class's label, ≥ 0; labels need not be contiguous.
  public let label: Int
  /// n_k, the number of training samples.
  public let count: Int
  /// π_k = n_k / Σ n.
  public let weight: Double
  /// μ_k, of length D.
  public let mean: [Double]
  /// The rounding error of ``mean``, of length D.
  let meanRemainder: [Double]
  /// log det Σ_k(λ), in nats.
  public let logDeterminant: Double
  /// L with L Lᵀ = Σ_k(λ).
  let factor: ClassFactor
  let logNormalizer: Double
  let conditionNumber: Double
  /// The condition number of Σ_k + λI to within a small factor if it is above 1e10, where scores are not accurate to
  /// 1e-6; otherwise a value of at most 1e10.
  public let conditionEstimate: Double
  /// The number of dimensions without variance. Their rows of Σ_k + λI, and of the factor, contain λ alone. 0 for λ =
  /// 0, where such a class has no factor.
  public let constantDimensionCount: Int

  /// - Parameter place: Where the factor is stored; in memory by default.
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
    // Up to the rounding errors of a factor computed from the samples.
    let bound = regularization.value * (1 + 1e-10)
    constantDimensionCount = factor.upperFactor.diagonal.count { $0 * $0 <= bound }
    logNormalizer = log(weight) - 0.5 * (logDeterminant + Double(self.mean.count) * log(2 * .pi))
  }
}

/// A class's triangular factor, in memory or in storage.
struct ClassFactor: Sendable {
  private enum Place {
    case held(CholeskyFactorization)
    case stored(StoredClassFactor)
  }

  private let place: Place

  init(_ factor: CholeskyFactorization) { place = .held(factor) }

  init(stored: StoredClassFactor) { place = .stored(stored) }

  var isHeld: Bool {
    if case .held = place { true } else { false }
  }

  /// The factor itself. O(1) if it is in memory, O(D²) to read it, or O(n·D² + D³) to recompute it.
  ///
  /// - Throws: the errors of reading the samples.
  func loaded() throws -> CholeskyFactorization {
    switch place {
    case .held(let factor): factor
    case .stored(let stored): try stored.loaded()
    }
  }
}
