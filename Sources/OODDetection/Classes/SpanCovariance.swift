import Foundation
import LinearAlgebra

/// s C_k + t r I of a class with far fewer samples than dimensions: the covariance within the samples' span, and the
/// ridge alone outside of it.
///
/// With orthonormal rows V (r, D) of the span, y = V(z − μ) and G = V (s C_k) Vᵀ + t r I, d² is yᵀ G⁻¹ y plus what the
/// sample has outside the span, over the ridge. That costs r·D operations a sample instead of the D²/2 of a triangular
/// factor. Its errors grow with the condition number within the span, since the ridge outside of it is exact.
struct SpanCovariance: Sendable {
  /// V, (r, D).
  let basis: Matrix
  /// G.
  let factor: CholeskyFactorization
  /// t r.
  let ridge: Regularization
  /// Rows Q (r, D) with ‖c‖² − ‖Qc‖² ≤ t r · d² for every c, close to it. Only for bounds, since the difference loses
  /// digits. Nil if they are V.
  private let excluded: Float32Matrix?
  /// An upper bound on, or for large values an estimate of, the condition number; see
  /// ``FactoredClass/conditionEstimate``.
  let conditionEstimate: Double
  /// log det (s C_k + t r I).
  let logDeterminant: Double
  let constantDimensionCount: Int

  /// The condition number within the span above which triangular factors are used, whose errors are measured.
  private static let largestConditionNumber = 1e6

  /// The bytes of everything that is kept.
  var byteCount: Int {
    8 * (basis.elements.count + factor.upperFactor.elements.count) + 4 * (excluded?.elements.count ?? 0)
  }

  /// Q in double precision, though rounded unless it is V.
  var excludedMatrix: Matrix { excluded.map { Matrix($0) } ?? basis }

  /// Q.
  var excludedRows: Float32Matrix { excluded ?? Float32Matrix(rounding: basis) }

  /// The ratio of the ridge to the least eigenvalue within the span below which Q is taken to be V.
  private static let negligibleRidge = 1e-3

  /// Whether a class is small enough for this to pay off: a sample then costs less than with a triangular factor.
  static func isUsable(sampleCount: Int, dimension: Int) -> Bool { 2 * sampleCount <= dimension }

  /// Nil if the samples are nearly dependent, or if they or the ridge are at the limits of double precision.
  ///
  /// - Parameters:
  ///   - centred: The samples less their mean, (n, D).
  ///   - divisor: The number that divides XᵀX, n / s.
  init?(centred: Matrix, divisor: Double, ridge: Regularization) {
    guard divisor.isFinite, divisor > 0, ridge.value.isNormal else { return nil }
    let dimension = centred.columnCount
    let independent = centred.independentRows(scale: 1 / divisor.squareRoot())
    guard let found = GramOrthonormalization(independent, limit: Self.largestConditionNumber) else {
      return nil
    }
    let count = found.rows.rowCount
    // X = Uᵀ V, so V XᵀX Vᵀ = U Uᵀ, and XXᵀ = Uᵀ U.
    var inner = Matrix(rowCount: count, columnCount: count)
    inner.addRowGram(of: found.triangle, scale: 1)
    for index in 0..<count { inner[index, index] += ridge.value }
    let norm = inner.upperTriangleNorm
    guard norm.isFinite, let factor = try? CholeskyFactorization(upperTriangle: inner) else { return nil }
    if ridge.value * found.conditionNumber <= Self.negligibleRidge * norm {
      excluded = nil
    } else {
      var outer = Matrix(rowCount: count, columnCount: count)
      outer.addColumnGram(of: found.triangle, scale: 1)
      for index in 0..<count { outer[index, index] += ridge.value }
      guard let shifted = try? CholeskyFactorization(upperTriangle: outer) else { return nil }
      // (t r I + XᵀX)⁻¹ = (I − Xᵀ (t r I + XXᵀ)⁻¹ X) / t r (Woodbury).
      var rows = independent
      Matrix(shifted.upperFactor).solveTransposedColumns(of: &rows)
      excluded = Float32Matrix(rounding: rows)
    }
    basis = found.rows
    self.factor = factor
    self.ridge = ridge
    conditionEstimate = factor.conditionEstimate(
      bound: max(norm, ridge.value) / ridge.value, least: ridge.value,
      limit: RegularizedCovariance.largestTrustedConditionNumber)
    logDeterminant = factor.logDeterminant + Double(dimension - count) * log(ridge.value)
    let zeros = [Double](repeating: 0, count: dimension)
    var variances = zeros
    var squares = centred
    squares.squareElements()
    squares.addColumnSums(shiftedBy: zeros, to: &variances)
    constantDimensionCount = variances.count { $0 / divisor <= 1e-10 * ridge.value }
  }

  /// (s C_k + t r I)⁻¹ c. O(r·D).
  func solution(for vector: [Double]) -> [Double] {
    let coordinates = basis.multiplied(by: vector)
    let within = basis.transposeMultiplied(by: coordinates)
    let solved = basis.transposeMultiplied(by: factor.solution(for: coordinates))
    return zip(zip(vector, within), solved).map { ($0.0 - $0.1) / ridge.value + $1 }
  }

  /// d² of one difference from the mean. O(r·D).
  func squaredDistance(of vector: [Double]) -> Double {
    let coordinates = basis.multiplied(by: vector)
    let within = basis.transposeMultiplied(by: coordinates)
    let residual = zip(vector, within).reduce(0) { $0 + ($1.0 - $1.1) * ($1.0 - $1.1) }
    return factor.whitened(coordinates).reduce(residual / ridge.value) { $0 + $1 * $1 }
  }

  /// The work of the representation for `count` samples.
  static func work(sampleCount count: Int, dimension: Int) -> WorkCount {
    // XXᵀ and V take half a product each, and so does U Uᵀ.
    .product(count, dimension, count) + .gram(rows: count, columns: count) + .cholesky(order: count)
  }
}

extension Matrix {
  /// Independent rows (n − 1, D) with the Gram matrix of these n rows, whose sum is 0, times `scale`²: the rows after a
  /// reflection that turns the sum into the first one.
  fileprivate func independentRows(scale: Double) -> Matrix {
    let count = rowCount
    guard count > 1 else { return Matrix(rowCount: 0, columnCount: columnCount) }
    let first = Array(row(0))
    let share = 1 / (1 + Double(count).squareRoot())
    var rows = self.rows(1..<count)
    rows.subtractFromRows(first.map { $0 * share })
    rows.scaleRows(by: [Double](repeating: scale, count: count - 1))
    return rows
  }
}
