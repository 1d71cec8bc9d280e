import Synchronization
import Testing

@testable import OODDetection

@Suite("Work that pauses for other work")
struct WorkGateTests {
  @Test func preparationPausesWhileTheGateIsClosed() async throws {
    let gate = WorkGate()
    let steps = StepCount()
    let (started, start) = AsyncStream.makeStream(of: Void.self)
    try await gate.closed {
      let paused = Task {
        try await WorkGate.$current.withValue(gate) {
          start.yield()
          try await forEachInOrder(5, threadCount: 2) { index in
            steps.add()
            return index
          } consume: { _, _ in
          }
        }
      }
      for await _ in started { break }
      // The same work outside the gate runs meanwhile.
      var sum = 0
      try await forEachInOrder(1_000, threadCount: 2) {
        $0
      } consume: { _, value in
        sum += value
      }
      #expect(sum == 499_500)
      #expect(steps.value == 0)
      start.finish()
      // Cancelled work does not wait for the gate.
      paused.cancel()
      await #expect(throws: CancellationError.self) { try await paused.value }
    }
    #expect(steps.value == 0)
    try await WorkGate.$current.withValue(gate) {
      try await forEachInOrder(5, threadCount: 2) { _ in
        steps.add()
      } consume: { _, _ in
      }
    }
    #expect(steps.value == 5)
  }

  @Test func pausedWorkGoesOnWhenTheGateOpens() async throws {
    let gate = WorkGate()
    let paused = await gate.closed {
      Task {
        var values: [Int] = []
        try await WorkGate.$current.withValue(gate) {
          try await forEachInOrder(20, threadCount: 4) {
            $0
          } consume: { _, value in
            values.append(value)
          }
        }
        return values
      }
    }
    #expect(try await paused.value == Array(0..<20))
  }
}

private final class StepCount: Sendable {
  private let count = Mutex(0)

  var value: Int { count.withLock { $0 } }

  func add() { count.withLock { $0 += 1 } }
}

@Suite("Work in order")
struct WorkInOrderTests {
  private struct Failure: Error, Equatable {
    var index: Int
  }

  /// The first of several errors is thrown, whenever it occurs, and nothing more is begun.
  @Test func theErrorOfTheLowestIndexIsThrown() async {
    let begun = Mutex(0)
    let failed = Mutex(false)
    await #expect(throws: Failure(index: 1)) {
      try await forEachInOrder(1_000, threadCount: 2) { index in
        begun.withLock { $0 += 1 }
        if index == 2 {
          failed.withLock { $0 = true }
          throw Failure(index: 2)
        }
        guard index == 1 else { return }
        // Until the other one has failed.
        while !failed.withLock({ $0 }) { await Task.yield() }
        throw Failure(index: 1)
      } consume: { index, _ in
        #expect(index == 0)
      }
    }
    #expect(begun.withLock { $0 } <= 4)
  }
}
