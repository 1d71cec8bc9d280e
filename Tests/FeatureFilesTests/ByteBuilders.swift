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
