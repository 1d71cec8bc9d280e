import CZlib

/// CRC-32 as zip uses it.
public enum Checksum {
  static func crc32(_ bytes: UnsafeRawBufferPointer) -> UInt32 {
    var checksum = RunningChecksum()
    checksum.update(bytes)
    return checksum.value
  }

  /// The CRC-32 of a whole file, as `crc32` and Python's `zlib.crc32` give it. O(file), read once.
  ///
  /// - Throws: why the file cannot be read; `cancelled`.
  public static func crc32(
    ofFileAt path: String, options: ReadOptions = ReadOptions()
  ) throws(FeatureFileError) -> UInt32 {
    let file = try ByteRegion(mappingFileAt: path)
    let stage = ReadStage(path: path, byteCount: file.count, options: options)
    let pieceByteCount = 1 << 24
    var checksum = RunningChecksum()
    for start in stride(from: 0, to: file.count, by: pieceByteCount) {
      let range = start..<min(file.count, start + pieceByteCount)
      try file.requireUnchanged()
      file.withBytes { checksum.update(UnsafeRawBufferPointer(rebasing: $0[range])) }
      file.noteRead(range.count, places: 1)
      try stage.advance(to: range.upperBound, of: file.count)
    }
    return checksum.value
  }

  /// A file's size.
  ///
  /// - Throws: why the file cannot be read.
  public static func byteCount(ofFileAt path: String) throws(FeatureFileError) -> Int {
    try ByteRegion(mappingFileAt: path).count
  }
}

/// A CRC-32 of bytes that come one piece after the other.
struct RunningChecksum {
  private var state = CZlib.crc32(0, nil, 0)

  var value: UInt32 { UInt32(truncatingIfNeeded: state) }

  mutating func update(_ bytes: UnsafeRawBufferPointer) {
    // zlib counts in 32 bits.
    for start in stride(from: 0, to: bytes.count, by: 1 << 30) {
      let part = UnsafeRawBufferPointer(rebasing: bytes[start..<min(bytes.count, start + 1 << 30)])
      state = CZlib.crc32(state, part.assumingMemoryBound(to: UInt8.self).baseAddress, uInt(part.count))
    }
  }
}
