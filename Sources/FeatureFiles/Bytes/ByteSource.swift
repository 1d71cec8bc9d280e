/// The source of an array's bytes.
enum ByteSource: Sendable {
  /// Bytes of the mapped file.
  case mapped(ByteRegion)
  /// A range of the decompressed bytes of a zip member.
  case deflated(DeflatedMember, Range<Int>)
  /// Chunks of an HDF5 file, possibly compressed.
  case rows(HDF5Rows)

  var count: Int {
    switch self {
    case .mapped(let region): region.count
    case .deflated(_, let range): range.count
    case .rows(let rows): rows.byteCount
    }
  }

  /// A copy of the first bytes, at most `count`. Decompresses only these.
  func prefix(_ count: Int) throws(FeatureFileError) -> [UInt8] {
    switch self {
    case .mapped(let region): region.prefix(count)
    case .deflated(let member, let range):
      Array(try member.prefix(range.lowerBound + min(count, range.count)).dropFirst(range.lowerBound))
    case .rows(let rows): try rows.region().prefix(count)
    }
  }

  /// The `count` bytes from `offset` on; nil if they are out of range.
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

  /// The bytes, decompressed if necessary.
  ///
  /// - Parameter isKept: Whether data that are decompressed as a whole stay in memory for later use.
  func region(isKept: Bool = true) throws(FeatureFileError) -> ByteRegion {
    switch self {
    case .mapped(let region): return region
    case .deflated(let member, let range):
      guard let part = try member.region(isKept: isKept).slice(at: range.lowerBound, count: range.count)
      else {
        throw .corruptCompression(path: member.path, member: member.name, problem: "the stream is too short")
      }
      return part
    case .rows(let rows): return try rows.region()
    }
  }
}
