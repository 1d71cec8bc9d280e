import Testing

@testable import OODDetection

/// Metrics of OOD sets against scikit-learn, torchmetrics and pairs counted one by one.
@Suite("Metrics of OOD sets") struct OODSetMetricsTests {
  struct Goldens: Decodable {
    var cases: [Case]
  }

  struct Case: Decodable {
    var name: String
    /// Null is NaN; ±1e300 stands for infinity.
    private var scores: [Double?]
    var sets: [Int32]
    var results: [Expected]
    var pooled: Expected

    var values: [Double] {
      scores.map { score in
        guard let score else { return .nan }
        return score.magnitude < 1e300 ? score : score < 0 ? -.infinity : .infinity
      }
    }
  }

  struct Expected: Decodable {
    struct Bootstrap: Decodable {
      var auprIn: [Double]
      var auprOut: [Double]
      var fpr95TPR: [Double]
      var fpr95ID: [Double]

      enum CodingKeys: String, CodingKey {
        case auprIn = "AUPR-IN"
        case auprOut = "AUPR-OUT"
        case fpr95TPR = "FPR95TPR"
        case fpr95ID = "FPR95ID"
      }
    }

    var auroc: Double
    var auprIn: Double
    var auprOut: Double
    var fpr95TPR: Double
    var fpr95ID: Double
    var interval: [Double]?
    var bootstrap: Bootstrap?

    enum CodingKeys: String, CodingKey {
      case auroc = "AUROC"
      case auprIn = "AUPR-IN"
      case auprOut = "AUPR-OUT"
      case fpr95TPR = "FPR95TPR"
      case fpr95ID = "FPR95ID"
      case interval = "AUROC95"
      case bootstrap
    }
  }

  private func cases() throws -> [Case] { try golden("ood_sets", as: Goldens.self).cases }

  private func expect(_ found: OODSetMetrics, toBe expected: Expected, _ name: String) {
    let pairs = [
      (found.metrics.auroc, expected.auroc), (found.metrics.auprIn, expected.auprIn),
      (found.metrics.auprOut, expected.auprOut), (found.metrics.fpr95TPR, expected.fpr95TPR),
      (found.metrics.fpr95ID, expected.fpr95ID),
    ]
    for (place, pair) in pairs.enumerated() {
      #expect(abs(pair.0 - pair.1) < 1e-12, "\(name), metric \(place)")
    }
    #expect((found.aurocInterval == nil) == (expected.interval == nil), "\(name)")
    guard let interval = found.aurocInterval, let bounds = expected.interval else { return }
    #expect(max(abs(interval.low - bounds[0]), abs(interval.high - bounds[1])) < 1e-9, "\(name)")
  }

  @Test func everySetAgrees() throws {
    for item in try cases() {
      let found = try OODSetMetrics.evaluate(
        scores: item.values, sets: item.sets, setCount: item.results.count
      ).get()
      for (set, expected) in item.results.enumerated() {
        expect(found.sets[set], toBe: expected, "\(item.name) \(set)")
      }
      expect(found.pooled, toBe: item.pooled, "\(item.name) pooled")
    }
  }

  @Test func figuresFoundBySearchEqualThoseOfTheCurve() throws {
    for item in try cases() {
      let sorted = ScoresBySet(scores: item.values, sets: item.sets, setCount: item.results.count)
      for (set, expected) in item.results.enumerated() {
        let found = try #require(
          Separation(outOfDistribution: sorted.sets[set], inDistribution: sorted.inDistribution))
        #expect(abs(found.auroc - expected.auroc) < 1e-12, "\(item.name) \(set)")
        #expect(abs(found.fpr95TPR - expected.fpr95TPR) < 1e-12, "\(item.name) \(set)")
      }
      let both = try #require(
        OODMetrics.evaluate(scores: item.values, sets: item.sets, setCount: item.results.count))
      #expect(abs(both.pooled.auroc - item.pooled.auroc) < 1e-12)
    }
    #expect(Separation(outOfDistribution: [], inDistribution: [1]) == nil)
    #expect(Separation(outOfDistribution: [1], inDistribution: []) == nil)
  }

  /// NaN comes last where scores are sorted, and counts as infinity everywhere.
  @Test func aNaNIsTheHighestScore() throws {
    let scores: [Double] = [1, .nan, 3, 0, .infinity, 2, -.nan, 5, 4, .nan]
    let sets: [Int32] = [-1, -1, -1, -1, -1, 0, 0, 0, 1, 1]
    let replaced = scores.map { $0.isNaN ? Double.infinity : $0 }
    let found = try OODSetMetrics.evaluate(scores: scores, sets: sets, setCount: 2).get()
    let expected = try OODSetMetrics.evaluate(scores: replaced, sets: sets, setCount: 2).get()
    #expect(found.sets == expected.sets && found.pooled == expected.pooled)
    // Of set 0, 2 of 5 ID samples are below 2, 3 below 5, and 2 equal NaN: (2 + 3 + 3 + 2 / 2) / 15.
    let negatives = [0, 1, 3, Double.infinity, .nan]
    let separation = try #require(Separation(outOfDistribution: [2, 5, .nan], inDistribution: negatives))
    #expect(abs(separation.auroc - 9.0 / 15) < 1e-15)
    #expect(abs(separation.auroc - found.sets[0].metrics.auroc) < 1e-15)
    #expect(separation.fpr95TPR == found.sets[0].metrics.fpr95TPR)
    let curve = ROCCurve(outOfDistribution: [2, 5, .nan], inDistribution: negatives)
    #expect(
      curve
        == ROCCurve(outOfDistribution: [2, 5, .infinity], inDistribution: [0, 1, 3, .infinity, .infinity]))
    let counts = ThresholdCounts(
      scores: scores, isOutOfDistribution: sets.map { $0 >= 0 }, threshold: .greatestFiniteMagnitude)
    #expect(counts.truePositives == 2 && counts.falsePositives == 2)
  }

  @Test func bootstrapIntervalsAgreeWithinMonteCarloError() async throws {
    let item = try #require(try cases().first { $0.name == "plain" })
    func intervals(_ threadCount: Int, seed: UInt64 = 0) async throws -> [BootstrapIntervals?] {
      try await BootstrapIntervals.evaluate(
        scores: item.values, sets: item.sets, setCount: item.results.count, drawCount: 1_000, seed: seed,
        threadCount: threadCount
      ).sets
    }
    let found = try await intervals(2)
    for (set, expected) in item.results.enumerated() {
      let (found, expected) = (try #require(found[set]), try #require(expected.bootstrap))
      let pairs = [
        (found.auprIn, expected.auprIn), (found.auprOut, expected.auprOut),
        (found.fpr95TPR, expected.fpr95TPR), (found.fpr95ID, expected.fpr95ID),
      ]
      for (place, pair) in pairs.enumerated() {
        let error = max(abs(pair.0.low - pair.1[0]), abs(pair.0.high - pair.1[1]))
        #expect(error < 0.07, "set \(set), metric \(place): \(pair)")
      }
    }
    #expect(try await intervals(1) == found)
    #expect(try await intervals(2, seed: 1) != found)
  }

  @Test func bootstrapStopsWhenCancelled() async throws {
    let scores = (0..<20_000).map(Double.init)
    let task = Task {
      try await BootstrapIntervals.evaluate(
        scores: scores, sets: scores.indices.map { Int32($0 % 2) - 1 }, setCount: 1, drawCount: 1_000_000)
    }
    task.cancel()
    await #expect(throws: CancellationError.self) { try await task.value }
  }
}
