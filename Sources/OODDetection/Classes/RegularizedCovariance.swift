import LinearAlgebra

/// Σ_k + λI, factored, by the cheapest way that keeps the accuracy contract.
///
/// What forming and factoring Σ_k + λI loses is about 2⁻⁵² times the condition number that it has once scaled to
/// a diagonal of 1 (Higham 2002, theorem 10.6): dimensions that hardly vary do no harm, dependent ones do.
/// At 5e8 that reaches 1e-7. Beyond, the factor comes from the samples themselves, which loses its square
/// root only.
struct RegularizedCovariance: Sendable, Equatable {
  let factor: CholeskyFactorization
  /// An upper bound of Σ_k(λ)'s scaled condition number, or about it.
  let conditionNumber: Double

  var byteCount: Int { 8 * factor.upperFactor.elements.count }

  /// What Cholesky's factorization of a formed covariance is good for.
  static let largestCholeskyConditionNumber = 5e8

  /// One that was factored before.
  init(factor: CholeskyFactorization, conditionNumber: Double) {
    self.factor = factor
    self.conditionNumber = conditionNumber
  }

  /// Factors a covariance given by its upper triangle, in its place; nil where that would not be accurate.
  init?(
    covariance: consuming Matrix, at regularization: Regularization, label: Int
  ) throws(DetectorError) {
    var matrix = covariance
    for index in 0..<matrix.rowCount { matrix[index, index] += regularization.value }
    // ‖·‖_F ≥ Λ_max + λ, and no eigenvalue is below λ.
    let norm = matrix.upperTriangleNorm
    guard norm.isFinite else { throw .covarianceOverflowed(label: label) }
    var bound = norm / regularization.value
    var scaling: (scales: [Double], norm: Double)?
    if !(bound <= Self.largestCholeskyConditionNumber) {
      let scales = (0..<matrix.rowCount).map { 1 / matrix[$0, $0].squareRoot() }
      scaling = (scales, matrix.upperTriangleNorm1(scaledBy: scales))
    }
    guard let factor = try? CholeskyFactorization(upperTriangle: consume matrix) else { return nil }
    if let scaling { bound = factor.conditionNumber(scaledBy: scaling.scales, norm: scaling.norm) }
    guard bound <= Self.largestCholeskyConditionNumber else { return nil }
    self.factor = factor
    conditionNumber = bound
  }

  /// Factors XᵀX/n + λI for centred samples X (n, D) with λ > 0, without forming it. O(2·(n + D)·D²).
  init(centred: Matrix, at regularization: Regularization, label: Int) throws {
    try self.init(
      centredBlocks: [0..<centred.rowCount], of: centred.rowCount, dimension: centred.columnCount,
      at: regularization, label: label
    ) { centred.rows($0) }
  }

  /// The same for samples that come block by block, of which one is held at a time: the factor of what came before
  /// stands in for it (Golub and Van Loan 2013, section 6.5.3).
  init(
    centredBlocks ranges: some Sequence<Range<Int>>, of count: Int, dimension: Int,
    at regularization: Regularization, label: Int, block: (Range<Int>) throws -> Matrix
  ) throws {
    var stacked = Matrix(rowCount: dimension, columnCount: dimension)
    for index in 0..<dimension { stacked[index, index] = regularization.value.squareRoot() }
    var found: CholeskyFactorization?
    var norm = regularization.value
    let scale = 1 / Double(count).squareRoot()
    for range in ranges {
      var rows = try block(range)
      rows.scaleRows(by: [Double](repeating: scale, count: rows.rowCount))
      norm += rows.squaredRowNorms().reduce(0, +)
      guard norm.isFinite else { throw DetectorError.covarianceOverflowed(label: label) }
      if let found { stacked = Matrix(found.upperFactor) }
      stacked.elements.reserveCapacity((dimension + rows.rowCount) * dimension)
      stacked.append(rowsOf: rows)
      do {
        found = try CholeskyFactorization(ofGram: stacked)
      } catch {
        throw DetectorError(error, label: label)
      }
    }
    guard let found else { throw DetectorError.noInDistributionSamples(sampleCount: 0) }
    factor = found
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
