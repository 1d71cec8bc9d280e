public import LinearAlgebra

/// Feature vectors that can be read block by block, so that files need not fit in memory.
public protocol FeatureRows: Sendable {
  /// N, the number of samples.
  var count: Int { get }
  /// D, the number of features of each sample.
  var dimension: Int { get }
  /// ε of the type in which the features are stored: 2⁻⁵² for float64, 2⁻²³ for float32, 0 for integers. What differs
  /// by no more than it is rounding.
  var storedEpsilon: Double { get }
  /// The samples at `indices`, in that order, as an (indices.count, D) matrix.
  func matrix(at indices: [Int]) throws -> Matrix
}

extension FeatureRows {
  /// That of float64.
  public var storedEpsilon: Double { 0x1p-52 }
}

extension Matrix: FeatureRows {
  public var count: Int { rowCount }
  public var dimension: Int { columnCount }

  public func matrix(at indices: [Int]) -> Matrix {
    var gathered: [Double] = []
    gathered.reserveCapacity(indices.count * columnCount)
    for index in indices { gathered.append(contentsOf: row(index)) }
    return Matrix(rowCount: indices.count, columnCount: columnCount, elements: gathered)
  }
}
