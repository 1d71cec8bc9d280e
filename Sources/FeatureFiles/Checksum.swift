import CZlib

/// CRC-32 as zip uses it.
enum Checksum {
  static func crc32(_ bytes: UnsafeRawBufferPointer) -> UInt32 {
    var checksum = CZlib.crc32(0, nil, 0)
    // zlib counts in 32 bits.
    for start in stride(from: 0, to: bytes.count, by: 1 << 30) {
      let part = UnsafeRawBufferPointer(rebasing: bytes[start..<min(bytes.count, start + 1 << 30)])
      checksum = CZlib.crc32(checksum, part.assumingMemoryBound(to: UInt8.self).baseAddress, uInt(part.count))
    }
    return UInt32(truncatingIfNeeded: checksum)
  }
}
