/// The safetensors format: an 8-byte length, a JSON header of that length, the tensors one after another.
///
/// Files are checked as strictly as by the reference implementation: tensors must fill the rest of the file without
/// gaps or overlaps. A metadata value that is a JSON list of strings, the usual way to store ids and class names, is
/// also an array of text, unless a tensor has the same name.
///
/// The format: github.com/huggingface/safetensors#format
enum SafetensorsReader: FormatReader {
  static let metadataKey = "__metadata__"
  /// The reference implementation's limit.
  static let headerByteCountLimit = 100_000_000
  private static let place = "the header"

  static var formats: [FileFormat] { [.safetensors] }

  static func recognizes(_ bytes: ByteRegion) -> Bool {
    var cursor = ByteCursor(bytes.prefix(9))
    guard let length = cursor.next(UInt64.self), let brace = cursor.next(UInt8.self) else { return false }
    // In text with a brace as its ninth character, the eighth is not zero.
    return brace == UInt8(ascii: "{") && length < 1 << 56
  }

  static func read(
    _ bytes: ByteRegion, path: String, stage: ReadStage
  ) throws(FeatureFileError) -> FeatureFile {
    let (header, content) = try split(bytes, path: path)
    let entries = try entries(of: header, path: path)
    var metadata: [String: String] = [:]
    var tensors: [SafetensorsEntry] = []
    for entry in entries {
      let (key, value) = (entry.key, entry.value)
      if key == metadataKey {
        metadata = try texts(in: value, path: path)
      } else {
        tensors.append(try SafetensorsEntry(name: key, value: value, path: path))
      }
    }
    try checkCoverage(of: tensors, byteCount: content.count, path: path)
    var arrays: [NamedArray] = []
    var unreadable: [(name: String, reason: FeatureFileError)] = []
    for tensor in tensors {
      switch try tensor.array(in: content, path: path) {
      case .success(let array): arrays.append(array)
      case .failure(let reason): unreadable.append((tensor.name, reason))
      }
    }
    let names = Set(tensors.map(\.name))
    for (name, text) in metadata.sorted(by: { $0.key < $1.key }) where !names.contains(name) {
      guard let strings = stringList(text) else { continue }
      arrays.append(
        NamedArray(
          name: name, shape: [strings.count], elementType: .string, path: path, storage: .strings(strings)))
    }
    return try FeatureFile(
      path: path, format: .safetensors, byteCount: bytes.count, arrays: arrays, unreadable: unreadable,
      metadata: metadata)
  }

  private static func split(
    _ bytes: ByteRegion, path: String
  ) throws(FeatureFileError) -> (header: [UInt8], content: ByteRegion) {
    var cursor = ByteCursor(bytes.prefix(8))
    guard let length = cursor.next(UInt64.self) else {
      throw .truncated(path: path, place: place, neededByteCount: 8, foundByteCount: bytes.count)
    }
    guard length <= headerByteCountLimit else {
      throw .impossibleSize(
        path: path, place: place, problem: "a length of \(length) bytes exceeds the limit")
    }
    guard let header = bytes.slice(at: 8, count: Int(length)),
      let content = bytes.slice(at: 8 + Int(length), count: bytes.count - 8 - Int(length))
    else {
      throw .truncated(
        path: path, place: place, neededByteCount: Int(length), foundByteCount: bytes.count - 8)
    }
    return (header.prefix(header.count), content)
  }

  private static func entries(
    of header: [UInt8], path: String
  ) throws(FeatureFileError) -> [JSONValue.Entry] {
    let json: JSONValue
    do {
      json = try JSONValue(parsing: header)
    } catch {
      throw .malformedHeader(
        path: path, place: place, problem: "invalid JSON at byte \(error.offset + 8): \(error.problem)")
    }
    guard case .object(let entries) = json else {
      throw .malformedHeader(path: path, place: place, problem: "expected a JSON object")
    }
    var names: Set<String> = []
    for name in entries.map(\.key) where !names.insert(name).inserted {
      throw .duplicateName(path: path, name: name)
    }
    return entries
  }

  private static func texts(in value: JSONValue, path: String) throws(FeatureFileError) -> [String: String] {
    let malformed = FeatureFileError.malformedHeader(
      path: path, place: metadataKey, problem: "expected an object of strings")
    // The reference implementation accepts null.
    if case .null = value { return [:] }
    guard case .object(let entries) = value else { throw malformed }
    var texts: [String: String] = [:]
    for entry in entries {
      guard case .string(let text) = entry.value else { throw malformed }
      guard texts.updateValue(text, forKey: entry.key) == nil else {
        throw .duplicateName(path: path, name: entry.key)
      }
    }
    return texts
  }

  /// Checks that the tensors, sorted by position, cover the data without gaps or overlaps.
  private static func checkCoverage(
    of tensors: [SafetensorsEntry], byteCount: Int, path: String
  ) throws(FeatureFileError) {
    var end = 0
    var last = ""
    let inOrder = tensors.sorted {
      ($0.range.lowerBound, $0.range.upperBound) < ($1.range.lowerBound, $1.range.upperBound)
    }
    for tensor in inOrder {
      if tensor.range.lowerBound < end {
        throw .overlappingArrays(path: path, first: last, second: tensor.name)
      }
      guard tensor.range.lowerBound == end else {
        throw .impossibleSize(
          path: path, place: FeatureFileError.quoted(tensor.name),
          problem:
            "starts at byte \(tensor.range.lowerBound), after a gap of \(tensor.range.lowerBound - end) bytes"
        )
      }
      end = tensor.range.upperBound
      last = tensor.name
    }
    guard end <= byteCount else {
      throw .truncated(path: path, place: "the data", neededByteCount: end, foundByteCount: byteCount)
    }
    guard end == byteCount else {
      throw .impossibleSize(
        path: path, place: "the data", problem: "\(byteCount - end) bytes belong to no tensor")
    }
  }

  private static func stringList(_ text: String) -> [String]? {
    guard text.hasPrefix("["), case .array(let values)? = try? JSONValue(parsing: Array(text.utf8)) else {
      return nil
    }
    var strings: [String] = []
    for value in values {
      guard case .string(let string) = value else { return nil }
      strings.append(string)
    }
    return strings
  }
}

/// The header's description of one tensor.
struct SafetensorsEntry {
  let name: String
  let typeName: String
  let extents: [Int]
  /// The range of its bytes, relative to the end of the header.
  let range: Range<Int>

  init(name: String, value: JSONValue, path: String) throws(FeatureFileError) {
    func malformed(_ problem: String) -> FeatureFileError {
      .malformedHeader(path: path, place: FeatureFileError.quoted(name), problem: problem)
    }
    guard case .object(let entries) = value else { throw malformed("expected a JSON object") }
    var fields: [String: JSONValue] = [:]
    for entry in entries where fields.updateValue(entry.value, forKey: entry.key) != nil {
      throw malformed("duplicate key \(entry.key)")
    }
    guard case .string(let typeName)? = fields["dtype"] else {
      throw malformed("dtype is missing or not a string")
    }
    guard let extents = Self.counts(fields["shape"]) else {
      throw malformed("shape is missing or not a list of counts")
    }
    guard let offsets = Self.counts(fields["data_offsets"]), offsets.count == 2, offsets[0] <= offsets[1]
    else {
      throw malformed("data_offsets is missing or not a start and an end")
    }
    self.name = name
    self.typeName = typeName
    self.extents = extents
    range = offsets[0]..<offsets[1]
  }

  private static func counts(_ value: JSONValue?) -> [Int]? {
    guard case .array(let elements)? = value else { return nil }
    var counts: [Int] = []
    for element in elements {
      guard case .integer(let count) = element, count >= 0 else { return nil }
      counts.append(count)
    }
    return counts
  }

  /// The array, or the reason why its type is not supported.
  /// - Throws: If it is inconsistent.
  func array(
    in content: ByteRegion, path: String
  ) throws(FeatureFileError) -> Result<NamedArray, FeatureFileError> {
    let place = FeatureFileError.quoted(name)
    guard let type = Self.types[typeName], let elementByteCount = type.byteCount else {
      return .failure(
        .unsupportedElementType(
          path: path, array: name, type: "elements of type \(typeName)", remedy: "save it as F32 or I64"))
    }
    let shape = try ArrayShape(extents, elementByteCount: elementByteCount, place: place, path: path)
    guard shape.byteCount == range.count else {
      throw .impossibleSize(
        path: path, place: place,
        problem:
          "shape \(extents) of \(typeName) needs \(shape.byteCount) bytes, but data_offsets spans \(range.count)"
      )
    }
    guard let bytes = content.slice(at: range.lowerBound, count: range.count) else {
      throw .truncated(
        path: path, place: place, neededByteCount: range.upperBound, foundByteCount: content.count)
    }
    return .success(
      NamedArray(
        name: name, shape: extents, elementType: type, path: path,
        storage: .binary(.mapped(bytes), BinaryLayout(elementByteCount: elementByteCount))))
  }

  private static let types: [String: ElementType] = [
    "BOOL": .bool,
    "I8": .int8, "I16": .int16, "I32": .int32, "I64": .int64,
    "U8": .uint8, "U16": .uint16, "U32": .uint32, "U64": .uint64,
    "F16": .float16, "BF16": .bfloat16, "F32": .float32, "F64": .float64,
  ]
}
