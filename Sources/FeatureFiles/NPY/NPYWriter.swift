/// Writes NumPy's format for one array: version 1.0, little-endian, row-major.
public enum NPYWriter {
  /// Writes `array` to `path` atomically (see `AtomicFile`). Its name is not part of the format.
  public static func write(_ array: OutputArray, to path: String) throws(FeatureFileError) {
    try array.check(path: path)
    try AtomicFile.write(to: path) { writer in
      try writer.write(header(of: array))
      try forEachPiece(of: array, path: path, writer.write)
    }
  }

  static func header(of array: OutputArray) -> [UInt8] {
    let descriptor =
      switch array.values {
      case .float64, .float64Pieces: "<f8"
      case .float32: "<f4"
      case .int64: "<i8"
      case .uint8: "|u1"
      case .strings(let values): "<U\(textWidth(values))"
      }
    let extents = array.shape.map { "\($0)," }.joined(separator: " ")
    let shape = array.shape.count > 1 ? String(extents.dropLast()) : extents
    var text = "{'descr': '\(descriptor)', 'fortran_order': False, 'shape': (\(shape)), }"
    // Values begin at a multiple of 64, and the header ends with a line break.
    let preambleByteCount = 10
    let padding = 63 - (preambleByteCount + text.utf8.count) % 64
    text += String(repeating: " ", count: padding) + "\n"
    let length = UInt16(text.utf8.count)
    return NPYHeader.signature + [1, 0, UInt8(length & 0xFF), UInt8(length >> 8)] + text.utf8
  }

  /// Calls `body` with the values, piece by piece.
  static func forEachPiece(
    of array: OutputArray, path: String, _ body: ([UInt8]) throws -> Void
  ) throws {
    guard case .strings(let values) = array.values else { return try array.forEachPiece(path: path, body) }
    let width = textWidth(values)
    var points: [UInt32] = []
    points.reserveCapacity(values.count * width)
    for value in values {
      points += value.unicodeScalars.map(\.value)
      points += repeatElement(0, count: width - value.unicodeScalars.count)
    }
    try body(OutputArray.bytes(points) { $0.littleEndian })
  }

  /// The number of code points of the longest text, at least 1 as in NumPy.
  private static func textWidth(_ values: [String]) -> Int {
    max(1, values.map(\.unicodeScalars.count).max() ?? 1)
  }
}
