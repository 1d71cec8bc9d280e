/// The safetensors format: an 8-byte length, a JSON header of that length, the tensors one after another.
///
/// Checked as strictly as by its reference implementation: tensors must fill the rest of the file without
/// gap or overlap. Metadata that is a JSON list of strings is offered as an array of text too, unless a
/// tensor has its name: it is the usual way to keep ids and class names with tensors.
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
    // A text that has a brace as its ninth character has a non-zero eighth.
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
      throw .impossibleSize(path: path, place: place, problem: "a header of \(length) bytes")
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
        path: path, place: place, problem: "is not JSON at byte \(error.offset + 8): \(error.problem)")
    }
    guard case .object(let entries) = json else {
      throw .malformedHeader(path: path, place: place, problem: "is not a JSON object")
    }
    var names: Set<String> = []
    for name in entries.map(\.key) where !names.insert(name).inserted {
      throw .duplicateName(path: path, name: name)
    }
    return entries
  }

  private static func texts(in value: JSONValue, path: String) throws(FeatureFileError) -> [String: String] {
    let malformed = FeatureFileError.malformedHeader(
      path: path, place: metadataKey, problem: "is not an object of texts")
    // The reference implementation takes null for none.
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

  /// Tensors, in order of their beginnings, must follow each other without gap or overlap to the end.
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
            "begins at byte \(tensor.range.lowerBound), \(tensor.range.lowerBound - end) after the one before"
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
