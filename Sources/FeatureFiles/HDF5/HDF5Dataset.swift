import CHDF5

/// What the child says about one dataset.
struct HDF5Dataset {
  let name: String
  private let header: gmmscope_hdf5_dataset
  /// As in the file.
  private let extents: [UInt64]
  private let problem: String
  private let matlabClass: String
  private let isMATLAB: Bool

  /// Deflate cannot do better than 258 bytes in two bits; what is small anyway needs no proof.
  private static let largestRatio = 1032
  private static let smallByteCount = 1 << 20
  /// Texts of one column often share beginnings, and so compress well.
  private static let textRatio = 64

  /// The next of the list, `nil` at its end.
  init?(from child: HDF5Child, isMATLAB: Bool) throws(FeatureFileError) {
    let record = try child.nextRecord()
    if record == GMMSCOPE_HDF5_END { return nil }
    guard record == GMMSCOPE_HDF5_DATASET else { throw child.malformed("libhdf5 lists what is no dataset") }
    header = try child.nextDataset()
    guard header.rank <= 32 else { throw child.malformed("a dataset has \(header.rank) dimensions") }
    var extents: [UInt64] = []
    for _ in 0..<header.rank { extents.append(try child.next(UInt64.self)) }
    self.extents = extents
    name = try child.nextText(byteCount: header.name_byte_count)
    problem = try child.nextText(byteCount: header.problem_byte_count)
    matlabClass = try child.nextText(byteCount: header.matlab_class_byte_count)
    self.isMATLAB = isMATLAB
  }

  /// The array, or why its type cannot be read.
  ///
  /// - Throws: where it cannot be in the file.
  func array(
    in bytes: ByteRegion, path: String
  ) throws(FeatureFileError) -> Result<NamedArray, FeatureFileError> {
    let place = FeatureFileError.quoted(name)
    guard let elementType else {
      return .failure(
        .unsupportedElementType(
          path: path, array: name, type: problem.isEmpty ? "elements of an unusual type" : problem,
          remedy: remedy))
    }
    var counts: [Int] = []
    for extent in isMATLAB ? extents.reversed() : extents {
      guard let count = Int(exactly: extent) else {
        throw .impossibleSize(path: path, place: place, problem: "shape \(extents) is larger than any memory")
      }
      counts.append(count)
    }
    if isMATLAB && header.is_matlab_empty != 0 { counts = [0] }
    let elementByteCount = Int(header.element_byte_count)
    let shape = try ArrayShape(counts, elementByteCount: elementByteCount, place: place, path: path)
    if shape.elementCount == 0 {
      let storage = elementType == .string ? ArrayStorage.strings([]) : .doubles([])
      return .success(
        NamedArray(name: name, shape: counts, elementType: elementType, path: path, storage: storage))
    }
    if kind == GMMSCOPE_HDF5_VARIABLE_TEXT || kind == GMMSCOPE_HDF5_REFERENCE {
      return texts(counts, shape, fileByteCount: bytes.count, path: path)
    }
    let isText = isMATLAB && matlabClass == "char"
    let extents = isMATLAB && !isText ? MATLABText.squeezed(counts) : counts
    let source = try source(of: shape, rows: extents.first ?? 1, in: bytes, place: place, path: path)
    let layout = BinaryLayout(
      elementByteCount: elementByteCount, isBigEndian: header.is_big_endian != 0,
      strides: isMATLAB && extents.count > 1 ? ArrayShape.columnMajorStrides(extents) : nil, text: textEnd)
    let array = NamedArray(
      name: name, shape: extents, elementType: elementType, path: path, storage: .binary(source, layout))
    return .success(isText ? MATLABText.array(of: array) : array)
  }

  /// Texts that are apart from each other in the file.
  private func texts(
    _ counts: [Int], _ shape: ArrayShape, fileByteCount: Int, path: String
  ) -> Result<NamedArray, FeatureFileError> {
    let extents = isMATLAB ? MATLABText.squeezed(counts) : counts
    guard !isMATLAB || extents.count <= 1 else {
      return .failure(
        .unsupportedElementType(
          path: path, array: name, type: "a matrix of cells", remedy: "save each column as a cell array"))
    }
    let source = HDF5Texts(
      path: path, dataset: name, name: name, rowCount: extents.first ?? 1, elementCount: shape.elementCount,
      byteCountLimit: Self.smallByteCount + Self.textRatio * fileByteCount,
      isCells: kind == GMMSCOPE_HDF5_REFERENCE, isLastDimension: countsByLast(rows: extents.first ?? 1))
    return .success(
      NamedArray(
        name: name, shape: extents, elementType: .string, path: path, storage: .deferredStrings(source)))
  }

  /// Whether rows are counted by the last dimension in the file: the first that MATLAB has, unless it wrote a
  /// vector as a single row.
  private func countsByLast(rows: Int) -> Bool { isMATLAB && extents.last == UInt64(rows) }

  /// Where the values are: in the mapped file if they are in one piece.
  private func source(
    of shape: ArrayShape, rows: Int, in bytes: ByteRegion, place: String, path: String
  ) throws(FeatureFileError) -> ByteSource {
    if let offset = Int(exactly: header.offset) {
      guard let part = bytes.slice(at: offset, count: shape.byteCount) else {
        throw .truncated(
          path: path, place: place, neededByteCount: shape.byteCount,
          foundByteCount: max(0, bytes.count - offset))
      }
      return .mapped(part)
    }
    let stored = Int(clamping: header.stored_byte_count)
    guard stored <= bytes.count,
      shape.byteCount <= Self.smallByteCount || shape.byteCount / Self.largestRatio <= stored
    else {
      throw .impossibleSize(
        path: path, place: place,
        problem: "claims to hold \(shape.byteCount) bytes in \(stored) of a file of \(bytes.count)")
    }
    return .rows(
      HDF5Rows(
        path: path, dataset: name, rowCount: rows, rowByteCount: shape.byteCount / rows,
        isColumnMajor: isMATLAB, isLastDimension: countsByLast(rows: rows)))
  }

  // MARK: Element types

  private var kind: gmmscope_hdf5_kind { gmmscope_hdf5_kind(rawValue: header.kind) }

  private var elementType: ElementType? {
    let size = header.element_byte_count
    switch kind {
    case GMMSCOPE_HDF5_SIGNED: return ElementType(rawValue: "int\(8 * size)")
    case GMMSCOPE_HDF5_UNSIGNED:
      if isMATLAB && matlabClass == "logical" && size == 1 { return .bool }
      return ElementType(rawValue: "uint\(8 * size)")
    case GMMSCOPE_HDF5_FLOAT: return ElementType(rawValue: "float\(8 * size)")
    case GMMSCOPE_HDF5_BFLOAT16: return size == 2 ? .bfloat16 : nil
    case GMMSCOPE_HDF5_BOOL: return size == 1 ? .bool : nil
    case GMMSCOPE_HDF5_FIXED_TEXT, GMMSCOPE_HDF5_VARIABLE_TEXT: return .string
    case GMMSCOPE_HDF5_REFERENCE: return isMATLAB ? .string : nil
    default: return nil
    }
  }

  private var textEnd: BinaryLayout.Text {
    switch header.padding {
    case 0: .utf8Terminated
    case 2: .utf8SpacePadded
    default: .utf8
    }
  }

  private var remedy: String {
    if problem.hasPrefix("values compressed") { return "write it with compression=\"gzip\"" }
    if problem.hasPrefix("values of other files") { return "copy the values into this file" }
    return "write it as numbers or text"
  }
}
