@testable import FeatureFiles

/// Forged files with arbitrary headers.
enum Forged {
  /// A `.npy` file with any dictionary.
  static func npy(_ dictionary: String, version: UInt8 = 1, content: [UInt8] = []) -> [UInt8] {
    var length = LittleEndianBytes()
    if version == 1 {
      length.append(dictionary.utf8.count, UInt16.self)
    } else {
      length.append(dictionary.utf8.count, UInt32.self)
    }
    return NPYHeader.signature + [version, 0] + length.bytes + dictionary.utf8 + content
  }

  /// A `.npy` file of a type and shape.
  static func npy(_ type: String, _ shape: String, content: [UInt8] = []) -> [UInt8] {
    npy("{'descr': '\(type)', 'fortran_order': False, 'shape': \(shape), }", content: content)
  }

  /// A safetensors file with any header.
  static func safetensors(_ header: String, length: UInt64? = nil, content: [UInt8] = []) -> [UInt8] {
    var start = LittleEndianBytes()
    start.append(length ?? UInt64(header.utf8.count), UInt64.self)
    return start.bytes + header.utf8 + content
  }
}

extension [UInt8] {
  func firstOffset(of pattern: [UInt8]) -> Int? { indices.first { self[$0...].starts(with: pattern) } }
}

/// Compressed files made without a compressor, from the stored blocks of deflate.
enum Deflate {
  static func gzip(_ content: [UInt8]) -> [UInt8] {
    var end = LittleEndianBytes()
    end.append(checksum(content), UInt32.self)
    end.append(content.count, UInt32.self)
    return [0x1F, 0x8B, 8, 0, 0, 0, 0, 0, 0, 0xFF] + stream(content) + end.bytes
  }

  /// A zip file of one deflated member.
  static func archive(_ content: [UInt8], named name: String) -> [UInt8] {
    let packed = stream(content)
    func fields(_ extra: Int) -> [UInt8] {
      var bytes = LittleEndianBytes()
      for value in [20, 0, 8, 0, 0] { bytes.append(value, UInt16.self) }
      for value in [checksum(content), packed.count, content.count] { bytes.append(value, UInt32.self) }
      for value in [name.utf8.count] + Array(repeating: 0, count: extra) { bytes.append(value, UInt16.self) }
      return bytes.bytes
    }
    let member = [0x50, 0x4B, 3, 4] + fields(1) + Array(name.utf8) + packed
    let directory =
      [0x50, 0x4B, 1, 2, 20, 0] + fields(4) + [UInt8](repeating: 0, count: 8) + Array(name.utf8)
    var end = LittleEndianBytes()
    for value in [0, 0, 1, 1] { end.append(value, UInt16.self) }
    for value in [directory.count, member.count] { end.append(value, UInt32.self) }
    end.append(0, UInt16.self)
    return member + directory + [0x50, 0x4B, 5, 6] + end.bytes
  }

  private static func stream(_ content: [UInt8]) -> [UInt8] {
    let blockByteCount = 0xFFFF
    var stream: [UInt8] = []
    stream.reserveCapacity(content.count + content.count / 1000 + 16)
    for start in stride(from: 0, to: content.count, by: blockByteCount) {
      let block = content[start..<min(content.count, start + blockByteCount)]
      var lengths = LittleEndianBytes()
      lengths.append(block.count, UInt16.self)
      lengths.append(0xFFFF - block.count, UInt16.self)
      stream += [block.endIndex == content.count ? 1 : 0] + lengths.bytes
      stream += block
    }
    return stream
  }

  private static func checksum(_ content: [UInt8]) -> Int { Int(content.withUnsafeBytes(Checksum.crc32)) }
}
