import Synchronization

/// The cost of a computation, in units that do not depend on the machine.
struct WorkCount: Sendable, Equatable {
  /// The number of multiply-adds, by the textbook's formulas.
  var multiplyAdds: Double = 0
  /// The number of eigendecompositions and Cholesky factorizations.
  var factorizations: Int = 0
  /// The number of eigendecompositions.
  var eigendecompositions: Int = 0

  static func + (left: Self, right: Self) -> Self {
    WorkCount(
      multiplyAdds: left.multiplyAdds + right.multiplyAdds,
      factorizations: left.factorizations + right.factorizations,
      eigendecompositions: left.eigendecompositions + right.eigendecompositions)
  }

  static func - (left: Self, right: Self) -> Self {
    WorkCount(
      multiplyAdds: left.multiplyAdds - right.multiplyAdds,
      factorizations: left.factorizations - right.factorizations,
      eigendecompositions: left.eigendecompositions - right.eigendecompositions)
  }

  /// An eigendecomposition with eigenvectors: the textbook's 4½ n³, which take about as long as in a matrix product.
  static func eigendecomposition(order: Int) -> Self {
    WorkCount(
      multiplyAdds: 4.5 * Double(order) * Double(order) * Double(order), factorizations: 1,
      eigendecompositions: 1)
  }

  /// The upper triangle of XᵀX for X (rows, columns).
  static func gram(rows: Int, columns: Int) -> Self {
    WorkCount(multiplyAdds: 0.5 * Double(rows) * Double(columns) * Double(columns))
  }

  /// A Cholesky factorization.
  static func cholesky(order: Int) -> Self {
    WorkCount(multiplyAdds: Double(order) * Double(order) * Double(order) / 6, factorizations: 1)
  }

  /// A triangular system of the given order, solved for `rows` right-hand sides.
  static func triangularSolve(rows: Int, order: Int) -> Self {
    WorkCount(multiplyAdds: 0.5 * Double(rows) * Double(order) * Double(order))
  }

  /// A product (rows, inner) · (inner, columns).
  static func product(_ rows: Int, _ inner: Int, _ columns: Int) -> Self {
    WorkCount(multiplyAdds: Double(rows) * Double(inner) * Double(columns))
  }
}

/// Sums the work of concurrent tasks and reports progress, one report at a time and never decreasing.
final class WorkMeter: Sendable {
  private struct Tally {
    var planned = WorkCount()
    var completed = WorkCount()
    var largestFraction = 0.0
  }

  private let tally = Mutex(Tally())
  private let progress: ProgressHandler?

  init(_ progress: ProgressHandler? = nil) { self.progress = progress }

  var planned: WorkCount { tally.withLock { $0.planned } }
  var completed: WorkCount { tally.withLock { $0.completed } }

  func plan(_ work: WorkCount) {
    report { $0.planned = $0.planned + work }
  }

  func complete(_ work: WorkCount) {
    report { $0.completed = $0.completed + work }
  }

  private func report(_ change: (inout Tally) -> Void) {
    tally.withLock {
      change(&$0)
      let planned = $0.planned.multiplyAdds
      // Additional work may stall the reported progress but never decrease it.
      $0.largestFraction = max($0.largestFraction, planned > 0 ? $0.completed.multiplyAdds / planned : 0)
      progress?(WorkProgress(completed: $0.largestFraction * planned, planned: planned))
    }
  }
}

/// The configuration of a computation. Results depend on it only by rounding errors, if block sizes differ.
struct Execution: Sendable {
  /// The number of child tasks that may run at a time.
  var threadCount: Int
  /// The number of samples per block: enough for fast matrix products, few enough to stay in cache.
  var blockSize = usualBlockSize
  /// The number of single-precision multiplications per block: about a twentieth of a second, which bounds the delay
  /// of cancellation. With many classes of many dimensions, blocks are smaller.
  var blockWork = 0x1p32
  /// The number of features of a class that are kept in memory, to be read once: 64 MiB. Larger classes are streamed
  /// twice.
  var heldElementCount = usualHeldElementCount
  /// The memory limit for samples that are scored together, including their intermediate results.
  var batchByteCount = MemoryPlan.usualBatchBytes
  var meter = WorkMeter()
  var memory = MemoryMeter()

  static let usualBlockSize = 288
  static let usualHeldElementCount = 8 << 20
}

/// Counts the bytes of the large matrices of a computation and the factorizations for storage. Tests compare them with
/// a ``MemoryPlan``.
final class MemoryMeter: Sendable {
  private struct Tally {
    var (held, peak) = (0, 0)
    var factorizations = 0
  }

  private let tally = Mutex(Tally())

  /// The largest number of bytes held at a time.
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
