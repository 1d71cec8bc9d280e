extension NamedArray {
  /// All values as text, row-major; numbers as Swift writes them (`7`, `0.5`), so that ids may be numbers.
  ///
  /// - Throws: `invalidText` with the first row that is not valid Unicode; what is wrong with compressed
  ///   bytes.
  public func strings() throws(FeatureFileError) -> [String] {
    switch storage {
    case .strings(let values): return values
    case .integers(let values): return values.map(String.init)
    case .doubles(let values): return values.map { String($0) }
    case .binary(let source, let layout) where elementType == .string:
      let region = try source.region()
      return try region.withBytes { (bytes) throws(FeatureFileError) in try decodeText(bytes, layout) }
    case .binary where elementType.isFloatingPoint: return try doubles().map { String($0) }
    case .binary(let source, let layout) where elementType == .uint64:
      // The one type of integers that `Int` cannot hold.
      return try source.region().withBytes { bytes in
        [UInt64](unsafeUninitializedCapacity: elementCount) { buffer, initializedCount in
          if let output = buffer.baseAddress, elementCount > 0 {
            _ = ElementDecoder(shape: shape, layout: layout).decode(
              StoredInteger<UInt64>.self, rows: RowSelection(0..<rowCount), of: bytes, into: output
            ) { $0 }
          }
          initializedCount = elementCount
        }
      }.map(String.init)
    case .binary: return try integers().map(String.init)
    }
  }

  private func decodeText(
    _ bytes: UnsafeRawBufferPointer, _ layout: BinaryLayout
  ) throws(FeatureFileError) -> [String] {
    let decoder = ElementDecoder(shape: shape, layout: layout)
    var result: [String] = []
    result.reserveCapacity(elementCount)
    try decoder.forEachElement(of: RowSelection(0..<rowCount)) { (row, offset) throws(FeatureFileError) in
      let cell = UnsafeRawBufferPointer(rebasing: bytes[offset..<offset + layout.elementByteCount])
      let text =
        switch layout.text {
        case .utf8: Self.utf8Text(cell)
        case .utf32: Self.utf32Text(cell, isBigEndian: layout.isBigEndian)
        }
      guard let text else { throw .invalidText(path: path, array: name, row: row) }
      result.append(text)
    }
    return result
  }

  private static func utf8Text(_ cell: UnsafeRawBufferPointer) -> String? {
    let end = cell.lastIndex { $0 != 0 }.map { $0 + 1 } ?? 0
    return String(validating: cell[..<end], as: UTF8.self)
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
