import FeatureFiles

/// Writes NumPy files larger than memory, block by block.
enum StreamedNPY {
  /// Writes a little-endian float32 array (rowCount, columnCount), whole or not at all. `append` puts the values of
  /// one row at the end of a block.
  static func writeFloats(
    rowCount: Int, columnCount: Int, to path: String,
    append: (_ row: Int, _ block: inout [Float]) throws -> Void
  ) throws {
    try AtomicFile.write(to: path) { writer in
      try writer.write(header(rowCount: rowCount, columnCount: columnCount))
      let rowsPerBlock = max(1, 1 << 20 / max(1, columnCount))
      var block: [Float] = []
      for start in stride(from: 0, to: rowCount, by: rowsPerBlock) {
        block.removeAll(keepingCapacity: true)
        for row in start..<min(rowCount, start + rowsPerBlock) { try append(row, &block) }
        var bytes: [UInt8] = []
        bytes.reserveCapacity(block.count * 4)
        for value in block {
          let bits = value.bitPattern
          bytes.append(UInt8(truncatingIfNeeded: bits))
          bytes.append(UInt8(truncatingIfNeeded: bits >> 8))
          bytes.append(UInt8(truncatingIfNeeded: bits >> 16))
          bytes.append(UInt8(truncatingIfNeeded: bits >> 24))
        }
        try writer.write(bytes)
      }
    }
  }

  /// Version 1.0 of the format, padded so that the values begin at a multiple of 64.
  static func header(rowCount: Int, columnCount: Int) -> [UInt8] {
    var text = "{'descr': '<f4', 'fortran_order': False, 'shape': (\(rowCount), \(columnCount)), }"
    let preamble: [UInt8] = [0x93] + Array("NUMPY".utf8) + [1, 0]
    let unpadded = preamble.count + 2 + text.utf8.count + 1
    text += String(repeating: " ", count: (64 - unpadded % 64) % 64) + "\n"
    return preamble + [UInt8(text.utf8.count & 0xFF), UInt8(text.utf8.count >> 8)] + Array(text.utf8)
  }
}
