/// A MATLAB character matrix, with one text per row.
struct MATLABText: TextSource {
  /// The code units, as numbers.
  let characters: NamedArray

  func strings() throws(FeatureFileError) -> [String] {
    let units = try characters.integers().map { UInt16(truncatingIfNeeded: $0) }
    let length = characters.rowLength
    return (0..<characters.rowCount).map { row in
      Self.text(units[row * length..<(row + 1) * length])
    }
  }

  /// MATLAB pads the texts of a matrix to the same length.
  static func text(_ units: some BidirectionalCollection<UInt16>) -> String {
    let end = units.lastIndex { $0 != 0x20 && $0 != 0 }.map(units.index(after:)) ?? units.startIndex
    return String(decoding: units[..<end], as: UTF16.self)
  }

  /// Text in the machine's byte order, as in libhdf5 and MATLAB on Intel.
  static func text(utf16 bytes: [UInt8]) -> String {
    let units = stride(from: 0, to: bytes.count - 1, by: 2).map {
      UInt16(bytes[$0]) | UInt16(bytes[$0 + 1]) << 8
    }
    return String(decoding: units, as: UTF16.self)
  }

  /// The texts in the rows of a matrix of code units, with its name.
  static func array(of characters: NamedArray) -> NamedArray {
    let rows = characters.shape.count > 1 ? Array(characters.shape.prefix(1)) : [1]
    return NamedArray(
      name: characters.name, shape: rows == [1] ? [] : rows, elementType: .string, path: characters.path,
      storage: .deferredStrings(MATLABText(characters: characters)))
  }

  /// Extents without those of 1 in vectors and scalars, which MATLAB stores as matrices.
  static func squeezed(_ extents: [Int]) -> [Int] {
    guard extents.count == 2, extents.contains(1) else { return extents }
    return extents == [1, 1] ? [] : [extents[0] * extents[1]]
  }

  /// A matrix of numbers in column-major order. A matrix of one row or one column becomes a vector, with the matrix as
  /// its ``asMatrix``.
  static func matrix(
    _ name: String, _ extents: [Int], _ elementType: ElementType, storedType: ElementType, values: ByteSource,
    isBigEndian: Bool, path: String
  ) -> NamedArray {
    func array(_ extents: [Int]) -> NamedArray {
      let layout = BinaryLayout(
        elementByteCount: storedType.byteCount ?? 8, isBigEndian: isBigEndian,
        strides: extents.count > 1 ? ArrayShape.columnMajorStrides(extents) : nil, storedType: storedType)
      return NamedArray(
        name: name, shape: extents, elementType: elementType, path: path, storage: .binary(values, layout))
    }
    let squeezed = squeezed(extents)
    return array(squeezed).withMatrixForm(squeezed == extents ? nil : array(extents))
  }
}
