import LinearAlgebra

extension Spectrum {
  /// The complete spectrum, m = D, of the covariance in `matrix`'s upper triangle.
  ///
  /// - Parameters:
  ///   - sampleCount: How many samples it was made from, which sets the tolerance for 0.
  ///   - largestRank: What the rank cannot exceed: eigenvalues after that many are rounding errors.
  init(
    ofCovariance matrix: consuming Matrix, sampleCount: Int, largestRank: Int, label: Int?
  ) throws(DetectorError) {
    let dimension = matrix.columnCount
    let decomposition = try SymmetricEigendecomposition.checked(matrix, label: label)
    let eigenvalues = Self.clipped(
      decomposition.eigenvalues, sampleCount: sampleCount, dimension: dimension, largestRank: largestRank)
    self.init(eigenvalues: eigenvalues, basis: decomposition.eigenvectors, rank: eigenvalues.count { $0 > 0 })
  }

  /// The spectrum, m = rank, of XᵀX / n for a centred X (n, D) with n ≤ D, through the (n, n) Gram matrix
  /// G = XXᵀ / n: where G u = Λ u, the covariance has the eigenvector Xᵀu / √(nΛ). O(n²·D).
  init(ofCentred centred: Matrix, label: Int) throws(DetectorError) {
    let (count, dimension) = (centred.rowCount, centred.columnCount)
    var gram = Matrix(rowCount: count, columnCount: count)
    gram.addRowGram(of: centred, scale: 1 / Double(count))
    let decomposition = try SymmetricEigendecomposition.checked(gram, label: label)
    let eigenvalues = Self.clipped(
      decomposition.eigenvalues, sampleCount: count, dimension: dimension, largestRank: count - 1)
    let rank = eigenvalues.count { $0 > 0 }
    let padded = eigenvalues + [Double](repeating: 0, count: dimension - count)

    let leading = decomposition.eigenvectors.firstRows(rank)
    var basis = Matrix(rowCount: 0, columnCount: dimension)
    Matrix.multiply(leading, by: centred, into: &basis)
    basis.scaleRows(by: eigenvalues.prefix(rank).map { 1 / ($0 * Double(count)).squareRoot() })
    // The rows of small eigenvalues carry rounding errors of the large ones' directions: take those out.
    do {
      basis = try basis.orthonormalizedRows()
    } catch {
      throw DetectorError(error, label: label)
    }
    self.init(eigenvalues: padded, basis: basis, rank: rank)
  }

  /// Descending eigenvalues with those at or below Λ_max · max(n, D) · 2⁻⁵², and all past `largestRank`, set
  /// to 0.
  static func clipped(
    _ eigenvalues: [Double], sampleCount: Int, dimension: Int, largestRank: Int
  ) -> [Double] {
    let tolerance = tolerance(eigenvalues.first ?? 0, sampleCount: sampleCount, dimension: dimension)
    return eigenvalues.enumerated().map { $0.offset < largestRank && $0.element > tolerance ? $0.element : 0 }
  }

  /// Below or at which a variance counts as 0.
  static func tolerance(_ largestEigenvalue: Double, sampleCount: Int, dimension: Int) -> Double {
    max(0, largestEigenvalue) * Double(max(sampleCount, dimension)) * 0x1p-52
  }
}

extension SymmetricEigendecomposition {
  /// Decomposes what is finite; features near the largest double make covariances that are not.
  fileprivate static func checked(_ matrix: consuming Matrix, label: Int?) throws(DetectorError) -> Self {
    guard matrix.nonFiniteRows().isEmpty else { throw .covarianceOverflowed(label: label) }
    do {
      return try SymmetricEigendecomposition(upperTriangle: matrix)
    } catch {
      throw DetectorError(error, label: label)
    }
  }
}

extension DetectorError {
  /// What a failure of LAPACK means for a class's covariance, or for the pooled one.
  init(_ error: LinearAlgebraError, label: Int?) {
    switch error {
    case .illegalArgument(_, let argument): self = .decompositionFailed(label: label, info: -argument)
    case .numericalFailure(_, let info): self = .decompositionFailed(label: label, info: info)
    case .tooLarge(_, _, let columnCount):
      self = .tooManyDimensions(dimension: columnCount, limit: FittedDetector.largestDimension)
    }
  }
}
