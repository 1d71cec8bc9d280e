import CVectorKernels

extension Matrix {
  /// Σ_j (row_j − other_j)² of a row of this matrix and a row of another one, as ``squaredRowNorms()`` sums the squares
  /// of their differences. Exactly 0 for equal finite rows. O(D).
  public func squaredDistance(ofRow row: Int, to other: Matrix, row otherRow: Int) -> Double {
    precondition(columnCount == other.columnCount, "lengths differ")
    precondition(row < rowCount && otherRow < other.rowCount, "no such row")
    return elements.withUnsafeBufferPointer { elements in
      other.elements.withUnsafeBufferPointer { others in
        guard let left = elements.baseAddress, let right = others.baseAddress else { return 0 }
        return gmmscope_squared_distance(
          left + row * columnCount, right + otherRow * columnCount, columnCount)
      }
    }
  }

  /// The columns of a row of this matrix of products a·b_j for which ‖b_j‖² − 2 a·b_j is below `limit` or NaN, ascending,
  /// written to `columns`. O(number of columns).
  ///
  /// - Parameter norms: ‖b_j‖², (columnCount,).
  public func selectNearColumns(
    ofRow row: Int, norms: [Double], below limit: Double, into columns: inout [UInt32]
  ) {
    precondition(norms.count == columnCount && row < rowCount, "shapes differ")
    if columns.count < columnCount {
      columns.append(contentsOf: repeatElement(0, count: columnCount - columns.count))
    }
    let foundCount = elements.withUnsafeBufferPointer { elements in
      columns.withUnsafeMutableBufferPointer { columns in
        guard let base = elements.baseAddress, let target = columns.baseAddress else { return 0 }
        return gmmscope_select_near(target, base + row * columnCount, norms, limit, columnCount)
      }
    }
    columns.removeLast(columns.count - foundCount)
  }
}
