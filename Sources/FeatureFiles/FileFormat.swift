/// A supported file format.
public enum FileFormat: String, CaseIterable, Sendable {
  case npy, npz, csv, tsv, safetensors, pt, pkl, h5, mat

  /// The name for messages.
  public var displayName: String {
    switch self {
    case .npy: "NumPy array (.npy)"
    case .npz: "NumPy archive (.npz)"
    case .csv: "comma-separated table (.csv)"
    case .tsv: "tab-separated table (.tsv)"
    case .safetensors: "safetensors (.safetensors)"
    case .pt: "PyTorch file (.pt)"
    case .pkl: "Python pickle (.pkl)"
    case .h5: "HDF5 file (.h5)"
    case .mat: "MATLAB file (.mat)"
    }
  }

  /// The file extensions of this format, in lower case and without the dot.
  public var fileExtensions: [String] {
    switch self {
    case .npy, .npz, .safetensors: [rawValue]
    case .csv: ["csv", "txt"]
    case .tsv: ["tsv", "tab"]
    case .pt: ["pt", "pth"] + Self.commonExtensions
    case .pkl: ["pkl", "pickle"]
    case .h5: ["h5", "hdf5", "hdf", "he5"]
    case .mat: ["mat"]
    }
  }

  /// Extensions that PyTorch files share with many other formats, so they do not identify a format.
  private static let commonExtensions = ["bin", "ckpt"]

  /// Whether the extension of `path` does not identify a format.
  static func isCommon(nameOf path: String) -> Bool {
    commonExtensions.contains { path.lowercased().hasSuffix(".\($0)") }
  }

  /// The format that the extension of `path` indicates, if any. That of `a.csv.gz` is the one of `a.csv`.
  public init?(fileExtensionOf path: String) {
    let name = Compression.uncompressedName(of: path).split(separator: "/").last ?? ""
    guard let dot = name.lastIndex(of: ".") else { return nil }
    let ending = name[name.index(after: dot)...].lowercased()
    guard let format = Self.allCases.first(where: { $0.fileExtensions.contains(ending) }) else { return nil }
    self = format
  }

  /// Whether the extension of `path` indicates a supported format and, if any, a compression supported for that
  /// format.
  public static func isOpened(byNameOf path: String) -> Bool {
    guard let format = FileFormat(fileExtensionOf: path) else { return false }
    return format.isReadCompressed || Compression.uncompressedName(of: path).count == path.count
  }
}

/// A reader of a file format. To add a format, add a conforming type to `FormatRegistry.readers`; the conformance
/// tests then include it.
protocol FormatReader: Sendable {
  /// Whether the content has this format, judging by its first bytes and, if necessary, the rest.
  static func recognizes(_ bytes: ByteRegion) -> Bool

  /// The formats that this type reads.
  static var formats: [FileFormat] { get }

  /// Checks the headers and returns the arrays. Slow readers report progress to `stage`.
  static func read(
    _ bytes: ByteRegion, path: String, stage: ReadStage
  ) throws(FeatureFileError) -> FeatureFile
}

/// All readers, and the selection of one.
enum FormatRegistry {
  /// In the order in which they are tried.
  static let readers: [any FormatReader.Type] = [
    NPYReader.self, TorchReader.self, PickleReader.self, NPZReader.self, HDF5Reader.self,
    MATReader.self, MAT4Reader.self, SafetensorsReader.self,
    TableReader.self,
  ]

  /// Selects a reader by content. Text has no signature, so a file extension of a binary format takes precedence:
  /// without that format's signature, the file is an error and not a table.
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
    // A pipe has no extension, and a table of one column has no separator.
    if promised == nil, InputStream(path) != nil, TableReader.isText(bytes) { return TableReader.self }
    guard let promised else { throw .unknownFormat(path: path) }
    guard promised.isText, let reader = readers.first(where: { $0.formats.contains(promised) }) else {
      throw .wrongSignature(path: path, format: promised)
    }
    return reader
  }
}

extension FileFormat {
  /// Whether the format is text, which has no signature.
  var isText: Bool { self == .csv || self == .tsv }

  /// Whether files may be compressed as a whole. The other formats have their own compression.
  var isReadCompressed: Bool { isText || self == .npy || self == .pkl }
}

/// Common formats that are not supported, with their name and a remedy.
struct ForeignFormat {
  let name: String
  let remedy: String

  private static let signatures: [(bytes: [UInt8], format: ForeignFormat)] = [
    (Array("PAR1".utf8) + [0x15], ForeignFormat(name: "Parquet", remedy: "write it with DataFrame.to_csv")),
    (Array("ARROW1".utf8) + [0], ForeignFormat(name: "Arrow", remedy: "write it with DataFrame.to_csv")),
    (Array("BZh".utf8), ForeignFormat(name: "compressed with bzip2", remedy: "unpack it with bunzip2")),
    ([0x04, 0x22, 0x4D, 0x18], ForeignFormat(name: "compressed with LZ4", remedy: "unpack it with unlz4")),
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
