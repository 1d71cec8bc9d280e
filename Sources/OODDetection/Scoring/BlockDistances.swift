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
  /// ‖c − Vᵀy‖², (B,).
  private var residuals: [Double] = []
  /// The latest result: d², (B, P).
  var squaredDistances = Matrix(rowCount: 0, columnCount: 0)

  /// The axes that a class's spectrum refers to.
  enum Axes: Sendable {
    /// Those of the samples.
    case coordinates
    /// V (m, D), and N (D − m, D) if it is known.
    case directions(Matrix, complement: Matrix? = nil)
  }

  /// Computes d² of `block` (B, D) to `gaussian` for every λ of `path`. O(B·m·(D + P)).
  mutating func compute(_ block: Matrix, to gaussian: GaussianClass, along path: [Regularization]) {
    centred.assign(block, subtracting: gaussian.mean, gaussian.meanRemainder)
    compute(
      along: .directions(gaussian.spectrum.basis), to: gaussian.scaledSpectrum,
      at: path.map { gaussian.ridge(at: $0) })
  }

  /// Computes d² of ``centred`` to a class.
  ///
  /// - Parameters:
  ///   - axes: What the class's spectrum refers to, loaded once for many blocks.
  ///   - spectrum: The class's spectrum, scaled by s.
  ///   - path: The class's ridges t r.
  mutating func compute(along axes: Axes, to spectrum: Spectrum, at path: [Regularization]) {
    project(onto: axes, isComplete: spectrum.isComplete)
    weights.fillInverses(of: spectrum, along: path)
    Matrix.multiplyRows(projected, by: weights, into: &squaredDistances)
    squaredDistances.reshape(rowCount: residuals.count, columnCount: path.count)
    squaredDistances.add(residuals, outOfSpan: path)
  }

  /// Computes d² of those rows of ``centred`` that `choose` picks, given d² of all rows at some points of the path.
  ///
  /// - Parameter nodes: These points, as indices of `path`.
  /// - Returns: The indices of the rows of ``squaredDistances``.
  mutating func compute(
    along axes: Axes, to spectrum: Spectrum, at path: [Regularization], nodes: [Int],
    choosing choose: (Matrix) -> [Int]
  ) -> [Int] {
    compute(along: axes, to: spectrum, at: nodes.map { path[$0] })
    let chosen = choose(squaredDistances)
    guard !chosen.isEmpty else { return [] }
    var rows = projected.matrix(at: chosen)
    rows.padRows()
    weights.fillInverses(of: spectrum, along: path)
    Matrix.multiplyRows(rows, by: weights, into: &squaredDistances)
    squaredDistances.reshape(rowCount: chosen.count, columnCount: path.count)
    squaredDistances.add(chosen.map { residuals[$0] }, outOfSpan: path)
    return chosen
  }

  /// Computes y_i² and ‖c − Vᵀy‖² of ``centred``.
  private mutating func project(onto axes: Axes, isComplete: Bool) {
    let count = centred.rowCount
    centred.padRows()
    switch axes {
    case .coordinates:
      swap(&centred, &projected)
      residuals = [Double](repeating: 0, count: count)
    case .directions(let basis, let complement):
      Matrix.multiplyRows(centred, byTransposeOf: basis, into: &projected)
      if let complement {
        Matrix.multiplyRows(centred, byTransposeOf: complement, into: &outside)
        residuals = Array(outside.squaredRowNorms().prefix(count))
      } else if isComplete {
        residuals = [Double](repeating: 0, count: count)
      } else {
        centred.subtractRowProducts(projected, by: basis)
        residuals = Array(centred.squaredRowNorms().prefix(count))
      }
    }
    projected.squareElements()
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
  /// Adds ‖c − Vᵀy‖² / λ to d² of every sample.
  fileprivate mutating func add(_ residuals: [Double], outOfSpan path: [Regularization]) {
    guard residuals.contains(where: { $0 > 0 }) else { return }
    let inverses = path.map { 1 / $0.value }
    // A loop that compilers vectorize: with few directions, checked subscripts took longer than all products.
    elements.withUnsafeMutableBufferPointer { elements in
      inverses.withUnsafeBufferPointer { inverses in
        for (row, residual) in residuals.enumerated() where residual > 0 {
          let start = row * inverses.count
          for column in 0..<inverses.count { elements[start + column] += residual * inverses[column] }
        }
      }
    }
  }

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
