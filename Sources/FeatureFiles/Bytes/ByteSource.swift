/// Where the bytes of an array come from.
enum ByteSource: Sendable {
  /// They are in the mapped file.
  case mapped(ByteRegion)
  /// They are a part of what a compressed zip member holds.
  case deflated(DeflatedMember, Range<Int>)
  /// They are in an HDF5 file in pieces, compressed perhaps.
  case rows(HDF5Rows)

  var count: Int {
    switch self {
    case .mapped(let region): region.count
    case .deflated(_, let range): range.count
    case .rows(let rows): rows.byteCount
    }
  }

  /// A copy of the first bytes, at most `count`. Decompresses no more than these.
  func prefix(_ count: Int) throws(FeatureFileError) -> [UInt8] {
    switch self {
    case .mapped(let region): region.prefix(count)
    case .deflated(let member, let range):
      Array(try member.prefix(range.lowerBound + min(count, range.count)).dropFirst(range.lowerBound))
    case .rows(let rows): try rows.region().prefix(count)
    }
  }

  /// The part from `offset` on, `count` bytes long, or `nil` where that is not inside.
  func slice(at offset: Int, count: Int) -> ByteSource? {
    switch self {
    case .mapped(let region): return region.slice(at: offset, count: count).map(ByteSource.mapped)
    case .deflated(let member, let range):
      guard offset >= 0, count >= 0, offset <= range.count, count <= range.count - offset else { return nil }
      let start = range.lowerBound + offset
      return .deflated(member, start..<start + count)
    case .rows: return nil
    }
  }

  /// The bytes, decompressed if need be.
  ///
  /// - Parameter isKept: whether what is decompressed as a whole stays in memory for the next time.
  func region(isKept: Bool = true) throws(FeatureFileError) -> ByteRegion {
    switch self {
    case .mapped(let region): return region
    case .deflated(let member, let range):
      guard let part = try member.region(isKept: isKept).slice(at: range.lowerBound, count: range.count)
      else {
        throw .corruptCompression(path: member.path, member: member.name, problem: "it is too short")
      }
      return part
    case .rows(let rows): return try rows.region()
    }
  }
}
