import OODData
import TestData
import Testing

@testable import OODDetection

@Suite struct ScoreRankingTests {
  @Test func orderIsThatOfAStableSort() {
    var random = NormalNumbers(seed: 5)
    for count in [0, 1, 2, 300, 5000] {
      // Coarse values tie.
      let scores = (0..<count).map { _ -> Double in (random.normal() * 8).rounded() / 1000 }
      let expected = scores.indices.sorted { first, second in
        scores[first] != scores[second] ? scores[first] > scores[second] : first < second
      }
      #expect(ScoreRanking(scores).order == expected.map(Int32.init))
    }
  }

  @Test func ranksInvertTheOrder() {
    let ranking = ScoreRanking([-1, 4, .infinity, 4, -.infinity, 1e-300])
    #expect(ranking.order == [2, 1, 3, 5, 0, 4])
    #expect(ranking.ranks == [5, 2, 1, 3, 6, 4])
  }

  @Test func zerosOfEitherSignAreEqual() {
    #expect(ScoreRanking([-0.0, 0, -1, -0.0, 1]).order == [4, 0, 1, 3, 2])
  }

  @Test func everyScoredSplitIsRanked() throws {
    let scores = SampleScores(
      regularization: .standard, negativeLogLikelihood: [1, 3, 2], mahalanobis: [3, 2, 1],
      mostLikelyClass: [0, 0, 0], closestClass: [0, 0, 0], squaredDistanceToMostLikely: [1, 1, 1])
    let scored = ScoredData(regularization: .standard, train: nil, test: scores)
    #expect(scored.ranking(of: .test, by: .negativeLogLikelihood)?.order == [1, 2, 0])
    #expect(scored.ranking(of: .test, by: .mahalanobis)?.order == [0, 1, 2])
    #expect(scored.ranking(of: .train, by: .mahalanobis) == nil)
  }

  /// The sign bit of NaN says nothing: x86 sets it, ARM does not.
  @Test func aNaNIsTheHighestScore() throws {
    let scores: [Double] = [1, .nan, 3, -.nan, .infinity, -.infinity, 0, .nan, 3]
    let isOut = [false, false, false, true, true, true, false, true, true]
    let ranking = ScoreRanking(scores)
    #expect(ranking.order == [1, 3, 4, 7, 2, 8, 0, 6, 5])
    // Scores in this order give the metrics of all scores.
    let sorted = ranking.order.reversed().map { Int($0) }
    let separation = try #require(
      Separation(
        outOfDistribution: sorted.filter { isOut[$0] }.map { scores[$0] },
        inDistribution: sorted.filter { !isOut[$0] }.map { scores[$0] }))
    let expected = try OODMetrics.evaluate(scores: scores, isOutOfDistribution: isOut).get()
    #expect(abs(separation.auroc - expected.auroc) < 1e-12)
    #expect(separation.fpr95TPR == expected.fpr95TPR)
  }
}
