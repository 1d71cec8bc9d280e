/// An array in a file. Its values are read on demand.
///
/// Shapes are in row-major (C) order, regardless of the order in the file: `shape[0]` is the number of rows, one per
/// sample. Reads may run concurrently.
public struct NamedArray: Sendable {
  /// The name in the file; for an `.npy` file, the file name without its extension.
  public let name: String
  /// The extents; empty for a scalar.
  public let shape: [Int]
  public let elementType: ElementType
  /// The path of the file, for messages.
  let path: String
  let storage: ArrayStorage
  /// The first name of the same dataset; nil if this is the first name. Links in HDF5 files give a dataset several
  /// names.
  public internal(set) var aliasOf: String?
  /// Whether the file holds the values as Python objects, one by one.
  public internal(set) var areObjects = false
  /// The matrix of one row or one column that this array is a vector of.
  private var matrixForm: MatrixForm?
  /// The checksum of an uncompressed archive member; see ``IntegrityCheck``.
  var storedChecksum: StoredChecksum?

  init(name: String, shape: [Int], elementType: ElementType, path: String, storage: ArrayStorage) {
    self.name = name
    self.shape = shape
    self.elementType = elementType
    self.path = path
    self.storage = storage
  }

  /// `shape[0]`; 1 for a scalar.
  public var rowCount: Int { shape.first ?? 1 }

  /// The number of elements per row, the product of `shape[1...]`; 1 for vectors and scalars. It cannot overflow,
  /// since opening rejects such shapes.
  public var rowLength: Int { shape.dropFirst().reduce(1, *) }

  /// The number of elements.
  public var elementCount: Int { rowCount * rowLength }

  /// The number of bytes of all values, decompressed; for tables, that of their numbers. Nil for text of different
  /// lengths.
  public var byteCount: Int? {
    if case .binary(_, let layout) = storage { return elementCount * layout.elementByteCount }
    return elementType.byteCount.map { elementCount * $0 }
  }

  /// The array with both dimensions if the file has a matrix of one row or one column; any other array unchanged. In
  /// MATLAB, vectors are such matrices. `shape` omits the dimension of extent 1, but features need it.
  public var asMatrix: NamedArray {
    guard let matrixForm else { return self }
    var array = NamedArray(
      name: name, shape: matrixForm.shape, elementType: elementType, path: path, storage: matrixForm.storage)
    array.aliasOf = aliasOf
    return array
  }

  /// This array with the given array as its ``asMatrix``.
  func withMatrixForm(_ array: NamedArray?) -> NamedArray {
    var copy = self
    copy.matrixForm = array.map { MatrixForm(shape: $0.shape, storage: $0.storage) }
    return copy
  }

  /// Whether values are read from the memory-mapped file and take no other memory.
  public var isMemoryMapped: Bool {
    switch storage {
    case .binary(.mapped(let region), _): region.isMapped
    case .joined(let joined): joined.parts.allSatisfy(\.isMemoryMapped)
    default: false
    }
  }

  /// Whether reading any value decompresses all values; see ``decompress(report:)``.
  public var isCompressedAsAWhole: Bool {
    switch storage {
    case .binary(.deflated, _): true
    case .joined(let joined): joined.parts.contains(where: \.isCompressedAsAWhole)
    default: false
    }
  }

  /// Decompresses an array that is compressed as a whole, so that reading rows is fast afterwards.
  ///
  /// - Parameter report: Receives the number of decompressed bytes and their total. Not called if they are already in
  ///   memory.
  /// - Throws: The errors of decompression; `cancelled`.
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

  /// Checks that there is enough memory to decompress the array. O(1).
  ///
  /// - Throws: `memoryExceeded` with the required memory.
  public func checkMemory() throws(FeatureFileError) {
    switch storage {
    case .binary(.deflated(let member, _), _): try member.checkMemory()
    case .joined(let joined): for part in joined.parts { try part.checkMemory() }
    default: break
    }
  }

  /// Frees memory that reading takes again on demand: decompressed values, and pages of a mapped file.
  public func releaseMemory() {
    switch storage {
    case .binary(.deflated(let member, _), _): member.discard()
    case .binary(.mapped(let region), _): region.releasePages()
    case .joined(let joined): for part in joined.parts { part.releaseMemory() }
    default: break
    }
  }

  /// The names of the columns of a table that the array consists of, ``rowLength`` of them; nil without names.
  public internal(set) var columnNames: [String]?
  /// The table that the array comes from.
  var table: Table?

  /// The type of the elements in the file.
  var storedType: ElementType {
    if case .binary(_, let layout) = storage { layout.storedType ?? elementType } else { elementType }
  }
}

/// The shape and storage of an array.
private struct MatrixForm: Sendable {
  let shape: [Int]
  let storage: ArrayStorage
}

/// The storage of an array's values.
enum ArrayStorage: Sendable {
  /// Bytes of a file, decoded on demand.
  case binary(ByteSource, BinaryLayout)
  case doubles([Double])
  /// Ranges of columns of a table.
  case columns(TableNumbers, [Range<Int>])
  case integers([Int])
  case strings([String])
  /// Text that is read on demand.
  case deferredStrings(any TextSource)
  /// The concatenated rows of other arrays.
  case joined(JoinedArrays)
}

/// A concatenation of arrays with the same element type and row length, such as batches saved as a list.
struct JoinedArrays: Sendable {
  let parts: [NamedArray]
  /// `starts[p]` is the first row of part p among all rows. The last entry is the number of rows.
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

  /// Calls `body` for the parts that contain `rows`, in order, with the row numbers within each part.
  /// O(runs · log parts).
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

  /// The part that contains a row: the last one that starts at or before it, since earlier parts may be empty.
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

/// The memory layout of an array's elements.
struct BinaryLayout: Sendable {
  enum Text: Sendable {
    /// 32-bit code points padded with zeros (NumPy `U`).
    case utf32
    /// Bytes padded with zeros (NumPy `S`), decoded as UTF-8.
    case utf8
    /// HDF5 strings, null-terminated or padded to their length; see ``EscapedText``.
    case hdf5Terminated
    case hdf5Padded(by: UInt8)
  }

  /// The number of bytes per element.
  var elementByteCount: Int
  var isBigEndian = false
  /// The stride of each dimension, in elements; nil for contiguous row-major order.
  var strides: [Int]?
  /// The type of the elements in the file if it differs from the array's: MATLAB stores doubles that are small
  /// integers as integers.
  var storedType: ElementType?
  var text = Text.utf8
}
