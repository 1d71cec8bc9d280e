import CHDF5

/// The child's description of one dataset.
struct HDF5Dataset {
  let name: String
  private let file: HDF5File
  private let header: gmmscope_hdf5_dataset
  /// The extents as in the file.
  private let extents: [UInt64]
  private let problem: String
  let matlabClass: String
  private let isMATLAB: Bool

  /// The largest ratio of deflate: 258 bytes in two bits. Small datasets are not checked.
  private static let largestRatio = 1032
  private static let smallByteCount = 1 << 20
  /// Texts of one column often share prefixes, so they compress well.
  private static let textRatio = 64

  /// The next dataset of the list; nil at its end.
  init?(from child: HDF5Child, file: HDF5File, isMATLAB: Bool) throws(FeatureFileError) {
    let record = try child.nextRecord()
    if record == GMMSCOPE_HDF5_END { return nil }
    guard record == GMMSCOPE_HDF5_DATASET else {
      throw child.malformed("libhdf5 listed an object that is not a dataset")
    }
    header = try child.nextDataset()
    guard header.rank <= 32 else {
      throw child.malformed("a dataset of \(header.rank) dimensions exceeds the limit of 32")
    }
    var extents: [UInt64] = []
    for _ in 0..<header.rank { extents.append(try child.next(UInt64.self)) }
    self.extents = extents
    name = try child.nextText(byteCount: header.name_byte_count)
    problem = try child.nextText(byteCount: header.problem_byte_count)
    matlabClass = try child.nextText(byteCount: header.matlab_class_byte_count)
    self.isMATLAB = isMATLAB
    self.file = file
  }

  /// The address of its header, the same for all names of a dataset.
  var address: UInt64 { header.address }

  var role: gmmscope_hdf5_role { gmmscope_hdf5_role(rawValue: header.role) }

  private var path: String { file.path }

  /// A MATLAB object as text.
  ///
  /// - Throws: The reason why it cannot be read.
  func object(of objects: MATLABObjects?, in bytes: ByteRegion) throws(FeatureFileError) -> NamedArray {
    let reference = try array(in: bytes)
    if reference.elementCount < 64,
      elementType?.isNumeric == true,
      let array = objects?.array(
        named: name, class: matlabClass, reference: try reference.integers(), path: path)
    {
      return array
    }
    let isText = ["string", "categorical"].contains(matlabClass)
    throw .unsupportedElementType(
      path: path, array: name,
      type: isText ? "a \(matlabClass) array" : "an object of class '\(matlabClass)'",
      remedy: isText ? "save cellstr(\(name))" : "save its values as arrays")
  }

  /// The array.
  ///
  /// - Throws: If its type is not supported or its size is impossible.
  func array(in bytes: ByteRegion) throws(FeatureFileError) -> NamedArray {
    let place = FeatureFileError.quoted(name)
    guard let elementType else {
      throw Self.refusal(
        of: name, at: path, type: problem.isEmpty ? "elements of an unusual type" : problem,
        gmmscope_hdf5_remedy(rawValue: header.remedy))
    }
    var counts: [Int] = []
    for extent in isMATLAB ? extents.reversed() : extents {
      guard let count = Int(exactly: extent) else {
        throw .impossibleSize(path: path, place: place, problem: "shape \(extents) exceeds the address space")
      }
      counts.append(count)
    }
    if isMATLAB && header.is_matlab_empty != 0 { counts = [0] }
    let elementByteCount = Int(header.element_byte_count)
    let shape = try ArrayShape(counts, elementByteCount: elementByteCount, place: place, path: path)
    if shape.elementCount == 0 {
      let storage = elementType == .string ? ArrayStorage.strings([]) : .doubles([])
      return NamedArray(name: name, shape: counts, elementType: elementType, path: path, storage: storage)
    }
    if kind == GMMSCOPE_HDF5_VARIABLE_TEXT || kind == GMMSCOPE_HDF5_REFERENCE {
      return try texts(counts, shape)
    }
    let isText = isMATLAB && matlabClass == "char"
    func array(_ extents: [Int]) throws(FeatureFileError) -> NamedArray {
      let source = try source(of: shape, rows: extents.first ?? 1, in: bytes, place: place)
      let layout = BinaryLayout(
        elementByteCount: elementByteCount, isBigEndian: header.is_big_endian != 0,
        strides: isMATLAB && extents.count > 1 ? ArrayShape.columnMajorStrides(extents) : nil, text: textEnd)
      return NamedArray(
        name: name, shape: extents, elementType: elementType, path: path, storage: .binary(source, layout))
    }
    if isText { return MATLABText.array(of: try array(counts)) }
    let extents = isMATLAB ? MATLABText.squeezed(counts) : counts
    return try array(extents).withMatrixForm(extents == counts ? nil : array(counts))
  }

  /// Texts of variable length, which are stored separately in the file.
  private func texts(_ counts: [Int], _ shape: ArrayShape) throws(FeatureFileError) -> NamedArray {
    let extents = isMATLAB ? MATLABText.squeezed(counts) : counts
    guard !isMATLAB || extents.count <= 1 else {
      throw .unsupportedElementType(
        path: path, array: name, type: "a matrix of cells", remedy: "save each column as a cell array")
    }
    let source = HDF5Texts(
      place: hdf5Place(rows: extents.first ?? 1), name: name, rowCount: extents.first ?? 1,
      elementCount: shape.elementCount, byteCountLimit: Self.smallByteCount + Self.textRatio * file.byteCount,
      isCells: kind == GMMSCOPE_HDF5_REFERENCE)
    return NamedArray(
      name: name, shape: extents, elementType: .string, path: path, storage: .deferredStrings(source))
  }

  /// Whether the last dimension in the file is that of rows: it is MATLAB's first dimension, unless MATLAB wrote a
  /// vector as a single row.
  private func countsByLast(rows: Int) -> Bool { isMATLAB && extents.last == UInt64(rows) }

  private func hdf5Place(rows: Int) -> HDF5Place {
    HDF5Place(
      file: file, address: header.address, chunkByteCount: Int(clamping: header.chunk_byte_count),
      isLastDimension: countsByLast(rows: rows))
  }

  /// The source of the values: the mapped file if they are contiguous.
  private func source(
    of shape: ArrayShape, rows: Int, in bytes: ByteRegion, place: String
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
        problem:
          "declares \(shape.byteCount) bytes, of which \(stored) are stored, in a file of \(bytes.count) bytes"
      )
    }
    return .rows(
      HDF5Rows(
        hdf5Place(rows: rows), name: name, rowCount: rows, rowByteCount: shape.byteCount / rows,
        isColumnMajor: isMATLAB))
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
    case 0: .hdf5Terminated
    case 2: .hdf5Padded(by: 0x20)
    default: .hdf5Padded(by: 0)
    }
  }

  /// The error for values that are not supported.
  static func refusal(
    of array: String, at path: String, type: String, _ remedy: gmmscope_hdf5_remedy
  ) -> FeatureFileError {
    let text = text(of: remedy, array: array)
    return remedy == GMMSCOPE_HDF5_COPY_VALUES
      ? .valuesInOtherFiles(path: path, array: array, type: type, remedy: text)
      : .unsupportedElementType(path: path, array: array, type: type, remedy: text)
  }

  /// The remedy for values that are not supported.
  private static func text(of remedy: gmmscope_hdf5_remedy, array: String) -> String {
    switch remedy {
    case GMMSCOPE_HDF5_COPY_VALUES: "copy the values into this file"
    case GMMSCOPE_HDF5_COMPRESS_BY_GZIP: "write it with compression=\"gzip\""
    case GMMSCOPE_HDF5_COPY_DATASET:
      "links to other files are not followed, so copy the dataset into this one"
    case GMMSCOPE_HDF5_REPAIR_LINK: "remove the link or restore its target"
    case GMMSCOPE_HDF5_REPAIR_VIRTUAL: "write that dataset into this file"
    case GMMSCOPE_HDF5_SAVE_FULL: "save full(\(array))"
    case GMMSCOPE_HDF5_SAVE_PARTS: "save its real and imaginary parts"
    case GMMSCOPE_HDF5_WRITE_AGAIN: "the file is damaged, write it again"
    default: "write it as numbers or text"
    }
  }
}
