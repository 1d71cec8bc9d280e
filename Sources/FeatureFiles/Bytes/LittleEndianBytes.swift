/// Bytes of a record under construction.
struct LittleEndianBytes {
  var bytes: [UInt8] = []

  mutating func append<Value: FixedWidthInteger>(_ value: some BinaryInteger, _: Value.Type) {
    let value = Value(truncatingIfNeeded: value)
    for shift in stride(from: 0, to: Value.bitWidth, by: 8) {
      bytes.append(UInt8(truncatingIfNeeded: value >> shift))
    }
  }
}
