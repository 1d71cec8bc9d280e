/// What precedes the values in a `.npy` file, versions 1 to 3.
///
/// The format: numpy.org/doc/stable/reference/generated/numpy.lib.format.html
struct NPYHeader {
  static let signature: [UInt8] = [0x93, 0x4E, 0x55, 0x4D, 0x50, 0x59]
  /// Longer headers belong to structured types of thousands of fields, which are not read anyway.
  static let lengthLimit = 1 << 20
  /// Signature, version and the length of the rest.
  static let longestPreambleByteCount = 12

  let elementType: ElementType
  let layout: BinaryLayout
  let shape: ArrayShape
  /// Where the values begin.
  let byteCount: Int

  /// Bytes from the beginning to the first value, told from the first bytes alone.
  static func byteCount(
    start: [UInt8], place: String, path: String
  ) throws(FeatureFileError) -> Int {
    guard start.starts(with: signature) else {
      throw .malformedHeader(path: path, place: place, problem: "does not begin like a NumPy array")
    }
    var cursor = ByteCursor(start, at: signature.count)
    guard let major = cursor.next(UInt8.self), cursor.next(UInt8.self) != nil else {
      throw .truncated(path: path, place: place, neededByteCount: 10, foundByteCount: start.count)
    }
    guard (1...3).contains(major) else {
      throw .malformedHeader(
        path: path, place: place, problem: "version \(major) of the npy format is unknown")
    }
    let length = major == 1 ? cursor.next(UInt16.self).map(Int.init) : cursor.next(UInt32.self).map(Int.init)
    guard let length else {
      throw .truncated(path: path, place: place, neededByteCount: 12, foundByteCount: start.count)
    }
    guard length <= lengthLimit else {
      throw .impossibleSize(path: path, place: place, problem: "a header of \(length) bytes")
    }
    return cursor.offset + length
  }

  /// Parses `bytes`, which are exactly the header. `array` names it in messages about its type.
  init(_ bytes: [UInt8], array: String, place: String, path: String) throws(FeatureFileError) {
    func malformed(_ problem: String) -> FeatureFileError {
      .malformedHeader(path: path, place: place, problem: problem)
    }
    let preambleCount = bytes[6] == 1 ? 10 : 12
    guard case .dictionary(let entries)? = PythonLiteral(parsing: bytes[preambleCount...]) else {
      throw malformed("is not a Python dictionary")
    }
    let keys = entries.map(\.key)
    guard keys.sorted() == ["descr", "fortran_order", "shape"] else {
      throw malformed("must have the keys descr, fortran_order and shape, it has \(keys)")
    }
    let fields = Dictionary(uniqueKeysWithValues: entries.map { ($0.key, $0.value) })
    guard case .boolean(let isColumnMajor)? = fields["fortran_order"] else {
      throw malformed("fortran_order is neither True nor False")
    }
    guard case .sequence(let dimensions)? = fields["shape"] else { throw malformed("shape is not a tuple") }
    var extents: [Int] = []
    for dimension in dimensions {
      guard case .integer(let extent) = dimension else { throw malformed("shape is not a tuple of integers") }
      extents.append(extent)
    }
    let type = try NPYElementType(descriptor: fields["descr"], array: array, place: place, path: path)
    elementType = type.elementType
    shape = try ArrayShape(extents, elementByteCount: type.byteCount, place: place, path: path)
    layout = BinaryLayout(
      elementByteCount: type.byteCount, isBigEndian: type.isBigEndian,
      strides: isColumnMajor ? ArrayShape.columnMajorStrides(extents) : nil, text: type.text)
    byteCount = bytes.count
  }
}
