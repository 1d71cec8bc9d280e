import OODDetection
import TestData
import Testing

@testable import ExplorerModel

@Suite struct ThresholdTargetTests {
  @Test(arguments: [
    ("12.5", ThresholdTarget.score(12.5)), ("-3e2", .score(-300)), ("−4", .score(-4)),
    ("tpr 0.9", .truePositiveRate(0.9)), ("TPR=90%", .truePositiveRate(0.9)),
    ("fpr: 5 %", .falsePositiveRate(0.05)), ("  fpr 0.05 ", .falsePositiveRate(0.05)),
    ("tpr 1", .truePositiveRate(1)), ("fpr 0", .falsePositiveRate(0)),
  ])
  func readsWhatPeopleType(text: String, target: ThresholdTarget) throws {
    let found = try ThresholdTarget(typed: text)
    #expect(found == target)
  }

  @Test(arguments: [
    ("", ThresholdTarget.Problem.notATarget), ("twelve", ThresholdTarget.Problem.notATarget),
    ("1 2", .notATarget),
    ("nan", .notATarget),
    ("inf", .notATarget), ("tpr", .notARate), ("tpr x", .notARate), ("fpr 1.5", .notARate),
    ("tpr -0.1", .notARate),
    ("tpr 101%", .notARate), ("tpr 0.9 0.8 %", .notARate),
  ])
  func saysWhatIsWrong(text: String, problem: ThresholdTarget.Problem) {
    #expect(throws: problem) { _ = try ThresholdTarget(typed: text) }
  }

  /// Every threshold is tried: the definition, without a curve.
  @Test(arguments: [0.0, 0.01, 0.05, 0.2, 0.5, 0.9, 1])
  func ratesAreReachedAsDefined(rate: Double) throws {
    let inside = [1.0, 2, 2, 3, 4, 5, 5, 6, 7, 9]
    let outside = [2.0, 4, 5, 6, 8, 8, 10]
    let curve = ROCCurve(outOfDistribution: outside, inDistribution: inside)
    func share(_ values: [Double], _ threshold: Double) -> Double {
      Double(values.count { $0 >= threshold }) / Double(values.count)
    }
    let candidates = Set(inside + outside + [Double(10).nextUp]).sorted()
    let tpr = try curve.threshold(.truePositiveRate(rate))
    let highest = try #require(candidates.last { share(outside, $0) >= rate })
    #expect(tpr == highest)
    let fpr = try curve.threshold(.falsePositiveRate(rate))
    let lowest = try #require(candidates.first { share(inside, $0) <= rate })
    #expect(fpr == lowest)
  }

  @Test func missingSamplesAreSaid() {
    let inside = ROCCurve(outOfDistribution: [], inDistribution: [1, 2])
    #expect(throws: ThresholdTarget.Problem.noOutOfDistributionSamples) {
      try inside.threshold(.truePositiveRate(0.9))
    }
    let outside = ROCCurve(outOfDistribution: [1], inDistribution: [])
    #expect(throws: ThresholdTarget.Problem.noInDistributionSamples) {
      try outside.threshold(.falsePositiveRate(0.1))
    }
    let lost = ROCCurve(outOfDistribution: [], inDistribution: [1, .infinity])
    #expect(throws: ThresholdTarget.Problem.unreachable) { try lost.threshold(.falsePositiveRate(0.1)) }
  }

  @MainActor @Test func promptShowsProblemsWhileTypingAndSetsTheThreshold() async throws {
    var state = await SmallData.store().state
    _ = state.apply(.show(.scores))
    _ = state.apply(.ask(.threshold))
    _ = state.apply(.editText(.insert("tpr 2")))
    let prompt = try #require(state.prompt)
    #expect(prompt.problem == ThresholdTarget.Problem.notARate.description)
    _ = state.apply(.submitPrompt)
    #expect(state.overlay != nil)
    _ = state.apply(.editText(.clear))
    _ = state.apply(.editText(.insert("tpr 0.5")))
    _ = state.apply(.submitPrompt)
    #expect(state.overlay == nil)
    #expect(state.scores.thresholdIsChosen)
    let counts = try #require(state.scores.thresholdCounts)
    let rate = try #require(counts.tpr)
    #expect(rate >= 0.5)
    #expect(
      counts.precision == Double(counts.truePositives) / Double(counts.truePositives + counts.falsePositives))
    _ = state.apply(.enter)
    #expect(state.screen == .outliers)
    #expect(state.outliers.subset == .nearThreshold)
    _ = state.apply(.undo)
    #expect(!state.scores.thresholdIsChosen)
  }
}
