import Foundation
import Synchronization

/// Runs `body` for 0 ..< `count` in at most `threadCount` child tasks and passes the values to `consume` in ascending
/// order, so that sums over them do not depend on timing. At most `ahead` values per thread are in progress or wait
/// for their turn. Of several errors, that of the lowest index is thrown, so that it does not depend on timing either;
/// the other tasks are cancelled.
package func forEachInOrder<Value: Sendable>(
  _ count: Int, threadCount: Int, ahead: Int = 4,
  body: @escaping @Sendable (Int) async throws -> Value,
  consume: (Int, Value) throws -> Void
) async throws {
  let width = max(1, min(threadCount, count))
  try await withThrowingTaskGroup(of: (Int, Result<Value, any Error>).self) { group in
    var (launched, finished, consumed) = (0, 0, 0)
    var hasFailed = false
    var waiting: [Int: Result<Value, any Error>] = [:]
    while consumed < count {
      while launched < count, launched - finished < width, launched - consumed < ahead * width, !hasFailed {
        let index = launched
        group.addTask {
          await WorkGate.current?.pass()
          do {
            try Task.checkCancellation()
            return (index, .success(try await body(index)))
          } catch {
            return (index, .failure(error))
          }
        }
        launched += 1
      }
      guard let (index, result) = try await group.next() else { break }
      finished += 1
      if case .failure = result { hasFailed = true }
      waiting[index] = result
      while let next = waiting.removeValue(forKey: consumed) {
        try consume(consumed, next.get())
        consumed += 1
      }
    }
  }
}

/// Lets work that nobody waits for pause while other work needs the cores. The paused work keeps its results so far.
package final class WorkGate: Sendable {
  /// The gate before each step of ``forEachInOrder(_:threadCount:ahead:body:consume:)`` in this task; nil for work
  /// that never pauses.
  @TaskLocal package static var current: WorkGate?

  private struct State {
    var holderCount = 0
    var lastTicket = 0
    var waiting: [Int: CheckedContinuation<Void, Never>] = [:]
  }

  private let state = Mutex(State())

  package init() {}

  /// Keeps the gate closed while `work` runs. Several may do so at a time.
  package func closed<Value: Sendable>(
    during work: @Sendable () async throws -> Value
  ) async rethrows -> Value {
    state.withLock { $0.holderCount += 1 }
    defer {
      let released = state.withLock { state -> [CheckedContinuation<Void, Never>] in
        state.holderCount -= 1
        guard state.holderCount == 0 else { return [] }
        defer { state.waiting = [:] }
        return Array(state.waiting.values)
      }
      for continuation in released { continuation.resume() }
    }
    return try await work()
  }

  /// Returns when the gate is open or the task is cancelled.
  package func pass() async {
    let ticket = state.withLock { state -> Int? in
      guard state.holderCount > 0 else { return nil }
      state.lastTicket += 1
      return state.lastTicket
    }
    guard let ticket else { return }
    await withTaskCancellationHandler {
      await withCheckedContinuation { continuation in
        let mayPass = state.withLock { state in
          guard state.holderCount > 0, !Task.isCancelled else { return true }
          state.waiting[ticket] = continuation
          return false
        }
        if mayPass { continuation.resume() }
      }
    } onCancel: {
      state.withLock { $0.waiting.removeValue(forKey: ticket) }?.resume()
    }
  }
}

/// Runs a computation that cannot be interrupted, such as a LAPACK call, on its own thread. If the task is cancelled,
/// it throws at once; the computation keeps running in the background, and its result is discarded. Neither the task
/// nor the cooperative thread pool waits for it.
///
/// - Parameter work: The cost. A computation of a few milliseconds runs on the calling thread, since starting a thread
///   would cost as much as it saves.
/// - Throws: the errors of `compute`, `CancellationError`.
func abandonable<Value: Sendable>(
  _ work: WorkCount, _ compute: @escaping @Sendable () throws -> Value
) async throws -> Value {
  try Task.checkCancellation()
  guard work.multiplyAdds > 0x1p27 else { return try compute() }
  let outcome = Outcome<Value>()
  return try await withTaskCancellationHandler {
    try await withCheckedThrowingContinuation { continuation in
      guard outcome.deliver(to: continuation) else { return }
      let thread = Thread { outcome.settle(Result { try compute() }) }
      thread.name = "decomposition"
      thread.start()
    }
  } onCancel: {
    outcome.settle(.failure(CancellationError()))
  }
}

/// Delivers the first of several results to the continuation; later ones are ignored.
private final class Outcome<Value: Sendable>: Sendable {
  private enum State {
    case running
    case awaited(CheckedContinuation<Value, any Error>)
    case settled
  }

  private let state = Mutex(State.running)

  /// - Returns: Whether to start the computation. If not, the task was cancelled, and the continuation has been
  ///   resumed.
  func deliver(to continuation: CheckedContinuation<Value, any Error>) -> Bool {
    let isRunning = state.withLock { state in
      guard case .running = state else { return false }
      state = .awaited(continuation)
      return true
    }
    if !isRunning { continuation.resume(throwing: CancellationError()) }
    return isRunning
  }

  func settle(_ result: Result<Value, any Error>) {
    let waiting: CheckedContinuation<Value, any Error>? = state.withLock { state in
      defer { state = .settled }
      guard case .awaited(let continuation) = state else { return nil }
      return continuation
    }
    waiting?.resume(with: result)
  }
}
