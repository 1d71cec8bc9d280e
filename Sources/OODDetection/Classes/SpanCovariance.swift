import Foundation
import LinearAlgebra

/// s C_k + t r I of a class with far fewer samples than dimensions: the covariance within the samples' span, and the
/// ridge alone outside of it.
///
/// With rows X (r, D) such that s C_k = XᵀX, and A = XXᵀ + t r I, t r · d² is ‖c‖² − ‖L⁻¹Xc‖² for A = L Lᵀ (Woodbury).
/// That costs r·D operations a sample instead of the D²/2 of a triangular factor. Where the difference would lose
/// digits, d² is the least value of ‖c − Xᵀw‖² / t r + ‖w‖² (ridge regression), which w = A⁻¹Xc attains. Both terms are
/// squares, and an error of w enters squared.
struct SpanCovariance: Sendable {
  /// X, (r, D).
  let rows: Matrix
  /// A.
  let factor: CholeskyFactorization
  /// t r.
  let ridge: Regularization
  /// The share of ‖c‖² that must be left of a difference of squares for it to keep its digits.
  let leastOutsideShare: Double
  /// An upper bound on, or for large values an estimate of, the condition number; see
  /// ``FactoredClass/conditionEstimate``.
  let conditionEstimate: Double
  /// log det (s C_k + t r I).
  let logDeterminant: Double
  let constantDimensionCount: Int

  /// The condition number of A above which triangular factors are used, whose errors are measured.
  private static let largestConditionNumber = 1e6

  /// The condition number of A up to which a hundredth of ‖c‖² is known to about 1e-10 as a difference of squares.
  private static let largestForDifferences = 1e4

  /// The bytes of everything that is kept.
  var byteCount: Int { 8 * (rows.elements.count + factor.upperFactor.elements.count) }

  /// Rows Q = L⁻¹X, for bounds: t r · d² = ‖c‖² − ‖Qc‖². O(r²·D).
  var excludedRows: Matrix {
    var excluded = rows
    factor.upperFactor.solveTransposedColumns(of: &excluded)
    return excluded
  }

  /// Rows W (≤ count, D) with W (s C_k + t r I) Wᵀ ≤ I, so that ‖Wc‖² ≤ d²: the marginal in the directions in which
  /// `references`, whitened, differ most from 0, each weighing the same. O(s·r·(D + r)) for s references.
  ///
  /// - Parameter references: The differences of other classes' means from this one, (s, D).
  func marginalRows(separating references: Matrix, count: Int) throws -> Matrix {
    // t r · (s C_k + t r I)⁻¹ is I − XᵀA⁻¹X.
    var whitened = Matrix.product(references, byTransposeOf: rows)
    factor.whitenRows(of: &whitened)
    var gram = Matrix(rowCount: references.rowCount, columnCount: references.rowCount)
    gram.addRowGram(of: references, scale: 1)
    gram.addRowGram(of: whitened, scale: -1)
    gram.mirrorUpperTriangle()
    let lengths = gram.scaleToUnitDiagonal()
    var shares = try gram.leadingSubspace(min(count, references.columnCount))
    for row in 0..<shares.rowCount {
      for column in 0..<shares.columnCount { shares[row, column] *= lengths[column] }
    }
    var directions = Matrix.product(shares, by: references)
    var inside = Matrix.product(shares, by: whitened)
    factor.multiplyByInverseFactor(&inside)
    directions.add(Matrix.product(inside, by: rows), times: -1)
    // Whatever rounding has made of them, their own covariance makes the marginal.
    let along = Matrix.product(directions, byTransposeOf: rows)
    var covariance = Matrix(rowCount: directions.rowCount, columnCount: directions.rowCount)
    covariance.addRowGram(of: along, scale: 1)
    covariance.addRowGram(of: directions, scale: ridge.value)
    covariance.mirrorUpperTriangle()
    directions.scaleRows(by: covariance.scaleToUnitDiagonal())
    // Keeps nearly dependent directions from spoiling the others.
    for index in 0..<covariance.rowCount { covariance[index, index] += 1e-6 }
    try CholeskyFactorization(upperTriangle: covariance).upperFactor.solveTransposedColumns(of: &directions)
    return directions
  }

  /// Whether a class is small enough for this to pay off: a sample then costs less than with a triangular factor.
  static func isUsable(sampleCount: Int, dimension: Int) -> Bool { 2 * sampleCount <= dimension }

  /// Nil if A is nearly singular, or if the samples or the ridge are at the limits of double precision.
  ///
  /// - Parameters:
  ///   - centred: The samples less their mean, (n, D).
  ///   - divisor: The number that divides XᵀX, n / s.
  init?(centred: Matrix, divisor: Double, ridge: Regularization) {
    guard divisor.isFinite, divisor > 0, ridge.value.isNormal else { return nil }
    let dimension = centred.columnCount
    let rows = centred.independentRows(scale: 1 / divisor.squareRoot())
    let count = rows.rowCount
    var gram = Matrix(rowCount: count, columnCount: count)
    gram.addRowGram(of: rows, scale: 1)
    for index in 0..<count { gram[index, index] += ridge.value }
    let (norm, ones) = (gram.upperTriangleNorm, [Double](repeating: 1, count: count))
    let norm1 = gram.upperTriangleNorm1(scaledBy: ones)
    guard norm.isFinite, norm1.isFinite, let factor = try? CholeskyFactorization(upperTriangle: gram) else {
      return nil
    }
    let conditionNumber = factor.conditionNumber(scaledBy: ones, norm: norm1)
    guard conditionNumber <= Self.largestConditionNumber else { return nil }
    self.rows = rows
    self.factor = factor
    self.ridge = ridge
    leastOutsideShare = 1e-2 * max(1, conditionNumber / Self.largestForDifferences)
    conditionEstimate = factor.conditionEstimate(
      bound: max(norm, ridge.value) / ridge.value, least: ridge.value,
      limit: RegularizedCovariance.largestTrustedConditionNumber)
    logDeterminant = factor.logDeterminant + Double(dimension - count) * log(ridge.value)
    constantDimensionCount = rows.squaredColumnNorms().count { $0 <= 1e-10 * ridge.value }
  }

  /// (s C_k + t r I)⁻¹ c. O(r·D).
  func solution(for vector: [Double]) -> [Double] {
    outside(vector, factor.solution(for: rows.multiplied(by: vector))).map { $0 / ridge.value }
  }

  /// d² of one difference from the mean. O(r·D).
  func squaredDistance(of vector: [Double]) -> Double {
    let weights = factor.solution(for: rows.multiplied(by: vector))
    let outside = outside(vector, weights).reduce(0) { $0 + $1 * $1 }
    return weights.reduce(outside / ridge.value) { $0 + $1 * $1 }
  }

  /// c − Xᵀw.
  private func outside(_ vector: [Double], _ weights: [Double]) -> [Double] {
    zip(vector, rows.transposeMultiplied(by: weights)).map(-)
  }

  /// The work of the representation for `count` samples.
  static func work(sampleCount count: Int, dimension: Int) -> WorkCount {
    WorkCount(multiplyAdds: 0.5 * Double(count) * Double(count) * Double(dimension)) + .cholesky(order: count)
  }
}

extension Matrix {
  /// Divides this symmetric matrix A by √(A_ii A_jj), with 0 for rows without length. Returns 1 / √A_ii.
  fileprivate mutating func scaleToUnitDiagonal() -> [Double] {
    let factors = (0..<rowCount).map { ClassBounds.inverseRoot(max(0, self[$0, $0])) }
    for row in 0..<rowCount {
      for column in 0..<rowCount { self[row, column] *= factors[row] * factors[column] }
    }
    return factors
  }

  /// The squared Euclidean norm of every column, (columnCount,).
  fileprivate func squaredColumnNorms() -> [Double] {
    var sums = [Double](repeating: 0, count: columnCount)
    elements.withUnsafeBufferPointer { elements in
      sums.withUnsafeMutableBufferPointer { sums in
        for row in 0..<rowCount {
          for column in 0..<columnCount {
            let element = elements[row * columnCount + column]
            sums[column] += element * element
          }
        }
      }
    }
    return sums
  }

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
