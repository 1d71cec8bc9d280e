import ExplorerModel
import OODData
import Testing

@testable import gmmscope_bench
@testable import OODDetection

@Suite("Benchmark reports")
struct ReportTests {
  private let shape = WorkloadShape(trainCount: 100, testCount: 20, classCount: 2, dimension: 8)

  @Test("median, minimum and maximum")
  func spread() throws {
    #expect(Spread([]) == nil)
    let odd = try #require(Spread([3, 1, 2]))
    #expect([odd.median, odd.minimum, odd.maximum] == [2, 1, 3])
    let even = try #require(Spread([4, 1, 2, 3]))
    #expect(even.median == 2.5 && even.runCount == 4)
  }

  @Test("operations of the direct method")
  func operations() {
    let (covariances, factors): (Double, Double) = (100 * 64, 2 * 512 / 3)
    #expect(shape.directOperationCount(.fit) == covariances + factors)
    #expect(shape.directOperationCount(.score) == 2_560)
    #expect(shape.directOperationCount(.scoreAll) == 15_360)
    #expect(shape.directOperationCount(.step) == nil)
  }

  @Test("durations as people read them")
  func units() {
    #expect(WorkloadReport.duration(0.0000123) == "12.3 µs")
    #expect(WorkloadReport.duration(0.0456) == "45.6 ms")
    #expect(WorkloadReport.duration(2.345) == "2.35 s")
  }

  @Test("the high-water mark in /proc's format")
  func highWaterMark() {
    #expect(PeakMemory.parse("VmPeak:\t  9 kB\nVmHWM:\t    2172 kB\nVmRSS:\t 1 kB\n") == 2172 * 1024)
    #expect(PeakMemory.parse("VmPeak:\t  9 kB\n") == nil)
  }

  @Test("ratios: the peer scores in proportion, the path is held against fit and scoring")
  func ratios() throws {
    func phase(_ phase: Phase, _ seconds: Double) throws -> PhaseReport {
      try #require(PhaseReport(phase, [PhaseCost(seconds: seconds, peakBytes: 1)], shape: shape))
    }
    let comparison = Comparison(
      processSeconds: try #require(Spread([0.5])), processPeakBytes: nil,
      peerFitSeconds: try #require(Spread([1])), peerScoreSeconds: try #require(Spread([2])),
      peerSeconds: try #require(Spread([3])), peerPeakBytes: 1, largestScoreDifference: 0)
    let phases = [
      try phase(.fit, 1), try phase(.scoreAll, 3), try phase(.path, 6), try phase(.step, 0.5),
      try phase(.interpolatedStep, 0.25), try phase(.pathStep, 0.125),
    ]
    let ratios = Ratios(phases, shape, comparison)
    #expect(ratios.fitAndScore == 6)
    #expect(ratios.peerStepSeconds == 13)
    #expect(ratios.step == 26 && ratios.interpolatedStep == 52 && ratios.pathStep == 104)
    #expect(ratios.pathOverFitAndScore == 1.5)
    let alone = Ratios(phases, shape, nil)
    #expect(alone.fitAndScore == nil && alone.step == nil && alone.pathOverFitAndScore == 1.5)
  }

  @Test("the table says what was skipped and why, what was measured, and which promise is broken")
  func text() throws {
    let speed = MachineSpeed(order: 8, threadCount: 1, doublePrecision: 1, singlePrecision: 2)
    let skipped = WorkloadReport(.glyphs, regularization: 1e-6, skipped: "no files given").text(speed)
    #expect(skipped == "\nglyphs: skipped, no files given\n")
    let fit = try #require(
      PhaseReport(.fit, [PhaseCost(seconds: 0.5, peakBytes: 1 << 20)], shape: shape))
    let row = AccuracyRow(
      source: "score", quantity: "nll", regularization: 1e-3, comparedCount: 1, worstRelativeError: 2e-6,
      limit: 1e-6)
    let text = WorkloadReport(
      Workload(name: .digits, trainPath: "", testPath: "", origin: "somewhere"), regularization: 1e-6,
      shape: shape, phases: [fit], accuracy: [row], comparison: nil
    ).text(speed)
    #expect(text.contains("digits: N = 100, M = 20, K = 2, D = 8, λ = 1e-06; somewhere"))
    #expect(
      text.contains(
        "fit  500 ms  500 ms  500 ms     1  1.35e−05       0 %                           1 MiB\n"))
    #expect(text.contains("BROKEN PROMISE: nll is off by 2.0e−06, score, λ = 0.001"))
  }

  @Test("settings stand in a row each, with what their peers took, and must agree with NumPy")
  func settings() throws {
    var row = SettingRow(title: "α = 1, mahalanobis", seconds: try #require(Spread([0.5])))
    row.numpySeconds = Spread([1])
    row.numpyDifference = 2e-9
    row.detectorSeconds = Spread([4])
    row.detectorDifference = 3e-4
    (row.stepSeconds, row.pathStepSeconds) = (0.25, 0.002)
    #expect(row.isKept)
    var report = WorkloadReport(
      Workload(name: .digits, trainPath: "", testPath: "", origin: "somewhere"), regularization: 1e-6,
      shape: shape, phases: [], accuracy: [], comparison: nil)
    report.settings = [row]
    let speed = MachineSpeed(order: 8, threadCount: 1, doublePrecision: 1, singlePrecision: 2)
    let line = try #require(report.text(speed).split(separator: "\n").first { $0.hasPrefix("α = 1") })
    #expect(
      line.split(separator: " ").suffix(14).joined(separator: " ")
        == "500 ms 1.00 s 2.00× 2e−09 4.00 s 8.00× 3e−04 250 ms 2.00 ms")
    for difference in [2e-6, .nan, .infinity] {
      report.settings[0].numpyDifference = difference
      #expect(!report.settings[0].isKept)
      #expect(report.text(speed).contains("BROKEN PROMISE: α = 1, mahalanobis: "))
    }
  }

  @Test("interpolated scores keep their promise where no more are off than are called unsettled")
  func interpolation() throws {
    func scored(_ values: [Double], unsettledCount: Int?) throws -> ScoredData {
      let scores = SampleScores(
        regularization: try Regularization(0.5), negativeLogLikelihood: values, mahalanobis: [1, 1, 1],
        mostLikelyClass: [0, 0, 0], closestClass: [0, 0, 0], squaredDistanceToMostLikely: [1, 1, 1])
      return ScoredData(
        regularization: scores.regularization, train: nil, test: scores, unsettledCount: unsettledCount)
    }
    let computed = try scored([10, 20, 0.25], unsettledCount: nil)
    let close = try scored([10.00001, 20.1, 0.25], unsettledCount: 1)
    let found = try #require(InterpolationCheck(close, computed: computed))
    #expect(found.comparedCount == 6 && found.offCount == 1 && found.isKept)
    #expect(found.medianError < 1e-15 && abs(found.worstError - 0.005) < 1e-15)
    let overconfident = try scored([11, 20.1, 0.25], unsettledCount: 1)
    let broken = try #require(InterpolationCheck(overconfident, computed: computed))
    #expect(broken.offCount == 2 && !broken.isKept)
    #expect(InterpolationCheck(computed, computed: computed) == nil)
    var report = WorkloadReport(
      Workload(name: .digits, trainPath: "", testPath: "", origin: "somewhere"), regularization: 1e-6,
      shape: shape, phases: [], accuracy: [], comparison: nil)
    report.interpolation = broken
    let speed = MachineSpeed(order: 8, threadCount: 1, doublePrecision: 1, singlePrecision: 2)
    #expect(report.text(speed).contains("2 samples off by more than 1e−06, 1 called unsettled"))
    #expect(report.text(speed).contains("BROKEN PROMISE"))
  }

  @Test("a promise is broken beyond its limit, by NaN and by missing numbers")
  func accuracy() {
    #expect(AccuracyCheck.worstError([1, 200], [1, 100]) == 1)
    #expect(AccuracyCheck.worstError([0.5], [0]) == 0.5)
    #expect(AccuracyCheck.worstError([.nan], [0]) == .infinity)
    #expect(AccuracyCheck.worstError([1], [1, 2]) == .infinity)
    #expect(AccuracyCheck.worstError([], []) == .infinity)
    let row = AccuracyRow(
      source: "score", quantity: "nll", regularization: 1, comparedCount: 1, worstRelativeError: 2e-6,
      limit: 1e-6)
    #expect(!row.isKept)
  }

  @Test("places are spread over everything, of both parities")
  func places() {
    let places = AccuracyCheck.spread(50, over: 10_000)
    #expect(places.count == 50 && places.allSatisfy { (0..<10_000).contains($0) })
    #expect(Set(places.map { $0 % 2 }).count == 2)
    #expect(AccuracyCheck.spread(50, over: 3) == [0, 1, 2])
  }
}
