import OODData
import OODDetection
import TestData
import Testing

@testable import ExplorerModel

@Suite @MainActor struct ScatterTests {
  @Test func holdsEverySampleByBothScores() async throws {
    let store = await SmallData.store()
    await store.settle(after: .show(.scores), .toggleScatter)
    #expect(store.state.scatterIsCurrent)
    let scatter = try #require(store.state.scores.scatter)
    let scored = try #require(store.state.scores.scored?.test)
    let labels = try #require(store.state.data.dataSet?.test?.labels)
    let outside = labels.indices.filter { labels[$0] < 0 }
    let points = try #require(scatter.points[.outOfDistribution])
    #expect(points.xs == outside.map { scored.values(.negativeLogLikelihood)[$0] })
    #expect(points.ys == outside.map { scored.values(.mahalanobis)[$0] })
    #expect(scatter.points[.train]?.count == 36)
    #expect(scatter.points[.inDistribution]?.count == 18)
    // The threshold of the other score is the one that this score itself would have.
    let other = scatter.automaticThreshold
    await store.settle(after: .cycleScore)
    #expect(store.state.setting.score == .mahalanobis)
    #expect(store.state.scores.threshold == other)
    #expect(store.state.scores.scatter?.request.other == .negativeLogLikelihood)
  }

  /// Spearman's correlation, as Pearson's of the ranks.
  @Test func rankCorrelationIsThatOfTheRanks() async throws {
    let store = await SmallData.store()
    await store.settle(after: .show(.scores), .toggleScatter)
    let scatter = try #require(store.state.scores.scatter)
    let scored = try #require(store.state.scores.scored?.test)
    func ranks(_ values: [Double]) -> [Double] {
      values.map { value in Double(values.count { $0 > value }) }
    }
    let (first, second) = (ranks(scored.values(.negativeLogLikelihood)), ranks(scored.values(.mahalanobis)))
    func mean(_ values: [Double]) -> Double { values.reduce(0, +) / Double(values.count) }
    let covariance = mean(zip(first, second).map(*)) - mean(first) * mean(second)
    func deviation(_ values: [Double]) -> Double {
      (mean(values.map { $0 * $0 }) - mean(values) * mean(values)).squareRoot()
    }
    let expected = covariance / deviation(first) / deviation(second)
    let found = try #require(scatter.rankCorrelation)
    #expect(abs(found - expected) < 1e-9)
  }

  @Test func otherScoresAndFiltersFollow() async throws {
    let store = await SmallData.store()
    store.send(.show(.scores), .toggleScatter)
    var seen = Set<ScoreKind>()
    for _ in 0..<3 {
      await store.settle()
      #expect(store.state.scatterIsCurrent)
      seen.insert(try #require(store.state.scores.scatter).request.other)
      store.send(.cycleScatterScore(offset: 1))
    }
    #expect(seen == Set(ScoreKind.allCases).subtracting([.negativeLogLikelihood]))
    store.send(.cycleClassFilter(offset: 1))
    #expect(!store.state.scatterIsCurrent)
    await store.settle()
    let nearest = try #require(store.state.scores.scored?.test).nearestClass(.negativeLogLikelihood)
    let labels = try #require(store.state.data.dataSet?.test?.labels)
    #expect(
      store.state.scores.scatter?.points[.inDistribution]?.count
        == labels.indices.count { labels[$0] >= 0 && nearest[$0] == 0 })
    store.send(.back(mayQuit: true))
    #expect(!store.state.scores.showsScatter)
  }
}
