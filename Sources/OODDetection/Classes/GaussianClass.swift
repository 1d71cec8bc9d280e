public import LinearAlgebra

/// One fitted class: n_k, π_k, μ_k, the spectrum of its covariance C_k, and its ridge. It is independent of t, so that
/// every t is cheap: the regularized covariance is s C_k + t r I.
public struct GaussianClass: Sendable {
  /// The class's label, ≥ 0; labels need not be contiguous.
  public let label: Int
  /// n_k, the number of training samples.
  public let count: Int
  /// π_k = n_k / Σ n.
  public let weight: Double
  /// μ_k, of length D.
  public let mean: [Double]
  /// The rounding error of ``mean``, of length D: the digits that a mean far from 0 would lose.
  public let meanRemainder: [Double]
  /// Eigenvalues and eigenvectors of C_k.
  public let spectrum: Spectrum
  /// s and r.
  public let ridge: ClassRidge
  /// The spectrum of s C_k, which shares the eigenvectors of ``spectrum``.
  let scaledSpectrum: Spectrum
  /// The moments of the class's own covariance, without pooling; nil if unknown.
  public let moments: ScatterMoments?
  /// The number w that the class's scatter, with the pooled one mixed in, was divided by: n_k without pooling.
  let divisor: Double
  /// w', the same without one sample of the class: n_k − 1 without pooling.
  let divisorWithoutOne: Double
  /// The diagonal of C_k, (D,), exactly 0 for dimensions without variance. Computed once, since it is needed at every
  /// t.
  let diagonal: [Double]

  /// - Parameters:
  ///   - meanRemainder: nil if `mean` is exact.
  ///   - moments: Those of the class's own covariance, without pooling, which the shrinkage rules need.
  ///   - divisors: w and w'; nil for n_k and n_k − 1.
  public init(
    label: Int, count: Int, weight: Double, mean: [Double], meanRemainder: [Double]? = nil,
    spectrum: Spectrum, ridge: ClassRidge = .absolute, moments: ScatterMoments? = nil,
    divisors: (all: Double, withoutOne: Double)? = nil
  ) {
    self.label = label
    self.count = count
    self.weight = weight
    self.mean = mean
    self.meanRemainder = meanRemainder ?? [Double](repeating: 0, count: mean.count)
    self.spectrum = spectrum
    self.ridge = ridge
    self.moments = moments
    scaledSpectrum = spectrum.scaled(by: ridge.scale)
    (divisor, divisorWithoutOne) = divisors ?? (Double(count), Double(count - 1))
    diagonal = spectrum.variances
  }
}

extension GaussianClass {
  /// The same class with another ridge.
  func with(_ ridge: ClassRidge) -> GaussianClass {
    GaussianClass(
      label: label, count: count, weight: weight, mean: mean, meanRemainder: meanRemainder,
      spectrum: spectrum,
      ridge: ridge, moments: moments, divisors: (divisor, divisorWithoutOne))
  }

  /// t r, the ridge of this class.
  func ridge(at regularization: Regularization) -> Regularization { ridge.ridge(at: regularization) }

  /// (s Λ_max + t r) / (s Λ_min + t r); infinite if the denominator is 0.
  public func conditionNumber(at regularization: Regularization) -> Double {
    scaledSpectrum.conditionNumber(at: ridge(at: regularization))
  }

  /// log det (s C_k + t r I), in nats; −infinity if the covariance is singular.
  public func logDeterminant(at regularization: Regularization) -> Double {
    scaledSpectrum.logDeterminant(at: ridge(at: regularization))
  }

  /// C_k, (D, D). O(m·D²).
  public func covariance() -> Matrix {
    var covariance = Matrix(rowCount: mean.count, columnCount: mean.count)
    covariance.addCovariance(spectrum, weight: 1)
    covariance.mirrorUpperTriangle()
    return covariance
  }

  /// The diagonal of C_k, (D,).
  public func variances() -> [Double] { diagonal }

  /// C_k reduced to (size, size), or to (D, D) if D is smaller, by averaging blocks, for a heat map. O(D·m + size²·m),
  /// without forming C_k.
  public func covariance(averagedTo size: Int) -> Matrix {
    averaged(to: size, scales: [Double](repeating: 1, count: mean.count))
  }

  /// The correlations of C_k, likewise; 0 in dimensions that never vary.
  public func correlation(averagedTo size: Int) -> Matrix {
    averaged(to: size, scales: diagonal.map { $0 > 0 ? 1 / $0.squareRoot() : 0 })
  }

  /// Block averages of S C_k S with a diagonal S.
  private func averaged(to size: Int, scales: [Double]) -> Matrix {
    let dimension = mean.count
    let size = min(max(size, 0), dimension)
    // The average over a block of Σ_i Λ_i v_i v_iᵀ is Σ_i Λ_i a_i a_iᵀ with a_i the averages of v_i.
    let basis = spectrum.leadingBasis(spectrum.rank)
    var averages = Matrix(rowCount: spectrum.rank, columnCount: size)
    for direction in 0..<spectrum.rank {
      let vector = zip(basis.row(direction), scales).map(*)
      for cell in 0..<size {
        let range = cell * dimension / size..<(cell + 1) * dimension / size
        averages[direction, cell] = vector[range].reduce(0, +) / Double(range.count)
      }
    }
    averages.scaleRows(by: spectrum.eigenvalues.prefix(spectrum.rank).map { $0.squareRoot() })
    var result = Matrix(rowCount: size, columnCount: size)
    result.addColumnGram(of: averages, scale: 1)
    result.mirrorUpperTriangle()
    return result
  }
}

extension Matrix {
  /// Adds `weight · Σ` to the upper triangle, for Σ given by its spectrum. O(rank·D²).
  mutating func addCovariance(_ spectrum: Spectrum, weight: Double) {
    var scaled = spectrum.basis
    let deviations = spectrum.eigenvalues.prefix(scaled.rowCount).map { $0.squareRoot() }
    scaled.scaleRows(by: Array(deviations))
    addColumnGram(of: scaled, scale: weight)
  }
}

extension GaussianClass {
  /// (s C_k + t r I)⁻¹, (D, D), for libraries that score by a quadratic form. O(m·D²).
  ///
  /// The detector itself never forms it: at a large condition number the quadratic form loses digits that the
  /// eigendirections keep.
  ///
  /// - Throws: ``DetectorError/singularCovariance(label:rank:dimension:)`` if the ridge is 0 and the class lacks full
  ///   rank.
  public func precision(at regularization: Regularization) throws(DetectorError) -> Matrix {
    let dimension = mean.count
    let (spectrum, ridge) = (scaledSpectrum, ridge(at: regularization).value)
    guard ridge > 0 || spectrum.rank == dimension else {
      throw .singularCovariance(label: label, rank: spectrum.rank, dimension: dimension)
    }
    var precision = Matrix(rowCount: dimension, columnCount: dimension)
    var directions = spectrum.basis
    let variances = spectrum.eigenvalues.prefix(directions.rowCount).map { $0 + ridge }
    if directions.rowCount == dimension {
      directions.scaleRows(by: variances.map { 1 / $0.squareRoot() })
      precision.addColumnGram(of: directions, scale: 1)
    } else {
      // Outside the basis there is only the ridge: I/λ, less the part that the basis adds to λ.
      let excesses = spectrum.eigenvalues.prefix(directions.rowCount)
      directions.scaleRows(by: zip(excesses, variances).map { ($0 / ($1 * ridge)).squareRoot() })
      precision.addColumnGram(of: directions, scale: -1)
      for index in 0..<dimension { precision[index, index] += 1 / ridge }
    }
    precision.mirrorUpperTriangle()
    return precision
  }
}
