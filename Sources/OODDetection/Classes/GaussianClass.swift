public import LinearAlgebra

/// One fitted class: n_k, π_k, μ_k and the spectrum of Σ_k. It is independent of λ, so that every λ is cheap.
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
  /// Eigenvalues and eigenvectors of Σ_k, the covariance divided by n_k.
  public let spectrum: Spectrum
  /// The diagonal of Σ_k, (D,), exactly 0 for dimensions without variance. Computed once, since it is needed at every
  /// λ.
  let diagonal: [Double]

  /// - Parameter meanRemainder: nil if `mean` is exact.
  public init(
    label: Int, count: Int, weight: Double, mean: [Double], meanRemainder: [Double]? = nil,
    spectrum: Spectrum
  ) {
    self.label = label
    self.count = count
    self.weight = weight
    self.mean = mean
    self.meanRemainder = meanRemainder ?? [Double](repeating: 0, count: mean.count)
    self.spectrum = spectrum
    // Eigenvectors of positive eigenvalues are exactly 0 in dimensions that never vary.
    var squares = spectrum.leadingBasis(spectrum.rank)
    squares.squareElements()
    diagonal = squares.transposeMultiplied(by: Array(spectrum.eigenvalues.prefix(squares.rowCount)))
  }
}

extension GaussianClass {
  /// Σ_k, (D, D). O(m·D²).
  public func covariance() -> Matrix {
    var covariance = Matrix(rowCount: mean.count, columnCount: mean.count)
    covariance.addCovariance(spectrum, weight: 1)
    covariance.mirrorUpperTriangle()
    return covariance
  }

  /// The diagonal of Σ_k, (D,).
  public func variances() -> [Double] { diagonal }

  /// Σ_k reduced to (size, size), or to (D, D) if D is smaller, by averaging blocks, for a heat map. O(D·m + size²·m),
  /// without forming Σ_k.
  public func covariance(averagedTo size: Int) -> Matrix {
    let dimension = mean.count
    let size = min(max(size, 0), dimension)
    // The average over a block of Σ_i Λ_i v_i v_iᵀ is Σ_i Λ_i a_i a_iᵀ with a_i the averages of v_i.
    let basis = spectrum.leadingBasis(spectrum.rank)
    var averages = Matrix(rowCount: spectrum.rank, columnCount: size)
    for direction in 0..<spectrum.rank {
      let vector = Array(basis.row(direction))
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
  /// Σ_k(λ)⁻¹, (D, D), for libraries that score by a quadratic form. O(m·D²).
  ///
  /// The detector itself never forms it: at a large condition number the quadratic form loses digits that the
  /// eigendirections keep.
  ///
  /// - Throws: ``DetectorError/singularCovariance(label:rank:dimension:)`` if λ = 0 and the class lacks full rank.
  public func precision(at regularization: Regularization) throws(DetectorError) -> Matrix {
    let dimension = mean.count
    guard regularization.value > 0 || spectrum.rank == dimension else {
      throw .singularCovariance(label: label, rank: spectrum.rank, dimension: dimension)
    }
    var precision = Matrix(rowCount: dimension, columnCount: dimension)
    var directions = spectrum.basis
    let variances = spectrum.eigenvalues.prefix(directions.rowCount).map { $0 + regularization.value }
    if directions.rowCount == dimension {
      directions.scaleRows(by: variances.map { 1 / $0.squareRoot() })
      precision.addColumnGram(of: directions, scale: 1)
    } else {
      // Outside the basis there is only λ: I/λ, less the part that the basis adds to λ.
      let excesses = spectrum.eigenvalues.prefix(directions.rowCount)
      directions.scaleRows(
        by: zip(excesses, variances).map { ($0 / ($1 * regularization.value)).squareRoot() })
      precision.addColumnGram(of: directions, scale: -1)
      for index in 0..<dimension { precision[index, index] += 1 / regularization.value }
    }
    precision.mirrorUpperTriangle()
    return precision
  }
}
