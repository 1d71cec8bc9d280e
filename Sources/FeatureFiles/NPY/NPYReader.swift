/// NumPy's format for one array. Bytes after the values are left alone, as NumPy does.
enum NPYReader: FormatReader {
  static var formats: [FileFormat] { [.npy] }

  static func recognizes(_ bytes: ByteRegion) -> Bool {
    bytes.prefix(NPYHeader.signature.count) == NPYHeader.signature
  }

  static func read(
    _ bytes: ByteRegion, path: String, stage: ReadStage
  ) throws(FeatureFileError) -> FeatureFile {
    let array = try array(
      in: .mapped(bytes), name: arrayName(path: path), headerPlace: "the header", place: "the array",
      path: path)
    return try FeatureFile(path: path, format: .npy, byteCount: bytes.count, arrays: [array])
  }

  /// The array in `source`, which begins with a header.
  ///
  /// - Parameters: `headerPlace` and `place` are how messages name the header and the array.
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

  /// The file's name without directory and ending, and without that of a compression.
  static func arrayName(path: String) -> String {
    let name = Compression.uncompressedName(of: path).split(separator: "/").last ?? ""
    guard let dot = name.lastIndex(of: "."), dot != name.startIndex else { return String(name) }
    return String(name[..<dot])
  }
}
