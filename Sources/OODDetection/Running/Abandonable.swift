import Foundation
import Synchronization

/// Runs a computation that cannot be interrupted, such as one call of LAPACK, on a thread of its own. A task that is
/// cancelled meanwhile ends at once and lets the computation run to its end, whose result is discarded: neither the task nor the threads
/// that tasks run on wait for it.
///
/// - Parameter work: What it costs. Where that is a few milliseconds, it is done here and now: a thread would cost as
///   much as it saves.
/// - Throws: what `compute` throws, `CancellationError`.
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

/// Hands the first of several results to whoever waits for it; later ones are dropped.
private final class Outcome<Value: Sendable>: Sendable {
  private enum State {
    case running
    case awaited(CheckedContinuation<Value, any Error>)
    case settled
  }

  private let state = Mutex(State.running)

  /// - Returns: Whether there is still something to wait for; else the task was cancelled, and is told so.
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
