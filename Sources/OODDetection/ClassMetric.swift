import LinearAlgebra

/// One class's Gaussian along a path of P values of λ: what is computed of it in full.
protocol ScoredClass: Sendable {
  /// μ_k, (D,).
  var mean: [Double] { get }
  /// ℓ_k + ½ d_k² = log π_k − ½ (log det Σ_k(λ) + D log 2π), (P,).
  var logNormalizers: [Double] { get }
  /// Whether ``distances()`` costs next to nothing.
  var isInMemory: Bool { get }
  /// What computes d_k² (B, P) of samples (B, D) from which the mean has been taken, block after block.
  func distances() throws -> @Sendable (consuming Matrix) -> Matrix
  /// What that costs.
  func distanceWork(rowCount: Int) -> WorkCount
}

/// One class's Mahalanobis metric at one λ, in whatever form it is kept. W stands for a matrix with
/// WᵀW = Σ_k(λ)⁻¹.
protocol ClassMetric: Sendable {
  /// μ_k, (D,).
  var mean: [Double] { get }
  /// What bounds the rounding errors of W: the condition number of Σ_k(λ), or of that scaled.
  var conditionNumber: Double { get }
  /// W itself.
  func whitening() throws -> any Whitening
}

/// W with WᵀW = Σ_k(λ)⁻¹.
protocol Whitening {
  /// Replaces every row v of a (B, D) matrix by W v.
  func whitenRows(of rows: inout Matrix)
  /// Multiplies a (B, D) matrix by W from the right.
  func multiplyByWhitening(_ rows: inout Matrix)
}

extension FactoredClass: ScoredClass, ClassMetric {
  var logNormalizers: [Double] { [logNormalizer] }

  var isInMemory: Bool { factor.isHeld }

  func distances() throws -> @Sendable (consuming Matrix) -> Matrix {
    let factor = try factor.loaded()
    return { rows in
      var rows = rows
      factor.whitenRows(of: &rows)
      return Matrix(rowCount: rows.rowCount, columnCount: 1, elements: rows.squaredRowNorms())
    }
  }

  func distanceWork(rowCount: Int) -> WorkCount { .triangularSolve(rows: rowCount, order: mean.count) }

  func whitening() throws -> any Whitening { try factor.loaded() }
}

extension CholeskyFactorization: Whitening {
  func multiplyByWhitening(_ rows: inout Matrix) { multiplyByInverseFactor(&rows) }
}

/// A class's metric at one λ through its spectrum.
struct SpectralMetric: ClassMetric, Whitening {
  let gaussian: GaussianClass
  let regularization: Regularization

  private var spectrum: Spectrum { gaussian.spectrum }
  var mean: [Double] { gaussian.mean }
  var conditionNumber: Double { spectrum.conditionNumber(at: regularization) }

  func whitening() -> any Whitening { self }

  func whitenRows(of rows: inout Matrix) {
    guard spectrum.isComplete else { return multiplyByRoot(&rows) }
    var projected = Matrix(rowCount: 0, columnCount: 0)
    Matrix.multiply(rows, byTransposeOf: spectrum.basis, into: &projected)
    projected.scaleColumns(by: inverseDeviations)
    rows = projected
  }

  func multiplyByWhitening(_ rows: inout Matrix) {
    guard spectrum.isComplete else { return multiplyByRoot(&rows) }
    rows.scaleColumns(by: inverseDeviations)
    var product = Matrix(rowCount: 0, columnCount: 0)
    Matrix.multiply(rows, by: spectrum.basis, into: &product)
    rows = product
  }

  /// 1 / √(Λ_i + λ) for the known directions.
  private var inverseDeviations: [Double] {
    spectrum.eigenvalues.prefix(spectrum.basis.rowCount).map {
      1 / ($0 + regularization.value).squareRoot()
    }
  }

  /// Where V is not complete, W is the symmetric root: I/√λ + Vᵀ (1/√(Λ + λ) − 1/√λ) V.
  private func multiplyByRoot(_ rows: inout Matrix) {
    let outside = 1 / regularization.value.squareRoot()
    var projected = Matrix(rowCount: 0, columnCount: 0)
    var known = Matrix(rowCount: 0, columnCount: 0)
    Matrix.multiply(rows, byTransposeOf: spectrum.basis, into: &projected)
    projected.scaleColumns(by: inverseDeviations.map { $0 - outside })
    Matrix.multiply(projected, by: spectrum.basis, into: &known)
    rows.scaleColumns(by: [Double](repeating: outside, count: rows.columnCount))
    rows.add(known, times: 1)
  }
}
