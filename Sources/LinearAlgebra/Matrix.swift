/// A dense row-major matrix of float64: row `i` stands at
/// `elements[i * columnCount ..< (i + 1) * columnCount]`.
public struct Matrix: Sendable, Equatable {
  public internal(set) var rowCount: Int
  public private(set) var columnCount: Int
  public var elements: [Double]

  /// A matrix over `elements`, which must hold `rowCount * columnCount` numbers, row after row.
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

  /// Takes another shape and keeps the storage, so that a loop over blocks allocates once. What the elements
  /// hold afterwards is left over from before: write them all.
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
