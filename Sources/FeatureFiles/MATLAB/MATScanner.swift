/// An element of a MATLAB file: a type, and bytes that may contain further elements.
struct MATElement {
  static let int32 = 5
  static let uint32 = 6
  static let matrix = 14
  static let compressed = 15
  static let utf8 = 16

  /// The types of numbers and code units.
  static let numbers: [Int: ElementType] = [
    1: .int8, 2: .uint8, 3: .int16, 4: .uint16, 5: .int32, 6: .uint32, 7: .float32, 9: .float64,
    12: .int64, 13: .uint64, 17: .uint16,
  ]

  let type: Int
  let content: ByteSource
}

/// Scans the elements of an element.
struct MATScanner {
  static let tagByteCount = 8

  let source: ByteSource
  let isBigEndian: Bool
  let path: String
  /// The offset of the next element.
  private(set) var offset = 0

  /// The content as unsigned 32-bit integers.
  static func words(_ bytes: [UInt8], isBigEndian: Bool) -> [Int] {
    stride(from: 0, to: bytes.count - 3, by: 4).map { start in
      let word = bytes[start..<start + 4]
      return (isBigEndian ? Array(word) : word.reversed()).reduce(0) { $0 << 8 | Int($1) }
    }
  }

  func words(of element: MATElement) throws(FeatureFileError) -> [Int] {
    Self.words(try element.content.prefix(element.content.count), isBigEndian: isBigEndian)
  }

  func malformed(_ problem: String) -> FeatureFileError {
    .malformedHeader(path: path, place: "byte \(offset) of an element", problem: problem)
  }

  /// The next element; nil at the end.
  mutating func next() throws(FeatureFileError) -> MATElement? {
    guard offset < source.count else { return nil }
    guard let tag = source.slice(at: offset, count: Self.tagByteCount) else {
      throw .truncated(
        path: path, place: "an element", neededByteCount: Self.tagByteCount,
        foundByteCount: source.count - offset)
    }
    let words = Self.words(try tag.prefix(Self.tagByteCount), isBigEndian: isBigEndian)
    // Up to four bytes are stored in the tag itself, with their number beside the type.
    let smallCount = words[0] >> 16
    if smallCount > 0 {
      guard smallCount <= 4, let content = source.slice(at: offset + 4, count: smallCount) else {
        throw malformed("a small element cannot hold \(smallCount) bytes")
      }
      offset += Self.tagByteCount
      return MATElement(type: words[0] & 0xFFFF, content: content)
    }
    let start = offset + Self.tagByteCount
    guard let content = source.slice(at: start, count: words[1]) else {
      throw .truncated(
        path: path, place: "an element", neededByteCount: words[1], foundByteCount: source.count - start)
    }
    let isPadded = words[0] != MATElement.compressed
    offset = start + (isPadded ? (words[1] + 7) / 8 * 8 : words[1])
    return MATElement(type: words[0], content: content)
  }

  /// The next element, which must exist and have the given type.
  mutating func next(type: Int, _ what: String) throws(FeatureFileError) -> MATElement {
    guard let element = try next(), element.type == type else { throw malformed("\(what) is missing") }
    return element
  }
}
