/// An open file and the named arrays in it.
///
/// Opening reads and checks headers; values are read when asked for (tables, which have no header that
/// could promise anything, are parsed on opening). The file must stay as it is while it is open: a mapped
/// file that another program shortens meanwhile ends the process, as for every program that maps files.
public struct FeatureFile: Sendable {
  /// The path as given to `open`.
  public let path: String
  public let format: FileFormat
  /// Size of the file.
  public private(set) var byteCount: Int
  /// The arrays that can be read, in the order of the file.
  public let arrays: [NamedArray]
  /// Arrays that are in the file but of a type that cannot be read, and why.
  public let unreadable: [String: FeatureFileError]
  /// Text that goes with the arrays (safetensors only).
  public let metadata: [String: String]
  /// Where each array is in `arrays`, by name.
  private let places: [String: Int]
  /// The columns that the arrays are made of; nil where the file is not a table.
  public private(set) var table: Table?
  /// What there is to say about columns of the table: which are left out of the features, and which are not.
  public private(set) var columnRemarks: [ColumnRemark] = []
  /// The column of the table that ``arrays`` name as labels.
  public private(set) var labelColumn: Int?
  /// Why a column of the table that seems to be meant as numbers is text.
  public private(set) var columnObstacle: FeatureFileError?

  /// Opens a file of any format in `FileFormat`; its content decides which, then its name. Tables, `.npy`
  /// and `.pkl` files may be compressed as a whole (gzip, zstd, xz): these are decompressed into memory.
  ///
  /// Complexity: O(headers), but O(file) for tables and files that are compressed as a whole.
  /// - Throws: the first thing wrong with it. One array of an unsupported type among others is no error
  ///   (see `unreadable`); if no array can be read, it is. `cancelled` where the task was cancelled meanwhile.
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

  /// Whether, going by its name, opening this file reads all of it: a table, or compressed as a whole.
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
        // libhdf5 opens the file itself, by its name.
        throw .unsupportedFormat(
          path: path, format: "HDF5 from standard input or a pipe", remedy: "save it to a file and name that")
      }
      return try reader.read(bytes, path: path, stage: stage)
    }
    // A table is gone through once more, which takes about as long as unpacking it.
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

  /// The array of that name, if there is one that can be read. O(1).
  public subscript(name: String) -> NamedArray? { places[name].map { arrays[$0] } }

  /// The array of that name.
  ///
  /// - Throws: why it cannot be read, or `noSuchArray` with the names there are.
  public func array(named name: String) throws(FeatureFileError) -> NamedArray {
    if let array = self[name] { return array }
    if let reason = unreadable[name] { throw reason }
    throw .noSuchArray(path: path, name: name, available: arrays.map(\.name))
  }

  /// Puts together what a reader found; fails on a name that occurs twice, or where nothing can be read.
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

  /// A table, with its columns used so.
  init(
    path: String, format: FileFormat, byteCount: Int, table: Table, use: TableUse
  ) throws(FeatureFileError) {
    let choice = try table.choice(use)
    try self.init(path: path, format: format, byteCount: byteCount, arrays: table.arrays(choice))
    self.table = table
    columnRemarks = choice.remarks
    labelColumn = choice.labels
    columnObstacle = choice.obstacle
  }
}
