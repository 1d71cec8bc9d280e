/// Rows of an array and the bytes that hold them.
struct RowBlock {
  let region: ByteRegion
  let decoder: ElementDecoder
  /// Which rows, counted from the first in `region`.
  let rows: RowSelection
  /// The number in the array of the first in `region`.
  var firstRow = 0

  /// The values of the rows, row-major. `convert` must give one for every pattern of bits.
  func values<Element: StoredElement, Value>(
    _ type: Element.Type, rowLength: Int, convert: (Element.Bits) -> Value
  ) -> [Value] {
    let count = rows.count * rowLength
    return region.withBytes { bytes in
      [Value](unsafeUninitializedCapacity: count) { buffer, initializedCount in
        if let output = buffer.baseAddress, count > 0 {
          _ = decoder.decode(type, rows: rows, of: bytes, into: output) { convert($0) }
        }
        initializedCount = count
      }
    }
  }
}
