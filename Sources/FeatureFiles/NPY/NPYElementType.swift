/// A NumPy type string such as `<f4`, understood.
struct NPYElementType {
  let elementType: ElementType
  let byteCount: Int
  let isBigEndian: Bool
  let text: BinaryLayout.Text

  /// - Throws: `unsupportedElementType` for types NumPy knows and this does not read, `malformedHeader` for
  ///   anything else.
  init(
    descriptor: PythonLiteral?, array: String, place: String, path: String
  ) throws(FeatureFileError) {
    guard case .string(let descriptor)? = descriptor else {
      guard case .sequence? = descriptor else {
        throw .malformedHeader(path: path, place: place, problem: "descr is not a type")
      }
      throw .unsupportedElementType(
        path: path, array: array, type: "records (a structured type)",
        remedy: "save each field as an array of its own")
    }
    var code = Substring(descriptor)
    var order: Character = "="
    if let first = code.first, "<>|=".contains(first) { order = code.removeFirst() }
    guard let kind = code.popFirst(), code.allSatisfy({ $0.isASCII && $0.isNumber }) || "mM".contains(kind)
    else {
      throw .malformedHeader(path: path, place: place, problem: "descr '\(descriptor)' is not a type")
    }
    isBigEndian = order == ">"
    if "US".contains(kind) || kind == "a" {
      let width = kind == "U" ? 4 : 1
      guard let length = Int(code), !length.multipliedReportingOverflow(by: width).overflow else {
        throw .malformedHeader(path: path, place: place, problem: "descr '\(descriptor)' is not a type")
      }
      elementType = .string
      text = kind == "U" ? .utf32 : .utf8
      byteCount = length * width
      return
    }
    guard let elementType = Self.types["\(kind)\(code)"], let byteCount = elementType.byteCount else {
      guard let (name, remedy) = Self.explanation(kind: kind) else {
        throw .malformedHeader(path: path, place: place, problem: "descr '\(descriptor)' is not a type")
      }
      throw .unsupportedElementType(
        path: path, array: array, type: "\(name) (NumPy type '\(descriptor)')", remedy: remedy)
    }
    self.elementType = elementType
    self.byteCount = byteCount
    text = .utf8
  }

  private static let types: [String: ElementType] = [
    "?": .bool, "b1": .bool,
    "i1": .int8, "i2": .int16, "i4": .int32, "i8": .int64,
    "u1": .uint8, "u2": .uint16, "u4": .uint32, "u8": .uint64,
    "f2": .float16, "f4": .float32, "f8": .float64,
  ]

  private static func explanation(kind: Character) -> (name: String, remedy: String)? {
    switch kind {
    case "O": ("Python objects", "save it as an array of text, array.astype(str), or of numbers")
    case "c": ("complex numbers", "save real and imaginary part as two arrays")
    case "f": ("floating-point numbers of an unusual width", "save it as float64, array.astype('f8')")
    case "i", "u", "b": ("integers of an unusual width", "save it as int64, array.astype('i8')")
    case "M", "m": ("dates or time spans", "save it as int64, array.astype('i8')")
    case "V": ("raw bytes", "save it as a type of number, bfloat16 as array.astype('f4')")
    default: nil
    }
  }
}
