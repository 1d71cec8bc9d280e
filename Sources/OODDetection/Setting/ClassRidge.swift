import CVectorKernels
import LinearAlgebra

/// The numbers s and r with which a class's covariance C_k is regularized as s C_k + t r I.
public struct ClassRidge: Sendable, Hashable {
  /// s, from 0 to 1.
  public let scale: Double
  /// r ≥ 0, the ridge at t = 1.
  public let unit: Double

  /// s = 1, r = 1.
  public static let absolute = ClassRidge(scale: 1, unit: 1)

  public init(scale: Double, unit: Double) {
    self.scale = scale
    self.unit = unit
  }

  /// t r. Positive if t and r are.
  func ridge(at regularization: Regularization) -> Regularization {
    if unit == 1 { return regularization }
    let product = regularization.value * unit
    let isPositive = regularization.value > 0 && unit > 0
    return Regularization(
      unchecked: isPositive ? min(max(product, .leastNonzeroMagnitude), .greatestFiniteMagnitude) : 0)
  }
}

/// The moments of a class's own covariance Σ_k, without pooling, that determine how far it is shrunk.
public struct ScatterMoments: Sendable, Hashable {
  /// n_k.
  public let count: Int
  /// D.
  public let dimension: Int
  /// tr Σ_k.
  public let trace: Double
  /// ‖Σ_k‖_F².
  public let squaredNorm: Double
  /// ‖Σ_k − m I‖_F² with m = tr Σ_k / D.
  public let squaredDeviation: Double
  /// Σ ‖z − μ_k‖⁴ over the class's samples; nil if unknown.
  public let fourthMoment: Double?

  public init(
    count: Int, dimension: Int, trace: Double, squaredNorm: Double, squaredDeviation: Double,
    fourthMoment: Double?
  ) {
    self.count = count
    self.dimension = dimension
    self.trace = trace
    self.squaredNorm = squaredNorm
    self.squaredDeviation = squaredDeviation
    self.fourthMoment = fourthMoment
  }

  /// The least number that has all 53 bits together with the numbers that are 2⁵² times smaller.
  static let leastExact = 0x1p-970

  /// Shrinkage squares variances, which overflow or underflow long before the variances do.
  func checkRange(label: Int?) throws(DetectorError) {
    guard trace > 0 else { return }
    guard squaredNorm.isFinite, squaredDeviation.isFinite, fourthMoment?.isFinite ?? true else {
      throw .covarianceOverflowed(label: label)
    }
    guard squaredNorm >= Self.leastExact else { throw .covarianceUnderflowed(label: label) }
  }

  /// Of a covariance given by its upper triangle. O(D²).
  init(count: Int, covariance: Matrix, fourthMoment: Double?) {
    let dimension = covariance.rowCount
    let trace = (0..<dimension).reduce(0) { $0 + covariance[$1, $1] }
    self.init(
      count: count, dimension: dimension, trace: trace,
      squaredNorm: covariance.squaredDistance(toMultipleOfIdentity: 0),
      squaredDeviation: covariance.squaredDistance(toMultipleOfIdentity: trace / Double(dimension)),
      fourthMoment: fourthMoment)
  }

  /// Of a class's spectrum without pooling.
  init(count: Int, spectrum: Spectrum) {
    let mean = spectrum.trace / Double(spectrum.eigenvalues.count)
    self.init(
      count: count, dimension: spectrum.eigenvalues.count, trace: spectrum.trace,
      squaredNorm: spectrum.eigenvalues.reduce(0) { $0 + $1 * $1 },
      squaredDeviation: spectrum.eigenvalues.reduce(0) { $0 + ($1 - mean) * ($1 - mean) }, fourthMoment: nil)
  }
}

extension RidgeRule {
  /// s and r of a class, for every rule but ``leaveOneOut``.
  ///
  /// - Parameters:
  ///   - moments: Those of the class's own covariance; only shrinkage needs them.
  ///   - meanVariance: tr C_k / D.
  ///   - pooledMeanVariance: tr S / n / D, which replaces the class's own mean variance where that is 0.
  ///   - label: The class, for errors; nil for all classes together.
  /// - Throws: ``DetectorError/unavailableRidgeRule(_:)``, and ``DetectorError/covarianceOverflowed(label:)`` or
  ///   ``DetectorError/covarianceUnderflowed(label:)`` if what the rule needs is beyond the range of doubles.
  func ridge(
    _ moments: ScatterMoments?, meanVariance own: Double, pooledMeanVariance: Double, label: Int?
  ) throws(DetectorError) -> ClassRidge {
    let meanVariance = own > 0 ? own : pooledMeanVariance
    if self != .absolute, meanVariance > 0, meanVariance < ScatterMoments.leastExact {
      throw .covarianceUnderflowed(label: label)
    }
    switch self {
    case .absolute: return .absolute
    case .relative: return ClassRidge(scale: 1, unit: meanVariance)
    case .oas, .ledoitWolf:
      try moments?.checkRange(label: label)
      guard let shrinkage = moments.flatMap(shrinkage) else { throw .unavailableRidgeRule(self) }
      return ClassRidge(scale: 1 - shrinkage, unit: shrinkage * meanVariance)
    case .leaveOneOut: throw .unavailableRidgeRule(self)
    }
  }

  /// ρ of a class, as scikit-learn computes it for the centred class; 1 if the class does not vary. Nil if this rule
  /// does not shrink or a moment is unknown.
  func shrinkage(_ moments: ScatterMoments) -> Double? {
    guard isShrinkage else { return nil }
    guard moments.trace > 0 else { return 1 }
    guard moments.dimension > 1 else { return 0 }
    let (count, dimension) = (Double(moments.count), Double(moments.dimension))
    let mean = moments.trace / dimension
    if self == .oas {
      let denominator = (count + 1) * moments.squaredDeviation / dimension / dimension
      let numerator = moments.squaredNorm / dimension / dimension + mean * mean
      return denominator > 0 ? min(numerator / denominator, 1) : 1
    }
    guard let fourthMoment = moments.fourthMoment else { return nil }
    let distance = moments.squaredDeviation / dimension
    // The difference is exactly 0 for two samples. Its rounding error would pass for a ridge.
    let excess = fourthMoment / count - moments.squaredNorm
    guard excess > 0x1p-48 * moments.squaredNorm else { return 0 }
    let error = excess / dimension / count
    return distance > 0 ? min(error, distance) / distance : 0
  }
}

extension Matrix {
  /// ‖A − mI‖_F² of the symmetric matrix given by the upper triangle.
  fileprivate func squaredDistance(toMultipleOfIdentity multiple: Double) -> Double {
    var (diagonal, above) = (0.0, 0.0)
    elements.withUnsafeBufferPointer { elements in
      guard let base = elements.baseAddress else { return }
      for row in 0..<rowCount {
        let start = row * columnCount + row
        let difference = base[start] - multiple
        diagonal += difference * difference
        above += gmmscope_sum_of_squares(base + start + 1, columnCount - row - 1)
      }
    }
    return diagonal + 2 * above
  }
}

extension CentredSamples {
  /// Σ ‖x_i‖⁴.
  func fourthMoment() throws -> Double {
    var sum = 0.0
    try forEachBlock { block in sum = block.squaredRowNorms().reduce(sum) { $0 + $1 * $1 } }
    return sum
  }
}
