import LinearAlgebra

/// Squared Mahalanobis distances of a block of samples to one class for a whole path of λ, in buffers that
/// serve every class in turn.
///
/// With c = z − μ and y = Vc, d²(λ) = Σ y_i² / (Λ_i + λ), plus, where V is not complete, ‖c − Vᵀy‖² / λ. The
/// residual is formed explicitly, or as ‖Nc‖ where N completes V: ‖c‖² − ‖y‖² would lose all its digits where
/// the sample lies within V's span.
struct BlockDistances {
  /// Samples (B, D) from which the mean of the class that comes next has been taken; used up in computing.
  var centred = Matrix(rowCount: 0, columnCount: 0)
  private var projected = Matrix(rowCount: 0, columnCount: 0)
  private var outside = Matrix(rowCount: 0, columnCount: 0)
  private var weights = Matrix(rowCount: 0, columnCount: 0)
  /// d², (B, P): what was computed last.
  var squaredDistances = Matrix(rowCount: 0, columnCount: 0)

  /// Computes d² of `block` (B, D) to `gaussian` for every λ of `path`. O(B·m·(D + P)).
  mutating func compute(_ block: Matrix, to gaussian: GaussianClass, along path: [Regularization]) {
    centred.assign(block, subtracting: gaussian.mean, gaussian.meanRemainder)
    compute(to: gaussian.spectrum, basis: gaussian.spectrum.basis, complement: nil, along: path)
  }

  /// Computes d² of ``centred`` to the class with that spectrum.
  ///
  /// - Parameters:
  ///   - basis: V, fetched once for many blocks.
  ///   - complement: N, where it is known.
  mutating func compute(
    to spectrum: Spectrum, basis: Matrix, complement: Matrix?, along path: [Regularization]
  ) {
    let count = centred.rowCount
    centred.padRows()
    Matrix.multiplyRows(centred, byTransposeOf: basis, into: &projected)
    var residuals: [Double]?
    if let complement {
      Matrix.multiplyRows(centred, byTransposeOf: complement, into: &outside)
      residuals = outside.squaredRowNorms()
    } else if !spectrum.isComplete {
      centred.subtractRowProducts(projected, by: basis)
      residuals = centred.squaredRowNorms()
    }
    projected.squareElements()
    weights.fillInverses(of: spectrum, along: path)
    Matrix.multiplyRows(projected, by: weights, into: &squaredDistances)
    squaredDistances.reshape(rowCount: count, columnCount: path.count)
    guard let residuals else { return }
    for (row, residual) in residuals.prefix(count).enumerated() {
      for (column, regularization) in path.enumerated() {
        squaredDistances[row, column] += residual > 0 ? residual / regularization.value : 0
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
    elements.withUnsafeMutableBufferPointer { elements in
      var index = 0
      for eigenvalue in spectrum.eigenvalues.prefix(spectrum.directionCount) {
        for regularization in path {
          // Finite, so that what a sample does not have in a direction counts as 0 at the smallest λ too.
          elements[index] = min(1 / (eigenvalue + regularization.value), .greatestFiniteMagnitude)
          index += 1
        }
      }
    }
  }
}
