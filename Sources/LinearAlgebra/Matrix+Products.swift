import COpenBLAS
import CVectorKernels

extension Matrix {
  /// `left · rightᵀ` for `left` (B, D) and `right` (M, D), written to `result`, which becomes (B, M).
  public static func multiply(_ left: Matrix, byTransposeOf right: Matrix, into result: inout Matrix) {
    precondition(left.columnCount == right.columnCount, "inner dimensions differ")
    result.reshape(rowCount: left.rowCount, columnCount: right.rowCount)
    gemm(left, right, transposeRight: CblasTrans, inner: left.columnCount, alpha: 1, beta: 0, into: &result)
  }

  /// `left · right` for `left` (B, M) and `right` (M, P), written to `result`, which becomes (B, P).
  public static func multiply(_ left: Matrix, by right: Matrix, into result: inout Matrix) {
    precondition(left.columnCount == right.rowCount, "inner dimensions differ")
    result.reshape(rowCount: left.rowCount, columnCount: right.columnCount)
    gemm(left, right, transposeRight: CblasNoTrans, inner: left.columnCount, alpha: 1, beta: 0, into: &result)
  }

  /// `left · rightᵀ` for `left` (B, D) and `right` (M, D), (B, M).
  public static func product(_ left: Matrix, byTransposeOf right: Matrix) -> Matrix {
    var result = Matrix(rowCount: 0, columnCount: 0)
    multiply(left, byTransposeOf: right, into: &result)
    return result
  }

  /// `left · right` for `left` (B, M) and `right` (M, P), (B, P).
  public static func product(_ left: Matrix, by right: Matrix) -> Matrix {
    var result = Matrix(rowCount: 0, columnCount: 0)
    multiply(left, by: right, into: &result)
    return result
  }

  /// `leftᵀ · right` for `left` (N, M) and `right` (N, P), (M, P). O(N·M·P).
  public static func product(transposeOf left: Matrix, by right: Matrix) -> Matrix {
    precondition(left.rowCount == right.rowCount, "inner dimensions differ")
    var result = Matrix(rowCount: left.columnCount, columnCount: right.columnCount)
    if result.elements.isEmpty || left.rowCount == 0 { return result }
    let (rows, columns) = (Int32(result.rowCount), Int32(result.columnCount))
    left.elements.withUnsafeBufferPointer { left in
      right.elements.withUnsafeBufferPointer { rightElements in
        result.elements.withUnsafeMutableBufferPointer { result in
          cblas_dgemm(
            CblasRowMajor, CblasTrans, CblasNoTrans, rows, columns, Int32(right.rowCount), 1,
            left.baseAddress, rows, rightElements.baseAddress, columns, 0, result.baseAddress, columns)
        }
      }
    }
    return result
  }

  /// Adds `scale · vectors · rowsᵀ · rows` to this matrix without forming the Gram matrix, for ``gramVectorCount``
  /// vectors of D elements and `rows` (N, D), which are read once. O(N·D).
  public mutating func addGramProducts(_ vectors: Matrix, of rows: Matrix, scale: Double) {
    precondition(vectors.columnCount == rows.columnCount && columnCount == rows.columnCount, "lengths differ")
    precondition(vectors.rowCount == Self.gramVectorCount && rowCount == vectors.rowCount, "shapes differ")
    elements.withUnsafeMutableBufferPointer { elements in
      guard let target = elements.baseAddress else { return }
      gmmscope_add_gram_products(
        target, vectors.elements, rows.elements, rows.rowCount, rows.columnCount, scale)
    }
  }

  /// The number of vectors of ``addGramProducts(_:of:scale:)``.
  public static let gramVectorCount = Int(GMMSCOPE_GRAM_VECTORS)

  /// Subtracts `left · right` from this matrix.
  public mutating func subtractProduct(_ left: Matrix, by right: Matrix) {
    precondition(left.columnCount == right.rowCount, "inner dimensions differ")
    precondition(rowCount == left.rowCount && columnCount == right.columnCount, "shapes differ")
    Matrix.gemm(
      left, right, transposeRight: CblasNoTrans, inner: left.columnCount, alpha: -1, beta: 1, into: &self)
  }

  private static func gemm(
    _ left: Matrix, _ right: Matrix, transposeRight: CBLAS_TRANSPOSE, inner: Int,
    alpha: Double, beta: Double, into result: inout Matrix
  ) {
    if result.elements.isEmpty { return }
    if inner == 0 {
      if beta == 0 { result.elements.withUnsafeMutableBufferPointer { $0.update(repeating: 0) } }
      return
    }
    let (rows, columns) = (Int32(result.rowCount), Int32(result.columnCount))
    left.elements.withUnsafeBufferPointer { left in
      right.elements.withUnsafeBufferPointer { rightElements in
        result.elements.withUnsafeMutableBufferPointer { result in
          cblas_dgemm(
            CblasRowMajor, CblasNoTrans, transposeRight, rows, columns, Int32(inner),
            alpha, left.baseAddress, Int32(inner), rightElements.baseAddress, Int32(right.columnCount),
            beta, result.baseAddress, columns)
        }
      }
    }
  }

  /// Adds `scale · blockᵀ · block` to the upper triangle of this (D, D) matrix, for `block` (B, D) or a range of its
  /// rows. Does not change elements below the diagonal; see ``mirrorUpperTriangle()``.
  public mutating func addColumnGram(of block: Matrix, rows: Range<Int>? = nil, scale: Double) {
    precondition(rowCount == columnCount && columnCount == block.columnCount, "shapes differ")
    let rows = rows ?? 0..<block.rowCount
    precondition(rows.lowerBound >= 0 && rows.upperBound <= block.rowCount, "no such rows")
    syrk(block, transpose: CblasTrans, firstRow: rows.lowerBound, inner: rows.count, scale: scale)
  }

  /// Adds `scale · block · blockᵀ` to the upper triangle of this (B, B) matrix, for `block` (B, D).
  public mutating func addRowGram(of block: Matrix, scale: Double) {
    precondition(rowCount == columnCount && columnCount == block.rowCount, "shapes differ")
    syrk(block, transpose: CblasNoTrans, firstRow: 0, inner: block.columnCount, scale: scale)
  }

  private mutating func syrk(
    _ block: Matrix, transpose: CBLAS_TRANSPOSE, firstRow: Int, inner: Int, scale: Double
  ) {
    if elements.isEmpty || inner == 0 { return }
    let order = Int32(rowCount)
    block.elements.withUnsafeBufferPointer { source in
      elements.withUnsafeMutableBufferPointer { target in
        cblas_dsyrk(
          CblasRowMajor, CblasUpper, transpose, order, Int32(inner), scale,
          source.baseAddress.map { $0 + firstRow * block.columnCount }, Int32(block.columnCount),
          1, target.baseAddress, order)
      }
    }
  }

  /// Copies the upper triangle of a square matrix onto the lower one.
  public mutating func mirrorUpperTriangle() { mirrorTriangle(isUpper: true) }

  /// Copies the lower triangle of a square matrix onto the upper one.
  public mutating func mirrorLowerTriangle() { mirrorTriangle(isUpper: false) }

  private mutating func mirrorTriangle(isUpper: Bool) {
    precondition(rowCount == columnCount, "not square")
    let order = rowCount
    elements.withUnsafeMutableBufferPointer { elements in
      // By tiles, so that reading columns does not fetch each cache line again for every row.
      let side = 32
      for firstRow in stride(from: 0, to: order, by: side) {
        for firstColumn in stride(from: 0, through: firstRow, by: side) {
          for row in firstRow..<min(order, firstRow + side) {
            for column in firstColumn..<max(firstColumn, min(row, firstColumn + side)) {
              let (lower, upper) = (row * order + column, column * order + row)
              if isUpper { elements[lower] = elements[upper] } else { elements[upper] = elements[lower] }
            }
          }
        }
      }
    }
  }
}
