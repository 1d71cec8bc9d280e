import Foundation
import LinearAlgebra
import Testing

@testable import OODDetection

@Suite("Explanations")
struct ExplanationTests {
  @Test(arguments: SampleSet.all, ScoreKind.allCases)
  func sharesAndResponsibilitiesAddUp(set: SampleSet, kind: ScoreKind) async throws {
    let detector = try await SpectralDetector.fit(set.matrix, labels: set.labels)
    let queries = set.queries(12)
    let regularization = try Regularization(1e-3)
    let scores = try await detector.scores(of: queries, at: regularization, includesBackground: true)
    for index in 0..<queries.count {
      let found = try detector.explanation(of: Array(queries.row(index)), at: regularization, score: kind)
      #expect((found.backgroundShares != nil) == kind.isRelative)
      if let shares = found.backgroundShares, let background = found.background {
        #expect(largestError([shares.reduce(0, +)], [background.squaredDistance]) < 1e-9)
      }
      let squared = found.squaredDistances[found.nearestClass]
      #expect(largestError([found.dimensionShares.reduce(0, +)], [squared]) < 1e-9)
      #expect(largestError([found.eigendirectionShares.reduce(found.outsideShare, +)], [squared]) < 1e-12)
      #expect(found.eigendirectionShares.allSatisfy { $0 >= 0 })
      #expect(found.nullShare >= found.outsideShare)
      #expect(abs(found.responsibilities.reduce(0, +) - 1) < 1e-12)
      #expect(largestError([found.score], [scores.values(kind)[index]]) < 1e-12)
      #expect(found.nearestClass == Int(scores.nearestClass(kind)[index]))
      #expect((0...1).contains(found.gaussianTail))
      let second = try #require(found.secondClass)
      let margin = try #require(found.margin)
      #expect(second != found.nearestClass && margin >= 0)
      let values = kind.isLikelihood ? found.logDensities : found.squaredDistances.map { -$0 }
      #expect(margin == values[found.nearestClass] - values[second])
      #expect(
        values.enumerated().allSatisfy { $0.offset == found.nearestClass || $0.element <= values[second] })
    }
  }

  @Test(arguments: SampleSet.all, ScoreKind.allCases)
  func batchComparisonAgreesWithSingleComparisons(set: SampleSet, kind: ScoreKind) async throws {
    let detector = try await SpectralDetector.fit(set.matrix, labels: set.labels)
    let queries = set.queries(12)
    let regularization = try Regularization(1e-3)
    let found = try await detector.comparisons(of: queries, at: regularization, score: kind)
    #expect(found.count == queries.count)
    for (index, comparison) in found.enumerated() {
      let one = try detector.explanation(of: Array(queries.row(index)), at: regularization, score: kind)
      #expect(comparison.nearestClass == one.nearestClass && comparison.secondClass == one.secondClass)
      #expect(largestError(comparison.squaredDistances, one.squaredDistances) < 1e-12)
      #expect(
        largestError([comparison.score, comparison.gaussianTail], [one.score, one.gaussianTail]) < 1e-12)
    }
  }

  @Test func dimensionSharesMatchTheirDefinition() async throws {
    let set = SampleSet.wide
    let detector = try await SpectralDetector.fit(set.matrix, labels: set.labels)
    let naive = naiveFit(set.rows, set.labels)
    let features = Array(set.queries(1).row(0))
    let found = try detector.explanation(
      of: features, at: Regularization(0.05), score: .negativeLogLikelihood)
    let nearest = naive[found.nearestClass]
    let difference = zip(features, nearest.mean).map(-)
    let expected = zip(difference, nearest.solution(difference, 0.05)).map(*)
    #expect(largestError(found.dimensionShares, expected) < 1e-10)
    #expect(largestError(found.mean, nearest.mean) < 1e-12)
    let deviations = nearest.covariance.indices.map { nearest.covariance[$0][$0].squareRoot() }
    #expect(largestError(found.standardDeviations, deviations) < 1e-12)
  }

  @Test func nullShareIsSeparate() async throws {
    // A class along the first axis, in the plane.
    for count in [2, 9] {
      let elements: [Double] = (0..<count).flatMap { index in [Double(index % 2 * 2), 0.0] }
      let rows = Matrix(rowCount: count, columnCount: 2, elements: elements)
      let detector = try await SpectralDetector.fit(rows, labels: [Int](repeating: 0, count: count))
      let mean = detector.classes[0].mean[0]
      let found = try detector.explanation(of: [mean, 3], at: Regularization(0.5), score: .mahalanobis)
      #expect(abs(found.nullShare - 18) < 1e-12)
      #expect(found.outsideShare == 0)
      #expect(abs(found.dimensionShares[1] - 18) < 1e-12)
      #expect(found.secondClass == nil && found.margin == nil)
      #expect(found.responsibilities == [1])
    }
  }

  @Test func gaussianTailIsThatOfTheNearestDistance() async throws {
    let detector = try await SpectralDetector.fit(SampleSet.tall.matrix, labels: SampleSet.tall.labels)
    let atMean = try detector.explanation(of: detector.classes[1].mean, at: .standard, score: .mahalanobis)
    #expect(atMean.gaussianTail == 1)
    // With 4 degrees of freedom the tail is exp(−x/2)·(1 + x/2).
    let found = try detector.explanation(of: [5, 5, 5, 5], at: .standard, score: .mahalanobis)
    let half = found.squaredDistances[found.nearestClass] / 2
    #expect(largestRelativeError([found.gaussianTail], [exp(-half) * (1 + half)]) < 1e-12)
  }

  @Test func unusableSamplesAreReported() async throws {
    let detector = try await SpectralDetector.fit(SampleSet.tall.matrix, labels: SampleSet.tall.labels)
    #expect(throws: DetectorError.dimensionMismatch(expected: 4, found: 2)) {
      try detector.explanation(of: [1, 2], at: .standard, score: .mahalanobis)
    }
    #expect(throws: DetectorError.nonFiniteFeatures(rowCount: 1, firstRows: [0])) {
      try detector.explanation(of: [1, 2, .nan, 4], at: .standard, score: .mahalanobis)
    }
  }
}
