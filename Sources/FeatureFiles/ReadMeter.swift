import Synchronization

/// Counts bytes of arrays that are read, for tests of what is read when. Bytes of headers, and of tables and
/// compressed files, which are read on opening, are not counted.
public final class ReadMeter: Sendable {
  /// The one that counts what the current task reads.
  @TaskLocal public static var current: ReadMeter?

  private let count = Mutex(0)

  public init() {}

  /// Bytes as in the file; those that were read twice count twice.
  public var byteCount: Int { count.withLock { $0 } }

  func add(_ byteCount: Int) { count.withLock { $0 += byteCount } }
}
