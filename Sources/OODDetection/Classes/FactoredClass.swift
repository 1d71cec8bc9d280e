import Foundation
import LinearAlgebra

/// One class fitted at one t: n_k, π_k, μ_k and a triangular factor of s C_k + t r I, without a spectrum.
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
  /// s and r.
  public let ridge: ClassRidge
  /// log det (s C_k + t r I), in nats.
  public let logDeterminant: Double
  /// The factored covariance.
  let factor: ClassFactor
  let logNormalizer: Double
  /// Whether rounding errors of double precision are small compared with those of the bounds.
  let hasUsableBounds: Bool
  /// The condition number of s C_k + t r I to within a small factor if it is above 1e10, where scores are not accurate to
  /// 1e-6; otherwise a value of at most 1e10.
  public let conditionEstimate: Double
  /// The number of dimensions without variance. Their rows of the factor contain the ridge alone. 0 without a ridge,
  /// where such a class has no factor.
  public let constantDimensionCount: Int
  /// The share of the ridge in the trace of s C_k + t r I, from 0 to 1; 0 for a class that is represented by its span.
  let ridgeShare: Double

  /// - Parameters:
  ///   - regularization: t.
  ///   - place: Where the factor is stored; in memory by default.
  init(
    label: Int, count: Int, weight: Double, mean: ClassMean, covariance: RegularizedCovariance,
    ridge: ClassRidge = .absolute, regularization: Regularization, keptIn place: ClassFactor? = nil
  ) {
    let factor = covariance.factor
    self.label = label
    self.count = count
    self.weight = weight
    self.mean = mean.rounded
    meanRemainder = mean.remainder
    self.factor = place ?? ClassFactor(factor)
    self.ridge = ridge
    conditionEstimate = covariance.conditionEstimate
    logDeterminant = factor.logDeterminant
    // Up to the rounding errors of a factor computed from the samples.
    let bound = ridge.ridge(at: regularization).value * (1 + 1e-10)
    constantDimensionCount = factor.upperFactor.diagonal.count { $0 * $0 <= bound }
    logNormalizer = log(weight) - 0.5 * (logDeterminant + Double(self.mean.count) * log(2 * .pi))
    ridgeShare = min(1, Double(self.mean.count) * bound / factor.upperFactor.squaredNorm)
    hasUsableBounds = ClassBounds.isUsable(conditionNumber: covariance.conditionNumber)
  }

  /// A class with far fewer samples than dimensions.
  init(
    label: Int, count: Int, weight: Double, mean: ClassMean, span: SpanCovariance, ridge: ClassRidge
  ) {
    self.label = label
    self.count = count
    self.weight = weight
    self.mean = mean.rounded
    meanRemainder = mean.remainder
    factor = ClassFactor(span)
    self.ridge = ridge
    conditionEstimate = span.conditionEstimate
    logDeterminant = span.logDeterminant
    constantDimensionCount = span.constantDimensionCount
    logNormalizer = log(weight) - 0.5 * (logDeterminant + Double(self.mean.count) * log(2 * .pi))
    ridgeShare = 0
    hasUsableBounds = true
  }
}

extension FactoredClass {
  /// The numbers of this class that other ranks need: all but its factor.
  var record: [Double] {
    mean + meanRemainder
      + [
        ridge.scale, ridge.unit, logDeterminant, hasUsableBounds ? 1 : 0, conditionEstimate,
        Double(constantDimensionCount), ridgeShare,
      ]
  }

  /// The length of ``record``.
  static func recordLength(dimension: Int) -> Int { 2 * dimension + 7 }

  /// A class of another rank.
  init(label: Int, count: Int, weight: Double, dimension: Int, record: [Double]) {
    self.label = label
    self.count = count
    self.weight = weight
    mean = Array(record[..<dimension])
    meanRemainder = Array(record[dimension..<2 * dimension])
    let rest = Array(record[(2 * dimension)...])
    ridge = ClassRidge(scale: rest[0], unit: rest[1])
    logDeterminant = rest[2]
    logNormalizer = log(weight) - 0.5 * (logDeterminant + Double(dimension) * log(2 * .pi))
    hasUsableBounds = rest[3] != 0
    conditionEstimate = rest[4]
    constantDimensionCount = Int(rest[5])
    ridgeShare = rest[6]
    factor = .elsewhere
  }
}

/// The factor of a class is on another rank.
struct FactorElsewhere: Error {}

/// A factored covariance of a class.
enum CovarianceFactor: Sendable {
  /// L with L Lᵀ = s C_k + t r I.
  case triangle(CholeskyFactorization)
  case span(SpanCovariance)

  /// (s C_k + t r I)⁻¹ c. O(D²).
  func solution(for vector: [Double]) -> [Double] {
    switch self {
    case .triangle(let factor): factor.solution(for: vector)
    case .span(let span): span.solution(for: vector)
    }
  }

  /// d² of one difference from the mean. O(D²).
  func squaredDistance(of vector: [Double]) -> Double {
    switch self {
    case .triangle(let factor): factor.whitened(vector).reduce(0) { $0 + $1 * $1 }
    case .span(let span): span.squaredDistance(of: vector)
    }
  }
}

/// A class's factored covariance, in memory, in storage or on another rank.
struct ClassFactor: Sendable {
  private enum Place {
    case held(CovarianceFactor)
    case stored(StoredClassFactor)
    case elsewhere
  }

  /// That of a class of another rank.
  static let elsewhere = ClassFactor(place: .elsewhere)

  private let place: Place

  private init(place: Place) { self.place = place }

  init(_ factor: CholeskyFactorization) { place = .held(.triangle(factor)) }

  init(_ span: SpanCovariance) { place = .held(.span(span)) }

  init(stored: StoredClassFactor) { place = .stored(stored) }

  var isHeld: Bool {
    if case .held = place { true } else { false }
  }

  /// The representation of a class with far fewer samples than dimensions; nil for all others.
  var span: SpanCovariance? {
    if case .held(.span(let span)) = place { span } else { nil }
  }

  /// The factor itself. O(1) if it is in memory, O(D²) to read it, or O(n·D² + D³) to recompute it.
  ///
  /// - Throws: the errors of reading the samples; ``FactorElsewhere``.
  func loaded() throws -> CovarianceFactor {
    switch place {
    case .held(let factor): factor
    case .stored(let stored): .triangle(try stored.loaded())
    case .elsewhere: throw FactorElsewhere()
    }
  }
}
