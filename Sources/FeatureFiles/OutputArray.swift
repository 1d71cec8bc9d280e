/// An array to be written.
public struct OutputArray: Sendable {
  /// Values in row-major order.
  public enum Values: Sendable {
    case float64([Double])
    /// `count` values in `pieceCount` pieces, in order. Each piece is computed when it is written, possibly twice.
    case float64Pieces(count: Int, pieceCount: Int, piece: @Sendable (Int) throws -> [Double])
    case float32([Float])
    case int64([Int])
    case uint8([UInt8])
    case strings([String])

    var count: Int {
      switch self {
      case .float64(let values): values.count
      case .float64Pieces(let count, _, _): count
      case .float32(let values): values.count
      case .int64(let values): values.count
      case .uint8(let values): values.count
      case .strings(let values): values.count
      }
    }
  }

  public let name: String
  /// The extents. Their product must be the number of values, which is checked on writing.
  public let shape: [Int]
  public let values: Values

  public init(name: String, shape: [Int], values: Values) {
    self.name = name
    self.shape = shape
    self.values = values
  }

  /// - Throws: `unwritableArray` if the shape does not match the values.
  func check(path: String) throws(FeatureFileError) {
    var count: Int? = 1
    for extent in shape {
      guard let product = count?.multipliedReportingOverflow(by: extent), extent >= 0 else {
        count = nil
        break
      }
      count = product.overflow ? nil : product.partialValue
    }
    guard count == values.count, shape.count <= ArrayShape.dimensionLimit else {
      throw .unwritableArray(
        path: path, array: name, problem: "shape \(shape) does not have \(values.count) values")
    }
  }

  /// - Throws: `duplicateName`, or the errors of `check(path:)`.
  static func check(_ arrays: [OutputArray], path: String) throws(FeatureFileError) {
    var names: Set<String> = []
    for array in arrays {
      guard names.insert(array.name).inserted else { throw .duplicateName(path: path, name: array.name) }
      try array.check(path: path)
    }
  }

  /// Calls `body` with the values as little-endian bytes, piece by piece. For numbers only.
  ///
  /// - Throws: `unwritableArray` if the pieces do not add up to the count, and the errors of the pieces and of `body`.
  func forEachPiece(path: String, _ body: ([UInt8]) throws -> Void) throws {
    switch values {
    case .float64(let values): try body(Self.bytes(values) { $0.bitPattern.littleEndian })
    case .float64Pieces(let count, let pieceCount, let piece):
      var written = 0
      for index in 0..<pieceCount {
        let values = try piece(index)
        written += values.count
        try body(Self.bytes(values) { $0.bitPattern.littleEndian })
      }
      guard written == count else {
        throw FeatureFileError.unwritableArray(
          path: path, array: name, problem: "its pieces have \(written) values, not \(count)")
      }
    case .float32(let values): try body(Self.bytes(values) { $0.bitPattern.littleEndian })
    case .int64(let values): try body(Self.bytes(values) { Int64($0).littleEndian })
    case .uint8(let values): try body(values)
    case .strings: break
    }
  }

  static func bytes<Value, Stored: BitwiseCopyable>(_ values: [Value], _ store: (Value) -> Stored) -> [UInt8]
  {
    let size = MemoryLayout<Stored>.size
    return [UInt8](unsafeUninitializedCapacity: values.count * size) { buffer, initializedCount in
      let raw = UnsafeMutableRawBufferPointer(buffer)
      for (index, value) in values.enumerated() {
        raw.storeBytes(of: store(value), toByteOffset: index * size, as: Stored.self)
      }
      initializedCount = values.count * size
    }
  }
}
