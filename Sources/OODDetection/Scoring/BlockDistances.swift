import LinearAlgebra

/// Computes squared Mahalanobis distances of a block of samples to one class for a whole path of λ. Its buffers are
/// reused for every class.
///
/// With c = z − μ and y = Vc, d²(λ) = Σ y_i² / (Λ_i + λ), plus, where V is not complete, ‖c − Vᵀy‖² / λ. The residual
/// is formed explicitly, or as ‖Nc‖ if N completes V: ‖c‖² − ‖y‖² would lose all digits if the sample lies within the
/// span of V.
struct BlockDistances {
  /// Samples (B, D), centred by the mean of the next class. Overwritten by the computation.
  var centred = Matrix(rowCount: 0, columnCount: 0)
  private var projected = Matrix(rowCount: 0, columnCount: 0)
  private var outside = Matrix(rowCount: 0, columnCount: 0)
  private var weights = Matrix(rowCount: 0, columnCount: 0)
  /// The latest result: d², (B, P).
  var squaredDistances = Matrix(rowCount: 0, columnCount: 0)

  /// Computes d² of `block` (B, D) to `gaussian` for every λ of `path`. O(B·m·(D + P)).
  mutating func compute(_ block: Matrix, to gaussian: GaussianClass, along path: [Regularization]) {
    centred.assign(block, subtracting: gaussian.mean, gaussian.meanRemainder)
    compute(
      to: gaussian.scaledSpectrum, basis: gaussian.spectrum.basis, complement: nil,
      along: path.map { gaussian.ridge(at: $0) })
  }

  /// Computes d² of ``centred`` to a class.
  ///
  /// - Parameters:
  ///   - spectrum: The class's spectrum, scaled by s.
  ///   - basis: V, loaded once for many blocks.
  ///   - complement: N, if known.
  ///   - path: The class's ridges t r.
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
    if let residuals { add(residuals.prefix(count), outOfSpan: path.map(\.value)) }
  }

  /// Adds ‖c − Vᵀy‖² / λ of every sample.
  ///
  /// The loop is one that compilers vectorize: with few directions, checked subscripts took longer than all products.
  private mutating func add(_ residuals: ArraySlice<Double>, outOfSpan ridges: [Double]) {
    squaredDistances.elements.withUnsafeMutableBufferPointer { elements in
      ridges.withUnsafeBufferPointer { ridges in
        for (row, residual) in residuals.enumerated() where residual > 0 {
          let start = row * ridges.count
          for column in 0..<ridges.count { elements[start + column] += residual / ridges[column] }
        }
      }
    }
  }

  /// Computes d² of ``centred`` to a class whose eigenvectors are the axes.
  mutating func computeAlongAxes(to spectrum: Spectrum, along ridges: [Regularization]) {
    let count = centred.rowCount
    centred.padRows()
    centred.squareElements()
    weights.fillInverses(of: spectrum, along: ridges)
    Matrix.multiplyRows(centred, by: weights, into: &squaredDistances)
    squaredDistances.reshape(rowCount: count, columnCount: ridges.count)
  }

  /// Computes d² of ``centred`` to a class with far fewer samples than dimensions.
  ///
  /// Most samples are outside the span of most classes, so that a difference of squares keeps its digits. Only the
  /// others need the residual itself.
  mutating func compute(within span: SpanCovariance) {
    let count = centred.rowCount
    centred.padRows()
    let norms = centred.squaredRowNorms()
    Matrix.multiplyRows(centred, byTransposeOf: span.rows, into: &projected)
    span.factor.whitenRows(of: &projected)
    let within = projected.squaredRowNorms()
    squaredDistances.reshape(rowCount: count, columnCount: 1)
    var close: [Int] = []
    for row in 0..<count {
      let rest = norms[row] - within[row]
      squaredDistances[row, 0] = rest / span.ridge.value
      if !(rest > span.leastOutsideShare * norms[row]) { close.append(row) }
    }
    if close.isEmpty { return }
    outside = centred.matrix(at: close)
    var weights = projected.matrix(at: close)
    outside.padRows()
    weights.padRows()
    span.factor.multiplyByInverseFactor(&weights)
    outside.subtractRowProducts(weights, by: span.rows)
    for (row, (residual, square)) in zip(close, zip(outside.squaredRowNorms(), weights.squaredRowNorms())) {
      squaredDistances[row, 0] = residual / span.ridge.value + square
    }
  }

  /// The cost of ``compute(_:to:along:)`` for a block of `rowCount` samples.
  static func work(rowCount: Int, gaussian: GaussianClass, pathCount: Int) -> WorkCount {
    let (directions, dimension) = (gaussian.spectrum.directionCount, gaussian.mean.count)
    let projections = directions < dimension ? 2 : 1
    return WorkCount.product(projections * rowCount, directions, dimension)
      + .product(rowCount, directions, pathCount)
  }
}

extension Matrix {
  /// Fills this matrix with 1 / (Λ_i + λ_j), (m, P), for the m eigenvalues of the basis.
  fileprivate mutating func fillInverses(of spectrum: Spectrum, along path: [Regularization]) {
    reshape(rowCount: spectrum.directionCount, columnCount: path.count)
    elements.withUnsafeMutableBufferPointer { elements in
      var index = 0
      for eigenvalue in spectrum.eigenvalues.prefix(spectrum.directionCount) {
        for regularization in path {
          // Finite, so that a zero coordinate contributes 0 even at the smallest λ.
          elements[index] = min(1 / (eigenvalue + regularization.value), .greatestFiniteMagnitude)
          index += 1
        }
      }
    }
  }
}
