import Synchronization

#if canImport(Glibc)
  import Glibc
#elseif canImport(Musl)
  import Musl
#else
  import Darwin
#endif

/// The memory that open files may take for what cannot be mapped: what they hold compressed, mostly. One is shared by
/// all files of a data set.
///
/// What a file claims to hold is checked against it before anything is allocated or decompressed.
public final class DecompressionMemory: Sendable {
  /// Bytes that may be held at once.
  public let byteCount: Int
  private let held = Atomic(0)

  public init(byteCount: Int) { self.byteCount = max(0, byteCount) }

  /// Half of the machine's memory, for whoever says nothing else; shared by all of them.
  public static let standard = DecompressionMemory(
    byteCount: max(1 << 28, sysconf(Int32(_SC_PHYS_PAGES)) / 2 * sysconf(Int32(_SC_PAGESIZE))))

  /// Bytes that are held now.
  public var heldByteCount: Int { held.load(ordering: .relaxed) }

  var availableByteCount: Int { max(0, byteCount - heldByteCount) }

  /// Counts bytes as held as long as the result lives; nil where they are more than permitted.
  func reserve(_ count: Int) -> Reservation? {
    let (_, total) = held.add(count, ordering: .relaxed)
    guard total <= byteCount else {
      held.subtract(count, ordering: .relaxed)
      return nil
    }
    return Reservation(count, in: self)
  }

  final class Reservation: Sendable {
    private let count: Atomic<Int>
    private let memory: DecompressionMemory

    fileprivate init(_ count: Int, in memory: DecompressionMemory) {
      self.count = Atomic(count)
      self.memory = memory
    }

    /// Holds what `other` does, too.
    func absorb(_ other: Reservation) {
      count.add(other.count.exchange(0, ordering: .relaxed), ordering: .relaxed)
    }

    deinit { memory.held.subtract(count.load(ordering: .relaxed), ordering: .relaxed) }
  }
}
