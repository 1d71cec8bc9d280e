import COpenBLAS

/// Products in which equal rows give equal results, bit for bit, wherever they stand and whatever stands beside them.
///
/// A BLAS computes the rows at the end of a block by other kernels than the rest, and small products by other kernels
/// than large ones, with other orders of summation. Two samples that are the same would differ in the last bit, and
/// metrics would count the difference. Here every call has a number of rows that the kernels divide evenly, and products
/// on both sides of the limit between small and large are never mixed: which side is chosen depends on D and M alone.
/// It holds with one BLAS thread, as ``BLASRuntime/setThreadCount(_:)`` sets it; more threads split rows at will.
enum RowwiseProduct {
  /// What the number of rows of a large product is a multiple of: the row counts of OpenBLAS's kernels, 12 with AVX-512,
  /// 8, 4 or 2 with others.
  static let rowMultiple =
    ["SkylakeX", "Cooperlake", "SapphireRapids"].contains(BLASRuntime.current().kernels) ? 12 : 8
  /// How many rows a padded matrix has at least, so that one row and many are on the same side of the limit.
  private static let leastRowCount = 24
  /// How many rows each call of a small product has.
  private static let smallCallRowCount = 96
  /// OpenBLAS multiplies by kernels for small matrices up to 100³ multiplications.
  private static let largestSmallProduct = 1_000_000

  /// Rounds a number of rows up to what ``multiply(_:_:_:rowCount:columnCount:inner:alpha:beta:)`` takes.
  static func paddedRowCount(_ count: Int) -> Int {
    count == 0 ? 0 : max(leastRowCount, (count + rowMultiple - 1) / rowMultiple * rowMultiple)
  }

  /// One operand of a product: where its elements begin and the distance between its rows.
  struct Operand<Pointer> {
    var elements: Pointer
    var stride: Int
  }

  /// result = alpha · left · right + beta · result for `left` (B, D) and `right` (D, M), or (M, D) transposed; B is a
  /// number of rows as ``paddedRowCount(_:)`` gives them. O(B·D·M).
  static func multiply(
    _ left: Operand<UnsafePointer<Double>>, _ right: Operand<UnsafePointer<Double>>,
    transposed: CBLAS_TRANSPOSE, _ result: Operand<UnsafeMutablePointer<Double>>, rowCount: Int,
    columnCount: Int, inner: Int, alpha: Double, beta: Double
  ) {
    precondition(paddedRowCount(rowCount) == rowCount, "rows are not padded")
    func call(
      _ left: Operand<UnsafePointer<Double>>, _ result: Operand<UnsafeMutablePointer<Double>>,
      _ rowCount: Int
    ) {
      cblas_dgemm(
        CblasRowMajor, CblasNoTrans, transposed, Int32(rowCount), Int32(columnCount), Int32(inner), alpha,
        left.elements, Int32(left.stride), right.elements, Int32(right.stride), beta, result.elements,
        Int32(result.stride))
    }
    if leastRowCount * columnCount * inner > largestSmallProduct {
      call(left, result, rowCount)
      return
    }
    let wholeCount = rowCount / smallCallRowCount * smallCallRowCount
    for row in stride(from: 0, to: wholeCount, by: smallCallRowCount) {
      call(
        Operand(elements: left.elements + row * left.stride, stride: left.stride),
        Operand(elements: result.elements + row * result.stride, stride: result.stride), smallCallRowCount)
    }
    guard wholeCount < rowCount else { return }
    // The last rows, with zeros behind them.
    var rows = [Double](repeating: 0, count: smallCallRowCount * inner)
    var products = [Double](repeating: 0, count: smallCallRowCount * columnCount)
    rows.withUnsafeMutableBufferPointer { rows in
      products.withUnsafeMutableBufferPointer { products in
        guard let row = rows.baseAddress, let product = products.baseAddress else { return }
        for index in wholeCount..<rowCount {
          (row + (index - wholeCount) * inner).update(
            from: left.elements + index * left.stride, count: inner)
          (product + (index - wholeCount) * columnCount).update(
            from: result.elements + index * result.stride, count: columnCount)
        }
        call(
          Operand(elements: UnsafePointer(row), stride: inner),
          Operand(elements: product, stride: columnCount), smallCallRowCount)
        for index in wholeCount..<rowCount {
          (result.elements + index * result.stride).update(
            from: product + (index - wholeCount) * columnCount, count: columnCount)
        }
      }
    }
  }
}

extension Matrix {
  /// Appends rows of zeros up to the next number of rows that the products below take.
  public mutating func padRows() {
    reshape(rowCount: RowwiseProduct.paddedRowCount(rowCount), columnCount: columnCount)
  }

  /// `left · rightᵀ` for `left` (B, D), padded, and `right` (M, D), written to `result`, which becomes (B, M): equal
  /// rows of `left` give equal rows.
  public static func multiplyRows(_ left: Matrix, byTransposeOf right: Matrix, into result: inout Matrix) {
    precondition(left.columnCount == right.columnCount, "inner dimensions differ")
    result.reshape(rowCount: left.rowCount, columnCount: right.rowCount)
    multiplyRows(left, right, CblasTrans, alpha: 1, beta: 0, into: &result)
  }

  /// `left · right` for `left` (B, M), padded, and `right` (M, P), written to `result`, which becomes (B, P): equal rows
  /// of `left` give equal rows.
  public static func multiplyRows(_ left: Matrix, by right: Matrix, into result: inout Matrix) {
    precondition(left.columnCount == right.rowCount, "inner dimensions differ")
    result.reshape(rowCount: left.rowCount, columnCount: right.columnCount)
    multiplyRows(left, right, CblasNoTrans, alpha: 1, beta: 0, into: &result)
  }

  /// Takes `left · right` from this matrix, row by row as ``multiplyRows(_:by:into:)``.
  public mutating func subtractRowProducts(_ left: Matrix, by right: Matrix) {
    precondition(left.columnCount == right.rowCount, "inner dimensions differ")
    precondition(rowCount == left.rowCount && columnCount == right.columnCount, "shapes differ")
    Matrix.multiplyRows(left, right, CblasNoTrans, alpha: -1, beta: 1, into: &self)
  }

  private static func multiplyRows(
    _ left: Matrix, _ right: Matrix, _ transposed: CBLAS_TRANSPOSE, alpha: Double, beta: Double,
    into result: inout Matrix
  ) {
    if result.elements.isEmpty { return }
    if left.columnCount == 0 {
      if beta == 0 { result.elements.withUnsafeMutableBufferPointer { $0.update(repeating: 0) } }
      return
    }
    let (rows, columns) = (result.rowCount, result.columnCount)
    left.elements.withUnsafeBufferPointer { leftElements in
      right.elements.withUnsafeBufferPointer { rightElements in
        result.elements.withUnsafeMutableBufferPointer { result in
          guard let left = leftElements.baseAddress, let right = rightElements.baseAddress,
            let target = result.baseAddress
          else { return }
          let inner = leftElements.count / rows
          RowwiseProduct.multiply(
            .init(elements: left, stride: inner),
            .init(
              elements: right, stride: rightElements.count / (transposed == CblasTrans ? columns : inner)),
            transposed: transposed, .init(elements: target, stride: columns), rowCount: rows,
            columnCount: columns, inner: inner, alpha: alpha, beta: beta)
        }
      }
    }
  }
}
