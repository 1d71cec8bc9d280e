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
    if case .binary(.mapped(let region), _) = storage { region.isMapped } else { false }
  }

  /// Whether the first values that are asked for decompress all: see ``decompress(report:)``.
  public var isCompressedAsAWhole: Bool {
    if case .binary(.deflated, _) = storage { true } else { false }
  }

  /// Decompresses now what is compressed as a whole, so that reading rows is quick from the first one on.
  ///
  /// - Parameter report: told how many bytes are there, and how many there will be; not where they are at hand.
  /// - Throws: what is wrong with compressed bytes; `cancelled`.
  public func decompress(
    report: (_ completed: Int, _ of: Int) -> Void = { _, _ in }
  ) throws(FeatureFileError) {
    if case .binary(.deflated(let member, _), _) = storage { _ = try member.region(report: report) }
  }

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
  case integers([Int])
  case strings([String])
  /// Text that is not read before it is asked for.
  case deferredStrings(any TextSource)
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
