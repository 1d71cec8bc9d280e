import CZlib
import Synchronization

/// CRC-32 as zip uses it.
public enum Checksum {
  static func crc32(_ bytes: UnsafeRawBufferPointer) -> UInt32 {
    var checksum = RunningChecksum()
    checksum.update(bytes)
    return checksum.value
  }

  /// The CRC-32 of a whole file, as computed by `crc32` and Python's `zlib.crc32`. Reads the file once. O(file).
  ///
  /// - Throws: The reason why the file cannot be read; `cancelled`.
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

  /// The size of a file.
  ///
  /// - Throws: The reason why the file cannot be read.
  public static func byteCount(ofFileAt path: String) throws(FeatureFileError) -> Int {
    try ByteRegion(mappingFileAt: path).count
  }
}

/// A CRC-32 that is updated piece by piece.
struct RunningChecksum {
  private var state = CZlib.crc32(0, nil, 0)

  var value: UInt32 { UInt32(truncatingIfNeeded: state) }

  mutating func update(_ bytes: UnsafeRawBufferPointer) {
    // zlib uses 32-bit counts.
    for start in stride(from: 0, to: bytes.count, by: 1 << 30) {
      let part = UnsafeRawBufferPointer(rebasing: bytes[start..<min(bytes.count, start + 1 << 30)])
      state = CZlib.crc32(state, part.assumingMemoryBound(to: UInt8.self).baseAddress, uInt(part.count))
    }
  }
}

/// The checksum of an uncompressed archive member.
final class StoredChecksum: Sendable {
  let member: String
  private let path: String
  private let expected: UInt32
  /// The member, header and values.
  let content: ByteRegion
  /// The offset of the values in the member.
  let valuesOffset: Int
  private let isConfirmed = Atomic(false)

  init(path: String, member: ZipMember, valuesOffset: Int) {
    self.path = path
    self.member = member.name
    expected = member.checksum
    content = member.content
    self.valuesOffset = valuesOffset
  }

  /// Compares the checksum of the whole member. A match is remembered.
  func compare(_ found: RunningChecksum) throws(FeatureFileError) {
    guard found.value == expected else { throw .wrongChecksum(path: path, member: member) }
    isConfirmed.store(true, ordering: .relaxed)
  }

  /// Updates the checksum with the rest of the member, from `start` on, and compares it.
  ///
  /// - Throws: `wrongChecksum`, `cancelled`.
  func compare(_ checksum: RunningChecksum, goingOnFrom start: Int) throws(FeatureFileError) {
    var checksum = checksum
    for place in stride(from: start, to: content.count, by: Self.pieceByteCount) {
      try ReadStage.checkCancellation(path: path)
      try content.requireUnchanged()
      let count = min(Self.pieceByteCount, content.count - place)
      guard let piece = content.slice(at: place, count: count) else { break }
      piece.withBytes { checksum.update($0) }
      content.noteRead(count, places: 1)
    }
    try compare(checksum)
  }

  /// Compares the checksum of the whole member, unless it was confirmed before.
  func confirm() throws(FeatureFileError) {
    if isConfirmed.load(ordering: .relaxed) { return }
    try compare(RunningChecksum(), goingOnFrom: 0)
  }

  private static let pieceByteCount = 1 << 24
}

/// Verifies an array against the checksum of its archive while its rows are read in order.
///
/// Uncompressed members are memory-mapped and not read on opening. Callers that read every row report each range while
/// it is in cache, which avoids a second pass over the file. The rows of an array in Fortran order are scattered, so
/// its bytes are read again at the end.
public struct IntegrityCheck {
  private let stored: StoredChecksum?
  /// The checksums of the parts of a joined array, each verified as a whole at the end.
  private let parts: [StoredChecksum]
  /// 0 if rows are not contiguous.
  private let rowByteCount: Int
  private var checksum = RunningChecksum()
  private var checkedCount = 0

  /// Nil if there is no checksum, or if decompression verifies it.
  public init?(of array: NamedArray) {
    if case .joined(let joined) = array.storage {
      (stored, parts, rowByteCount) = (nil, joined.parts.compactMap(\.storedChecksum), 0)
      if parts.isEmpty { return nil }
      return
    }
    guard let stored = array.storedChecksum, case .binary(_, let layout) = array.storage else { return nil }
    self.stored = stored
    parts = []
    rowByteCount = layout.strides == nil ? array.rowLength * layout.elementByteCount : 0
  }

  /// Includes the rows before `row`, starting from the previous call.
  public mutating func didRead(rowsBefore row: Int) {
    guard let stored else { return }
    take(bytesBefore: stored.valuesOffset + row * rowByteCount, of: stored)
  }

  /// Includes the remaining bytes and compares the checksum.
  ///
  /// - Throws: `wrongChecksum`; `cancelled`.
  public func finish() throws(FeatureFileError) {
    for part in parts { try part.confirm() }
    try stored?.compare(checksum, goingOnFrom: checkedCount)
  }

  private mutating func take(bytesBefore end: Int, of stored: StoredChecksum) {
    guard end > checkedCount, let piece = stored.content.slice(at: checkedCount, count: end - checkedCount)
    else {
      return
    }
    piece.withBytes { checksum.update($0) }
    checkedCount = end
  }
}

extension NamedArray {
  /// Verifies the checksum of an array that is read as a whole.
  func checkIntegrity() throws(FeatureFileError) {
    if case .joined(let joined) = storage {
      for part in joined.parts { try part.checkIntegrity() }
    }
    try storedChecksum?.confirm()
  }

  /// Verifies the checksum of an array of which single rows are read, if that is fast.
  func checkIntegrityOfRows() throws(FeatureFileError) {
    guard let storedChecksum, storedChecksum.content.count <= Self.momentByteCount else { return }
    try storedChecksum.confirm()
  }

  /// About a quarter of a second.
  private static let momentByteCount = 1 << 28
}
