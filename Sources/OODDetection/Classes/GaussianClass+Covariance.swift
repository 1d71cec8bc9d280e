public import LinearAlgebra

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

  /// Σ_k shrunk to (size, size), or (D, D) where D is smaller, each element the average of a block: for a
  /// heat map. O(D·m + size²·m), without forming Σ_k.
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
  /// Adds `weight · Σ` to the upper triangle, Σ given by its spectrum. O(rank·D²).
  mutating func addCovariance(_ spectrum: Spectrum, weight: Double) {
    var scaled = spectrum.basis
    let deviations = spectrum.eigenvalues.prefix(scaled.rowCount).map { $0.squareRoot() }
    scaled.scaleRows(by: Array(deviations))
    addColumnGram(of: scaled, scale: weight)
  }
}
