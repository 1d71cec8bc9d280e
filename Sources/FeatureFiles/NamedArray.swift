/// An array in a file. Its values are read when asked for.
///
/// Shapes are in row-major (C) order whatever the order in the file: `shape[0]` counts rows, one per sample.
/// Reads may run concurrently.
public struct NamedArray: Sendable {
  /// The name in the file; for a bare `.npy` the file's name without directory and ending.
  public let name: String
  /// Extents; empty for a scalar.
  public let shape: [Int]
  public let elementType: ElementType
  /// The file it is in, for messages.
  let path: String
  let storage: ArrayStorage
  /// What was listed before under another name and holds the same values; nil where this name is the first. Links of
  /// HDF5 files give a dataset several names.
  public internal(set) var aliasOf: String?
  /// A matrix of one row or one column where this is it without that dimension.
  private var matrixForm: MatrixForm?
  /// For members of archives that are stored as they are; see ``IntegrityCheck``.
  var storedChecksum: StoredChecksum?

  init(name: String, shape: [Int], elementType: ElementType, path: String, storage: ArrayStorage) {
    self.name = name
    self.shape = shape
    self.elementType = elementType
    self.path = path
    self.storage = storage
  }

  /// `shape[0]`; a scalar is one row of one element.
  public var rowCount: Int { shape.first ?? 1 }

  /// Elements per row, the product of `shape[1...]`; 1 for vectors and scalars. It cannot overflow: shapes
  /// whose product does are refused on opening.
  public var rowLength: Int { shape.dropFirst().reduce(1, *) }

  /// Elements altogether.
  public var elementCount: Int { rowCount * rowLength }

  /// Bytes that all values take in the file, decompressed; as numbers where the file is a table. Nil for text of
  /// different lengths.
  public var byteCount: Int? {
    if case .binary(_, let layout) = storage { return elementCount * layout.elementByteCount }
    return elementType.byteCount.map { elementCount * $0 }
  }

  /// With both dimensions where the file has a matrix of one row or one column: to MATLAB every vector is one, and
  /// `shape` leaves that dimension out, but features need it. Any other array as it is.
  public var asMatrix: NamedArray {
    guard let matrixForm else { return self }
    var array = NamedArray(
      name: name, shape: matrixForm.shape, elementType: elementType, path: path, storage: matrixForm.storage)
    array.aliasOf = aliasOf
    return array
  }

  /// This array, whose ``asMatrix`` is the other one.
  func withMatrixForm(_ array: NamedArray?) -> NamedArray {
    var copy = self
    copy.matrixForm = array.map { MatrixForm(shape: $0.shape, storage: $0.storage) }
    return copy
  }

  /// Whether values are read straight from the mapped file, so that they take no memory of their own.
  public var isMemoryMapped: Bool {
    switch storage {
    case .binary(.mapped(let region), _): region.isMapped
    case .joined(let joined): joined.parts.allSatisfy(\.isMemoryMapped)
    default: false
    }
  }

  /// Whether the first values that are asked for decompress all: see ``decompress(report:)``.
  public var isCompressedAsAWhole: Bool {
    switch storage {
    case .binary(.deflated, _): true
    case .joined(let joined): joined.parts.contains(where: \.isCompressedAsAWhole)
    default: false
    }
  }

  /// Decompresses now what is compressed as a whole, so that reading rows is quick from the first one on.
  ///
  /// - Parameter report: told how many bytes are there, and how many there will be; not where they are at hand.
  /// - Throws: what is wrong with compressed bytes; `cancelled`.
  public func decompress(
    report: (_ completed: Int, _ of: Int) -> Void = { _, _ in }
  ) throws(FeatureFileError) {
    switch storage {
    case .binary(.deflated(let member, _), _): _ = try member.region(report: report)
    case .joined(let joined):
      for (index, part) in joined.parts.enumerated() {
        try part.decompress()
        report(index + 1, joined.parts.count)
      }
    default: break
    }
  }

  /// Whether there is memory to decompress the array, before anything is decompressed. O(1).
  ///
  /// - Throws: `memoryExceeded`, with how much it takes.
  public func checkMemory() throws(FeatureFileError) {
    switch storage {
    case .binary(.deflated(let member, _), _): try member.checkMemory()
    case .joined(let joined): for part in joined.parts { try part.checkMemory() }
    default: break
    }
  }

  /// Gives back the memory of what was decompressed; it is decompressed again when values are asked for again.
  public func discardDecompressed() {
    switch storage {
    case .binary(.deflated(let member, _), _): member.discard()
    case .joined(let joined): for part in joined.parts { part.discardDecompressed() }
    default: break
    }
  }

  /// The names of columns, where it is made of columns of a table that have names; as many as ``rowLength``.
  public internal(set) var columnNames: [String]?
  /// The table that it is made of.
  var table: Table?

  /// The type of the elements in the file.
  var storedType: ElementType {
    if case .binary(_, let layout) = storage { layout.storedType ?? elementType } else { elementType }
  }
}

/// The shape of an array and where its values are.
private struct MatrixForm: Sendable {
  let shape: [Int]
  let storage: ArrayStorage
}

/// Where the values of an array are.
enum ArrayStorage: Sendable {
  /// Bytes in a file, decoded on demand.
  case binary(ByteSource, BinaryLayout)
  case doubles([Double])
  /// Stretches of columns of a table.
  case columns(TableNumbers, [Range<Int>])
  case integers([Int])
  case strings([String])
  /// Text that is not read before it is asked for.
  case deferredStrings(any TextSource)
  /// The rows of other arrays, one after the other.
  case joined(JoinedArrays)
}

/// Arrays of one element type whose rows are of one length, one after the other: batches that were saved as a list.
struct JoinedArrays: Sendable {
  let parts: [NamedArray]
  /// `starts[p]` is the first row of part p among all rows; one more entry for the end.
  private let starts: [Int]

  init(_ parts: [NamedArray]) {
    self.parts = parts
    var starts = [0]
    starts.reserveCapacity(parts.count + 1)
    var count = 0
    for part in parts {
      count += part.rowCount
      starts.append(count)
    }
    self.starts = starts
  }

  /// The first row of a part.
  func start(ofPart part: Int) -> Int { starts[part] }

  /// Lends the parts that hold `rows`, in their order, each with its rows as it counts them. O(runs · log parts).
  func forEachPart<Failure>(
    of rows: RowSelection, _ body: (_ part: Int, _ rows: RowSelection) throws(Failure) -> Void
  ) throws(Failure) {
    var current = 0
    var selection = RowSelection([])
    for run in rows.runs {
      var row = run.lowerBound
      while row < run.upperBound {
        let part = part(of: row)
        if part != current, selection.count > 0 {
          try body(current, selection)
          selection = RowSelection([])
        }
        current = part
        let end = min(run.upperBound, starts[part + 1])
        selection.append(row - starts[part]..<end - starts[part])
        row = end
      }
    }
    if selection.count > 0 { try body(current, selection) }
  }

  /// The part that holds a row: the last one that starts at or before it, as parts before it may be empty.
  private func part(of row: Int) -> Int {
    var (low, high) = (0, parts.count - 1)
    while low < high {
      let middle = (low + high + 1) / 2
      if starts[middle] <= row { low = middle } else { high = middle - 1 }
    }
    return low
  }
}

/// Text in a file.
protocol TextSource: Sendable {
  /// All of it, row-major.
  func strings() throws(FeatureFileError) -> [String]
}

/// How the elements of an array are laid out in bytes.
struct BinaryLayout: Sendable {
  enum Text: Sendable {
    /// 32-bit code points padded with zeros (NumPy `U`).
    case utf32
    /// Bytes padded with zeros (NumPy `S`), taken as UTF-8.
    case utf8
    /// HDF5's, ended by a zero or padded up to the length; see ``EscapedText``.
    case hdf5Terminated
    case hdf5Padded(by: UInt8)
  }

  /// Bytes per element.
  var elementByteCount: Int
  var isBigEndian = false
  /// Elements from one index to the next, for each dimension; `nil` where the last varies fastest without
  /// gaps.
  var strides: [Int]?
  /// The type of the elements in the file, where the array is said to be of another: MATLAB keeps doubles that
  /// are small integers as such.
  var storedType: ElementType?
  var text = Text.utf8
}
