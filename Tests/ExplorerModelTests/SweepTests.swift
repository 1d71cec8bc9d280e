import Foundation
import LinearAlgebra
import OODDetection
import Synchronization
import TestData
import Testing

@testable import ExplorerModel
@testable import OODData

@Suite("Paths of λ within a memory bound")
@MainActor
struct SweepTests {
  private func sweep(
    _ data: DataSet, memory: MemoryBudget?, along path: [Regularization]
  ) async throws -> (sweep: Sweep, fractions: [Double]) {
    let train = try #require(data.train)
    let detector = try await SpectralDetector.fit(
      train.rows, labels: try #require(train.labels), threadCount: 2)
    var pipeline = DetectorPipeline(threadCount: 2)
    pipeline.memory = memory
    let fractions = Mutex<[Double]>([])
    let sweep = try await pipeline.sweep(detector, data, Split.allCases, along: path) { progress in
      fractions.withLock { $0.append(progress.fraction) }
    }
    return (sweep, fractions.withLock { $0 })
  }

  @Test func largePathsAreComputedInPartsAndNotStored() async throws {
    let data = SmallData.dataSet()
    let path = try RegularizationPath.logarithmic(from: 1e-3, through: 1, count: 10)
    let whole = try await sweep(data, memory: nil, along: path).sweep
    #expect(whole.scores.count == 10 && whole.scores.allSatisfy { $0.train != nil && $0.test != nil })
    // 36 + 23 samples: all take 64·10·59 bytes, one λ of the test samples 64·23.
    for bytes in [4 * 64 * 10 * 59 - 1, 4 * 64 * 23 * 3, 1] {
      let part = try await sweep(data, memory: MemoryBudget(bytes: bytes), along: path)
      #expect(part.sweep.scores.isEmpty)
      #expect(part.sweep.path == path && part.sweep.leaveOneOut == whole.leaveOneOut)
      #expect(part.sweep.worstConditionNumber == whole.worstConditionNumber)
      let (found, expected) = (try #require(part.sweep.heldOutNLL), try #require(whole.heldOutNLL))
      #expect(zip(found, expected).allSatisfy { abs($0 - $1) < 1e-9 * abs($1) })
      #expect(part.sweep.metrics == whole.metrics)
      #expect(zip(part.fractions, part.fractions.dropFirst()).allSatisfy { $0 <= $1 })
      #expect(part.fractions.last == 1)
    }
    let just = try await sweep(data, memory: MemoryBudget(bytes: 4 * 64 * 10 * 59), along: path)
    #expect(just.sweep.scores.count == 10 && just.fractions.last == 1)
  }

  /// What is measured does not depend on what else is computed.
  @Test(arguments: [ScoreKind.negativeLogLikelihood, .mahalanobis])
  func measuredKindsAreThoseOfTheWholePath(kind: ScoreKind) async throws {
    let data = SmallData.dataSet()
    let path = try RegularizationPath.logarithmic(from: 1e-3, through: 1, count: 10)
    let whole = try await sweep(data, memory: nil, along: path).sweep
    let (train, test) = (try #require(data.train), try #require(data.test))
    let detector = try await SpectralDetector.fit(
      train.rows, labels: try #require(train.labels), threadCount: 2)
    for memory in [nil, MemoryBudget(bytes: 4 * 32 * 23 * 3)] {
      var pipeline = DetectorPipeline(threadCount: 2)
      pipeline.memory = memory
      let part = try await pipeline.sweep(detector, data, Split.allCases, along: path, measuring: [kind])
      #expect(part.scores.isEmpty && part.metrics == whole.metrics.filter { $0.key == kind })
      #expect(part.metrics[kind]?.count == 10)
      #expect(part.accuracy == whole.accuracy && part.leaveOneOut == whole.leaveOneOut)
    }
    let columns = ScoreColumns(for: [kind])
    let scores = try await detector.pathScores(of: [test.rows], training: nil, along: path, columns: columns)
      .scores[0]
    for (found, complete) in zip(scores, whole.scores) {
      #expect(found.values(kind) == complete.test?.values(kind) && found.count == 23)
      #expect(found.values(kind == .mahalanobis ? .negativeLogLikelihood : .mahalanobis).isEmpty)
      #expect(found.closestClass.isEmpty && found.squaredDistanceToMostLikely.isEmpty)
    }
  }

  @Test func withoutOutOfDistributionSamplesThereAreNoMetrics() async throws {
    let data = SmallData.dataSet(hasOutOfDistribution: false)
    for memory in [nil, MemoryBudget(bytes: 1)] {
      let found = try await sweep(data, memory: memory, along: SmallData.path).sweep
      #expect(found.metrics.isEmpty && found.heldOutNLL?.count == SmallData.path.count)
    }
  }

  @Test func tablesReportTheirMemory() {
    let data = SmallData.dataSet()
    let table = SweepTable(data, pathCount: 10, memory: MemoryBudget(bytes: 1 << 20))
    #expect(table.reservedBytes == 64 * 10 * 59)
    #expect(table.holds(Split.allCases) && table.lambdaCount(for: .test) == (1 << 18) / (64 * 23))
    let small = SweepTable(data, pathCount: 10, memory: MemoryBudget(bytes: 4000))
    #expect(small.reservedBytes == 1000 && !small.holds([.test]) && small.lambdaCount(for: .test) == 1)
    let free = SweepTable(data, pathCount: 10, memory: nil)
    #expect(free.holds(Split.allCases) && free.lambdaCount(for: .train) == 10)
  }

  /// If the scores of the path are not stored, a λ of the path is computed again.
  @Test func explorerWorksWithoutStoredScores() async throws {
    let store = await SmallData.store()
    var sweep = try #require(store.state.tuning.sweep)
    let expected = sweep.scores[2]
    sweep.scores = []
    await store.settle(after: .swept(sweep), .setRegularization(SmallData.path[2]))
    #expect(store.state.scoresAreCurrent && store.state.messages.failure == nil)
    let found = try #require(store.state.scores.scored)
    #expect(found.regularization == SmallData.path[2])
    let values = zip(
      found.test?.negativeLogLikelihood ?? [], expected.test?.negativeLogLikelihood ?? [])
    #expect(found.test?.negativeLogLikelihood.count == 23)
    #expect(values.allSatisfy { abs($0 - $1) < 1e-9 * max(1, abs($1)) })
  }
}

@Suite("Paths of λ in two parts")
@MainActor
struct PathPartTests {
  /// Classes that are separate at small λ and overlap at large λ.
  static let data: DataSet = {
    var data = SmallData.dataSet()
    for split in [\DataSet.train, \DataSet.test] {
      guard let part = data[keyPath: split], let labels = part.labels,
        var rows = part.rows as? Matrix
      else { continue }
      for (row, label) in labels.enumerated() { rows[row, 0] += 30 * Double(label) }
      data[keyPath: split] = DataSplit(rows: rows, labels: labels, ids: part.ids)
    }
    return data
  }()
  static let path = [1e-3, 1e-2, 1e-1, 1, 10, 100, 1e3, 1e4].compactMap { try? Regularization($0) }

  private func store(splits: Bool) async -> (ExplorerStore, [Int]) {
    var state = ExplorerState(regularization: Self.path[0], goal: .explore, path: Self.path)
    state.tuning.largePathWork = splits ? 0 : .infinity
    let store = ExplorerStore(state: state, runner: EffectRunner(DetectorPipeline(threadCount: 2)))
    var counts: [Int] = []
    store.onChange = { [weak store] in
      let count = store?.state.tuning.sweep?.path.count ?? 0
      if count != counts.last ?? 0 { counts.append(count) }
    }
    await store.settle(after: .loaded(Self.data, model: nil))
    return (store, counts)
  }

  @Test func joinedPathEqualsTheWholePath() async throws {
    let (whole, single) = await store(splits: false)
    let (parts, counts) = await store(splits: true)
    let expected = try #require(whole.state.tuning.sweep)
    let found = try #require(parts.state.tuning.sweep)
    let detector = try #require(parts.state.classes.detector)
    let first = detector.separableCount(along: Self.path)
    #expect(first > 0 && first < 8 && single == [8] && counts == [first, 8])
    #expect(found.path == Self.path && found.leaveOneOut == expected.leaveOneOut)
    #expect(found.worstConditionNumber == expected.worstConditionNumber)
    #expect(found.metrics == expected.metrics)
    #expect(found.scores.map(\.regularization) == Self.path)
    for (one, other) in zip(found.scores, expected.scores) {
      let values = zip(one.test?.negativeLogLikelihood ?? [], other.test?.negativeLogLikelihood ?? [])
      #expect(values.allSatisfy { abs($0 - $1) < 1e-9 * max(1, abs($1)) })
      #expect(one.test?.negativeLogLikelihood.count == 23)
    }
    #expect(parts.state.tasks.isEmpty && parts.state.scoresAreCurrent)
  }

  @Test func proposalIsReportedOnce() async throws {
    for splits in [false, true] {
      let (store, _) = await store(splits: splits)
      let said = store.state.messages.all.filter { $0.text.contains("Leave-one-out likelihood proposes") }
      #expect(said.count == 1)
    }
  }

  /// Of 500 classes along a line, 256 stand for all.
  @Test func someOfManyClassesStandForAll() async throws {
    let classCount = 500
    var rows = Matrix(rowCount: 2 * classCount, columnCount: 2)
    var labels: [Int] = []
    for index in 0..<rows.rowCount {
      rows[index, 0] = Double(index / 2) + Double(index % 2) * 0.5
      rows[index, 1] = Double(index % 3)
      labels.append(index / 2)
    }
    let detector = try await SpectralDetector.fit(rows, labels: labels)
    let path = try RegularizationPath.logarithmic(from: 1e-2, through: 1e4, count: 16)
    let needed = 4 * (36 + log(Double(classCount)))
    let medians = try path.map { regularization in
      let distances = try detector.separations(at: regularization)
      var squares: [Double] = []
      for row in 0..<classCount {
        for column in 0..<row { squares.append(pow(distances[row, column], 2)) }
      }
      return squares.sorted()[squares.count / 2]
    }
    let count = detector.separableCount(along: path)
    #expect(count > 0 && count < path.count)
    #expect(medians[count - 1] > needed * 0.9 && medians[count] < needed * 1.1)
  }

  @Test func separableCountsDecreaseWithLambda() async throws {
    let train = try #require(Self.data.train)
    let detector = try await SpectralDetector.fit(train.rows, labels: try #require(train.labels))
    let count = detector.separableCount(along: Self.path)
    func median(_ place: Int) throws -> Double {
      let distances = try detector.separations(at: Self.path[place])
      return [distances[1, 0], distances[2, 0], distances[2, 1]].map { $0 * $0 }.sorted()[1]
    }
    #expect(try median(count - 1) >= 4 * 37 && median(count) < 4 * 38)
    #expect(detector.separableCount(along: []) == 0)
    #expect(detector.separableCount(along: [Self.path[7]]) == 0)
  }
}
