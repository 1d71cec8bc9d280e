import Foundation
import LinearAlgebra
import Testing

@testable import OODDetection

@Suite("Spectra that do not fit in memory")
struct SpectrumStorageTests {
  typealias Folder = FactorStorageTests.Folder

  struct Outcome {
    var detector: SpectralDetector
    var memory = MemoryMeter()
    var work = WorkMeter()
  }

  static func run(
    _ set: SampleSet, holding held: Int?, _ cache: FactorCache? = nil, rows: (any FeatureRows)? = nil
  ) async throws -> Outcome {
    let (memory, work) = (MemoryMeter(), WorkMeter())
    let execution = Execution(threadCount: 2, blockSize: 16, meter: work, memory: memory)
    let fits = try ClassMembers.partition(set.labels, sampleCount: set.rows.count).map {
      ClassFit(members: $0, rows: rows ?? set.matrix, execution: execution)
    }
    let store = held.flatMap { held in
      cache.map { SpectrumStore(cache: $0, heldCount: held, allBytes: 9, permittedBytes: 5) }
    }
    let detector = try await SpectralDetector.fit(fits, store: store, execution)
    return Outcome(detector: detector, memory: memory, work: work)
  }

  @Test(arguments: FactorStorageTests.sets)
  func storageOfSpectraDoesNotAffectScores(set: SampleSet) async throws {
    let all = try await Self.run(set, holding: nil).detector
    let path = try RegularizationPath.logarithmic(from: 1e-6, through: 1, count: 7)
    let (queries, last) = (set.queries(40), all.classes.count - 1)
    let scores = try await all.scores(of: queries, along: path)
    for held in [0, 1, last] {
      let folder = Folder()
      let outcome = try await Self.run(set, holding: held, folder.cache())
      let stored = outcome.detector
      #expect(stored.classes.map(\.spectrum.isHeld).count { $0 } == held)
      #expect(outcome.memory.factorizations == all.classes.count - held)
      #expect(
        largestRelativeError([outcome.work.completed.multiplyAdds], [outcome.work.planned.multiplyAdds])
          < 1e-12)
      for (found, expected) in zip(stored.classes, all.classes) {
        #expect(found.spectrum.eigenvalues == expected.spectrum.eigenvalues)
        #expect(found.spectrum.basis == expected.spectrum.basis)
        #expect(found.variances() == expected.variances())
        #expect(found.covariance(averagedTo: 4) == expected.covariance(averagedTo: 4))
        #expect(
          found.spectrum.leadingBasis(min(2, found.spectrum.rank))
            == expected.spectrum.basis.firstRows(min(2, expected.spectrum.rank)))
      }
      #expect(stored.pooled.eigenvalues == all.pooled.eigenvalues)
      // Stored bases are not completed, so distances are computed in another way.
      for (found, expected) in zip(try await stored.scores(of: queries, along: path), scores) {
        #expect(largestError(found.negativeLogLikelihood, expected.negativeLogLikelihood) < 1e-10)
        #expect(largestError(found.mahalanobis, expected.mahalanobis) < 1e-10)
        #expect(found.closestClass == expected.closestClass)
      }
      #expect(
        try await stored.leaveOneOut(set.matrix, labels: set.labels, along: path)
          == all.leaveOneOut(set.matrix, labels: set.labels, along: path))
      let sample = Array(queries.row(0))
      #expect(
        try stored.explanation(of: sample, at: path[3], score: .mahalanobis)
          == all.explanation(of: sample, at: path[3], score: .mahalanobis))
    }
  }

  @Test func secondFitDecomposesOnlyThePooledCovariance() async throws {
    let (set, folder) = (PruningTests.many, Folder())
    let first = try await Self.run(set, holding: 3, folder.cache())
    #expect(first.work.completed.eigendecompositions == 25)
    #expect(folder.files.count == 21)
    let again = folder.cache()
    let second = try await Self.run(set, holding: 3, again)
    #expect(second.memory.factorizations == 0)
    #expect(second.work.completed.eigendecompositions == 4)
    #expect(second.work.planned.eigendecompositions == 4)
    #expect(again.counts.writes == 0 && again.counts.reads == 21)
    for (one, other) in zip(first.detector.classes, second.detector.classes) {
      #expect(one.spectrum.basis == other.spectrum.basis)
    }
    // Other samples of one class have another key.
    var changed = set
    let row = try #require(changed.labels.firstIndex(of: 5))
    changed.rows[row][7] += 1e-9
    #expect(try await Self.run(changed, holding: 3, folder.cache()).memory.factorizations == 1)
  }

  @Test func damagedFilesAreRecomputed() async throws {
    let (set, folder) = (PruningTests.many, Folder())
    let first = try await Self.run(set, holding: 0, folder.cache()).detector
    #expect(try folder.damageFiles() == 20)
    let second = try await Self.run(set, holding: 0, folder.cache())
    #expect(second.memory.factorizations == 20)
    for (one, other) in zip(first.classes, second.detector.classes) {
      #expect(one.spectrum.basis == other.spectrum.basis)
    }
    #expect(try await Self.run(set, holding: 0, folder.cache()).memory.factorizations == 0)
  }

  /// Mapped files remain valid after removal, such as by another process that makes room.
  @Test func filesMayGoWhileTheyAreInUse() async throws {
    let (set, folder) = (PruningTests.many, Folder())
    let all = try await Self.run(set, holding: nil).detector
    let stored = try await Self.run(set, holding: 0, folder.cache()).detector
    for path in folder.files { try FileManager.default.removeItem(atPath: path) }
    #expect(folder.files.isEmpty)
    for (one, other) in zip(stored.classes, all.classes) {
      #expect(one.spectrum.basis == other.spectrum.basis)
    }
  }

  @Test func missingCacheIsAnError() async throws {
    let cache = FactorCache(directory: "/proc/none/gmmscope", byteLimit: 1 << 30)
    await #expect(throws: DetectorError.memoryTooSmall(neededBytes: 9, permittedBytes: 5)) {
      _ = try await Self.run(PruningTests.many, holding: 1, cache)
    }
  }

  @Test func matricesStayWithinThePlan() async throws {
    let (set, folder) = (PruningTests.many, Folder())
    let counts = try ClassMembers.partition(set.labels, sampleCount: set.rows.count).map(\.rows.count)
    let bases = counts.map { 8 * 64 * min($0, 64) }
    for held in [nil, 0, 5] {
      let outcome = try await Self.run(set, holding: held, folder.cache())
      let kept = bases.prefix(held ?? bases.count).reduce(0, +)
      // Two threads, each with a class of 70 samples, its covariance and its basis.
      let working = 2 * 8 * (70 * 64 + 64 * 64 + 64 * 64)
      #expect(outcome.memory.peakBytes <= kept + working)
      // A basis from the Gram matrix has one direction fewer than the class has samples.
      #expect(outcome.memory.peakBytes >= kept * 9 / 10)
    }
  }

  /// For any budget: plans stay within it, a larger budget never holds fewer spectra, and a budget below the minimum
  /// is an error.
  @Test(arguments: [1, 2, 7, 100, 1000])
  func budgetsAreKept(classCount: Int) throws {
    let workload = SpectraPlan.Workload(
      classCounts: (0..<classCount).map { 100 + 20 * ($0 % 100) }, dimension: 1024, threadCount: 2)
    let least = SpectraPlan(workload, permitting: MemoryBudget(bytes: 0)).leastBytes
    #expect(throws: DetectorError.memoryTooSmall(neededBytes: least, permittedBytes: least - 1)) {
      try SpectraPlan(workload, budget: MemoryBudget(bytes: least - 1), hasCache: true)
    }
    var held = 0
    for step in 0..<60 {
      let budget = MemoryBudget(bytes: least + step * (20 << 20))
      let plan = try SpectraPlan(workload, budget: budget, hasCache: true)
      #expect(plan.peakBytes <= budget.bytes && plan.heldCount >= held)
      held = plan.heldCount
      guard !plan.holdsAllSpectra else { continue }
      #expect(plan.allSpectraPeakBytes > budget.bytes)
      #expect(
        throws: DetectorError.memoryTooSmall(
          neededBytes: plan.allSpectraPeakBytes, permittedBytes: budget.bytes)
      ) {
        try SpectraPlan(workload, budget: budget, hasCache: false)
      }
    }
    if classCount <= 100 { #expect(held == classCount) }
  }

  /// By hand: 741,317,504 for the process and the pooled covariance, 126,156,800 for the classes, and 374,931,456 for
  /// each of two threads. 1,300 of 2,048 directions are completed to a basis of 8 · 2,048² bytes; 1,000 are not.
  @Test func planAddsUpItsParts() {
    func plan(_ count: Int) -> SpectraPlan {
      SpectraPlan(
        .init(classCounts: [Int](repeating: count, count: 100), dimension: 2048, threadCount: 2),
        permitting: MemoryBudget(bytes: 1 << 40))
    }
    let (many, few) = (plan(1300), plan(1000))
    #expect(many.holdsAllSpectra && many.allSpectraBytes == 2_129_920_000)
    #expect(many.leastBytes == 1_617_337_216 && many.peakBytes == 4_972_780_416)
    #expect(few.leastBytes == 1_567_465_216 && few.peakBytes == 3_205_865_216)
  }
}
