import ExplorerModel
import OODData
import TestData
import Testing

@testable import OODDetection

@Suite @MainActor struct ThresholdTests {
  @Test func defaultThresholdDetects95PercentOfOutliers() async throws {
    let store = await SmallData.store()
    let counts = try #require(store.state.scores.thresholdCounts)
    let rate = try #require(counts.tpr)
    #expect(rate >= 0.95)
    #expect(counts.fpr == store.state.scores.evaluation?.values?.fpr95TPR)
  }

  @Test(arguments: ScoreRange.allCases)
  func thresholdMovesAndStopsAtTheEndsAndResets(range: ScoreRange) async throws {
    let store = await SmallData.store()
    while store.state.scores.shownRange != range { store.send(.cycleScoreRange) }
    let axis = try #require(store.state.scores.shownAxis)
    let automatic = try #require(store.state.scores.threshold)
    store.send(.moveThreshold(fractionOfRange: -0.1))
    let moved = try #require(store.state.scores.threshold)
    #expect(abs(axis.part(of: automatic) - axis.part(of: moved) - 0.1) < 1e-9)
    store.send(.moveThreshold(fractionOfRange: 5))
    #expect(store.state.scores.threshold == axis.range.upperBound)
    store.send(.moveThreshold(fractionOfRange: -5))
    #expect(store.state.scores.threshold == axis.range.lowerBound)
    #expect(store.state.scores.thresholdIsChosen)
    store.send(.resetThreshold)
    #expect(store.state.scores.threshold == automatic)
  }

  /// As in the evaluation of `gmmscope evaluate`, for all OOD samples and for each OOD set.
  @Test func aNaNIsTheHighestScore() async throws {
    var data = SmallData.dataSet()
    let labels = try #require(data.test?.labels)
    data.test?.oodSets = OODSets(labels.indices.map { labels[$0] < 0 ? OODSet("set \($0 % 2)") : nil })
    var state = await SmallData.store(data).state
    let count = labels.count
    var values = labels.indices.map { Double($0 * 7 % 11) }
    (values[0], values[4], values[count - 1]) = (.nan, -.nan, -.nan)
    let scores = SampleScores(
      regularization: state.setting.regularization, negativeLogLikelihood: values, mahalanobis: values,
      mostLikelyClass: [Int32](repeating: 0, count: count), closestClass: [Int32](repeating: 0, count: count),
      squaredDistanceToMostLikely: values)
    _ = state.apply(
      .scored(ScoredData(regularization: state.setting.regularization, train: nil, test: scores)))
    let expected = try #require(try data.test?.evaluation(of: values))
    let found = try #require(state.scores.evaluation?.values)
    #expect(abs(found.auroc - expected.pooled.metrics.auroc) < 1e-12)
    #expect(found.fpr95ID == expected.pooled.metrics.fpr95ID)
    #expect(state.scores.sets.count == 2)
    for (set, metrics) in zip(state.scores.sets, expected.metrics) {
      let separation = try #require(set.separation)
      #expect(abs(separation.auroc - metrics.metrics.auroc) < 1e-12)
      #expect(separation.fpr95TPR == metrics.metrics.fpr95TPR)
    }
    let counts = try #require(state.scores.thresholdCounts)
    #expect(counts.fpr == found.fpr95TPR)
  }

  @Test func metricsStateWhyTheyAreMissingWithoutOutliers() async throws {
    let store = await SmallData.store(SmallData.dataSet(hasOutOfDistribution: false))
    let evaluation = try #require(store.state.scores.evaluation)
    #expect(evaluation.metrics == .failure(.unavailable(.noOutOfDistribution)))
    #expect(store.state.scores.threshold != nil)
    #expect(store.state.scores.rocCurve == nil)
  }

  @Test(arguments: ScoreRange.allCases, [1, 2, 17, 90])
  func everySampleIsCountedOnce(range: ScoreRange, columnCount: Int) async throws {
    let store = await SmallData.store()
    while store.state.scores.shownRange != range { store.send(.cycleScoreRange) }
    let histogram = try #require(store.state.scores.histogram(columnCount: columnCount))
    #expect(zip(histogram.edges, histogram.edges.dropFirst()).allSatisfy { $0 < $1 })
    for (series, expected) in [
      (ScoreDistribution.Series.train, 36), (.inDistribution, 18), (.outOfDistribution, 5),
    ] {
      let inside = histogram.counts[series]?.reduce(0, +) ?? 0
      let outside = histogram.below[series, default: 0] + histogram.above[series, default: 0]
      #expect(inside + outside == expected)
      if range != .central { #expect(outside == 0) }
    }
  }

  @Test func binsCountWhatLiesBetweenTheirEdges() throws {
    let distribution = ScoreDistribution(sorted: [.train: [-4, 0, 1, 1, 2, 3, 5, 9], .outOfDistribution: []])
    #expect(distribution.fullRange == -4...9)
    let histogram = distribution.histogram(along: ScoreAxis(0...5), columnCount: 5)
    // The last bin includes the upper end.
    #expect(histogram.counts == [.train: [1, 2, 1, 1, 1]])
    #expect(histogram.below == [.train: 1])
    #expect(histogram.above == [.train: 1])
    let single = distribution.histogram(along: ScoreAxis(1...1), columnCount: 1)
    #expect(single.counts == [.train: [2]])
    #expect(ScoreDistribution(sorted: [:]).centralRange == nil)
  }

  @Test func pinnedSettingIsComparedWithTheCurrentOne() async throws {
    let store = await SmallData.store()
    store.send(.show(.tuning), .pin)
    let same = try #require(store.state.tuning.pinComparison)
    #expect(same.commonCount == 23)
    #expect(same.largestMoves.isEmpty)
    #expect(same.rankCorrelation == 1)
    store.send(.setRegularization(SmallData.path[2]))
    let moved = try #require(store.state.tuning.pinComparison)
    #expect(moved.rankCorrelation < 1)
    #expect(!moved.largestMoves.isEmpty)
    store.send(.unpin)
    #expect(store.state.tuning.pinComparison == nil)
  }

  @Test func predictedRankChangesMatchTheActualOnes() async throws {
    let store = await SmallData.store()
    let proposed = try #require(store.state.tuning.sweep?.proposed)
    let other = try #require(SmallData.path.first { $0 != proposed })
    for score in 0..<2 {
      if score == 1 { store.send(.cycleScore) }
      store.send(.show(.scores), .setRegularization(other))
      #expect(store.state.tuning.proposalComparison == nil)
      store.send(.showNextScreen(offset: 2))
      #expect(store.state.screen == .tuning)
      let foretold = try #require(store.state.tuning.proposalComparison)
      #expect(foretold.rankCorrelation < 1)
      store.send(.pin)
      #expect(store.state.tuning.proposalComparison == nil)
      store.send(.takeProposal)
      #expect(store.state.setting.regularization == proposed)
      #expect(store.state.tuning.pinComparison == foretold)
      store.send(.unpin)
      // The proposal is applied.
      #expect(store.state.tuning.proposalComparison == nil)
    }
  }

  @Test func samplesWithoutLabelsAreNeitherKind() async throws {
    var data = SmallData.dataSet()
    data.test?.labels = nil
    let store = await SmallData.store(data)
    #expect(store.state.scores.evaluation?.metrics == .failure(.noLabels))
    let distribution = try #require(store.state.scores.overallDistribution)
    #expect(distribution.sorted[.unlabelled]?.count == 23)
    #expect(distribution.sorted[.inDistribution] == nil)
    #expect(store.state.scores.threshold == distribution.quantile(0.95, of: .unlabelled))
  }

  @Test func countsFollowThresholdScoreAndClass() async throws {
    let store = await SmallData.store()
    let before = try #require(store.state.scores.thresholdCounts)
    store.send(.moveThreshold(fractionOfRange: -5))
    let all = try #require(store.state.scores.thresholdCounts)
    #expect(all.falsePositives > before.falsePositives)
    store.send(.show(.scores), .cycleClassFilter(offset: 1))
    let ofClass = try #require(store.state.scores.classThresholdCounts)
    #expect(ofClass.falsePositives < all.falsePositives)
    store.send(.resetThreshold)
    #expect(store.state.scores.thresholdCounts == before)
    store.send(.back(mayQuit: false))
    #expect(store.state.scores.classThresholdCounts == nil)
    store.send(.cycleScore)
    #expect(store.state.scores.thresholdCounts?.threshold == store.state.scores.threshold)
  }
}
