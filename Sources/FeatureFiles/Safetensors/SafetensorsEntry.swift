/// What the header says about one tensor.
struct SafetensorsEntry {
  let name: String
  let typeName: String
  let extents: [Int]
  /// Where its bytes are, counted from the end of the header.
  let range: Range<Int>

  init(name: String, value: JSONValue, path: String) throws(FeatureFileError) {
    func malformed(_ problem: String) -> FeatureFileError {
      .malformedHeader(path: path, place: FeatureFileError.quoted(name), problem: problem)
    }
    guard case .object(let entries) = value else { throw malformed("is not described by a JSON object") }
    var fields: [String: JSONValue] = [:]
    for entry in entries where fields.updateValue(entry.value, forKey: entry.key) != nil {
      throw malformed("says \(entry.key) twice")
    }
    guard case .string(let typeName)? = fields["dtype"] else { throw malformed("has no dtype") }
    guard let extents = Self.counts(fields["shape"]) else { throw malformed("has no shape") }
    guard let offsets = Self.counts(fields["data_offsets"]), offsets.count == 2, offsets[0] <= offsets[1]
    else {
      throw malformed("has no data_offsets of a beginning and an end")
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

  /// The array, or why its type cannot be read.
  ///
  /// - Throws: where it contradicts itself.
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
          "shape \(extents) of \(typeName) needs \(shape.byteCount) bytes, data_offsets gives \(range.count)")
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
