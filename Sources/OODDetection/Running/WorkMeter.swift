import Synchronization

/// What a computation costs, in units that do not depend on the machine.
struct WorkCount: Sendable, Equatable {
  /// Multiplications with an addition each, as the textbook counts them.
  var multiplyAdds: Double = 0
  /// Eigendecompositions and Cholesky factorizations.
  var factorizations: Int = 0
  /// Eigendecompositions alone.
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

  /// An eigendecomposition with eigenvectors: the textbook's 4½ n³, which take about as long as so many in a
  /// product.
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

  /// A triangular system of that order, solved for `rows` right-hand sides.
  static func triangularSolve(rows: Int, order: Int) -> Self {
    WorkCount(multiplyAdds: 0.5 * Double(rows) * Double(order) * Double(order))
  }

  /// A product (rows, inner) · (inner, columns).
  static func product(_ rows: Int, _ inner: Int, _ columns: Int) -> Self {
    WorkCount(multiplyAdds: Double(rows) * Double(inner) * Double(columns))
  }
}

/// Adds up the work of concurrent tasks and reports progress, one report at a time and never backwards.
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
      // What turns out on the way to be needed too may hold progress up, but never turns it back.
      $0.largestFraction = max($0.largestFraction, planned > 0 ? $0.completed.multiplyAdds / planned : 0)
      progress?(WorkProgress(completed: $0.largestFraction * planned, planned: planned))
    }
  }
}

/// How a computation is to run; what it gives does not depend on this, but for rounding where blocks differ.
struct Execution: Sendable {
  /// How many child tasks may run at once.
  var threadCount: Int
  /// How many samples a block holds: enough for a matrix product to be fast, few enough to stay in cache.
  var blockSize = usualBlockSize
  /// How many multiplications in single precision a block may take: a twentieth of a second's worth, so that whoever
  /// cancels waits no longer. Many classes of many dimensions make blocks smaller.
  var blockWork = 0x1p32
  /// How many features of one class are held in memory, to be read once: 64 MiB of them. Larger classes are
  /// streamed twice.
  var heldElementCount = usualHeldElementCount
  /// What samples that are scored together may take, with all that is kept of them.
  var batchByteCount = MemoryPlan.usualBatchBytes
  var meter = WorkMeter()
  var memory = MemoryMeter()

  static let usualBlockSize = 288
  static let usualHeldElementCount = 8 << 20
}
