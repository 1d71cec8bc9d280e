/// The checksum that an archive keeps of a member that it stores as it is.
struct StoredChecksum: Sendable {
  let member: String
  let expected: UInt32
  /// The member, header and values.
  let content: ByteRegion
  /// Where in it the values begin.
  let valuesOffset: Int
}

/// Compares an array with the checksum that its archive keeps, while its rows are read in order.
///
/// Stored members are mapped, so nobody reads all of them on opening. Who reads every row anyway passes each stretch
/// on while it is still in the cache: no second pass over the file. Rows of an array in Fortran order are all over it;
/// its bytes are read once more at the end.
public struct IntegrityCheck {
  private let path: String
  private let stored: StoredChecksum
  /// 0 where rows are not one after the other.
  private let rowByteCount: Int
  private var checksum = RunningChecksum()
  private var checkedCount = 0

  /// Nil where there is no checksum, or where decompressing has compared it.
  public init?(of array: NamedArray) {
    guard let stored = array.storedChecksum, case .binary(_, let layout) = array.storage else { return nil }
    path = array.path
    self.stored = stored
    rowByteCount = layout.strides == nil ? array.rowLength * layout.elementByteCount : 0
  }

  /// Takes the rows before `row` into account; those before the last such call are.
  public mutating func didRead(rowsBefore row: Int) {
    take(bytesBefore: stored.valuesOffset + row * rowByteCount)
  }

  /// Takes what is left into account, and compares.
  ///
  /// - Throws: `wrongChecksum`.
  public mutating func finish() throws(FeatureFileError) {
    take(bytesBefore: stored.content.count)
    guard checksum.value == stored.expected else { throw .wrongChecksum(path: path, member: stored.member) }
  }

  private mutating func take(bytesBefore end: Int) {
    guard end > checkedCount, let piece = stored.content.slice(at: checkedCount, count: end - checkedCount)
    else {
      return
    }
    piece.withBytes { checksum.update($0) }
    checkedCount = end
  }
}

extension NamedArray {
  /// Compares an array that is read as a whole.
  func checkIntegrity() throws(FeatureFileError) {
    guard var check = IntegrityCheck(of: self) else { return }
    try check.finish()
  }
}
