/// A member of a zip file, whose location has been checked.
struct ZipMember {
  enum Method: Equatable {
    case stored, deflated
    case encrypted
    case other(Int)
  }

  let name: String
  let method: Method
  let checksum: UInt32
  /// The bytes in the file, possibly compressed.
  let content: ByteRegion
  /// The declared number of bytes after decompression.
  let byteCount: Int
  /// The range of its header and content in the file.
  let range: Range<Int>

  /// The bytes of the member: memory-mapped if uncompressed, otherwise decompressed on demand.
  ///
  /// - Throws: `impossibleSize` if its sizes contradict each other, `unsupportedCompression`.
  func source(path: String, memory: DecompressionMemory) throws(FeatureFileError) -> ByteSource {
    switch method {
    case .stored:
      guard content.count == byteCount else {
        throw .impossibleSize(
          path: path, place: FeatureFileError.quoted(name),
          problem: "declares \(byteCount) uncompressed bytes, but stores \(content.count)")
      }
      return .mapped(content)
    case .deflated:
      let deflated = try DeflatedMember(
        compressed: content, byteCount: byteCount, checksum: checksum, name: name, path: path,
        memory: memory)
      return .deflated(deflated, 0..<byteCount)
    case .encrypted: throw .unsupportedCompression(path: path, member: name, method: "encrypted")
    case .other(let code):
      throw .unsupportedCompression(path: path, member: name, method: "compressed by zip method \(code)")
    }
  }
}

/// Reads the directory at the end of a zip file, zip64 too.
///
/// No library is used, so that uncompressed members can be memory-mapped. The format: PKWARE APPNOTE.TXT 6.3
struct ZipDirectory {
  private let bytes: ByteRegion
  private let path: String
  private static let place = "the zip directory"

  static func members(of bytes: ByteRegion, path: String) throws(FeatureFileError) -> [ZipMember] {
    let directory = ZipDirectory(bytes: bytes, path: path)
    let (range, memberCount) = try directory.locate()
    let members = try directory.entries(in: range, count: memberCount)
    var end = 0
    var last: ZipMember?
    for member in members.sorted(by: { $0.range.lowerBound < $1.range.lowerBound }) {
      if let last, member.range.lowerBound < end {
        throw .overlappingArrays(path: path, first: last.name, second: member.name)
      }
      end = member.range.upperBound
      last = member
    }
    guard end <= range.lowerBound else {
      throw .impossibleSize(path: path, place: place, problem: "overlaps \(last?.name ?? "a member")")
    }
    return members
  }

  /// The name of the first member of the file.
  static func firstName(in bytes: ByteRegion) -> String? {
    let start = bytes.prefix(30 + 1024)
    guard start.count > 30 else { return nil }
    var cursor = ByteCursor(start, at: 26)
    guard let count = cursor.next(UInt16.self), cursor.next(UInt16.self) != nil else { return nil }
    return cursor.next(count: Int(count)).map { String(decoding: $0, as: UTF8.self) }
  }

  private func impossible(_ problem: String) -> FeatureFileError {
    .impossibleSize(path: path, place: Self.place, problem: problem)
  }

  private func malformed(_ problem: String) -> FeatureFileError {
    .malformedHeader(path: path, place: Self.place, problem: problem)
  }

  private func count(_ value: UInt64?) throws(FeatureFileError) -> Int {
    guard let value else { throw malformed("ends too early") }
    guard let count = Int(exactly: value) else {
      throw impossible("a size of \(value) bytes exceeds the address space")
    }
    return count
  }

  // MARK: The directory

  private func locate() throws(FeatureFileError) -> (range: Range<Int>, memberCount: Int) {
    let endRecordCount = 22
    let longestComment = 0xFFFF
    let tailCount = min(bytes.count, endRecordCount + longestComment)
    let tailOffset = bytes.count - tailCount
    guard let tail = bytes.slice(at: tailOffset, count: tailCount)?.prefix(tailCount),
      let end = Self.lastEndRecord(in: tail)
    else {
      throw malformed("not found, as in a truncated file")
    }
    var cursor = ByteCursor(tail, at: end + 10)
    var memberCount = try count(cursor.next(UInt16.self).map(UInt64.init))
    var byteCount = try count(cursor.next(UInt32.self).map(UInt64.init))
    var offset = try count(cursor.next(UInt32.self).map(UInt64.init))
    if memberCount == 0xFFFF || byteCount == 0xFFFF_FFFF || offset == 0xFFFF_FFFF,
      let wide = try wideEndRecord(before: tailOffset + end)
    {
      (memberCount, byteCount, offset) = wide
    }
    guard bytes.slice(at: offset, count: byteCount) != nil else {
      throw impossible("declares \(byteCount) bytes at offset \(offset) in a file of \(bytes.count) bytes")
    }
    return (offset..<offset + byteCount, memberCount)
  }

  private static func lastEndRecord(in tail: [UInt8]) -> Int? {
    guard tail.count >= 22 else { return nil }
    var last: Int?
    for place in (0...tail.count - 22).reversed() where tail[place] == 0x50 {
      guard tail[place...].starts(with: [0x50, 0x4B, 0x05, 0x06]) else { continue }
      // The comment after the record may contain its signature; then the declared length does not match.
      let commentCount = Int(tail[place + 20]) | Int(tail[place + 21]) << 8
      if place + 22 + commentCount == tail.count { return place }
      last = last ?? place
    }
    return last
  }

  /// The zip64 end record, found by the locator before the ordinary end record.
  private func wideEndRecord(
    before end: Int
  ) throws(FeatureFileError) -> (memberCount: Int, byteCount: Int, offset: Int)? {
    let locatorCount = 20
    guard let locator = bytes.slice(at: end - locatorCount, count: locatorCount) else { return nil }
    var cursor = ByteCursor(locator.prefix(locatorCount))
    guard cursor.next(UInt32.self) == 0x0706_4B50, cursor.next(UInt32.self) != nil else { return nil }
    let recordOffset = try count(cursor.next(UInt64.self))
    let recordCount = 56
    guard let record = bytes.slice(at: recordOffset, count: recordCount) else {
      throw impossible("its zip64 record at \(recordOffset) is outside the file")
    }
    cursor = ByteCursor(record.prefix(recordCount))
    guard cursor.next(UInt32.self) == 0x0606_4B50, cursor.next(count: 28) != nil else {
      throw malformed("its zip64 record is missing")
    }
    let memberCount = try count(cursor.next(UInt64.self))
    let byteCount = try count(cursor.next(UInt64.self))
    return (memberCount, byteCount, try count(cursor.next(UInt64.self)))
  }

  // MARK: Its entries

  private func entries(in range: Range<Int>, count memberCount: Int) throws(FeatureFileError) -> [ZipMember] {
    guard let directory = bytes.slice(at: range.lowerBound, count: range.count) else { return [] }
    var cursor = ByteCursor(directory.prefix(range.count))
    var members: [ZipMember] = []
    while cursor.remainingCount > 0 {
      guard let member = try entry(&cursor) else { throw malformed("entry \(members.count + 1) is invalid") }
      members.append(member)
    }
    guard members.count == memberCount else {
      throw malformed("found \(members.count) entries, but \(memberCount) were declared")
    }
    return members
  }

  private func entry(_ cursor: inout ByteCursor) throws(FeatureFileError) -> ZipMember? {
    guard cursor.next(UInt32.self) == 0x0201_4B50, cursor.next(count: 4) != nil,
      let flags = cursor.next(UInt16.self), let methodCode = cursor.next(UInt16.self),
      cursor.next(count: 4) != nil, let checksum = cursor.next(UInt32.self),
      let narrowContentCount = cursor.next(UInt32.self), let narrowCount = cursor.next(UInt32.self),
      let nameCount = cursor.next(UInt16.self), let extraCount = cursor.next(UInt16.self),
      let commentCount = cursor.next(UInt16.self), cursor.next(count: 8) != nil,
      let narrowOffset = cursor.next(UInt32.self),
      let nameBytes = cursor.next(count: Int(nameCount)), let extra = cursor.next(count: Int(extraCount)),
      cursor.next(count: Int(commentCount)) != nil
    else { return nil }
    var wide = Self.wideField(in: Array(extra))
    func widened(_ narrow: UInt32) throws(FeatureFileError) -> Int {
      guard narrow == 0xFFFF_FFFF, wide != nil else { return Int(narrow) }
      return try count(wide?.next(UInt64.self))
    }
    let byteCount = try widened(narrowCount)
    let contentCount = try widened(narrowContentCount)
    let offset = try widened(narrowOffset)
    let name = String(decoding: nameBytes, as: UTF8.self)
    let content = try content(of: name, headerOffset: offset, count: contentCount)
    let method: ZipMember.Method =
      switch (flags & 1, methodCode) {
      case (1, _): .encrypted
      case (_, 0): .stored
      case (_, 8): .deflated
      default: .other(Int(methodCode))
      }
    return ZipMember(
      name: name, method: method, checksum: checksum, content: content.bytes, byteCount: byteCount,
      range: offset..<content.end)
  }

  /// The zip64 fields of an entry, if any.
  private static func wideField(in extra: [UInt8]) -> ByteCursor? {
    var cursor = ByteCursor(extra)
    while let kind = cursor.next(UInt16.self), let count = cursor.next(UInt16.self),
      let content = cursor.next(count: Int(count))
    {
      if kind == 1 { return ByteCursor(Array(content)) }
    }
    return nil
  }

  /// The content of a member, which follows a header of variable length.
  private func content(
    of name: String, headerOffset: Int, count: Int
  ) throws(FeatureFileError) -> (bytes: ByteRegion, end: Int) {
    let place = FeatureFileError.quoted(name)
    let headerCount = 30
    guard let header = bytes.slice(at: headerOffset, count: headerCount) else {
      throw .impossibleSize(
        path: path, place: place, problem: "begins at byte \(headerOffset), outside the file")
    }
    var cursor = ByteCursor(header.prefix(headerCount))
    guard cursor.next(UInt32.self) == 0x0403_4B50, cursor.next(count: 22) != nil,
      let nameCount = cursor.next(UInt16.self), let extraCount = cursor.next(UInt16.self)
    else {
      throw .malformedHeader(
        path: path, place: place, problem: "there is no zip member at byte \(headerOffset)")
    }
    let offset = headerOffset + headerCount + Int(nameCount) + Int(extraCount)
    guard let content = bytes.slice(at: offset, count: count) else {
      throw .truncated(
        path: path, place: place, neededByteCount: count, foundByteCount: max(0, bytes.count - offset))
    }
    return (content, offset + count)
  }
}
