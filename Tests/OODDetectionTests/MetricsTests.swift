import Foundation
import TestData
import Testing

@testable import OODDetection

@Suite("Metrics")
struct MetricsTests {
  @Test(arguments: [UInt64(1), 2, 3])
  func aurocIsTheShareOfPairsInOrder(seed: UInt64) throws {
    var random = NormalNumbers(seed: seed)
    let isOut = (0..<60).map { _ in Bool.random(using: &random) }
    let scores = isOut.map { (random.normal() * 2 + ($0 ? 1 : 0)).rounded() }
    let metrics = try OODMetrics.evaluate(scores: scores, isOutOfDistribution: isOut).get()
    #expect(abs(metrics.auroc - naiveAUROC(scores, isOut)) < 1e-14)
    #expect(metrics.outOfDistributionCount == isOut.count { $0 })
    #expect(metrics.inDistributionCount == isOut.count { !$0 })
  }

  @Test func extremes() throws {
    let perfect = try OODMetrics.evaluate(
      scores: [0, 1, 2, 3], isOutOfDistribution: [false, false, true, true]
    ).get()
    #expect([perfect.auroc, perfect.auprIn, perfect.auprOut, perfect.fpr95TPR] == [1, 1, 1, 0])
    let blind = try OODMetrics.evaluate(scores: [7, 7, 7], isOutOfDistribution: [false, true, false]).get()
    #expect(blind.auroc == 0.5 && blind.fpr95TPR == 1)
    let infinite = try OODMetrics.evaluate(
      scores: [0, .infinity, .infinity], isOutOfDistribution: [false, true, true]
    ).get()
    #expect(infinite.auroc == 1)
  }

  @Test func missingMetricsHaveAReason() {
    #expect(OODMetrics.evaluate(scores: [], isOutOfDistribution: []) == .failure(.noSamples))
    #expect(OODMetrics.evaluate(scores: [1], isOutOfDistribution: [true]) == .failure(.noInDistribution))
    #expect(OODMetrics.evaluate(scores: [1], isOutOfDistribution: [false]) == .failure(.noOutOfDistribution))
    #expect("\(MetricsUnavailable.noOutOfDistribution)".contains("label below 0"))
  }

  @Test func curveStartsAtNothingAndMergesTies() {
    let curve = ROCCurve(scores: [1, 3, 3, 2], isOutOfDistribution: [false, true, false, true])
    #expect(curve.thresholds == [.infinity, 3, 2, 1])
    #expect(curve.truePositiveRates == [0, 0.5, 1, 1])
    #expect(curve.falsePositiveRates == [0, 0.5, 0.5, 1])
    let oneKind = ROCCurve(scores: [1, 2], isOutOfDistribution: [false, false])
    #expect(oneKind.truePositiveRates == [0, 0, 0])
  }

  @Test func thresholdCountsAgreeWithTheCurve() {
    let (scores, isOut) = ([1.0, 3, 3, 2, 5], [false, true, false, true, true])
    let curve = ROCCurve(scores: scores, isOutOfDistribution: isOut)
    for (index, threshold) in curve.thresholds.enumerated() {
      let counts = ThresholdCounts(scores: scores, isOutOfDistribution: isOut, threshold: threshold)
      #expect(counts.tpr == curve.truePositiveRates[index])
      #expect(counts.fpr == curve.falsePositiveRates[index])
      #expect(
        counts.truePositives + counts.falsePositives + counts.trueNegatives + counts.falseNegatives == 5)
    }
    let none = ThresholdCounts(scores: [1], isOutOfDistribution: [false], threshold: 0)
    #expect(none.tpr == nil && none.fpr == 1 && none.falsePositives == 1)
  }

  @Test(arguments: [0, 1, 2, 16, 17, 18, 255, 4095, 4096, 20_000])
  func radixSortAgreesWithComparisonSort(count: Int) {
    var random = NormalNumbers(seed: 11)
    var wide = (0..<count).map { _ in random.normal() * pow(10, Double.random(in: -30...30, using: &random)) }
    if count > 2 { wide.replaceSubrange(0..<3, with: [.infinity, -.infinity, 0]) }
    let narrow = (0..<count).map { _ in -400 + random.normal() }
    let tied = narrow.map { $0.rounded() }
    let equal = [Double](repeating: -2.5, count: count)
    // At each level nearly all keys fall into one bucket.
    let nested = (0..<count).map { 1 + 1 / Double(sign: .plus, exponent: $0 * 7 % 53, significand: 1) }
    let neighbours = (0..<count).map { Double(bitPattern: 1.0.bitPattern + UInt64($0 * 7919 % 31)) }
    let farOff = neighbours.enumerated().map {
      $0.offset % 1000 == 7 ? -Double.greatestFiniteMagnitude : $0.element
    }
    for values in [wide, narrow, tied, equal, nested, neighbours, farOff] {
      #expect(values.sortedByRadix() == values.sorted())
    }
  }

  @Test func metricsOfTheReversedScoresAreThoseOfTheOtherClass() throws {
    var random = NormalNumbers(seed: 5)
    let isOut = (0..<700).map { _ in Bool.random(using: &random) }
    // Rounded to get ties.
    let scores = isOut.map { ((random.normal() * 2 + ($0 ? 1 : 0)) * 4).rounded() }
    let metrics = try OODMetrics.evaluate(scores: scores, isOutOfDistribution: isOut).get()
    let reversed = try OODMetrics.evaluate(scores: scores.map { -$0 }, isOutOfDistribution: isOut.map { !$0 })
      .get()
    #expect(abs(metrics.auprIn - reversed.auprOut) < 1e-14)
    #expect(abs(metrics.auprOut - reversed.auprIn) < 1e-14)
    #expect(abs(metrics.auroc - reversed.auroc) < 1e-14)
  }
}

@Suite("Metrics of scores that overflowed")
struct NonFiniteMetricsTests {
  @Test func notANumberCountsAsTheHighestScore() throws {
    let flags = [false, true, false, true]
    let found = try OODMetrics.evaluate(scores: [1, .nan, 2, 3], isOutOfDistribution: flags).get()
    let expected = try OODMetrics.evaluate(scores: [1, .infinity, 2, 3], isOutOfDistribution: flags).get()
    #expect(found == expected && found.auroc == 1)
  }
}
