/// Reads little-endian integers and ranges of bytes from an array, never beyond its end.
struct ByteCursor {
  private let bytes: [UInt8]
  private(set) var offset: Int

  init(_ bytes: [UInt8], at offset: Int = 0) {
    self.bytes = bytes
    self.offset = offset
  }

  var remainingCount: Int { bytes.count - offset }

  /// The next integer; nil at the end.
  mutating func next<Value: FixedWidthInteger>(_: Value.Type) -> Value? {
    let size = MemoryLayout<Value>.size
    guard remainingCount >= size else { return nil }
    defer { offset += size }
    return bytes[offset..<offset + size].reversed().reduce(0) { $0 << 8 | Value(truncatingIfNeeded: $1) }
  }

  /// The next `count` bytes; nil if there are fewer.
  mutating func next(count: Int) -> ArraySlice<UInt8>? {
    guard count >= 0, remainingCount >= count else { return nil }
    defer { offset += count }
    return bytes[offset..<offset + count]
  }
}

/// Builds a record of little-endian integers.
struct LittleEndianBytes {
  var bytes: [UInt8] = []

  mutating func append<Value: FixedWidthInteger>(_ value: some BinaryInteger, _: Value.Type) {
    let value = Value(truncatingIfNeeded: value)
    for shift in stride(from: 0, to: Value.bitWidth, by: 8) {
      bytes.append(UInt8(truncatingIfNeeded: value >> shift))
    }
  }
}
