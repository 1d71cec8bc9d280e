import Foundation
import LinearAlgebra
import Testing

@testable import OODDetection

@Suite("Factors that do not fit in memory")
struct FactorStorageTests {
  static let sets = SampleSet.all + [PruningTests.many, PruningTests.separated]

  /// A temporary directory that is removed with its owner.
  final class Folder {
    let path = NSTemporaryDirectory() + "gmmscope-factors-\(UUID().uuidString)"
    deinit { try? FileManager.default.removeItem(atPath: path) }

    var files: [String] {
      ((try? FileManager.default.contentsOfDirectory(atPath: path)) ?? []).sorted().map { path + "/" + $0 }
    }
    func cache(byteLimit: Int = 1 << 30) -> FactorCache { FactorCache(directory: path, byteLimit: byteLimit) }

    /// Replaces five of six files by files with different kinds of damage. Returns their number.
    func damageFiles() throws -> Int {
      var damaged = 0
      for (index, path) in files.enumerated() {
        var bytes = [UInt8](try Data(contentsOf: URL(fileURLWithPath: path)))
        switch index % 6 {
        case 0: bytes[bytes.count / 2] ^= 0x10
        // In the header.
        case 1: bytes[index % 72] ^= 1
        case 2: bytes.removeLast()
        case 3: bytes = []
        case 4: bytes.append(0)
        default: continue
        }
        damaged += 1
        try Data(bytes).write(to: URL(fileURLWithPath: path), options: .atomic)
      }
      return damaged
    }
  }

  struct Outcome {
    var detector: CholeskyDetector
    var scores: SampleScores
    var memory: MemoryMeter
    var work: WorkMeter
  }

  /// Fits and scores with `held` factors in memory, or all.
  static func run(
    _ set: SampleSet, holding held: Int?, _ cache: FactorCache? = nil, value: Double = 1e-3,
    rows: (any FeatureRows)? = nil
  ) async throws -> Outcome {
    let (memory, work) = (MemoryMeter(), WorkMeter())
    let execution = Execution(threadCount: 2, blockSize: 16, meter: work, memory: memory)
    let (rows, regularization) = (rows ?? set.matrix, try Regularization(value))
    var detector: CholeskyDetector
    if let held {
      let fits = try ClassMembers.partition(set.labels, sampleCount: rows.count).map {
        ClassFit(members: $0, rows: rows, execution: execution)
      }
      detector = try await CholeskyDetector.fit(
        fits, at: regularization, setting: .standard, holding: held, cache: cache,
        ClassShare(classCount: fits.count), execution)
    } else {
      detector = try await CholeskyDetector.fit(
        rows, labels: set.labels, at: regularization, allowsSpans: false, execution: execution)
    }
    let scores = try await detector.scores(
      of: set.queries(40),
      execution: Execution(threadCount: 2, blockSize: 16, meter: work, memory: memory))
    return Outcome(detector: detector, scores: scores, memory: memory, work: work)
  }

  @Test(arguments: sets, [1e-6, 1e-2])
  func storageOfFactorsDoesNotAffectScores(set: SampleSet, value: Double) async throws {
    let all = try await Self.run(set, holding: nil, value: value)
    let classCount = all.detector.classes.count
    for held in [0, 1, classCount - 1] {
      let folder = Folder()
      let cached = try await Self.run(set, holding: held, folder.cache(), value: value)
      #expect(cached.scores == all.scores)
      #expect(cached.scores.visitedClassCounts == all.scores.visitedClassCounts)
      #expect(cached.detector.classes.map(\.factor.isHeld).filter { $0 }.count == held)
      // Each class once in the fit and not again.
      #expect(cached.memory.factorizations == classCount)
      let remade = try await Self.run(set, holding: held, nil, value: value)
      #expect(remade.scores == all.scores)
      for kind in ScoreKind.allCases where !kind.isRelative {
        let samples = (0..<3).map { Array(set.queries(3).row($0)) }
        #expect(
          try cached.detector.comparisons(of: samples, score: kind)
            == all.detector.comparisons(of: samples, score: kind))
      }
      #expect(
        try cached.detector.dimensionShares(of: Array(set.queries(1).row(0)), classIndex: classCount - 1)
          == all.detector.dimensionShares(of: Array(set.queries(1).row(0)), classIndex: classCount - 1))
    }
  }

  @Test func secondFitFactorsNothing() async throws {
    let (set, folder) = (PruningTests.many, Folder())
    let first = try await Self.run(set, holding: 3, folder.cache())
    #expect(folder.files.count == 24)
    let again = folder.cache()
    let second = try await Self.run(set, holding: 3, again)
    #expect(second.memory.factorizations == 0)
    #expect(again.counts.writes == 0 && again.counts.reads >= 24)
    #expect(second.scores == first.scores)
    #expect(second.work.completed.factorizations == second.work.planned.factorizations)
    #expect(
      largestRelativeError(
        [second.work.completed.multiplyAdds], [second.work.planned.multiplyAdds]) < 1e-12)
    // Another λ, or other samples of one class, have another key.
    let other = try await Self.run(set, holding: 3, folder.cache(), value: 2e-3)
    #expect(other.memory.factorizations == 24)
    var changed = set
    let row = try #require(changed.labels.firstIndex(of: 5))
    changed.rows[row][7] += 1e-9
    let nearly = try await Self.run(changed, holding: 3, folder.cache())
    #expect(nearly.memory.factorizations == 1)
  }

  @Test func damagedFilesAreRecomputed() async throws {
    let (set, folder) = (PruningTests.many, Folder())
    let first = try await Self.run(set, holding: 0, folder.cache())
    #expect(try folder.damageFiles() == 20)
    let second = try await Self.run(set, holding: 0, folder.cache())
    #expect(second.scores == first.scores)
    #expect(second.memory.factorizations == 20)
    // The files have been replaced.
    #expect(try await Self.run(set, holding: 0, folder.cache()).memory.factorizations == 0)
  }

  @Test func filesRemovedWhileScoringAreRecomputed() async throws {
    let (set, folder) = (PruningTests.many, Folder())
    let all = try await Self.run(set, holding: nil)
    let fitted = try await Self.run(set, holding: 0, folder.cache()).detector
    for path in folder.files { try FileManager.default.removeItem(atPath: path) }
    let scores = try await fitted.scores(
      of: set.queries(40), execution: Execution(threadCount: 2, blockSize: 16))
    #expect(scores == all.scores)
  }

  @Test func unwritableDirectoryIsNotAnError() async throws {
    let set = PruningTests.many
    let all = try await Self.run(set, holding: nil)
    let cache = FactorCache(directory: "/proc/none/gmmscope", byteLimit: 1 << 30)
    let outcome = try await Self.run(set, holding: 1, cache)
    #expect(outcome.scores == all.scores)
    #expect(cache.counts == (0, 0))
  }

  @Test func leastRecentlyUsedFilesAreRemoved() async throws {
    let (set, folder) = (PruningTests.many, Folder())
    let one = FactorFile.byteCount(dimension: 64)
    _ = try await Self.run(set, holding: 0, folder.cache(), value: 1)
    let old = folder.files
    for path in old.dropFirst(4) {
      try FileManager.default.setAttributes(
        [.modificationDate: Date(timeIntervalSince1970: 1e9)], ofItemAtPath: path)
    }
    // Room for 10 files besides these 24: the 4 most recent old files remain.
    _ = try await Self.run(set, holding: 0, folder.cache(byteLimit: 28 * one), value: 2)
    let left = Set(folder.files)
    #expect(left.count == 28)
    #expect(old.prefix(4).allSatisfy(left.contains) && old.dropFirst(4).allSatisfy { !left.contains($0) })
    // Files in use are not removed for others of the same run: factors without room are recomputed.
    let small = Folder()
    let all = try await Self.run(set, holding: nil)
    let outcome = try await Self.run(set, holding: 0, small.cache(byteLimit: 5 * one + 7))
    #expect(small.files.count == 5)
    #expect(outcome.scores == all.scores)
  }

  @Test func matricesStayWithinThePlan() async throws {
    let (set, folder) = (PruningTests.many, Folder())
    for held in [nil, 0, 5] {
      let outcome = try await Self.run(set, holding: held, folder.cache())
      let classCount = outcome.detector.classes.count
      let factor = 8 * PackedTriangle.elementCount(order: 64)
      // Two threads, each with a class of 70 samples and its covariance, and factors that wait for their turn.
      let fitting = 8 * (70 * 64 + 64 * 64) + factor
      let batch = 40 * (8 * 64 + 4 * classCount)
      let limit = (held ?? classCount) * factor + 2 * fitting + batch + 2 * factor
      #expect(outcome.memory.peakBytes <= limit)
      #expect(outcome.memory.peakBytes >= (held ?? classCount) * factor)
    }
    // The matrices stay within the plan, which also includes the rest of the process.
    let plan = try MemoryPlan(
      .init(
        sampleCount: set.rows.count, classCount: 24, largestClassCount: 70, dimension: 64, threadCount: 2),
      budget: MemoryBudget(bytes: 1 << 40))
    #expect(try await Self.run(set, holding: nil).memory.peakBytes < plan.peakBytes)
  }

  /// The public interface: a budget determines the number of held factors.
  @Test func budgetsDecideWhatIsHeld() async throws {
    let (set, folder) = (PruningTests.many, Folder())
    let workload = MemoryPlan.Workload(
      sampleCount: set.rows.count, classCount: 24, largestClassCount: 70, dimension: 64, threadCount: 2)
    let least = MemoryPlan(workload, permitting: MemoryBudget(bytes: 0)).leastBytes
    let all = try await CholeskyDetector.fit(set.matrix, labels: set.labels, at: .standard, threadCount: 2)
    let expected = try await all.scores(of: set.queries(50))
    for budget in [least, least + 400_000, least + (1 << 30)] {
      let plan = try MemoryPlan(workload, budget: MemoryBudget(bytes: budget))
      let detector = try await CholeskyDetector.fit(
        set.matrix, labels: set.labels, at: .standard, threadCount: 2, memory: MemoryBudget(bytes: budget),
        cache: folder.cache())
      #expect(detector.classes.filter { $0.factor.isHeld }.count == plan.heldFactorCount)
      let scores = try await detector.scores(of: set.queries(50), threadCount: 2)
      #expect(largestError(scores.negativeLogLikelihood, expected.negativeLogLikelihood) < 1e-12)
      #expect(scores.closestClass == expected.closestClass)
      if plan.holdsAllFactors { #expect(scores.visitedClassCounts == expected.visitedClassCounts) }
    }
    await #expect(throws: DetectorError.memoryTooSmall(neededBytes: least, permittedBytes: least / 2)) {
      try await CholeskyDetector.fit(
        set.matrix, labels: set.labels, at: .standard, threadCount: 2,
        memory: MemoryBudget(bytes: least / 2))
    }
  }

  @Test func featuresAreReadOnceOrTwice() async throws {
    let set = PruningTests.many
    func count(_ held: Int?, _ cache: FactorCache?) async throws -> Int {
      let rows = WatchedRows(set.matrix)
      _ = try await Self.run(set, holding: held, cache, rows: rows)
      return rows.readRowCount
    }
    let folder = Folder()
    #expect(try await count(nil, nil) == set.rows.count)
    #expect(try await count(0, folder.cache()) == 2 * set.rows.count)
    #expect(try await count(0, folder.cache()) == set.rows.count)
  }

  /// A class that does not fit in memory, whose dependent dimensions need the samples themselves, is streamed.
  @Test func streamedClassesNeedNoMoreThanTheirBlocks() async throws {
    var set = SampleSet("dependent", seed: 31, dimension: 6, counts: [0: 90, 1: 80])
    for index in set.rows.indices { set.rows[index][5] = set.rows[index][4] * (1 + 1e-14) }
    let regularization = try Regularization(1e-11)
    var results: [SampleScores] = []
    for held in [1 << 20, 0] {
      let rows = WatchedRows(set.matrix)
      let detector = try await CholeskyDetector.fit(
        rows, labels: set.labels, at: regularization,
        execution: Execution(threadCount: 1, blockSize: 8, heldElementCount: held))
      if held == 0 { #expect(rows.largestRead == 8) }
      results.append(try await detector.scores(of: set.matrix))
    }
    #expect(largestError(results[0].negativeLogLikelihood, results[1].negativeLogLikelihood) < 1e-6)
  }
}
