import OODData
import OODDetection
import TestData
import Testing

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
}
