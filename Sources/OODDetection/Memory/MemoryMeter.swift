import Synchronization

/// Counts the bytes of the large matrices of a computation, and how many factors were made for storage: what tests
/// hold against a ``MemoryPlan``.
final class MemoryMeter: Sendable {
  private struct Tally {
    var (held, peak) = (0, 0)
    var factorizations = 0
  }

  private let tally = Mutex(Tally())

  /// The most bytes held at once.
  var peakBytes: Int { tally.withLock { $0.peak } }
  var factorizations: Int { tally.withLock { $0.factorizations } }

  func hold(_ bytes: Int) {
    tally.withLock {
      $0.held += bytes
      $0.peak = max($0.peak, $0.held)
    }
  }

  func release(_ bytes: Int) { tally.withLock { $0.held -= bytes } }

  func countFactorization() { tally.withLock { $0.factorizations += 1 } }
}
