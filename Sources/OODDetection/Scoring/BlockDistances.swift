import LinearAlgebra

/// Squared Mahalanobis distances of a block of samples to one class for a whole path of λ, in buffers that
/// serve every class in turn.
///
/// With c = z − μ and y = Vc, d²(λ) = Σ y_i² / (Λ_i + λ), plus, where V is not complete, ‖c − Vᵀy‖² / λ. The
/// residual is formed explicitly, or as ‖Nc‖ where N completes V: ‖c‖² − ‖y‖² would lose all its digits where
/// the sample lies within V's span.
struct BlockDistances {
  private var centred = Matrix(rowCount: 0, columnCount: 0)
  private var projected = Matrix(rowCount: 0, columnCount: 0)
  private var outside = Matrix(rowCount: 0, columnCount: 0)
  private var weights = Matrix(rowCount: 0, columnCount: 0)
  /// d², (B, P): what the last call computed.
  private(set) var squaredDistances = Matrix(rowCount: 0, columnCount: 0)

  /// Computes d² of `block` (B, D) to `gaussian` for every λ of `path`. O(B·m·(D + P)).
  mutating func compute(_ block: Matrix, to gaussian: GaussianClass, along path: [Regularization]) {
    centred.assign(block, subtracting: gaussian.mean)
    let spectrum = gaussian.spectrum
    computeCentred(to: spectrum, basis: spectrum.basis, complement: nil, along: path)
  }

  /// Computes d² of samples (B, D) from which the mean of the class with that spectrum has been taken.
  ///
  /// - Parameters:
  ///   - basis: V, fetched once for many blocks.
  ///   - complement: N, where it is known.
  mutating func compute(
    centred rows: consuming Matrix, to spectrum: Spectrum, basis: Matrix, complement: Matrix?,
    along path: [Regularization]
  ) {
    centred = rows
    computeCentred(to: spectrum, basis: basis, complement: complement, along: path)
  }

  private mutating func computeCentred(
    to spectrum: Spectrum, basis: Matrix, complement: Matrix?, along path: [Regularization]
  ) {
    Matrix.multiply(centred, byTransposeOf: basis, into: &projected)
    var residuals: [Double]?
    if let complement {
      Matrix.multiply(centred, byTransposeOf: complement, into: &outside)
      residuals = outside.squaredRowNorms()
    } else if !spectrum.isComplete {
      centred.subtractProduct(projected, by: basis)
      residuals = centred.squaredRowNorms()
    }
    projected.squareElements()
    weights.fillInverses(of: spectrum, along: path)
    Matrix.multiply(projected, by: weights, into: &squaredDistances)
    if let residuals {
      for (row, residual) in residuals.enumerated() {
        for (column, regularization) in path.enumerated() {
          squaredDistances[row, column] += residual / regularization.value
        }
      }
    }
  }

  /// What ``compute(_:to:along:)`` costs for a block of `rowCount` samples.
  static func work(rowCount: Int, gaussian: GaussianClass, pathCount: Int) -> WorkCount {
    let (directions, dimension) = (gaussian.spectrum.directionCount, gaussian.mean.count)
    let projections = directions < dimension ? 2 : 1
    return WorkCount.product(projections * rowCount, directions, dimension)
      + .product(rowCount, directions, pathCount)
  }
}

extension Matrix {
  /// Becomes 1 / (Λ_i + λ_j), (m, P), for the m eigenvalues of the basis.
  fileprivate mutating func fillInverses(of spectrum: Spectrum, along path: [Regularization]) {
    reshape(rowCount: spectrum.directionCount, columnCount: path.count)
    for row in 0..<rowCount {
      for (column, regularization) in path.enumerated() {
        self[row, column] = 1 / (spectrum.eigenvalues[row] + regularization.value)
      }
    }
  }
}
