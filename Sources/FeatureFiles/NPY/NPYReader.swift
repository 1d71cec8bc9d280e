/// NumPy's format for one array. Bytes after the values are ignored, as in NumPy. An array of Python objects is a pickle,
/// which `PickledArrays` reads as far as it holds arrays, text and numbers.
enum NPYReader: FormatReader {
  static var formats: [FileFormat] { [.npy] }

  static func recognizes(_ bytes: ByteRegion) -> Bool {
    bytes.prefix(NPYHeader.signature.count) == NPYHeader.signature
  }

  static func read(
    _ bytes: ByteRegion, path: String, stage: ReadStage
  ) throws(FeatureFileError) -> FeatureFile {
    let (source, name, place) = (ByteSource.mapped(bytes), arrayName(path: path), "the header")
    do throws(FeatureFileError) {
      let array = try array(in: source, name: name, headerPlace: place, place: "the array", path: path)
      return try FeatureFile(path: path, format: .npy, byteCount: bytes.count, arrays: [array])
    } catch {
      guard let pickle = try pickle(in: source, after: error, place: place, path: path) else { throw error }
      let (root, machine) = try PickleReader.value(of: pickle, path: path, stage: stage)
      let (arrays, unreadable) = try PickledArrays.collect(
        root, machine: machine,
        archive: TorchArchive(path: path, isBigEndian: false, memory: stage.memory),
        byteCount: bytes.count)
      guard arrays.count + unreadable.count > 0 else { throw error }
      return try FeatureFile(
        path: path, format: .npy, byteCount: bytes.count, arrays: arrays, unreadable: unreadable)
    }
  }

  /// The pickle that follows the header of an array of Python objects; nil for any other array.
  ///
  /// - Parameter error: The error that reading the array gave.
  static func pickle(
    in source: ByteSource, after error: FeatureFileError, place: String, path: String
  ) throws(FeatureFileError) -> ByteRegion? {
    guard case .unsupportedElementType = error else { return nil }
    let start = try source.prefix(NPYHeader.longestPreambleByteCount)
    let headerByteCount = try NPYHeader.byteCount(start: start, place: place, path: path)
    let header = try source.prefix(headerByteCount)
    guard NPYHeader.describesObjects(header),
      let values = source.slice(at: headerByteCount, count: source.count - headerByteCount)
    else { return nil }
    return try values.region()
  }

  /// The array in `source`, which begins with the header.
  ///
  /// - Parameters: `headerPlace` and `place` are the names of the header and the array in messages.
  static func array(
    in source: ByteSource, name: String, headerPlace: String, place: String, path: String
  ) throws(FeatureFileError) -> NamedArray {
    let start = try source.prefix(NPYHeader.longestPreambleByteCount)
    let headerByteCount = try NPYHeader.byteCount(start: start, place: headerPlace, path: path)
    guard headerByteCount <= source.count else {
      throw .truncated(
        path: path, place: headerPlace, neededByteCount: headerByteCount, foundByteCount: source.count)
    }
    let header = try NPYHeader(
      try source.prefix(headerByteCount), array: name, place: headerPlace, path: path)
    let needed = header.shape.byteCount
    guard let values = source.slice(at: headerByteCount, count: needed) else {
      throw .truncated(
        path: path, place: place, neededByteCount: needed, foundByteCount: source.count - headerByteCount)
    }
    return NamedArray(
      name: name, shape: header.shape.extents, elementType: header.elementType, path: path,
      storage: .binary(values, header.layout))
  }

  /// The file name without its extension and that of a compression.
  static func arrayName(path: String) -> String {
    let name = Compression.uncompressedName(of: path).split(separator: "/").last ?? ""
    guard let dot = name.lastIndex(of: "."), dot != name.startIndex else { return String(name) }
    return String(name[..<dot])
  }
}

/// The header of a `.npy` file, versions 1 to 3.
///
/// The format: numpy.org/doc/stable/reference/generated/numpy.lib.format.html
struct NPYHeader {
  static let signature: [UInt8] = [0x93, 0x4E, 0x55, 0x4D, 0x50, 0x59]
  /// Only structured types with thousands of fields, which are not supported, have longer headers.
  static let lengthLimit = 1 << 20
  /// The size of the signature, the version and the header length.
  static let longestPreambleByteCount = 12

  let elementType: ElementType
  let layout: BinaryLayout
  let shape: ArrayShape
  /// The offset of the values.
  let byteCount: Int

  /// The number of bytes before the first value, determined from the first bytes.
  static func byteCount(
    start: [UInt8], place: String, path: String
  ) throws(FeatureFileError) -> Int {
    guard start.starts(with: signature) else {
      throw .malformedHeader(path: path, place: place, problem: "the npy signature is missing")
    }
    var cursor = ByteCursor(start, at: signature.count)
    guard let major = cursor.next(UInt8.self), cursor.next(UInt8.self) != nil else {
      throw .truncated(path: path, place: place, neededByteCount: 10, foundByteCount: start.count)
    }
    guard (1...3).contains(major) else {
      throw .malformedHeader(
        path: path, place: place, problem: "unsupported npy version \(major)")
    }
    let length = major == 1 ? cursor.next(UInt16.self).map(Int.init) : cursor.next(UInt32.self).map(Int.init)
    guard let length else {
      throw .truncated(path: path, place: place, neededByteCount: 12, foundByteCount: start.count)
    }
    guard length <= lengthLimit else {
      throw .impossibleSize(
        path: path, place: place, problem: "a length of \(length) bytes exceeds the limit")
    }
    return cursor.offset + length
  }

  /// Whether the header is one of an array of Python objects, which is stored as a pickle.
  static func describesObjects(_ bytes: [UInt8]) -> Bool {
    guard case .dictionary(let entries)? = PythonLiteral(parsing: bytes[(bytes[6] == 1 ? 10 : 12)...]),
      case .string(let descriptor)? = entries.first(where: { $0.key == "descr" })?.value
    else { return false }
    return descriptor == "|O" || descriptor == "O"
  }

  /// Parses `bytes`, which are exactly the header. `array` is the name in messages about the type.
  init(_ bytes: [UInt8], array: String, place: String, path: String) throws(FeatureFileError) {
    func malformed(_ problem: String) -> FeatureFileError {
      .malformedHeader(path: path, place: place, problem: problem)
    }
    let preambleCount = bytes[6] == 1 ? 10 : 12
    guard case .dictionary(let entries)? = PythonLiteral(parsing: bytes[preambleCount...]) else {
      throw malformed("expected a Python dictionary")
    }
    let keys = entries.map(\.key)
    guard keys.sorted() == ["descr", "fortran_order", "shape"] else {
      throw malformed("expected the keys descr, fortran_order and shape, but found \(keys)")
    }
    let fields = Dictionary(uniqueKeysWithValues: entries.map { ($0.key, $0.value) })
    guard case .boolean(let isColumnMajor)? = fields["fortran_order"] else {
      throw malformed("fortran_order must be True or False")
    }
    guard case .sequence(let dimensions)? = fields["shape"] else { throw malformed("shape is not a tuple") }
    var extents: [Int] = []
    for dimension in dimensions {
      guard case .integer(let extent) = dimension else { throw malformed("shape is not a tuple of integers") }
      extents.append(extent)
    }
    let type = try NPYElementType(descriptor: fields["descr"], array: array, place: place, path: path)
    elementType = type.elementType
    shape = try ArrayShape(extents, elementByteCount: type.byteCount, place: place, path: path)
    layout = BinaryLayout(
      elementByteCount: type.byteCount, isBigEndian: type.isBigEndian,
      strides: isColumnMajor ? ArrayShape.columnMajorStrides(extents) : nil, text: type.text)
    byteCount = bytes.count
  }
}

/// A parsed NumPy type string such as `<f4`.
struct NPYElementType {
  let elementType: ElementType
  let byteCount: Int
  let isBigEndian: Bool
  let text: BinaryLayout.Text

  /// - Throws: `unsupportedElementType` for NumPy types that are not supported, `malformedHeader` for anything else.
  init(
    descriptor: PythonLiteral?, array: String, place: String, path: String
  ) throws(FeatureFileError) {
    guard case .string(let descriptor)? = descriptor else {
      guard case .sequence? = descriptor else {
        throw .malformedHeader(path: path, place: place, problem: "descr is not a NumPy type")
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
      throw .malformedHeader(path: path, place: place, problem: "descr '\(descriptor)' is not a NumPy type")
    }
    isBigEndian = order == ">"
    if "US".contains(kind) || kind == "a" {
      let width = kind == "U" ? 4 : 1
      guard let length = Int(code), !length.multipliedReportingOverflow(by: width).overflow else {
        throw .malformedHeader(path: path, place: place, problem: "descr '\(descriptor)' is not a NumPy type")
      }
      elementType = .string
      text = kind == "U" ? .utf32 : .utf8
      byteCount = length * width
      return
    }
    guard let elementType = Self.types["\(kind)\(code)"], let byteCount = elementType.byteCount else {
      guard let (name, remedy) = Self.explanation(kind: kind) else {
        throw .malformedHeader(path: path, place: place, problem: "descr '\(descriptor)' is not a NumPy type")
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
