/// The type of the elements of a stored array.
public enum ElementType: String, CaseIterable, Sendable {
  case bool
  case int8, int16, int32, int64
  case uint8, uint16, uint32, uint64
  case float16, bfloat16, float32, float64
  case string

  /// The number of bytes of an element in a file; nil for text, whose width depends on the array.
  public var byteCount: Int? {
    switch self {
    case .bool, .int8, .uint8: 1
    case .int16, .uint16, .float16, .bfloat16: 2
    case .int32, .uint32, .float32: 4
    case .int64, .uint64, .float64: 8
    case .string: nil
    }
  }

  /// Whether elements are numbers, including `bool` (0 and 1).
  public var isNumeric: Bool { self != .string }

  /// The distance from 1 to the next number of this type; 0 for integers.
  public var epsilon: Double {
    switch self {
    case .float16: 0x1p-10
    case .bfloat16: 0x1p-7
    case .float32: 0x1p-23
    case .float64: 0x1p-52
    default: 0
    }
  }

  /// Whether elements can hold fractions, NaN and infinities.
  public var isFloatingPoint: Bool {
    switch self {
    case .float16, .bfloat16, .float32, .float64: true
    default: false
    }
  }
}
