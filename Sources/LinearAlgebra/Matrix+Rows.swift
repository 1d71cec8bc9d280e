import COpenBLAS
import CVectorKernels

// Loops over contiguous rows, so that callers need no pointers.
extension Matrix {
  /// Subtracts `center` (D,) and then `remainder` (D,) from every row.
  public mutating func subtractFromRows(_ center: [Double], _ remainder: [Double]? = nil) {
    let remainder = remainder ?? [Double](repeating: 0, count: columnCount)
    precondition(center.count == columnCount && remainder.count == columnCount, "lengths differ")
    let (rows, columns) = (rowCount, columnCount)
    elements.withUnsafeMutableBufferPointer { elements in
      guard let base = elements.baseAddress else { return }
      for row in 0..<rows { gmmscope_subtract(base + row * columns, center, remainder, columns) }
    }
  }

  /// Sets this matrix to `source` with `center` (D,) and then `remainder` (D,) subtracted from every row: the
  /// difference from a point known in more than double precision.
  public mutating func assign(_ source: Matrix, subtracting center: [Double], _ remainder: [Double]) {
    precondition(
      center.count == source.columnCount && remainder.count == source.columnCount, "lengths differ")
    reshape(rowCount: source.rowCount, columnCount: source.columnCount)
    let (rows, columns) = (rowCount, columnCount)
    elements.withUnsafeMutableBufferPointer { elements in
      source.elements.withUnsafeBufferPointer { source in
        guard let base = elements.baseAddress, let origin = source.baseAddress else { return }
        for row in 0..<rows {
          gmmscope_difference(base + row * columns, origin + row * columns, center, remainder, columns)
        }
      }
    }
  }

  /// The same of some rows of `source`, in the order of `indices`.
  public mutating func assign(
    _ source: RowBlockMatrix, rows indices: [Int], subtracting center: [Double], _ remainder: [Double]
  ) {
    let columns = source.columnCount
    precondition(center.count == columns && remainder.count == columns, "lengths differ")
    precondition(indices.allSatisfy { $0 >= 0 && $0 < source.rowCount }, "no such row")
    // With room for ``padRows()``, which follows for most of them.
    let capacity = RowwiseProduct.paddedRowCount(indices.count) * columns
    let differences = [Double](unsafeUninitializedCapacity: capacity) { elements, initializedCount in
      if let base = elements.baseAddress {
        for (row, index) in indices.enumerated() {
          source.assignRow(index, subtracting: center, remainder, to: base + row * columns)
        }
      }
      initializedCount = indices.count * columns
    }
    self = Matrix(rowCount: indices.count, columnCount: columns, elements: differences)
  }

  /// Appends the rows of `other`, which must be as long.
  public mutating func append(rowsOf other: Matrix) {
    precondition(columnCount == other.columnCount, "lengths differ")
    elements.append(contentsOf: other.elements)
    rowCount += other.rowCount
  }

  /// Replaces every element by its square.
  public mutating func squareElements() {
    elements.withUnsafeMutableBufferPointer { elements in
      guard let base = elements.baseAddress else { return }
      gmmscope_square(base, elements.count)
    }
  }

  /// Multiplies row `i` by `factors[i]`.
  public mutating func scaleRows(by factors: [Double]) {
    precondition(factors.count == rowCount, "lengths differ")
    let (rows, columns) = (rowCount, columnCount)
    elements.withUnsafeMutableBufferPointer { elements in
      for row in 0..<rows {
        let factor = factors[row]
        for column in 0..<columns { elements[row * columns + column] *= factor }
      }
    }
  }

  /// Multiplies column `j` by `factors[j]`.
  public mutating func scaleColumns(by factors: [Double]) {
    precondition(factors.count == columnCount, "lengths differ")
    let (rows, columns) = (rowCount, columnCount)
    elements.withUnsafeMutableBufferPointer { elements in
      factors.withUnsafeBufferPointer { factors in
        for row in 0..<rows {
          for column in 0..<columns { elements[row * columns + column] *= factors[column] }
        }
      }
    }
  }

  /// Adds `other · factor`, element by element.
  public mutating func add(_ other: Matrix, times factor: Double) {
    precondition(rowCount == other.rowCount && columnCount == other.columnCount, "shapes differ")
    elements.withUnsafeMutableBufferPointer { elements in
      other.elements.withUnsafeBufferPointer { other in
        for index in elements.indices { elements[index] += other[index] * factor }
      }
    }
  }

  /// A copy of the first `count` rows.
  public func firstRows(_ count: Int) -> Matrix {
    Matrix(
      rowCount: count, columnCount: columnCount, elements: Array(elements.prefix(count * columnCount)))
  }

  /// A copy of some columns, in the order of `indices`.
  public func columns(_ indices: [Int]) -> Matrix {
    precondition(indices.allSatisfy { $0 >= 0 && $0 < columnCount }, "no such column")
    let (rows, columns) = (rowCount, columnCount)
    let gathered = [Double](unsafeUninitializedCapacity: rows * indices.count) { target, initializedCount in
      elements.withUnsafeBufferPointer { source in
        var place = 0
        for row in 0..<rows {
          for column in indices {
            target.initializeElement(at: place, to: source[row * columns + column])
            place += 1
          }
        }
      }
      initializedCount = rows * indices.count
    }
    return Matrix(rowCount: rows, columnCount: indices.count, elements: gathered)
  }

  /// Replaces the rows from `firstRow` on by those of `other`, which must have the same length.
  public mutating func setRows(from firstRow: Int, to other: Matrix) {
    precondition(other.columnCount == columnCount && firstRow + other.rowCount <= rowCount, "shapes differ")
    elements.replaceSubrange(
      firstRow * columnCount..<(firstRow + other.rowCount) * columnCount, with: other.elements)
  }

  /// A copy of some rows.
  public func rows(_ range: Range<Int>) -> Matrix {
    Matrix(
      rowCount: range.count, columnCount: columnCount,
      elements: Array(elements[range.lowerBound * columnCount..<range.upperBound * columnCount]))
  }

  /// A copy of some rows, in the order of `indices`.
  public func rows(_ indices: [Int]) -> Matrix {
    Matrix(
      rowCount: indices.count, columnCount: columnCount,
      elements: indices.flatMap { elements[$0 * columnCount..<($0 + 1) * columnCount] })
  }

  /// The sum of squares of every row, (rowCount,), equal for equal rows at any position. (The dot product of a BLAS
  /// may sum in an order that depends on the alignment of the row.)
  public func squaredRowNorms() -> [Double] {
    elements.withUnsafeBufferPointer { elements in
      (0..<rowCount).map { row in
        guard columnCount > 0, let base = elements.baseAddress else { return 0 }
        return gmmscope_sum_of_squares(base + row * columnCount, columnCount)
      }
    }
  }

  /// An upper bound on the largest eigenvalue of a symmetric positive semidefinite matrix: the largest sum of absolute
  /// values of a row. O(D²).
  ///
  /// - Parameter isClose: Whether to look for a bound that is mostly within a fifth, up to about 2,000 dimensions, which
  ///   takes O(D³ / 6) in single precision.
  public func largestEigenvalueBound(isClose: Bool) -> Double {
    let largest = elements.withUnsafeBufferPointer { elements in
      (0..<rowCount).reduce(0) { largest, row in
        guard let base = elements.baseAddress else { return largest }
        return max(largest, cblas_dasum(Int32(columnCount), base + row * columnCount, 1))
      }
    }
    guard isClose, largest > 0, largest < .infinity, 1 / largest < .infinity else { return largest }
    let scaled = Float32Matrix(
      rounding: self, origin: [Double](repeating: 0, count: columnCount), scale: 1 / largest)
    // No row's rounding errors add up to more than 2⁻²³.
    return largest * min(1, scaled.largestEigenvalueBound(isClose: true) + 0x1p-23)
  }

  /// Adds the sum over rows of (row − shift) to `sums`; both (D,).
  public func addColumnSums(shiftedBy shift: [Double], to sums: inout [Double]) {
    precondition(shift.count == columnCount && sums.count == columnCount, "lengths differ")
    elements.withUnsafeBufferPointer { elements in
      guard let base = elements.baseAddress else { return }
      for row in 0..<rowCount { gmmscope_add_shifted(&sums, base + row * columnCount, shift, columnCount) }
    }
  }

  /// The rows that contain NaN or infinity, ascending.
  public func nonFiniteRows() -> [Int] {
    elements.withUnsafeBufferPointer { elements in
      guard let base = elements.baseAddress else { return [] }
      // x · 0 is 0 for finite x and NaN otherwise, so one sum tests a row without branches.
      return (0..<rowCount).filter { gmmscope_sum_times_zero(base + $0 * columnCount, columnCount) != 0 }
    }
  }

  /// The product of this (M, D) matrix with a vector (D,).
  public func multiplied(by vector: [Double]) -> [Double] {
    precondition(vector.count == columnCount, "lengths differ")
    return product(with: vector, transposed: CblasNoTrans, count: rowCount)
  }

  /// The product of this matrix's transpose with a vector: `Σ_i vector[i] · row i`.
  public func transposeMultiplied(by vector: [Double]) -> [Double] {
    precondition(vector.count == rowCount, "lengths differ")
    return product(with: vector, transposed: CblasTrans, count: columnCount)
  }

  private func product(with vector: [Double], transposed: CBLAS_TRANSPOSE, count: Int) -> [Double] {
    var result = [Double](repeating: 0, count: count)
    if elements.isEmpty { return result }
    elements.withUnsafeBufferPointer { elements in
      vector.withUnsafeBufferPointer { vector in
        result.withUnsafeMutableBufferPointer { result in
          cblas_dgemv(
            CblasRowMajor, transposed, Int32(rowCount), Int32(columnCount), 1, elements.baseAddress,
            Int32(columnCount), vector.baseAddress, 1, 0, result.baseAddress, 1)
        }
      }
    }
    return result
  }
}

/// A matrix in blocks of rows, all of the same number but the last: rows that come block by block need not be copied
/// into one array. Blocks that float32 represents take 4 bytes an element.
public struct RowBlockMatrix: Sendable {
  private enum Block {
    case single([Float])
    case double(Matrix)
  }

  public let columnCount: Int
  public private(set) var rowCount = 0
  private var blocks: [Block] = []
  private var blockRowCount = 0
  /// The memory of all blocks.
  public private(set) var byteCount = 0

  public init(columnCount: Int) { self.columnCount = columnCount }

  public init(_ rows: Matrix) {
    self.init(columnCount: rows.columnCount)
    append(rows)
  }

  /// Appends rows; the block before must be as long as the first.
  public mutating func append(_ block: Matrix) {
    precondition(block.columnCount == columnCount, "lengths differ")
    precondition(rowCount == blocks.count * blockRowCount, "a short block is not the last")
    if block.rowCount == 0 { return }
    if blocks.isEmpty { blockRowCount = block.rowCount }
    rowCount += block.rowCount
    if let singles = block.exactSingles {
      byteCount += 4 * singles.count
      blocks.append(.single(singles))
    } else {
      byteCount += 8 * block.elements.count
      blocks.append(.double(block))
    }
  }

  public var blockCount: Int { blocks.count }

  /// The rows that were appended together.
  public func block(_ index: Int) -> Matrix {
    switch blocks[index] {
    case .double(let rows): return rows
    case .single(let elements):
      let widened = [Double](unsafeUninitializedCapacity: elements.count) { buffer, initializedCount in
        if let base = buffer.baseAddress { gmmscope_widen(base, elements, elements.count) }
        initializedCount = elements.count
      }
      return Matrix(
        rowCount: elements.count / columnCount, columnCount: columnCount, elements: widened)
    }
  }

  /// ‖x − point‖² of some rows, (indices.count,), to a relative error of about D·2⁻⁵².
  public func squaredDistances(of indices: [Int], from point: [Double]) -> [Double] {
    precondition(point.count == columnCount, "lengths differ")
    return indices.map { index in
      let start = index % blockRowCount * columnCount
      switch blocks[index / blockRowCount] {
      case .double(let rows):
        return rows.elements.withUnsafeBufferPointer {
          $0.baseAddress.map { gmmscope_squared_distance($0 + start, point, columnCount) } ?? 0
        }
      case .single(let elements):
        return elements.withUnsafeBufferPointer {
          $0.baseAddress.map { gmmscope_squared_distance_of_singles($0 + start, point, columnCount) } ?? 0
        }
      }
    }
  }

  /// Writes row `index` less `center` and then `remainder` to `result`, all of length columnCount.
  fileprivate func assignRow(
    _ index: Int, subtracting center: [Double], _ remainder: [Double], to result: UnsafeMutablePointer<Double>
  ) {
    let start = index % blockRowCount * columnCount
    switch blocks[index / blockRowCount] {
    case .double(let rows):
      rows.elements.withUnsafeBufferPointer { elements in
        guard let base = elements.baseAddress else { return }
        gmmscope_difference(result, base + start, center, remainder, columnCount)
      }
    case .single(let elements):
      elements.withUnsafeBufferPointer { elements in
        guard let base = elements.baseAddress else { return }
        gmmscope_widen(result, base + start, columnCount)
        gmmscope_subtract(result, center, remainder, columnCount)
      }
    }
  }
}

extension Matrix {
  /// The elements as float32; nil if that does not represent them all.
  fileprivate var exactSingles: [Float]? {
    if elements.isEmpty { return nil }
    var isExact = true
    let singles = [Float](unsafeUninitializedCapacity: elements.count) { buffer, initializedCount in
      if let base = buffer.baseAddress { isExact = gmmscope_narrow(base, elements, elements.count) }
      initializedCount = elements.count
    }
    return isExact ? singles : nil
  }
}
