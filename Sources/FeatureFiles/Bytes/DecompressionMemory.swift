import Synchronization
import SystemSupport

/// The memory for data of open files that cannot be memory-mapped, mostly decompressed data. All files of a data set
/// share one instance.
///
/// Declared sizes are checked against it before anything is allocated or decompressed.
public final class DecompressionMemory: Sendable {
  /// The limit, in bytes.
  public let byteCount: Int
  private let held = Atomic(0)

  public init(byteCount: Int) { self.byteCount = max(0, byteCount) }

  /// The default: half of the machine's memory, shared by all users of the default.
  public static let standard = DecompressionMemory(
    byteCount: max(1 << 28, sysconf(Int32(_SC_PHYS_PAGES)) / 2 * sysconf(Int32(_SC_PAGESIZE))))

  /// The number of bytes that are currently held.
  public var heldByteCount: Int { held.load(ordering: .relaxed) }

  var availableByteCount: Int { max(0, byteCount - heldByteCount) }

  /// Reserves bytes for the lifetime of the result; nil if they exceed the limit.
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

    /// Takes over the reservation of `other`.
    func absorb(_ other: Reservation) {
      count.add(other.count.exchange(0, ordering: .relaxed), ordering: .relaxed)
    }

    deinit { memory.held.subtract(count.load(ordering: .relaxed), ordering: .relaxed) }
  }
}
