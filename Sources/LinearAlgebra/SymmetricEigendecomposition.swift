import COpenBLAS

/// The eigendecomposition A = Vᵀ diag(Λ) V of a symmetric matrix, by divide and conquer (LAPACK's dsyevd). O(D³).
public struct SymmetricEigendecomposition: Sendable {
  /// Λ, (D,), descending, as computed by LAPACK. Those of a semidefinite matrix can be slightly negative.
  public let eigenvalues: [Double]
  /// V, (D, D): row `i` is the eigenvector of eigenvalue `i`.
  public let eigenvectors: Matrix

  /// Decomposes a symmetric matrix of which only the upper triangle is read.
  ///
  /// - Throws: ``LinearAlgebraError/numericalFailure(routine:info:)`` if the iteration does not converge.
  public init(upperTriangle matrix: consuming Matrix) throws(LinearAlgebraError) {
    precondition(matrix.rowCount == matrix.columnCount, "not square")
    let order = matrix.rowCount
    var values = [Double](repeating: 0, count: order)
    if order > 0 { try Self.decompose(&matrix, into: &values) }
    values.reverse()
    matrix.reverseRows()
    eigenvalues = values
    eigenvectors = matrix
  }

  /// LAPACK's column-major lower triangle is our row-major upper one, and its columns are our rows.
  private static func decompose(
    _ matrix: inout Matrix, into values: inout [Double]
  ) throws(LinearAlgebraError) {
    let routine = "dsyevd"
    guard var order = Int32(exactly: matrix.rowCount) else {
      throw .tooLarge(routine: routine, rowCount: matrix.rowCount, columnCount: matrix.columnCount)
    }
    var (jobs, triangle) = (CChar(UInt8(ascii: "V")), CChar(UInt8(ascii: "L")))
    var info: Int32 = 0
    var (workCount, integerWorkCount): (Int32, Int32) = (-1, -1)
    var (workReply, integerWorkReply) = (0.0, Int32(0))
    dsyevd_(
      &jobs, &triangle, &order, &matrix.elements, &order, &values, &workReply, &workCount,
      &integerWorkReply, &integerWorkCount, &info)
    try LinearAlgebraError.check(info, routine)
    workCount = try LinearAlgebraError.workspaceSize(workReply, routine, matrix)
    integerWorkCount = integerWorkReply
    var work = [Double](repeating: 0, count: Int(workCount))
    var integerWork = [Int32](repeating: 0, count: Int(integerWorkCount))
    dsyevd_(
      &jobs, &triangle, &order, &matrix.elements, &order, &values, &work, &workCount,
      &integerWork, &integerWorkCount, &info)
    try LinearAlgebraError.check(info, routine)
  }
}

extension Matrix {
  /// Reverses the order of the rows.
  mutating func reverseRows() {
    let (rows, columns) = (rowCount, columnCount)
    elements.withUnsafeMutableBufferPointer { elements in
      for row in 0..<rows / 2 {
        let (upper, lower) = (row * columns, (rows - 1 - row) * columns)
        for column in 0..<columns { elements.swapAt(upper + column, lower + column) }
      }
    }
  }
}
