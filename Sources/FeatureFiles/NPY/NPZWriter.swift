/// Writes NumPy's archive of named arrays: a zip file with one uncompressed `.npy` member per array, so that readers
/// can map them. The same arrays give the same bytes, since no modification time is recorded.
public enum NPZWriter {
  /// Writes `arrays` to `path` atomically (see `AtomicFile`).
  public static func write(_ arrays: [OutputArray], to path: String) throws(FeatureFileError) {
    try write(arrays, to: path, zip64From: 0xFFFF_FFFF)
  }

  /// - Parameter limit: Sizes and offsets from this value on are written in the wider fields of zip64.
  static func write(
    _ arrays: [OutputArray], to path: String, zip64From limit: Int
  ) throws(FeatureFileError) {
    try OutputArray.check(arrays, path: path)
    try AtomicFile.write(to: path) { writer in
      var members: [ZipMemberRecord] = []
      for array in arrays {
        let header = NPYWriter.header(of: array)
        // The checksum precedes the content.
        var (checksum, byteCount) = (RunningChecksum(), header.count)
        header.withUnsafeBytes { checksum.update($0) }
        try NPYWriter.forEachPiece(of: array, path: path) { piece in
          piece.withUnsafeBytes { checksum.update($0) }
          byteCount += piece.count
        }
        let member = ZipMemberRecord(
          name: Array("\(array.name).npy".utf8), checksum: checksum.value, byteCount: byteCount,
          offset: writer.byteCount, isWide: byteCount >= limit)
        try writer.write(member.localHeader)
        try writer.write(header)
        try NPYWriter.forEachPiece(of: array, path: path, writer.write)
        members.append(member)
      }
      let directoryOffset = writer.byteCount
      for member in members { try writer.write(member.directoryEntry(zip64From: limit)) }
      try writer.write(
        endOfDirectory(
          memberCount: members.count, offset: directoryOffset,
          byteCount: writer.byteCount - directoryOffset, zip64From: limit))
    }
  }

  private static func endOfDirectory(
    memberCount: Int, offset: Int, byteCount: Int, zip64From limit: Int
  ) -> [UInt8] {
    var record = LittleEndianBytes()
    let isWide = offset >= limit || byteCount >= limit || memberCount >= 0xFFFF
    if isWide {
      record.append(0x0606_4B50, UInt32.self)
      record.append(44, UInt64.self)
      record.append(45, UInt16.self)
      record.append(45, UInt16.self)
      record.append(0, UInt64.self)
      record.append(memberCount, UInt64.self)
      record.append(memberCount, UInt64.self)
      record.append(byteCount, UInt64.self)
      record.append(offset, UInt64.self)
      record.append(0x0706_4B50, UInt32.self)
      record.append(0, UInt32.self)
      record.append(offset + byteCount, UInt64.self)
      record.append(1, UInt32.self)
    }
    record.append(0x0605_4B50, UInt32.self)
    record.append(0, UInt32.self)
    record.append(isWide ? 0xFFFF : memberCount, UInt16.self)
    record.append(isWide ? 0xFFFF : memberCount, UInt16.self)
    record.append(isWide ? 0xFFFF_FFFF : byteCount, UInt32.self)
    record.append(isWide ? 0xFFFF_FFFF : offset, UInt32.self)
    record.append(0, UInt16.self)
    return record.bytes
  }
}

/// The zip records of a member, one before its content and one at the end of the file.
private struct ZipMemberRecord {
  let name: [UInt8]
  let checksum: UInt32
  let byteCount: Int
  let offset: Int
  /// Whether the size needs zip64.
  let isWide: Bool

  /// Version to extract, flags (names are UTF-8), method (stored), time and date (1980-01-01), checksum.
  private var common: [UInt8] {
    var record = LittleEndianBytes()
    record.append(45, UInt16.self)
    record.append(0x0800, UInt16.self)
    record.append(0, UInt16.self)
    record.append(0, UInt16.self)
    record.append(0x0021, UInt16.self)
    record.append(checksum, UInt32.self)
    record.append(isWide ? 0xFFFF_FFFF : byteCount, UInt32.self)
    record.append(isWide ? 0xFFFF_FFFF : byteCount, UInt32.self)
    record.append(name.count, UInt16.self)
    return record.bytes
  }

  private func wideField(_ values: [Int]) -> [UInt8] {
    guard !values.isEmpty else { return [] }
    var field = LittleEndianBytes()
    field.append(1, UInt16.self)
    field.append(values.count * 8, UInt16.self)
    for value in values { field.append(value, UInt64.self) }
    return field.bytes
  }

  var localHeader: [UInt8] {
    let extra = wideField(isWide ? [byteCount, byteCount] : [])
    var record = LittleEndianBytes()
    record.append(0x0403_4B50, UInt32.self)
    record.bytes += common
    record.append(extra.count, UInt16.self)
    return record.bytes + name + extra
  }

  func directoryEntry(zip64From limit: Int) -> [UInt8] {
    let extra = wideField((isWide ? [byteCount, byteCount] : []) + (offset >= limit ? [offset] : []))
    var record = LittleEndianBytes()
    record.append(0x0201_4B50, UInt32.self)
    record.append(45, UInt16.self)
    record.bytes += common
    record.append(extra.count, UInt16.self)
    record.append(0, UInt16.self)
    record.append(0, UInt16.self)
    record.append(0, UInt16.self)
    record.append(0, UInt32.self)
    record.append(offset >= limit ? 0xFFFF_FFFF : offset, UInt32.self)
    return record.bytes + name + extra
  }
}
