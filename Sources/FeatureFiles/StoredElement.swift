/// An element type as bits in a file, and what the bits mean.
protocol StoredElement {
  associatedtype Bits: FixedWidthInteger & UnsignedInteger & BitwiseCopyable
  /// The value, exact but for 64-bit integers beyond 2⁵³, which round to nearest.
  static func double(_ bits: Bits) -> Double
  /// The value if it is an integer that fits `Int`.
  static func integer(_ bits: Bits) -> Int?
}

extension StoredElement {
  @inline(__always)
  static func integer(_ bits: Bits) -> Int? { Int(exactly: double(bits)) }
}

enum StoredBool: StoredElement {
  @inline(__always)
  static func double(_ bits: UInt8) -> Double { bits == 0 ? 0 : 1 }
}

enum StoredInteger<Value: FixedWidthInteger & BitwiseCopyable>: StoredElement
where Value.Magnitude: BitwiseCopyable {
  @inline(__always)
  static func double(_ bits: Value.Magnitude) -> Double { Double(Value(truncatingIfNeeded: bits)) }

  @inline(__always)
  static func integer(_ bits: Value.Magnitude) -> Int? { Int(exactly: Value(truncatingIfNeeded: bits)) }
}

enum StoredFloat16: StoredElement {
  /// By arithmetic instead of `Float16`, which Intel Macs lack and which is a library call per element on
  /// Intel Linux: moving exponent and fraction to their places in a `Float` gives the value times 2⁻¹¹².
  @inline(__always)
  static func double(_ bits: UInt16) -> Double {
    let magnitude = UInt32(bits & 0x7FFF) << 13
    let isFinite = bits & 0x7C00 != 0x7C00
    let pattern = isFinite ? (Float(bitPattern: magnitude) * 0x1p112).bitPattern : magnitude | 0x7F80_0000
    return Double(Float(bitPattern: pattern | UInt32(bits & 0x8000) << 16))
  }
}

enum StoredBFloat16: StoredElement {
  @inline(__always)
  static func double(_ bits: UInt16) -> Double { Double(Float(bitPattern: UInt32(bits) << 16)) }
}

enum StoredFloat32: StoredElement {
  @inline(__always)
  static func double(_ bits: UInt32) -> Double { Double(Float(bitPattern: bits)) }
}

enum StoredFloat64: StoredElement {
  @inline(__always)
  static func double(_ bits: UInt64) -> Double { Double(bitPattern: bits) }
}
