/// MATLAB's format of versions 5 to 7, which SciPy and Octave write too. Version 7.3 is HDF5 (`HDF5Reader`).
///
/// It is read here instead of by libmatio so that matrices can be mapped, nothing needs to be installed, and
/// no damaged file meets code that trusts it. Shapes are as MATLAB says, but for matrices of one row or one
/// column, which are vectors. Fields of structures have the structure's name before theirs, with a `.`.
///
/// The format: mathworks.com/help/pdf_doc/matlab/matfile_format.pdf
enum MATReader: FormatReader {
  private static let headerByteCount = 128
  private static let place = "the header"

  static var formats: [FileFormat] { [.mat] }

  static func recognizes(_ bytes: ByteRegion) -> Bool {
    let start = bytes.prefix(headerByteCount)
    let isTitled = start.starts(with: "MATLAB 5.0 MAT-file".utf8)
    // What follows a file that was cut short within its header is said when it is read.
    guard start.count == headerByteCount, let isBigEndian = byteOrder(start) else {
      return isTitled && start.count < headerByteCount
    }
    // Other programs than MATLAB and SciPy may begin with other words.
    return isTitled || Array(start[124..<126]) == (isBigEndian ? [1, 0] : [0, 1])
  }

  private static func byteOrder(_ header: [UInt8]) -> Bool? {
    switch (header[126], header[127]) {
    case (0x49, 0x4D): false
    case (0x4D, 0x49): true
    default: nil
    }
  }

  static func read(
    _ bytes: ByteRegion, path: String, stage: ReadStage
  ) throws(FeatureFileError) -> FeatureFile {
    let header = bytes.prefix(headerByteCount)
    guard let content = bytes.slice(at: headerByteCount, count: bytes.count - headerByteCount),
      let isBigEndian = byteOrder(header)
    else {
      throw .truncated(
        path: path, place: place, neededByteCount: headerByteCount, foundByteCount: bytes.count)
    }
    var collector = MATArrays(path: path)
    var scanner = MATScanner(source: .mapped(content), isBigEndian: isBigEndian, path: path)
    while let element = try scanner.next() {
      try stage.advance(to: scanner.offset, of: content.count)
      switch element.type {
      case MATElement.matrix: try collector.collect(element.content, isBigEndian: isBigEndian)
      case MATElement.compressed:
        let matrix = try decompressed(
          element.content, isBigEndian: isBigEndian, path: path, memory: stage.memory)
        try collector.collect(matrix, isBigEndian: isBigEndian)
      default: throw scanner.malformed("an element of type \(element.type) where an array belongs")
      }
    }
    return try FeatureFile(
      path: path, format: .mat, byteCount: bytes.count, arrays: collector.arrays,
      unreadable: collector.unreadable)
  }

  /// The one array in a compressed element; its own beginning says how long it is.
  private static func decompressed(
    _ content: ByteSource, isBigEndian: Bool, path: String, memory: DecompressionMemory
  ) throws(FeatureFileError) -> ByteSource {
    let compressed = try content.region()
    func member(byteCount: Int) throws(FeatureFileError) -> ByteSource {
      let member = try DeflatedMember(
        compressed: compressed, byteCount: byteCount, checksum: nil, name: "an array", path: path,
        memory: memory)
      return .deflated(member, 0..<byteCount)
    }
    let tag = try member(byteCount: MATScanner.tagByteCount).prefix(MATScanner.tagByteCount)
    let byteCount = MATScanner.tagByteCount + MATScanner.words(tag, isBigEndian: isBigEndian)[1]
    var scanner = MATScanner(source: try member(byteCount: byteCount), isBigEndian: isBigEndian, path: path)
    guard let element = try scanner.next(), element.type == MATElement.matrix else {
      throw scanner.malformed("a compressed element that is no array")
    }
    return element.content
  }
}
