/// MATLAB's format of versions 5 to 7, also written by SciPy and Octave. Version 7.3 is HDF5 (`HDF5Reader`).
///
/// libmatio is not used, so that matrices can be memory-mapped, nothing needs to be installed, and damaged files are
/// handled safely. Shapes are those of MATLAB, except that matrices of one row or one column are vectors. Fields of
/// structures are named `structure.field`.
///
/// The format: mathworks.com/help/pdf_doc/matlab/matfile_format.pdf
enum MATReader: FormatReader {
  private static let headerByteCount = 128
  private static let place = "the header"

  static var formats: [FileFormat] { [.mat] }

  static func recognizes(_ bytes: ByteRegion) -> Bool {
    let start = bytes.prefix(headerByteCount)
    let isTitled = start.starts(with: "MATLAB 5.0 MAT-file".utf8)
    // A file that is truncated within its header is reported when it is read.
    guard start.count == headerByteCount, let isBigEndian = byteOrder(start) else {
      return isTitled && start.count < headerByteCount
    }
    // Programs other than MATLAB and SciPy may write a different header text.
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
      default: throw scanner.malformed("expected an array, but found an element of type \(element.type)")
      }
    }
    return try FeatureFile(
      path: path, format: .mat, byteCount: bytes.count, arrays: collector.arrays,
      unreadable: collector.unreadable)
  }

  /// The array in a compressed element. Its header contains its length.
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
      throw scanner.malformed("expected an array in a compressed element")
    }
    return element.content
  }
}
