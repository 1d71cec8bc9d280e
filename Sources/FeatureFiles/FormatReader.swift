/// Reads one file format. To add a format: conform a type in a file of its own and name it in
/// `FormatRegistry.readers`; the conformance tests then run on it.
protocol FormatReader: Sendable {
  /// Whether the content is this format's, judging by its first bytes (and, where that needs it, the rest).
  static func recognizes(_ bytes: ByteRegion) -> Bool

  /// The formats this reads.
  static var formats: [FileFormat] { get }

  /// Checks the headers and gives the arrays.
  static func read(_ bytes: ByteRegion, path: String) throws(FeatureFileError) -> FeatureFile
}

/// All readers, and the choice among them.
enum FormatRegistry {
  /// In the order in which they are asked.
  static let readers: [any FormatReader.Type] = [NPYReader.self, SafetensorsReader.self]

  /// By content, and where no reader recognizes that, by name.
  static func reader(
    for bytes: ByteRegion, path: String
  ) throws(FeatureFileError) -> any FormatReader.Type {
    if let reader = readers.first(where: { $0.recognizes(bytes) }) { return reader }
    if let foreign = ForeignFormat(recognizing: bytes) {
      throw .unsupportedFormat(path: path, format: foreign.name, remedy: foreign.remedy)
    }
    if let format = FileFormat(fileExtensionOf: path) {
      guard let reader = readers.first(where: { $0.formats.contains(format) }), format.isText else {
        throw .wrongSignature(path: path, format: format)
      }
      return reader
    }
    throw .unknownFormat(path: path)
  }
}

extension FileFormat {
  /// Text has no signature, so the name of a text file is believed.
  var isText: Bool { self == .csv || self == .tsv }
}

/// Formats that are not read, but often met: their name, and the way out.
struct ForeignFormat {
  let name: String
  let remedy: String

  private static let signatures: [(bytes: [UInt8], format: ForeignFormat)] = [
    (
      [0x89, 0x48, 0x44, 0x46, 0x0D, 0x0A, 0x1A, 0x0A],
      ForeignFormat(name: "HDF5", remedy: "write its arrays with numpy.savez")
    ),
    (
      Array("MATLAB 5.0 MAT-file".utf8),
      ForeignFormat(name: "a MATLAB file", remedy: "write its arrays with numpy.savez")
    ),
    ([0x1F, 0x8B], ForeignFormat(name: "compressed by gzip", remedy: "unpack it with gunzip")),
    ([0x28, 0xB5, 0x2F, 0xFD], ForeignFormat(name: "compressed by zstd", remedy: "unpack it with unzstd")),
    ([0xFD, 0x37, 0x7A, 0x58, 0x5A], ForeignFormat(name: "compressed by xz", remedy: "unpack it with unxz")),
    (Array("PAR1".utf8), ForeignFormat(name: "Parquet", remedy: "write it with DataFrame.to_csv")),
    (Array("ARROW1".utf8), ForeignFormat(name: "Arrow", remedy: "write it with DataFrame.to_csv")),
    ([0xFF, 0xFE], ForeignFormat(name: "UTF-16 text", remedy: "save it as UTF-8")),
    ([0xFE, 0xFF], ForeignFormat(name: "UTF-16 text", remedy: "save it as UTF-8")),
    (
      [0x80, 0x02],
      ForeignFormat(name: "a Python pickle", remedy: "write its arrays with numpy.savez")
    ),
    (
      [0x80, 0x04],
      ForeignFormat(name: "a Python pickle", remedy: "write its arrays with numpy.savez")
    ),
    (
      [0x80, 0x05],
      ForeignFormat(name: "a Python pickle", remedy: "write its arrays with numpy.savez")
    ),
  ]

  private init(name: String, remedy: String) {
    self.name = name
    self.remedy = remedy
  }

  init?(recognizing bytes: ByteRegion) {
    let start = bytes.prefix(32)
    guard let match = Self.signatures.first(where: { start.starts(with: $0.bytes) }) else { return nil }
    self = match.format
  }
}
