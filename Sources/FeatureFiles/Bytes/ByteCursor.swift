/// Reads little-endian integers and stretches of bytes from an array, never beyond its end.
struct ByteCursor {
  private let bytes: [UInt8]
  private(set) var offset: Int

  init(_ bytes: [UInt8], at offset: Int = 0) {
    self.bytes = bytes
    self.offset = offset
  }

  var remainingCount: Int { bytes.count - offset }

  /// The next integer, or `nil` at the end.
  mutating func next<Value: FixedWidthInteger>(_: Value.Type) -> Value? {
    let size = MemoryLayout<Value>.size
    guard remainingCount >= size else { return nil }
    defer { offset += size }
    return bytes[offset..<offset + size].reversed().reduce(0) { $0 << 8 | Value(truncatingIfNeeded: $1) }
  }

  /// The next `count` bytes, or `nil` where there are fewer.
  mutating func next(count: Int) -> ArraySlice<UInt8>? {
    guard count >= 0, remainingCount >= count else { return nil }
    defer { offset += count }
    return bytes[offset..<offset + count]
  }
}
