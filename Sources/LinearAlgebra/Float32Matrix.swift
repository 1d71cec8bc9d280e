import COpenBLAS
import CVectorKernels

/// A dense row-major matrix of float32, for fast bounds but never for results.
public struct Float32Matrix: Sendable, Equatable {
  public let rowCount: Int
  public let columnCount: Int
  public private(set) var elements: [Float]

  /// A matrix of zeros.
  public init(rowCount: Int, columnCount: Int) {
    self.rowCount = rowCount
    self.columnCount = columnCount
    elements = [Float](repeating: 0, count: rowCount * columnCount)
  }

  /// `(row − origin) · scale` for every row of `source` (B, D), rounded.
  public init(rounding source: Matrix, origin: [Double], scale: Double) {
    precondition(origin.count == source.columnCount, "lengths differ")
    self.init(rowCount: source.rowCount, columnCount: source.columnCount)
    let (rows, columns) = (rowCount, columnCount)
    source.elements.withUnsafeBufferPointer { source in
      elements.withUnsafeMutableBufferPointer { target in
        guard let source = source.baseAddress, let base = target.baseAddress else { return }
        for row in 0..<rows {
          gmmscope_round(base + row * columns, source + row * columns, origin, scale, columns)
        }
      }
    }
  }

  /// Replaces the rows from `firstRow` on by `source · scale`, rounded.
  public mutating func setRows(from firstRow: Int, to source: Matrix, times scale: Double) {
    precondition(source.columnCount == columnCount && firstRow + source.rowCount <= rowCount, "shapes differ")
    let start = firstRow * columnCount
    for index in source.elements.indices { elements[start + index] = Float(source.elements[index] * scale) }
  }

  /// The Euclidean norm of every row, (rowCount,).
  public func rowNorms() -> [Float] {
    elements.withUnsafeBufferPointer { elements in
      (0..<rowCount).map { row in
        guard let base = elements.baseAddress else { return 0 }
        return cblas_snrm2(Int32(columnCount), base + row * columnCount, 1)
      }
    }
  }

  /// Σ_j weight_j · (direction_j · z − offset_j)² for each row z, each of the K groups of r rows, and each column of
  /// weights, (rowCount, K·G), ordered by group. `directions` is (K·r, D), `offsets` is (K·r,) and `weights` is (K·r,
  /// G). O(rowCount·K·r·(D + G)).
  public func weightedSquaredDistances(
    to directions: Float32Matrix, offsets: [Float], weights: Float32Matrix, groupSize: Int
  ) -> Float32Matrix {
    precondition(directions.columnCount == columnCount, "inner dimensions differ")
    precondition(offsets.count == directions.rowCount && weights.rowCount == offsets.count, "lengths differ")
    precondition(groupSize > 0 && offsets.count % groupSize == 0, "rows do not fill the groups")
    let groupCount = offsets.count / groupSize
    var result = Float32Matrix(rowCount: rowCount, columnCount: groupCount * weights.columnCount)
    var squares = Float32Matrix(rowCount: rowCount, columnCount: offsets.count)
    if squares.elements.isEmpty || result.elements.isEmpty || columnCount == 0 { return result }
    squares.assignProduct(self, byTransposeOf: directions)
    squares.squareDifferences(from: offsets)
    result.assignGroupProducts(squares, weights, groupSize: groupSize)
    return result
  }

  /// Subtracts `offsets` from every row and squares the differences.
  private mutating func squareDifferences(from offsets: [Float]) {
    let (rows, columns) = (rowCount, columnCount)
    elements.withUnsafeMutableBufferPointer { elements in
      guard let base = elements.baseAddress else { return }
      for row in 0..<rows { gmmscope_square_differences(base + row * columns, offsets, columns) }
    }
  }

  /// Sets each group of columns to the product of r columns of `squares` and their r rows of `weights`.
  private mutating func assignGroupProducts(
    _ squares: Float32Matrix, _ weights: Float32Matrix, groupSize: Int
  ) {
    let (rows, columns) = (Int32(rowCount), Int32(columnCount))
    let (inner, stride) = (Int32(groupSize), Int32(squares.columnCount))
    let width = weights.columnCount
    let groupCount = squares.columnCount / groupSize
    squares.elements.withUnsafeBufferPointer { squares in
      weights.elements.withUnsafeBufferPointer { weights in
        elements.withUnsafeMutableBufferPointer { result in
          for group in 0..<groupCount {
            cblas_sgemm(
              CblasRowMajor, CblasNoTrans, CblasNoTrans, rows, Int32(width), inner, 1,
              squares.baseAddress.map { $0 + group * groupSize }, stride,
              weights.baseAddress.map { $0 + group * groupSize * width }, Int32(width), 0,
              result.baseAddress.map { $0 + group * width }, columns)
          }
        }
      }
    }
  }

  private mutating func assignProduct(_ left: Float32Matrix, byTransposeOf right: Float32Matrix) {
    let (rows, columns, inner) = (Int32(rowCount), Int32(columnCount), Int32(left.columnCount))
    left.elements.withUnsafeBufferPointer { left in
      right.elements.withUnsafeBufferPointer { right in
        elements.withUnsafeMutableBufferPointer { result in
          cblas_sgemm(
            CblasRowMajor, CblasNoTrans, CblasTrans, rows, columns, inner, 1, left.baseAddress, inner,
            right.baseAddress, inner, 0, result.baseAddress, columns)
        }
      }
    }
  }
}
