/// NumPy's format for one array. Bytes after the values are left alone, as NumPy does.
enum NPYReader: FormatReader {
  static var formats: [FileFormat] { [.npy] }

  static func recognizes(_ bytes: ByteRegion) -> Bool {
    bytes.prefix(NPYHeader.signature.count) == NPYHeader.signature
  }

  static func read(_ bytes: ByteRegion, path: String) throws(FeatureFileError) -> FeatureFile {
    let name = arrayName(path: path)
    let place = "the header"
    let start = bytes.prefix(NPYHeader.longestPreambleByteCount)
    let headerByteCount = try NPYHeader.byteCount(start: start, place: place, path: path)
    guard headerByteCount <= bytes.count else {
      throw .truncated(
        path: path, place: place, neededByteCount: headerByteCount, foundByteCount: bytes.count)
    }
    let header = try NPYHeader(bytes.prefix(headerByteCount), array: name, place: place, path: path)
    let needed = header.shape.byteCount
    guard let values = bytes.slice(at: headerByteCount, count: needed) else {
      throw .truncated(
        path: path, place: "the array", neededByteCount: needed, foundByteCount: bytes.count - headerByteCount
      )
    }
    let array = NamedArray(
      name: name, shape: header.shape.extents, elementType: header.elementType, path: path,
      storage: .binary(.mapped(values), header.layout))
    return try FeatureFile(path: path, format: .npy, byteCount: bytes.count, arrays: [array])
  }

  /// The file's name without directory and ending.
  private static func arrayName(path: String) -> String {
    let name = path.split(separator: "/").last ?? ""
    guard let dot = name.lastIndex(of: "."), dot != name.startIndex else { return String(name) }
    return String(name[..<dot])
  }
}
