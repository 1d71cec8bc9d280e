/// An open file and its named arrays.
///
/// Opening a file reads and checks its headers. Values are read on demand, except for tables, which are parsed on
/// opening. The file must not change while it is open: if another program truncates a memory-mapped file, reading it
/// terminates the process.
public struct FeatureFile: Sendable {
  /// The path, as passed to `open`.
  public let path: String
  public let format: FileFormat
  /// The size of the file.
  public private(set) var byteCount: Int
  /// The readable arrays, in file order.
  public let arrays: [NamedArray]
  /// The arrays that cannot be read, with the reasons.
  public let unreadable: [String: FeatureFileError]
  /// The metadata of the file (safetensors only).
  public let metadata: [String: String]
  /// The index of each array in `arrays`, by name.
  private let places: [String: Int]
  /// The table that the arrays come from; nil if the file is not a table.
  public internal(set) var table: Table?
  /// Remarks about columns of the table: why they are or are not features.
  public private(set) var columnRemarks: [ColumnRemark] = []
  /// The index of the label column of the table.
  public private(set) var labelColumn: Int?
  /// The error that makes an apparently numeric column of the table text.
  public private(set) var columnObstacle: FeatureFileError?
  /// Why no column of the table can be a feature: the first cell of the first column without another use.
  public private(set) var reasonForNoFeatures: FeatureFileError?

  /// Opens a file of any format in `FileFormat`, recognized by its content, then by its file extension. Tables, `.npy`
  /// and `.pkl` files may be compressed as a whole (gzip, zstd, xz); these are decompressed into memory.
  ///
  /// Complexity: O(headers), or O(file) for tables and files that are compressed as a whole.
  /// - Throws: The first error found. Arrays of unsupported types are errors only if no array can be read; see
  ///   `unreadable`. `cancelled` if the task was cancelled.
  public static func open(
    _ path: String, options: ReadOptions = ReadOptions()
  ) throws(FeatureFileError) -> FeatureFile {
    let bytes = try ByteRegion(mappingFileAt: path, memory: options.memory)
    let stage = ReadStage(path: path, byteCount: bytes.count, options: options)
    try stage.advance(to: 0, of: 1)
    let file = try read(bytes, path: path, stage: stage)
    try stage.advance(to: 1, of: 1)
    return file
  }

  /// Whether opening this file reads all of it, judging by its file extension: a table or a file compressed as a
  /// whole.
  public static func isReadOnOpening(_ path: String) -> Bool {
    FileFormat(fileExtensionOf: path)?.isText == true
      || Compression.uncompressedName(of: path).count < path.count
  }

  private static func read(
    _ bytes: ByteRegion, path: String, stage: ReadStage
  ) throws(FeatureFileError) -> FeatureFile {
    guard let compression = Compression(recognizing: bytes) else {
      let reader = try FormatRegistry.reader(for: bytes, path: path)
      if reader == HDF5Reader.self, InputStream(path) != nil {
        // libhdf5 opens files by path.
        throw .unsupportedFormat(
          path: path, format: "HDF5 from standard input or a pipe",
          remedy: "save it to a file and open the file")
      }
      return try reader.read(bytes, path: path, stage: stage)
    }
    // A table is parsed after decompression, which takes about as long as the decompression.
    let isTable = FileFormat(fileExtensionOf: path)?.isText ?? true
    let unpacking = isTable ? stage.part(0, to: 0.5) : stage
    let content = try CompressedFile(compression: compression, bytes: bytes, path: path)
      .decompressed(stage: unpacking)
    guard content.count > 0 else { throw .emptyFile(path: path) }
    let reader = try FormatRegistry.reader(for: content, path: path)
    guard reader.formats.contains(where: \.isReadCompressed) else {
      let name = reader.formats[0].displayName
      throw .unsupportedFormat(
        path: path, format: "a compressed \(name)", remedy: "unpack it with \(compression.unpacker)")
    }
    var file = try reader.read(content, path: path, stage: stage.rest)
    file.byteCount = bytes.count
    return file
  }

  /// The readable array with the given name; nil if there is none. O(1).
  public subscript(name: String) -> NamedArray? { places[name].map { arrays[$0] } }

  /// The array with the given name.
  ///
  /// - Throws: The reason why it cannot be read, or `noSuchArray` with the available names.
  public func array(named name: String) throws(FeatureFileError) -> NamedArray {
    if let array = self[name] { return array }
    if let reason = unreadable[name] { throw reason }
    throw .noSuchArray(path: path, name: name, available: arrays.map(\.name))
  }

  /// Creates a file from the arrays that a reader found. Throws if a name occurs twice or if no array can be read.
  init(
    path: String, format: FileFormat, byteCount: Int, arrays: [NamedArray],
    unreadable: [(name: String, reason: FeatureFileError)] = [], metadata: [String: String] = [:]
  ) throws(FeatureFileError) {
    var names: Set<String> = []
    for name in arrays.map(\.name) + unreadable.map(\.name) where !names.insert(name).inserted {
      throw .duplicateName(path: path, name: name)
    }
    if arrays.isEmpty, let first = unreadable.first { throw first.reason }
    self.path = path
    self.format = format
    self.byteCount = byteCount
    self.arrays = arrays
    places = Dictionary(uniqueKeysWithValues: arrays.enumerated().map { ($1.name, $0) })
    self.unreadable = Dictionary(uniqueKeysWithValues: unreadable.map { ($0.name, $0.reason) })
    self.metadata = metadata
  }

  /// Creates a file from a table and a use of its columns.
  init(
    path: String, format: FileFormat, byteCount: Int, table: Table, use: TableUse
  ) throws(FeatureFileError) {
    let choice = try table.choice(use)
    try self.init(path: path, format: format, byteCount: byteCount, arrays: table.arrays(choice))
    self.table = table
    columnRemarks = choice.remarks
    labelColumn = choice.labels
    columnObstacle = choice.obstacle
    reasonForNoFeatures = choice.reasonForNoFeatures
  }
}
