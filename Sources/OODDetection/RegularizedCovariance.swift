import LinearAlgebra

/// Σ_k + λI, factored, by the cheapest way that keeps the accuracy contract.
///
/// What forming and factoring Σ_k + λI loses is about 2⁻⁵² times the condition number that it has once scaled to
/// a diagonal of 1 (Higham 2002, theorem 10.6): dimensions that hardly vary do no harm, dependent ones do.
/// At 5e8 that reaches 1e-7. Beyond, the factor comes from the samples themselves, which loses its square
/// root only.
struct RegularizedCovariance: Sendable {
  let factor: CholeskyFactorization
  /// An upper bound of Σ_k(λ)'s scaled condition number, or about it.
  let conditionNumber: Double

  /// What Cholesky's factorization of a formed covariance is good for.
  static let largestCholeskyConditionNumber = 5e8

  /// Factors a covariance given by its upper triangle; nil where that would not be accurate.
  init?(covariance: Matrix, at regularization: Regularization, label: Int) throws(DetectorError) {
    var matrix = covariance
    for index in 0..<matrix.rowCount { matrix[index, index] += regularization.value }
    // ‖·‖_F ≥ Λ_max + λ, and no eigenvalue is below λ.
    let norm = matrix.upperTriangleNorm
    guard norm.isFinite else { throw .decompositionFailed(label: label, info: 0) }
    var bound = norm / regularization.value
    guard let factor = try? CholeskyFactorization(upperTriangle: matrix) else { return nil }
    if !(bound <= Self.largestCholeskyConditionNumber) {
      let scales = (0..<matrix.rowCount).map { 1 / matrix[$0, $0].squareRoot() }
      bound = factor.conditionNumber(scaledBy: scales, norm: matrix.upperTriangleNorm1(scaledBy: scales))
    }
    guard bound <= Self.largestCholeskyConditionNumber else { return nil }
    self.factor = factor
    conditionNumber = bound
  }

  /// Factors XᵀX/n + λI for centred samples X (n, D) with λ > 0, without forming it. O(2·(n + D)·D²).
  init(centred: consuming Matrix, at regularization: Regularization, label: Int) throws(DetectorError) {
    let (count, dimension) = (centred.rowCount, centred.columnCount)
    var rows = Matrix(rowCount: dimension, columnCount: dimension)
    for index in 0..<dimension { rows[index, index] = regularization.value.squareRoot() }
    let scale = 1 / Double(count).squareRoot()
    centred.scaleRows(by: [Double](repeating: scale, count: count))
    let norm = centred.squaredRowNorms().reduce(regularization.value, +)
    guard norm.isFinite else { throw .decompositionFailed(label: label, info: 0) }
    rows.append(rowsOf: centred)
    do {
      factor = try CholeskyFactorization(ofGram: rows)
    } catch {
      throw DetectorError(error, label: label)
    }
    conditionNumber = norm / regularization.value
  }
}

extension Matrix {
  /// The 1-norm of S A S for the symmetric matrix A that the upper triangle stands for and a diagonal S.
  fileprivate func upperTriangleNorm1(scaledBy scales: [Double]) -> Double {
    var sums = [Double](repeating: 0, count: rowCount)
    for row in 0..<rowCount {
      sums[row] += abs(self[row, row]) * scales[row] * scales[row]
      for column in row + 1..<max(row + 1, columnCount) {
        let element = abs(self[row, column]) * scales[row] * scales[column]
        sums[row] += element
        sums[column] += element
      }
    }
    return sums.max() ?? 0
  }

  /// The Frobenius norm of the symmetric matrix that the upper triangle stands for.
  fileprivate var upperTriangleNorm: Double {
    var (diagonal, above) = (0.0, 0.0)
    for row in 0..<rowCount {
      let start = row * columnCount
      diagonal += elements[start + row] * elements[start + row]
      for column in row + 1..<max(row + 1, columnCount) {
        above += elements[start + column] * elements[start + column]
      }
    }
    return (diagonal + 2 * above).squareRoot()
  }
}
