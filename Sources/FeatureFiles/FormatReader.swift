/// Reads one file format. To add a format: conform a type in a file of its own and name it in
/// `FormatRegistry.readers`; the conformance tests then run on it.
protocol FormatReader: Sendable {
  /// Whether the content is this format's, judging by its first bytes (and, where that needs it, the rest).
  static func recognizes(_ bytes: ByteRegion) -> Bool

  /// The formats this reads.
  static var formats: [FileFormat] { get }

  /// Checks the headers and gives the arrays. What takes long tells `stage` how far it is.
  static func read(
    _ bytes: ByteRegion, path: String, stage: ReadStage
  ) throws(FeatureFileError) -> FeatureFile
}

/// All readers, and the choice among them.
enum FormatRegistry {
  /// In the order in which they are asked.
  static let readers: [any FormatReader.Type] = [
    NPYReader.self, TorchReader.self, PickleReader.self, NPZReader.self, HDF5Reader.self,
    MATReader.self, MAT4Reader.self, SafetensorsReader.self,
    TableReader.self,
  ]

  /// By content. Text has no signature, so a name that promises a binary format is believed first: what
  /// does not begin like one is an error and no table.
  static func reader(
    for bytes: ByteRegion, path: String
  ) throws(FeatureFileError) -> any FormatReader.Type {
    let promised = FileFormat.isCommon(nameOf: path) ? nil : FileFormat(fileExtensionOf: path)
    for reader in readers where reader.recognizes(bytes) {
      if reader.formats.contains(where: \.isText), let promised, !promised.isText { break }
      return reader
    }
    if promised == .pkl || promised == .pt, PickleReader.mayBeTextual(bytes) { return PickleReader.self }
    if let foreign = ForeignFormat(recognizing: bytes) {
      throw .unsupportedFormat(path: path, format: foreign.name, remedy: foreign.remedy)
    }
    // A pipe has no name that could promise anything, and a table of one column no separator.
    if promised == nil, InputStream(path) != nil, TableReader.isText(bytes) { return TableReader.self }
    guard let promised else { throw .unknownFormat(path: path) }
    guard promised.isText, let reader = readers.first(where: { $0.formats.contains(promised) }) else {
      throw .wrongSignature(path: path, format: promised)
    }
    return reader
  }
}

extension FileFormat {
  /// Text has no signature, so the name of a text file is believed.
  var isText: Bool { self == .csv || self == .tsv }

  /// Whether a file compressed as a whole is read; the others have compressions of their own.
  var isReadCompressed: Bool { isText || self == .npy || self == .pkl }
}
