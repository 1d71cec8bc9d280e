import COpenBLAS

/// A dense row-major matrix of float32, for what is rough but fast: bounds, never results.
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
      origin.withUnsafeBufferPointer { origin in
        elements.withUnsafeMutableBufferPointer { target in
          for row in 0..<rows {
            let start = row * columns
            for column in 0..<columns {
              target[start + column] = Float((source[start + column] - origin[column]) * scale)
            }
          }
        }
      }
    }
  }

  /// Writes `source · scale`, rounded, over the rows from `firstRow` on.
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

  /// With the rows of `directions` (K·16, D) and `offsets` (K·16,) taken in groups of 16: the squared distance
  /// between each row's projections and the group's offsets, (rowCount, K).
  public func squaredDistances(toGroupsOf16 directions: Float32Matrix, offsets: [Float]) -> Float32Matrix {
    precondition(directions.columnCount == columnCount, "inner dimensions differ")
    precondition(offsets.count == directions.rowCount && offsets.count % 16 == 0, "lengths differ")
    let (rows, groups) = (rowCount, offsets.count / 16)
    var result = Float32Matrix(rowCount: rows, columnCount: groups)
    var projections = Float32Matrix(rowCount: rows, columnCount: offsets.count)
    if projections.elements.isEmpty || columnCount == 0 { return result }
    projections.assignProduct(self, byTransposeOf: directions)
    projections.elements.withUnsafeBytes { projections in
      offsets.withUnsafeBytes { offsets in
        result.elements.withUnsafeMutableBufferPointer { result in
          let stride = MemoryLayout<SIMD16<Float>>.size
          for row in 0..<rows {
            for group in 0..<groups {
              let index = row * groups + group
              let projection = projections.loadUnaligned(
                fromByteOffset: index * stride, as: SIMD16<Float>.self)
              let offset = offsets.loadUnaligned(fromByteOffset: group * stride, as: SIMD16<Float>.self)
              let difference = projection - offset
              result[index] = (difference * difference).sum()
            }
          }
        }
      }
    }
    return result
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
