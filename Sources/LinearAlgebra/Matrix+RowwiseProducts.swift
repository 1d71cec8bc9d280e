import COpenBLAS

/// Products in which equal rows give bitwise equal results, regardless of their position and of other rows.
///
/// A BLAS uses different kernels, with different orders of summation, for the last rows of a block and for small
/// products. The results of equal samples could then differ in the last bit, which metrics would count as a
/// difference. Here the number of rows of every call is a multiple of the kernels' row count, and the choice between
/// kernels for small and large products depends only on D and M. This requires a single BLAS thread, see
/// ``BLASRuntime/setThreadCount(_:)``, since several threads divide rows arbitrarily.
enum RowwiseProduct {
  /// The number of rows of a large product is a multiple of this: the row count of OpenBLAS's kernels, 12 with AVX-512
  /// and a divisor of 8 otherwise.
  static let rowMultiple =
    ["SkylakeX", "Cooperlake", "SapphireRapids"].contains(BLASRuntime.current().kernels) ? 12 : 8
  /// The smallest number of rows of a padded matrix, so that one row and many rows use the same kernels.
  private static let leastRowCount = 24
  /// The number of rows per call of a small product.
  private static let smallCallRowCount = 96
  /// OpenBLAS uses its kernels for small matrices up to 100³ multiplications.
  private static let largestSmallProduct = 1_000_000

  /// Rounds a number of rows up to one that ``multiply(_:_:_:rowCount:columnCount:inner:alpha:beta:)`` accepts.
  static func paddedRowCount(_ count: Int) -> Int {
    count == 0 ? 0 : max(leastRowCount, (count + rowMultiple - 1) / rowMultiple * rowMultiple)
  }

  /// An operand of a product: its first element and the distance between its rows.
  struct Operand<Pointer> {
    var elements: Pointer
    var stride: Int
  }

  /// result = alpha · left · right + beta · result for `left` (B, D) and `right` (D, M), or (M, D) transposed; B must
  /// be a result of ``paddedRowCount(_:)``. O(B·D·M).
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
    // The last rows, padded with zeros.
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
  /// Appends rows of zeros up to the next number of rows that the products below accept.
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

  /// `left · right` for `left` (B, M), padded, and `right` (M, P), written to `result`, which becomes (B, P): equal
  /// rows of `left` give equal rows.
  public static func multiplyRows(_ left: Matrix, by right: Matrix, into result: inout Matrix) {
    precondition(left.columnCount == right.rowCount, "inner dimensions differ")
    result.reshape(rowCount: left.rowCount, columnCount: right.columnCount)
    multiplyRows(left, right, CblasNoTrans, alpha: 1, beta: 0, into: &result)
  }

  /// Subtracts `left · right` from this matrix, with the guarantee of ``multiplyRows(_:by:into:)``.
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
