import Testing

@testable import OODDetection

@Suite("Memory plans")
struct MemoryPlanTests {
  static func workload(classCount: Int = 100, sampleCount: Int = 130_000) -> MemoryPlan.Workload {
    MemoryPlan.Workload(
      sampleCount: sampleCount, classCount: classCount, largestClassCount: sampleCount / classCount,
      dimension: 2048, queryCount: 10_000, threadCount: 2)
  }

  @Test func theLargestWorkloadsFit() throws {
    let hundred = try MemoryPlan(Self.workload(), budget: MemoryBudget(bytes: 4 << 30))
    #expect(hundred.holdsAllFactors)
    let thousand = try MemoryPlan(
      Self.workload(classCount: 1000, sampleCount: 1_280_000), budget: MemoryBudget(bytes: 8 << 30))
    #expect(!thousand.holdsAllFactors && thousand.heldFactorCount > 200)
    #expect(thousand.leastBytes < 2 << 30)
  }

  /// By hand: 507,076,480 for the process, 42,598,400 for bounds, 100 factors, and 266,469,376 for each of two threads
  /// that fit.
  @Test func planAddsUpItsParts() throws {
    let plan = try MemoryPlan(Self.workload(), budget: MemoryBudget(bytes: 1 << 40))
    #expect(plan.factorBytes == 17_825_792)
    #expect(plan.batchBytes == 64 << 20)
    #expect(plan.peakBytes == 2_865_192_832)
  }

  /// For any budget: plans stay within it, a larger budget never holds fewer factors, and a budget below the minimum
  /// is an error.
  @Test(arguments: [1, 2, 7, 100, 1000])
  func budgetsAreKept(classCount: Int) throws {
    let workload = Self.workload(classCount: classCount)
    let least = MemoryPlan(workload, permitting: MemoryBudget(bytes: 0)).leastBytes
    #expect(throws: DetectorError.memoryTooSmall(neededBytes: least, permittedBytes: least - 1)) {
      try MemoryPlan(workload, budget: MemoryBudget(bytes: least - 1))
    }
    var held = 0
    for step in 0..<60 {
      let budget = MemoryBudget(bytes: least + step * (300 << 20))
      let plan = try MemoryPlan(workload, budget: budget)
      #expect(plan.peakBytes <= budget.bytes)
      #expect(plan.heldFactorCount >= held)
      #expect(plan.batchBytes > 0)
      held = plan.heldFactorCount
    }
    if classCount <= 100 { #expect(held == classCount) }
  }

  @Test func samplesCostTheirLabelsOnly() {
    func least(_ sampleCount: Int) -> Int {
      var workload = Self.workload()
      workload.sampleCount = sampleCount
      workload.largestClassCount = 1 << 30
      return MemoryPlan(workload, permitting: MemoryBudget(bytes: 0)).leastBytes
    }
    #expect(least(2_000_000) - least(1_000_000) == 24_000_000)
  }

  @Test(arguments: [
    ("8GiB", 8 << 30), ("512MB", 512_000_000), ("1.5g", 3 << 29), ("50%", 5 << 29), ("100 kib", 102_400),
    ("1048576", 1 << 20), ("2T", 2 << 40), ("1Mi", 1 << 20), ("7b", 7),
  ])
  func sizesAreRead(text: String, bytes: Int) {
    #expect(MemoryBudget(text, of: 5 << 30)?.bytes == bytes)
  }

  @Test(arguments: ["", "GiB", "-1G", "0", "8XB", "8GiBB", "120%", "1e99", "nan", "five", "9999999T"])
  func othersAreNot(text: String) { #expect(MemoryBudget(text, of: 5 << 30) == nil) }

  @Test func sizesAreWritten() {
    #expect("\(MemoryBudget(bytes: 12))" == "12 bytes")
    #expect("\(MemoryBudget(bytes: 3 << 29))" == "1.5 GiB")
    #expect("\(MemoryBudget(bytes: 8 << 30))" == "8 GiB")
    #expect("\(MemoryBudget(bytes: 700 << 20))" == "700 MiB")
    #expect(MemoryBudget.standard.bytes > 0 && MemoryBudget.standard.bytes <= MemoryBudget.availableBytes / 2)
  }

  /// Each of four ranks holds a quarter of the factors and of the samples.
  @Test func memoryFallsWithTheNumberOfRanks() throws {
    let labels = (0..<200).flatMap { [Int](repeating: $0, count: 60 + $0 % 7) }
    let budget = MemoryBudget(bytes: 1 << 40)
    func plans(_ ranks: Int) throws -> (factors: MemoryPlan, spectra: SpectraPlan) {
      (
        try #require(
          MemoryPlan(
            labels: labels, dimension: 1_024, threadCount: 1, rankCount: ranks, bytesPerValue: 4,
            permitting: budget)),
        try #require(
          SpectraPlan(
            labels: labels, dimension: 1_024, threadCount: 1, rankCount: ranks, bytesPerValue: 4,
            permitting: budget))
      )
    }
    let (one, four) = (try plans(1), try plans(4))
    // Classes are alike, so each rank has 50 of them, and 63 samples of a class on average.
    #expect(four.factors.workload.classCount == 50)
    let share = try #require(four.factors.workload.share)
    #expect(share.otherClassCount == 150)
    #expect(abs(share.sampleBytes - 50 * 63 * (8 + 4 * 1_024)) < 63 * (8 + 4 * 1_024))
    let factorBytes = one.factors.allFactorBytes
    #expect(four.factors.allFactorBytes == factorBytes / 4)
    #expect(
      four.factors.peakBytes - one.factors.peakBytes < share.sampleBytes + (96 << 20) - factorBytes * 3 / 4)
    #expect(four.spectra.workload.classCounts.count == 50)
    #expect(four.spectra.peakBytes < one.spectra.peakBytes)
  }
}
