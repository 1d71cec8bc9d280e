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

  /// An upper bound on the spectral norm ‖A‖ of this matrix A (r, D). O(r²·D / 2), or a third of that for a triangle.
  ///
  /// - Parameters:
  ///   - isTriangular: Whether row i has zeros from column i + 1 on.
  ///   - isClose: See ``largestEigenvalueBound(isClose:)``.
  func spectralNormBound(isTriangular: Bool = false, isClose: Bool = false) -> Double {
    let largest = elements.withUnsafeBufferPointer { elements in
      elements.isEmpty ? 0 : abs(elements[cblas_isamax(Int32(elements.count), elements.baseAddress, 1)])
    }
    guard largest > 0 else { return 0 }
    var (scaled, unit) = (elements, Float(1))
    // Squares would underflow or overflow.
    if !(1e-12...1e12).contains(largest) {
      unit = largest
      cblas_sscal(Int32(scaled.count), 1 / unit, &scaled, 1)
    }
    var gram = Float32Matrix(rowCount: rowCount, columnCount: rowCount)
    let step = isTriangular ? 128 : columnCount
    scaled.withUnsafeBufferPointer { elements in
      gram.elements.withUnsafeMutableBufferPointer { gram in
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
    // The rounding errors of a Gram matrix are far below a hundredth.
    return 1.01 * Double(unit) * gram.largestEigenvalueBound(isClose: isClose).squareRoot()
  }

  /// An upper bound on the largest eigenvalue of a symmetric positive semidefinite matrix A, of which only the upper
  /// triangle is read: the largest sum of absolute values of a row. O(D²).
  ///
  /// - Parameter isClose: Whether to look for a bound that is mostly within a fifth, up to about 2,000 dimensions: a c for
  ///   which cI − A has a Cholesky factorization. O(D³ / 6).
  func largestEigenvalueBound(isClose: Bool) -> Double {
    precondition(rowCount == columnCount, "not square")
    let order = rowCount
    var sums = [Double](repeating: 0, count: order)
    elements.withUnsafeBufferPointer { elements in
      for row in 0..<order {
        guard let start = elements.baseAddress.map({ $0 + row * (order + 1) }) else { continue }
        sums[row] += Double(abs(start[0]))
        sums.withUnsafeMutableBufferPointer { sums in
          guard let next = sums.baseAddress.map({ $0 + row + 1 }) else { return }
          next[-1] += gmmscope_add_absolute(next, start + 1, order - row - 1)
        }
      }
    }
    let largest = sums.max() ?? 0
    guard isClose, largest > 0, largest < .infinity else { return largest }
    // What is factored differs from cI − A by at most (D + 1) 2⁻²⁴ times its trace, which is at most Dc, in norm (Higham
    // 2002, theorem 10.3), and by the rounding of its diagonal.
    let slack = 1 + 1.01 * Double(order + 1) * Double(order + 1) * 0x1p-24
    var bound = 1.1 * largestEigenvalueEstimate(from: sums.map { Float($0 / largest) })
    for _ in 0..<3 where bound * slack < largest {
      if isBelow(Float(bound)) { return Double(Float(bound)) * slack }
      bound *= 1.2
    }
    return largest
  }

  /// A number below the largest eigenvalue, and close to it, by the power method.
  private func largestEigenvalueEstimate(from start: [Float]) -> Double {
    var (vector, product) = (start, start)
    var estimate: Float = 0
    for _ in 0..<10 {
      let norm = cblas_snrm2(Int32(vector.count), vector, 1)
      guard norm > 0, norm < .infinity else { return 0 }
      cblas_ssymv(
        CblasRowMajor, CblasUpper, Int32(rowCount), 1 / norm, elements, Int32(rowCount), vector, 1, 0,
        &product, 1)
      estimate = cblas_snrm2(Int32(vector.count), product, 1)
      swap(&vector, &product)
    }
    return Double(estimate)
  }

  /// Whether cI − A has a Cholesky factorization in single precision.
  private func isBelow(_ bound: Float) -> Bool {
    guard var order = Int32(exactly: rowCount) else { return false }
    var difference = elements
    cblas_sscal(Int32(difference.count), -1, &difference, 1)
    for index in stride(from: 0, to: difference.count, by: rowCount + 1) { difference[index] += bound }
    var triangle = CChar(UInt8(ascii: "L"))
    var info: Int32 = 0
    spotrf_(&triangle, &order, &difference, &order, &info)
    return info == 0
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
  ///
  /// - Parameter chosen: The groups to compute; nil for all K.
  public func weightedSquaredDistances(
    to directions: Float32Matrix, offsets: [Float], weights: Float32Matrix, groupSize: Int,
    groups chosen: Range<Int>? = nil
  ) -> Float32Matrix {
    precondition(directions.columnCount == columnCount, "inner dimensions differ")
    precondition(offsets.count == directions.rowCount && weights.rowCount == offsets.count, "lengths differ")
    precondition(groupSize > 0 && offsets.count % groupSize == 0, "rows do not fill the groups")
    let groups = chosen ?? 0..<offsets.count / groupSize
    precondition(groups.lowerBound >= 0 && groups.upperBound * groupSize <= offsets.count, "no such groups")
    let first = groups.lowerBound * groupSize
    var result = Float32Matrix(rowCount: rowCount, columnCount: groups.count * weights.columnCount)
    var squares = Float32Matrix(rowCount: rowCount, columnCount: groups.count * groupSize)
    if squares.elements.isEmpty || result.elements.isEmpty || columnCount == 0 { return result }
    squares.assignProduct(self, byTransposeOf: directions, from: first)
    squares.squareDifferences(from: offsets[first..<first + squares.columnCount])
    result.assignGroupProducts(squares, weights, from: first, groupSize: groupSize)
    return result
  }

  /// Subtracts `offsets` from every row and squares the differences.
  private mutating func squareDifferences(from offsets: ArraySlice<Float>) {
    let (rows, columns) = (rowCount, columnCount)
    elements.withUnsafeMutableBufferPointer { elements in
      offsets.withUnsafeBufferPointer { offsets in
        guard let base = elements.baseAddress, let offsets = offsets.baseAddress else { return }
        for row in 0..<rows { gmmscope_square_differences(base + row * columns, offsets, columns) }
      }
    }
  }

  /// Sets each group of columns to the product of r columns of `squares` and their r rows of `weights`, the first of
  /// which is row `first`.
  private mutating func assignGroupProducts(
    _ squares: Float32Matrix, _ weights: Float32Matrix, from first: Int, groupSize: Int
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
              weights.baseAddress.map { $0 + (first + group * groupSize) * width }, Int32(width), 0,
              result.baseAddress.map { $0 + group * width }, columns)
          }
        }
      }
    }
  }

  /// - Parameter first: The first row of `right` to use.
  private mutating func assignProduct(
    _ left: Float32Matrix, byTransposeOf right: Float32Matrix, from first: Int = 0
  ) {
    let (rows, columns, inner) = (Int32(rowCount), Int32(columnCount), Int32(left.columnCount))
    left.elements.withUnsafeBufferPointer { left in
      right.elements.withUnsafeBufferPointer { right in
        elements.withUnsafeMutableBufferPointer { result in
          cblas_sgemm(
            CblasRowMajor, CblasNoTrans, CblasTrans, rows, columns, inner, 1, left.baseAddress, inner,
            right.baseAddress.map { $0 + first * Int(inner) }, inner, 0, result.baseAddress, columns)
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
