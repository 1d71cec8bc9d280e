extension NamedArray {
  /// All values as text, row-major. Numbers are formatted as in Swift (`7`, `0.5`), so that ids may be numbers.
  ///
  /// - Throws: `invalidText` with the first row that is not valid Unicode; the errors of decompression.
  public func strings() throws(FeatureFileError) -> [String] {
    try checkIntegrity()
    switch storage {
    case .strings(let values): return values
    case .joined(let joined):
      var strings: [String] = []
      strings.reserveCapacity(elementCount)
      for (index, part) in joined.parts.enumerated() {
        do throws(FeatureFileError) {
          strings += try part.strings()
        } catch .invalidText(let path, let array, let row) {
          throw .invalidText(path: path, array: array, row: joined.start(ofPart: index) + row)
        }
      }
      return strings
    case .deferredStrings(let source): return try source.strings()
    case .integers(let values): return values.map(String.init)
    case .doubles, .columns:
      return elementType.isFloatingPoint
        ? try doubles().map { String($0) } : try integers().map(String.init)
    case .binary(let source, let layout) where elementType == .string:
      var strings: [String] = []
      strings.reserveCapacity(elementCount)
      for block in try blocks(of: RowSelection(0..<rowCount), in: source, layout, isKept: false) {
        try appendText(in: block, layout, to: &strings)
      }
      return strings
    case .binary where elementType.isFloatingPoint: return try doubles().map { String($0) }
    case .binary(let source, let layout) where storedType == .uint64:
      // The only integer type that `Int` cannot represent.
      var strings: [String] = []
      strings.reserveCapacity(elementCount)
      for block in try blocks(of: RowSelection(0..<rowCount), in: source, layout, isKept: false) {
        let values = block.values(StoredInteger<UInt64>.self, rowLength: rowLength) { $0 }
        strings += values.map(String.init)
      }
      return strings
    case .binary: return try integers().map(String.init)
    }
  }

  private func appendText(
    in block: RowBlock, _ layout: BinaryLayout, to result: inout [String]
  ) throws(FeatureFileError) {
    try block.region.withBytes { (bytes) throws(FeatureFileError) in
      try block.decoder.forEachElement(of: block.rows) { (row, offset) throws(FeatureFileError) in
        let cell = UnsafeRawBufferPointer(rebasing: bytes[offset..<offset + layout.elementByteCount])
        let text =
          switch layout.text {
          case .utf8: Self.utf8Text(cell)
          case .hdf5Terminated: EscapedText.decode(cell.prefix { $0 != 0 })
          case .hdf5Padded(let padding): EscapedText.decode(Self.withoutPadding(cell, padding))
          case .utf32: Self.utf32Text(cell, isBigEndian: layout.isBigEndian)
          }
        guard let text else { throw .invalidText(path: path, array: name, row: block.firstRow + row) }
        result.append(text)
      }
    }
  }

  private static func utf8Text(_ cell: UnsafeRawBufferPointer) -> String? {
    String(validating: withoutPadding(cell, 0), as: UTF8.self)
  }

  private static func withoutPadding(
    _ cell: UnsafeRawBufferPointer, _ padding: UInt8
  ) -> Slice<UnsafeRawBufferPointer> {
    cell[..<(cell.lastIndex { $0 != padding }.map { $0 + 1 } ?? 0)]
  }

  private static func utf32Text(_ cell: UnsafeRawBufferPointer, isBigEndian: Bool) -> String? {
    var scalars = String.UnicodeScalarView()
    var pendingZeros = 0
    for offset in stride(from: 0, to: cell.count, by: 4) {
      let bits = cell.loadUnaligned(fromByteOffset: offset, as: UInt32.self)
      guard let scalar = Unicode.Scalar(isBigEndian ? bits.bigEndian : bits.littleEndian) else { return nil }
      if scalar.value == 0 {
        pendingZeros += 1
        continue
      }
      for _ in 0..<pendingZeros { scalars.append("\0") }
      pendingZeros = 0
      scalars.append(scalar)
    }
    return String(scalars)
  }
}
