public import LinearAlgebra

extension GaussianClass {
  /// Σ_k(λ)⁻¹, (D, D): what libraries that score by a quadratic form want. O(m·D²).
  ///
  /// gmmscope itself never forms it: at a large condition number the form loses digits that the eigendirections keep.
  ///
  /// - Throws: ``DetectorError/singularCovariance(label:rank:dimension:)`` for λ = 0 and less than full rank.
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
      // Outside the basis only λ counts: I/λ, less what the basis has more than λ.
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
