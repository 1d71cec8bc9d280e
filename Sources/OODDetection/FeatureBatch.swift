public import LinearAlgebra

/// What an encoder makes of a batch: an array of shape (n, …), one leading entry per input.
public struct FeatureBatch: Sendable, Equatable {
  /// The shape, batch size first.
  public let shape: [Int]
  /// The values in row-major order.
  public let values: [Double]

  /// - Throws: ``DetectorError/batchShapeMismatch(shape:valueCount:)`` where `values` do not fill `shape`.
  public init(shape: [Int], values: [Double]) throws(DetectorError) {
    let isValid = !shape.isEmpty && shape.allSatisfy { $0 >= 0 }
    let expected = isValid ? shape.reduce(1) { $0.multipliedReportingOverflow(by: $1).partialValue } : 0
    guard isValid, expected == values.count else {
      throw .batchShapeMismatch(shape: shape, valueCount: values.count)
    }
    self.shape = shape
    self.values = values
  }

  /// A batch that is flat already, (n, D).
  public init(_ features: Matrix) {
    shape = [features.rowCount, features.columnCount]
    values = features.elements
  }

  /// One row per input: (n, product of the other extents).
  public var flattened: Matrix {
    Matrix(rowCount: shape[0], columnCount: shape.dropFirst().reduce(1, *), elements: values)
  }
}
