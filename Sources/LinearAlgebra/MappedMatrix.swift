import SystemSupport

/// A memory-mapped row-major matrix of float64 in a file, in the machine's byte order. It takes memory only while rows
/// are copied, since its pages are released at once. It remains valid if the file is renamed or removed.
public final class MappedMatrix: Sendable {
  public let rowCount: Int
  public let columnCount: Int
  private let offset: Int
  // Never written, so any thread may read it.
  private nonisolated(unsafe) let bytes: UnsafeMutableRawBufferPointer

  /// Maps an open file; nil if it is too short, or if `offset` is not a multiple of 8.
  public init?(file: Int32, offset: Int, rowCount: Int, columnCount: Int) {
    var status = stat()
    let (elementCount, overflow) = rowCount.multipliedReportingOverflow(by: columnCount)
    guard rowCount >= 0, columnCount >= 0, offset >= 0, offset % 8 == 0, !overflow, elementCount < 1 << 58,
      fstat(file, &status) == 0, Int(status.st_size) >= offset + 8 * elementCount, status.st_size > 0,
      let start = mmap(nil, Int(status.st_size), PROT_READ, MAP_PRIVATE, file, 0), start != MAP_FAILED
    else { return nil }
    self.rowCount = rowCount
    self.columnCount = columnCount
    self.offset = offset
    bytes = UnsafeMutableRawBufferPointer(start: start, count: Int(status.st_size))
  }

  deinit { munmap(bytes.baseAddress, bytes.count) }

  /// A copy of the first `count` rows. O(count·D).
  public func firstRows(_ count: Int) -> Matrix {
    precondition(count >= 0 && count <= rowCount, "no such rows")
    let elementCount = count * columnCount
    let elements = [Double](unsafeUninitializedCapacity: elementCount) { buffer, initializedCount in
      let source = UnsafeRawBufferPointer(bytes)[offset..<offset + 8 * elementCount]
      UnsafeMutableRawBufferPointer(buffer).copyMemory(from: UnsafeRawBufferPointer(rebasing: source))
      initializedCount = elementCount
    }
    madvise(bytes.baseAddress, bytes.count, MADV_DONTNEED)
    return Matrix(rowCount: count, columnCount: columnCount, elements: elements)
  }
}
