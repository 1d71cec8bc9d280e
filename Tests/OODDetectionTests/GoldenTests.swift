import Testing

@testable import OODDetection

@Suite("Agreement with SciPy, scikit-learn and pytorch-ood 0.4.0")
struct GoldenTests {
  static let names = ["tall", "wide", "degenerate"]

  @Test(arguments: names)
  func scoresAgree(name: String) async throws {
    let golden = try golden(name, as: Golden.self)
    let detector = try await SpectralDetector.fit(golden.train, labels: golden.trainLabels)
    for result in golden.results {
      let scores = try await detector.scores(of: golden.test, at: Regularization(result.regularization))
      // The contract: 1e-9 up to a condition number of 1e7, 1e-6 up to 1e10.
      let tolerance = (result.conditionNumbers.max() ?? 1) <= 1e7 ? 1e-9 : 1e-6
      #expect(largestError(scores.negativeLogLikelihood, result.pytorchOOD) < tolerance)
      #expect(largestError(scores.negativeLogLikelihood, result.scipy) < tolerance)
      #expect(largestError(scores.mahalanobis, result.mahalanobis) < tolerance)
    }
  }

  @Test(arguments: names)
  func determinantsAndConditionNumbersAgree(name: String) async throws {
    let golden = try golden(name, as: Golden.self)
    let detector = try await SpectralDetector.fit(golden.train, labels: golden.trainLabels)
    for result in golden.results {
      let summaries = try detector.summaries(at: Regularization(result.regularization))
      #expect(largestRelativeError(summaries.map(\.logDeterminant), result.logDeterminants) < 1e-8)
      #expect(largestRelativeError(summaries.map(\.conditionNumber), result.conditionNumbers) < 1e-6)
    }
  }

  @Test(arguments: names)
  func metricsAgree(name: String) throws {
    let golden = try golden(name, as: Golden.self)
    for result in golden.results {
      try expectMetrics(of: result.pytorchOOD, labels: golden.testLabels, toBe: result.metrics)
    }
  }

  @Test func metricsOfTiedScoresAgree() throws {
    let ties = try golden("ties", as: GoldenTies.self)
    #expect(Set(ties.scores).count < ties.scores.count / 2)
    try expectMetrics(of: ties.scores, labels: ties.labels, toBe: ties.metrics)
  }

  private func expectMetrics(of scores: [Double], labels: [Int], toBe expected: GoldenMetrics) throws {
    let metrics = try OODMetrics.evaluate(scores: scores, isOutOfDistribution: labels.map { $0 < 0 }).get()
    #expect(abs(metrics.auroc - expected.auroc) < 1e-12)
    #expect(abs(metrics.auprIn - expected.auprIn) < 1e-12)
    #expect(abs(metrics.auprOut - expected.auprOut) < 1e-12)
    #expect(abs(metrics.fpr95TPR - expected.fpr95TPR) < 1e-12)
  }

  @Test func chiSquaredTailsAgree() throws {
    let tails = try golden("chi_squared", as: GoldenTails.self).tails
    #expect(tails.contains { $0.tail < 1e-299 })
    for tail in tails {
      let found = ChiSquared.upperTail(tail.value, degreesOfFreedom: tail.degreesOfFreedom)
      #expect(largestRelativeError([found], [tail.tail]) < 2e-12, "\(tail)")
    }
  }

  @Test func chiSquaredTailsEndWhereDoublesDo() {
    #expect(ChiSquared.upperTail(.infinity, degreesOfFreedom: 3) == 0)
    #expect(ChiSquared.upperTail(1e6, degreesOfFreedom: 3) == 0)
    #expect(ChiSquared.upperTail(0, degreesOfFreedom: 3) == 1)
    #expect(ChiSquared.upperTail(.nan, degreesOfFreedom: 3).isNaN)
  }
}
