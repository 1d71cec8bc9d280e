import COpenBLAS

/// X = Uᵀ V for a matrix X (r, D) of r ≤ D independent rows: orthonormal rows V (r, D) and an upper triangle U (r, r).
///
/// Computed by the Cholesky factorization of X Xᵀ, which takes half the operations of Householder reflections, all of
/// them in matrix products. It loses the square of X's condition number, which a second pass restores (Yamamoto et al.
/// 2015, Electronic Transactions on Numerical Analysis 44, 306–326).
public struct GramOrthonormalization: Sendable {
  /// V.
  public let rows: Matrix
  /// U, with zeros below its diagonal.
  public let triangle: Matrix
  /// An estimate of the condition number of X Xᵀ in the 1-norm.
  public let conditionNumber: Double

  /// The condition number of X Xᵀ up to which one pass leaves rows that are orthonormal to about 1e-12.
  private static let largestForOnePass = 1e4

  /// Nil if the condition number of X Xᵀ is above `limit`, which must be at most 1e8. O(2·r²·D).
  public init?(_ source: consuming Matrix, limit: Double) {
    var rows = source
    guard let first = Self.pass(&rows, limit: limit) else { return nil }
    var triangle = first.triangle
    if first.conditionNumber > Self.largestForOnePass {
      guard let second = Self.pass(&rows, limit: 100) else { return nil }
      triangle = Matrix.product(second.triangle, by: triangle)
    }
    self.rows = rows
    self.triangle = triangle
    conditionNumber = first.conditionNumber
  }

  /// Replaces the rows X by U⁻ᵀ X for X Xᵀ = Uᵀ U.
  private static func pass(
    _ rows: inout Matrix, limit: Double
  ) -> (triangle: Matrix, conditionNumber: Double)? {
    let count = rows.rowCount
    if count == 0 { return (Matrix(rowCount: 0, columnCount: 0), 1) }
    var gram = Matrix(rowCount: count, columnCount: count)
    gram.addRowGram(of: rows, scale: 1)
    var sums = [Double](repeating: 0, count: count)
    for row in 0..<count {
      for column in row..<count {
        let value = abs(gram[row, column])
        sums[row] += value
        if column > row { sums[column] += value }
      }
    }
    let norm = sums.max() ?? 0
    guard norm.isNormal, let factor = try? CholeskyFactorization(upperTriangle: gram) else { return nil }
    let conditionNumber = factor.conditionNumber(
      scaledBy: [Double](repeating: 1, count: count), norm: norm)
    guard conditionNumber <= limit else { return nil }
    let triangle = Matrix(factor.upperFactor)
    triangle.solveTransposedColumns(of: &rows)
    return (triangle, conditionNumber)
  }
}

extension Matrix {
  /// Replaces the rows X (r, D) by U⁻ᵀ X, for this matrix's upper triangle U (r, r). O(r²·D / 2).
  public func solveTransposedColumns(of rows: inout Matrix) {
    precondition(rowCount == columnCount && rowCount == rows.rowCount, "shapes differ")
    let (order, columns) = (Int32(rowCount), Int32(rows.columnCount))
    elements.withUnsafeBufferPointer { triangle in
      rows.elements.withUnsafeMutableBufferPointer { rows in
        guard !rows.isEmpty else { return }
        cblas_dtrsm(
          CblasRowMajor, CblasLeft, CblasUpper, CblasTrans, CblasNonUnit, order, columns, 1,
          triangle.baseAddress, order, rows.baseAddress, columns)
      }
    }
  }
}
