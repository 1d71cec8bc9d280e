import ExplorerModel
import OODData
import OODDetection
import Synchronization

/// Fits and scores at one λ without spectra, by the library itself.
struct FactoredRun: Sendable {
  let scores: SampleScores
  let logDeterminants: [Double]
  let fitCost: PhaseCost
  let scoreCost: PhaseCost

  /// - Throws: what fitting and scoring throw. Nil comes back where the data set has no labels or no test samples.
  init?(
    _ data: DataSet, at regularization: Regularization, threadCount: Int, memory: MemoryBudget? = nil
  ) async throws {
    guard let train = data.train, let labels = train.labels, let test = data.test else { return nil }
    let (detector, fitCost) = try await Self.measured { progress in
      try await CholeskyDetector.fit(
        train.rows, labels: labels, at: regularization, threadCount: threadCount, memory: memory,
        progress: progress)
    }
    let (scores, scoreCost) = try await Self.measured { progress in
      try await detector.scores(of: test.rows, threadCount: threadCount, progress: progress)
    }
    logDeterminants = detector.classes.map(\.logDeterminant)
    (self.scores, self.fitCost, self.scoreCost) = (scores, fitCost, scoreCost)
  }

  private static func measured<Value: Sendable>(
    _ body: (@escaping ProgressHandler) async throws -> Value
  ) async throws -> (Value, PhaseCost) {
    PeakMemory.reset()
    let completed = Count()
    let start = ContinuousClock.now
    let value = try await body { progress in completed.value.withLock { $0 = progress.completed } }
    // The library counts multiplications with an addition each as one.
    let cost = PhaseCost(
      seconds: (ContinuousClock.now - start).seconds, peakBytes: PeakMemory.current(),
      operationCount: 2 * completed.value.withLock { $0 })
    return (value, cost)
  }

  private final class Count: Sendable {
    let value = Mutex(0.0)
  }
}
