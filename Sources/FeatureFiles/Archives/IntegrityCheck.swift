import Synchronization

/// The checksum that an archive keeps of a member that it stores as it is.
final class StoredChecksum: Sendable {
  let member: String
  private let path: String
  private let expected: UInt32
  /// The member, header and values.
  let content: ByteRegion
  /// Where in it the values begin.
  let valuesOffset: Int
  private let isConfirmed = Atomic(false)

  init(path: String, member: ZipMember, valuesOffset: Int) {
    self.path = path
    self.member = member.name
    expected = member.checksum
    content = member.content
    self.valuesOffset = valuesOffset
  }

  /// Compares what was found of all of the member, for good where it is right.
  func compare(_ found: RunningChecksum) throws(FeatureFileError) {
    guard found.value == expected else { throw .wrongChecksum(path: path, member: member) }
    isConfirmed.store(true, ordering: .relaxed)
  }

  /// Reads the rest of the member, from `start` on, and compares.
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

  /// Compares all of the member, unless that was done before.
  func confirm() throws(FeatureFileError) {
    if isConfirmed.load(ordering: .relaxed) { return }
    try compare(RunningChecksum(), goingOnFrom: 0)
  }

  private static let pieceByteCount = 1 << 24
}

/// Compares an array with the checksum that its archive keeps, while its rows are read in order.
///
/// Stored members are mapped, so nobody reads all of them on opening. Who reads every row anyway passes each stretch
/// on while it is still in the cache: no second pass over the file. Rows of an array in Fortran order are all over it;
/// its bytes are read once more at the end.
public struct IntegrityCheck {
  private let stored: StoredChecksum?
  /// Those of the parts of a joined array, each compared as a whole at the end.
  private let parts: [StoredChecksum]
  /// 0 where rows are not one after the other.
  private let rowByteCount: Int
  private var checksum = RunningChecksum()
  private var checkedCount = 0

  /// Nil where there is no checksum, or where decompressing has compared it.
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

  /// Takes the rows before `row` into account; those before the last such call are.
  public mutating func didRead(rowsBefore row: Int) {
    guard let stored else { return }
    take(bytesBefore: stored.valuesOffset + row * rowByteCount, of: stored)
  }

  /// Takes what is left into account, and compares.
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
  /// Compares an array that is read as a whole, once.
  func checkIntegrity() throws(FeatureFileError) {
    if case .joined(let joined) = storage {
      for part in joined.parts { try part.checkIntegrity() }
    }
    try storedChecksum?.confirm()
  }

  /// The same for an array of which single rows are read, where that takes no more than a moment.
  func checkIntegrityOfRows() throws(FeatureFileError) {
    guard let storedChecksum, storedChecksum.content.count <= Self.momentByteCount else { return }
    try storedChecksum.confirm()
  }

  /// A quarter of a second's worth.
  private static let momentByteCount = 1 << 28
}
