import COpenBLAS

extension Matrix {
  /// Orthonormal rows whose first i rows span the same space as the first i rows of this (M, D) matrix, for every i,
  /// each with the orientation of the row it replaces: a QR factorization by Householder reflections. Requires M ≤ D.
  /// O(M² D).
  ///
  /// - Throws: ``LinearAlgebraError``, never for finite input of full rank.
  public consuming func orthonormalizedRows() throws(LinearAlgebraError) -> Matrix {
    precondition(rowCount <= columnCount, "more rows than dimensions")
    var result = self
    if result.elements.isEmpty { return result }
    guard var rows = Int32(exactly: result.columnCount), var columns = Int32(exactly: result.rowCount) else {
      throw .tooLarge(routine: "dgeqrf", rowCount: result.rowCount, columnCount: result.columnCount)
    }
    // Our rows are the columns of LAPACK's column-major matrix.
    var scales = [Double](repeating: 0, count: result.rowCount)
    var info: Int32 = 0
    var (workCount, reply): (Int32, Double) = (-1, 0)
    dgeqrf_(&rows, &columns, &result.elements, &rows, &scales, &reply, &workCount, &info)
    try LinearAlgebraError.check(info, "dgeqrf")
    workCount = try LinearAlgebraError.workspaceSize(reply, "dgeqrf", result)
    var work = [Double](repeating: 0, count: Int(workCount))
    dgeqrf_(&rows, &columns, &result.elements, &rows, &scales, &work, &workCount, &info)
    try LinearAlgebraError.check(info, "dgeqrf")
    // The sign of R's diagonal shows which rows were reversed.
    let signs = (0..<result.rowCount).map { result[$0, $0] < 0 ? -1.0 : 1.0 }

    workCount = -1
    dorgqr_(&rows, &columns, &columns, &result.elements, &rows, &scales, &reply, &workCount, &info)
    try LinearAlgebraError.check(info, "dorgqr")
    workCount = try LinearAlgebraError.workspaceSize(reply, "dorgqr", result)
    work = [Double](repeating: 0, count: Int(workCount))
    dorgqr_(&rows, &columns, &columns, &result.elements, &rows, &scales, &work, &workCount, &info)
    try LinearAlgebraError.check(info, "dorgqr")
    result.scaleRows(by: signs)
    return result
  }
}
