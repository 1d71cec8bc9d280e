import Synchronization
import Testing

@testable import OODDetection

@Suite("Work, progress and cancellation")
struct WorkTests {
  @Test func anotherLambdaNeedsNoFactorization() async throws {
    let set = SampleSet.wide
    let fitMeter = WorkMeter()
    let detector = try await SpectralDetector.fit(
      set.matrix, labels: set.labels, execution: Execution(threadCount: 2, meter: fitMeter))
    #expect(fitMeter.completed.factorizations == detector.classes.count + 1)
    let scoreMeter = WorkMeter()
    _ = try await detector.scores(
      of: set.matrix, along: RegularizationPath.standard,
      execution: Execution(threadCount: 2, meter: scoreMeter))
    #expect(scoreMeter.completed.factorizations == 0)
  }

  @Test func oneLambdaNeedsOneCholeskyFactorizationPerClass() async throws {
    for set in SampleSet.all {
      let (full, factored, scoring) = (WorkMeter(), WorkMeter(), WorkMeter())
      _ = try await SpectralDetector.fit(
        set.matrix, labels: set.labels, execution: Execution(threadCount: 2, meter: full))
      let detector = try await CholeskyDetector.fit(
        set.matrix, labels: set.labels, at: .standard, execution: Execution(threadCount: 2, meter: factored))
      _ = try await detector.scores(of: set.matrix, execution: Execution(threadCount: 2, meter: scoring))
      #expect(factored.completed.factorizations == detector.classes.count)
      #expect(factored.completed.eigendecompositions == 0)
      #expect(full.completed.eigendecompositions == detector.classes.count + 1)
      #expect(scoring.completed.factorizations == 0)
    }
    // D = 64: n·D²/2 for the covariances, D³/6 for each factor, ½·(1 + 1)·D² for each class's bounds of one other
    // class.
    let set = SampleSet("64 dimensions", seed: 8, dimension: 64, counts: [0: 80, 1: 40])
    let (full, factored) = (WorkMeter(), WorkMeter())
    _ = try await SpectralDetector.fit(
      set.matrix, labels: set.labels, execution: Execution(threadCount: 1, meter: full))
    _ = try await CholeskyDetector.fit(
      set.matrix, labels: set.labels, at: .standard, execution: Execution(threadCount: 1, meter: factored))
    let expected = 7_680 + 245_760 + 2 * (262_144.0 / 6 + 4_096)
    #expect(largestRelativeError([factored.completed.multiplyAdds], [expected]) < 1e-12)
    #expect(factored.completed.multiplyAdds < 0.2 * full.completed.multiplyAdds)
  }

  @Test(arguments: [0, 1, 31, 63, 64, 200, 256, 513, 787, 1010, 5000], [1, 2, 7])
  func equalBlocksKeepAllWorkersBusy(count: Int, workerCount: Int) {
    let blocks = RowBlocks(count: count, size: 288, workerCount: workerCount)
    #expect(blocks.flatMap { Array($0) } == Array(0..<count))
    #expect(blocks.allSatisfy { $0.count <= 288 })
    if count >= 32 * workerCount {
      // The smallest number of rounds, all of them full up to the remainder.
      let roundCount = (count + 288 * workerCount - 1) / (288 * workerCount)
      #expect(blocks.count <= roundCount * workerCount)
      // Multiples of the rows that a product processes at a time.
      #expect(blocks.size.isMultiple(of: 24) && blocks.size >= 48)
    }
  }

  /// Each worker's share of 256 rows is 128, of 787 in 3 rounds 263, of 5,000 in 3 rounds 239.
  @Test(arguments: [(64, 2, 48), (256, 2, 144), (787, 1, 264), (5000, 7, 240), (5000, 1, 288)])
  func blocksAreSharesRoundedUp(count: Int, workerCount: Int, size: Int) {
    #expect(RowBlocks(count: count, size: 288, workerCount: workerCount).size == size)
  }

  /// Long scoring yields its thread between two classes. For short scoring, yielding would cost more than it gains.
  @Test(arguments: [(16, false), (136, true)])
  func longBlocksYieldTheirThread(dimension: Int, isLong: Bool) async throws {
    let counts = Dictionary(uniqueKeysWithValues: (0..<6).map { ($0, dimension + 20) })
    let set = SampleSet("long blocks", seed: 31, dimension: dimension, counts: counts)
    let detector = try await SpectralDetector.fit(set.matrix, labels: set.labels)
    let scorer = MixtureScorer(
      path: [.standard], classes: detector.classes.map { SpectralPath($0, along: [.standard]) },
      classBounds: nil,
      dimension: dimension)
    let queries = set.queries(250)
    let executor = CountingExecutor()
    let scores = try await withTaskExecutorPreference(executor) {
      try await scorer.scores(of: queries, Execution(threadCount: 1))
    }
    #expect(scores[0].count == 250)
    #expect(isLong ? executor.jobCount > 6 : executor.jobCount < 6)
  }

  @Test func workDoneIsWorkPlanned() async throws {
    for set in SampleSet.all {
      let meters = (0..<7).map { _ in WorkMeter() }
      func execution(_ index: Int) -> Execution {
        Execution(threadCount: 2, blockSize: 4, meter: meters[index])
      }
      let detector = try await SpectralDetector.fit(set.matrix, labels: set.labels, execution: execution(0))
      _ = try await detector.scores(of: set.matrix, along: [.standard], execution: execution(1))
      _ = try await detector.leaveOneOut(
        set.matrix, labels: set.labels, along: [.standard], execution: execution(2))
      let path = Array(RegularizationPath.standard.prefix(3))
      _ = try await detector.scores(of: set.matrix, along: path, execution: execution(3))
      let factored = try await CholeskyDetector.fit(
        set.matrix, labels: set.labels, at: .standard, execution: execution(4))
      _ = try await factored.scores(of: set.queries(40), execution: execution(5))
      _ = try await detector.pathScores(
        of: [set.matrix, set.queries(40)], training: (set.matrix, set.labels), along: path,
        execution: execution(6))
      for meter in meters {
        #expect(meter.planned.multiplyAdds > 0)
        #expect(largestRelativeError([meter.completed.multiplyAdds], [meter.planned.multiplyAdds]) < 1e-12)
        #expect(meter.completed.factorizations == meter.planned.factorizations)
      }
    }
  }

  @Test func pathProgressIncludesLeaveOneOut() async throws {
    let set = SampleSet.mixed
    let detector = try await SpectralDetector.fit(set.matrix, labels: set.labels)
    let path = Array(RegularizationPath.standard.prefix(5))
    let fractions = Mutex<[Double]>([])
    let atFirstScore = Mutex<Double?>(nil)
    let queries = WatchedRows(set.queries(40)) {
      let latest = fractions.withLock { $0.last ?? 0 }
      atFirstScore.withLock { $0 = $0 ?? latest }
    }
    let found = try await detector.pathScores(
      of: [queries], training: (set.matrix, set.labels), along: path, threadCount: 2
    ) { progress in fractions.withLock { $0.append(progress.fraction) } }
    #expect(found.leaveOneOut?.meanNLL.count == 5 && found.scores.map(\.count) == [5])
    let all = fractions.withLock { $0 }
    #expect(all == all.sorted() && all.allSatisfy { (0...1).contains($0) })
    #expect(abs((all.last ?? 0) - 1) < 1e-12)
    // At that point leave-one-out is complete and the rest is not.
    #expect((0.1..<0.95).contains(try #require(atFirstScore.withLock { $0 })))
  }

  @Test func pathProjectsOnce() async throws {
    let set = SampleSet("64 dimensions", seed: 8, dimension: 64, counts: [0: 80, 1: 40])
    let detector = try await SpectralDetector.fit(set.matrix, labels: set.labels)
    func work(_ path: [Regularization]) async throws -> Double {
      let meter = WorkMeter()
      _ = try await detector.scores(
        of: set.matrix, along: path, execution: Execution(threadCount: 1, meter: meter))
      return meter.completed.multiplyAdds
    }
    let (one, ten) = (
      try await work([.standard]), try await work(Array(RegularizationPath.standard.prefix(10)))
    )
    #expect(ten < 1.2 * one)
  }

  @Test func progressRisesToOne() async throws {
    let set = SampleSet.mixed
    let reports = Mutex<[Double]>([])
    _ = try await SpectralDetector.fit(set.matrix, labels: set.labels, threadCount: 3) { progress in
      reports.withLock { $0.append(progress.fraction) }
    }
    let fractions = reports.withLock { $0 }
    #expect(fractions.count > 4)
    #expect(zip(fractions, fractions.dropFirst()).allSatisfy { $0 <= $1 })
    #expect(abs((fractions.last ?? 0) - 1) < 1e-12)
  }

  enum Operation: CaseIterable {
    case fit, factoredFit, score, path, factoredScore, leaveOneOut, neighbours
    case neighboursOfEach
  }

  @Test(arguments: Operation.allCases)
  func cancellationStopsWithinABlockOrTwo(operation: Operation) async throws {
    let set = SampleSet("many classes", seed: 9, dimension: 3, counts: [0: 5000, 1: 5000])
    let detector = try await SpectralDetector.fit(set.matrix, labels: set.labels)
    let factored = try await CholeskyDetector.fit(set.matrix, labels: set.labels, at: .standard)
    let (gate, opener) = AsyncStream<Void>.makeStream()
    let box = HandleBox()
    let rows = WatchedRows(set.matrix) { box.cancel() }
    let task = Task {
      for await _ in gate { break }
      switch operation {
      case .fit: _ = try await SpectralDetector.fit(rows, labels: set.labels, threadCount: 2)
      case .factoredFit:
        _ = try await CholeskyDetector.fit(rows, labels: set.labels, at: .standard, threadCount: 2)
      case .path:
        let path = Array(RegularizationPath.standard.prefix(3))
        _ = try await detector.scores(of: rows, along: path, threadCount: 2)
      case .factoredScore: _ = try await factored.scores(of: rows, threadCount: 2)
      case .score: _ = try await detector.scores(of: rows, at: .standard, threadCount: 2)
      case .leaveOneOut:
        _ = try await detector.leaveOneOut(rows, labels: set.labels, along: [.standard], threadCount: 2)
      case .neighbours: _ = try await NeighborSearch.nearest(to: [0, 0, 0], in: rows, count: 3)
      case .neighboursOfEach:
        _ = try await NeighborSearch.nearest(toEachOf: set.matrix, in: rows, count: 3, threadCount: 2)
      }
    }
    box.hold(task)
    opener.finish()
    await #expect(throws: CancellationError.self) { try await task.value }
    #expect(rows.readCount <= 4)
  }

  /// Makes the rows cancel the task that reads them.
  final class HandleBox: Sendable {
    private let task = Mutex<Task<Void, any Error>?>(nil)
    func hold(_ task: Task<Void, any Error>) { self.task.withLock { $0 = task } }
    func cancel() { task.withLock { $0?.cancel() } }
  }
}
