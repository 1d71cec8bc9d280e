import COpenBLAS
import CVectorKernels

/// A dense row-major matrix of float32, for fast bounds but never for results.
public struct Float32Matrix: Sendable, Equatable {
  public private(set) var rowCount: Int
  public private(set) var columnCount: Int
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

  /// A matrix, rounded.
  public init(rounding source: Matrix) {
    self.init(rounding: source, origin: [Double](repeating: 0, count: source.columnCount), scale: 1)
  }

  /// Replaces the rows from `firstRow` on by `source · scale`, rounded.
  public mutating func setRows(from firstRow: Int, to source: Matrix, times scale: Double) {
    precondition(source.columnCount == columnCount && firstRow + source.rowCount <= rowCount, "shapes differ")
    let start = firstRow * columnCount
    for index in source.elements.indices { elements[start + index] = Float(source.elements[index] * scale) }
  }

  /// Replaces the rows from `firstRow` on by `source`.
  public mutating func setRows(from firstRow: Int, to source: Float32Matrix) {
    precondition(source.columnCount == columnCount && firstRow + source.rowCount <= rowCount, "shapes differ")
    let start = firstRow * columnCount
    elements.replaceSubrange(start..<start + source.elements.count, with: source.elements)
  }

  /// Replaces one row.
  mutating func setRow(_ row: Int, to values: [Float]) {
    precondition(values.count == columnCount && row < rowCount, "shapes differ")
    elements.withUnsafeMutableBufferPointer { elements in
      values.withUnsafeBufferPointer { values in
        guard let base = elements.baseAddress, let source = values.baseAddress else { return }
        (base + row * values.count).update(from: source, count: values.count)
      }
    }
  }

  /// The largest sum of absolute values of a row of A Aᵀ, for this matrix A: an upper bound on the square of its
  /// spectral norm. O(rowCount²·D / 2), or a third of that for a triangle.
  ///
  /// - Parameter isTriangular: Whether row i has zeros from column i + 1 on.
  func largestGramRowSum(isTriangular: Bool = false) -> Double {
    if elements.isEmpty { return 0 }
    var gram = [Float](repeating: 0, count: rowCount * rowCount)
    let step = isTriangular ? 128 : columnCount
    elements.withUnsafeBufferPointer { elements in
      gram.withUnsafeMutableBufferPointer { gram in
        for first in stride(from: 0, to: columnCount, by: step) {
          // Rows above the first column of a triangle are 0 from there on.
          let top = isTriangular ? min(first, rowCount) : 0
          cblas_ssyrk(
            CblasRowMajor, CblasUpper, CblasNoTrans, Int32(rowCount - top),
            Int32(min(step, columnCount - first)), 1,
            elements.baseAddress.map { $0 + top * columnCount + first }, Int32(columnCount), 1,
            gram.baseAddress.map { $0 + top * (rowCount + 1) }, Int32(rowCount))
        }
      }
    }
    var sums = [Double](repeating: 0, count: rowCount)
    gram.withUnsafeBufferPointer { gram in
      for row in 0..<rowCount {
        guard let start = gram.baseAddress.map({ $0 + row * (rowCount + 1) }) else { continue }
        sums[row] += Double(abs(start[0]))
        sums.withUnsafeMutableBufferPointer { sums in
          guard let next = sums.baseAddress.map({ $0 + row + 1 }) else { return }
          next[-1] += gmmscope_add_absolute(next, start + 1, rowCount - row - 1)
        }
      }
    }
    return sums.max() ?? 0
  }

  public subscript(row: Int, column: Int) -> Float { elements[row * columnCount + column] }

  /// The product with a vector, in double precision, (rowCount,).
  public func multiplied(by vector: [Double]) -> [Double] {
    precondition(vector.count == columnCount, "lengths differ")
    return (0..<rowCount).map { row in
      var sum = 0.0
      for column in 0..<columnCount { sum += Double(elements[row * columnCount + column]) * vector[column] }
      return sum
    }
  }

  /// The product with the transpose of `other` (M, D), written to `result`, which becomes (rowCount, M).
  public func multiply(byTransposeOf other: Float32Matrix, into result: inout Float32Matrix) {
    precondition(other.columnCount == columnCount, "inner dimensions differ")
    let count = rowCount * other.rowCount
    if result.elements.count < count {
      result.elements.append(contentsOf: repeatElement(0, count: count - result.elements.count))
    } else {
      result.elements.removeLast(result.elements.count - count)
    }
    (result.rowCount, result.columnCount) = (rowCount, other.rowCount)
    if count == 0 || columnCount == 0 { return }
    result.assignProduct(self, byTransposeOf: other)
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

extension Matrix {
  /// The same numbers in double precision.
  public init(_ source: Float32Matrix) {
    self.init(
      rowCount: source.rowCount, columnCount: source.columnCount, elements: source.elements.map(Double.init))
  }
}
