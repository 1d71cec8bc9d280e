import CVectorKernels

/// A dense row-major matrix of float64. Row `i` is `elements[i * columnCount ..< (i + 1) * columnCount]`.
public struct Matrix: Sendable, Equatable {
  public internal(set) var rowCount: Int
  public private(set) var columnCount: Int
  public var elements: [Double]

  /// Creates a matrix from `elements`, which must be `rowCount * columnCount` numbers in row-major order.
  public init(rowCount: Int, columnCount: Int, elements: [Double]) {
    precondition(elements.count == rowCount * columnCount, "elements do not fill the matrix")
    self.rowCount = rowCount
    self.columnCount = columnCount
    self.elements = elements
  }

  /// A matrix filled with one value.
  public init(rowCount: Int, columnCount: Int, repeating value: Double = 0) {
    self.init(
      rowCount: rowCount, columnCount: columnCount,
      elements: [Double](repeating: value, count: rowCount * columnCount))
  }

  public subscript(row: Int, column: Int) -> Double {
    get { elements[row * columnCount + column] }
    set { elements[row * columnCount + column] = newValue }
  }

  /// Row `index`, without a copy.
  public func row(_ index: Int) -> ArraySlice<Double> {
    elements[index * columnCount..<(index + 1) * columnCount]
  }

  /// Changes the shape and reuses the storage, so that a loop over blocks allocates once. The elements are unspecified
  /// afterwards, so set all of them.
  public mutating func reshape(rowCount: Int, columnCount: Int) {
    let count = rowCount * columnCount
    if elements.count > count {
      elements.removeLast(elements.count - count)
    } else if elements.count < count {
      elements.append(contentsOf: repeatElement(0, count: count - elements.count))
    }
    self.rowCount = rowCount
    self.columnCount = columnCount
  }
}

/// The minimum, the maximum and the sum of finite values.
public struct FiniteRange: Sendable, Equatable {
  public let least: Double
  public let greatest: Double
  public let sum: Double

  /// Nil if a value is NaN or infinite. Without values, the extremes are infinite and the sum is 0. O(N).
  public init?(_ values: [Double]) {
    guard gmmscope_sum_times_zero(values, values.count) == 0 else { return nil }
    let range = gmmscope_range_of(values, values.count)
    (least, greatest, sum) = (range.least, range.greatest, range.sum)
  }
}
