import Foundation
import LinearAlgebra
import Synchronization
import Testing

@testable import OODDetection

@Suite("Uninterruptible computations")
struct AbandonableTests {
  private static let long = WorkCount(multiplyAdds: 1e12)

  @Test func cancellationDoesNotWaitForTheComputation() async throws {
    let (begun, beginning) = AsyncStream<Void>.makeStream()
    let mayEnd = DispatchSemaphore(value: 0)
    let task = Task {
      try await abandonable(Self.long) {
        beginning.finish()
        mayEnd.wait()
        return 1
      }
    }
    for await _ in begun {}
    task.cancel()
    // It cannot end before the signal below.
    await #expect(throws: CancellationError.self) { try await task.value }
    mayEnd.signal()
  }

  @Test func nothingStartsAfterCancellation() async throws {
    let begunCount = Mutex(0)
    let (gate, opener) = AsyncStream<Void>.makeStream()
    let task = Task {
      for await _ in gate {}
      return try await abandonable(Self.long) { begunCount.withLock { $0 += 1 } }
    }
    task.cancel()
    opener.finish()
    await #expect(throws: CancellationError.self) { try await task.value }
    #expect(begunCount.withLock { $0 } == 0)
  }

  @Test(arguments: [WorkCount(multiplyAdds: 1), long])
  func valuesAndErrorsComeThrough(work: WorkCount) async throws {
    struct Broken: Error {}
    #expect(try await abandonable(work) { 7 } == 7)
    await #expect(throws: Broken.self) { try await abandonable(work) { throw Broken() } }
  }

  @Test func noDecompositionStartsAfterCancellation() async throws {
    let set = SampleSet("many classes", seed: 9, dimension: 3, counts: [0: 5000, 1: 5000])
    let meter = WorkMeter()
    let box = WorkTests.HandleBox()
    let rows = WatchedRows(set.matrix) { box.cancel() }
    let (gate, opener) = AsyncStream<Void>.makeStream()
    let task = Task {
      for await _ in gate {}
      _ = try await SpectralDetector.fit(
        rows, labels: set.labels, execution: Execution(threadCount: 2, meter: meter))
    }
    box.hold(task)
    opener.finish()
    await #expect(throws: CancellationError.self) { try await task.value }
    #expect(meter.completed.factorizations == 0)
  }

  @Test func covariancesAreCheckedForCancellationOften() async throws {
    let (count, dimension) = (1100, 2048)
    let rows = Matrix(
      rowCount: count, columnCount: dimension,
      elements: (0..<count * dimension).map { Double(($0 &* 7919) % 1009) / 1009 })
    let completed = Mutex<[Double]>([0])
    _ = try await CholeskyDetector.fit(
      rows, labels: [Int](repeating: 0, count: count), at: Regularization(1), threadCount: 1
    ) { progress in completed.withLock { $0.append(progress.completed) } }
    let steps = completed.withLock { zip($0.dropFirst(), $0).map(-) }
    // Multiply-adds between two checks: twenty to fifty milliseconds of one core. The last step is the factorization.
    #expect(steps.count > 3)
    #expect(try #require(steps.max()) <= 1.5e9)
  }
}
