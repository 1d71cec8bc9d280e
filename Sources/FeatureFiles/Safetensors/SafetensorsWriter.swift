/// Writes safetensors. The format does not support text: arrays of strings are stored in the metadata as JSON lists
/// under their names, from which `FeatureFile.open` restores them.
public enum SafetensorsWriter {
  /// Writes `arrays` to `path` atomically (see `AtomicFile`).
  public static func write(
    _ arrays: [OutputArray], metadata: [String: String] = [:], to path: String
  ) throws(FeatureFileError) {
    try write(arrays, metadata: metadata, to: path) { () throws(FeatureFileError) in }
  }

  /// - Parameter beforeNaming: Called when the content is complete, before the file gets its name.
  static func write(
    _ arrays: [OutputArray], metadata: [String: String], to path: String,
    beforeNaming: () throws(FeatureFileError) -> Void
  ) throws(FeatureFileError) {
    try OutputArray.check(arrays, path: path)
    var metadata = metadata
    var tensors: [OutputArray] = []
    for array in arrays {
      guard case .strings(let values) = array.values else {
        tensors.append(array)
        continue
      }
      guard array.shape.count == 1 else {
        throw .unwritableArray(
          path: path, array: array.name,
          problem: "safetensors stores text as one-dimensional lists, not with shape \(array.shape)")
      }
      guard metadata[array.name] == nil else { throw .duplicateName(path: path, name: array.name) }
      metadata[array.name] = JSONValue.array(values.map(JSONValue.string)).text
    }
    // Writing wide elements first keeps every array aligned.
    tensors.sort { elementByteCount($0) > elementByteCount($1) }
    let header = header(tensors, metadata)
    try AtomicFile.write(to: path) { writer in
      var length = LittleEndianBytes()
      length.append(header.count, UInt64.self)
      try writer.write(length.bytes)
      try writer.write(header)
      for tensor in tensors { try tensor.forEachPiece(path: path, writer.write) }
      try beforeNaming()
    }
  }

  /// The size of an array among the tensors; 0 for text, which is in the metadata.
  static func byteCount(of array: OutputArray) -> Int { array.values.count * elementByteCount(array) }

  private static func header(_ tensors: [OutputArray], _ metadata: [String: String]) -> [UInt8] {
    var entries: [JSONValue.Entry] = []
    if !metadata.isEmpty {
      let texts = metadata.sorted { $0.key < $1.key }
        .map { JSONValue.Entry(key: $0.key, value: .string($0.value)) }
      entries.append(JSONValue.Entry(key: SafetensorsReader.metadataKey, value: .object(texts)))
    }
    var offset = 0
    for tensor in tensors {
      let end = offset + tensor.values.count * elementByteCount(tensor)
      let description: [JSONValue.Entry] = [
        JSONValue.Entry(key: "dtype", value: .string(typeName(tensor))),
        JSONValue.Entry(key: "shape", value: .array(tensor.shape.map(JSONValue.integer))),
        JSONValue.Entry(key: "data_offsets", value: .array([.integer(offset), .integer(end)])),
      ]
      entries.append(JSONValue.Entry(key: tensor.name, value: .object(description)))
      offset = end
    }
    var header = Array(JSONValue.object(entries).text.utf8)
    // The format requires padding with spaces to a multiple of 8.
    header += repeatElement(UInt8(ascii: " "), count: (8 - header.count % 8) % 8)
    return header
  }

  private static func typeName(_ array: OutputArray) -> String {
    switch array.values {
    case .float64, .float64Pieces: "F64"
    case .float32: "F32"
    case .int64: "I64"
    case .uint8: "U8"
    case .strings: ""
    }
  }

  private static func elementByteCount(_ array: OutputArray) -> Int {
    switch array.values {
    case .float64, .float64Pieces, .int64: 8
    case .float32: 4
    case .uint8: 1
    case .strings: 0
    }
  }
}
