import Foundation
import Testing

@testable import OODDetection

@Suite("Interpolation of scores along a path")
struct ScoreInterpolationTests {
  private static let path = (try? RegularizationPath.logarithmic(from: 1e-6, through: 1e1, count: 71)) ?? []

  /// The guarantee: at most the number of unsettled samples are off by more than 1e-6.
  @Test(arguments: SampleSet.all + [PruningTests.many], [1.1e-6, 3.3e-5, 7e-3, 0.21, 9.9])
  func settledScoresAreClose(set: SampleSet, value: Double) async throws {
    let fitted = try await SpectralDetector.fit(set.matrix, labels: set.labels)
    let queries = set.queries(200)
    let regularization = try Regularization(value)
    let interpolation = try #require(ScoreInterpolation(at: regularization, along: Self.path))
    let found = interpolation.scores(from: try await fitted.scores(of: queries, along: Self.path))
    let expected = try await fitted.scores(of: queries, at: regularization)

    #expect(found.scores.regularization == regularization && found.scores.count == 200)
    // At an end of the path all neighbours are on one side.
    if value > 2e-6 { #expect(found.unsettledCount < 150) }
    var offCount = 0
    var errors: [Double] = []
    for index in 0..<200 {
      let error = max(
        Self.error(found.scores.negativeLogLikelihood[index], expected.negativeLogLikelihood[index]),
        Self.error(found.scores.mahalanobis[index], expected.mahalanobis[index]))
      errors.append(error)
      if error > 1e-6 { offCount += 1 }
      #expect(found.scores.mahalanobis[index] >= 0 && found.scores.squaredDistanceToMostLikely[index] >= 0)
    }
    #expect(offCount <= found.unsettledCount)
    #expect(errors.sorted()[20] < 1e-7)
    // Less accurate scores still look the same in a chart.
    #expect(errors.allSatisfy { $0 < 0.2 })
    let agreeing = (0..<200).count {
      found.scores.mostLikelyClass[$0] == expected.mostLikelyClass[$0]
        && found.scores.closestClass[$0] == expected.closestClass[$0]
    }
    #expect(agreeing >= 190)
  }

  private static func error(_ value: Double, _ expected: Double) -> Double {
    abs(value - expected) / max(1, abs(expected))
  }

  /// Eight values determine every polynomial of degree 7 in log λ.
  @Test(arguments: [1.3e-6, 2e-4, 8.5])
  func lowDegreeCurvesAreExact(value: Double) throws {
    func polynomial(_ regularization: Regularization) -> Double {
      let position = log10(regularization.value) + 2
      return (0...7).reduce(0) { $0 * position + Double($1 % 3) - 1 }
    }
    let regularization = try Regularization(value)
    let interpolation = try #require(ScoreInterpolation(at: regularization, along: Self.path))
    let expected = polynomial(regularization)
    #expect(abs(interpolation.value(of: Self.path.map(polynomial)) - expected) < 1e-9 * max(1, abs(expected)))
  }

  @Test func onlyWithinAPathOfCloseSteps() throws {
    func exists(_ value: Double, _ path: [Double]) throws -> Bool {
      try ScoreInterpolation(at: Regularization(value), along: path.map { try Regularization($0) }) != nil
    }
    let usable: [(Double, [Double])] = [
      (1.5, [1, 2]), (3, [0, 1, 2, 4]),
      // A distant wide step only limits the reach of the polynomial.
      (1.5, [0.1, 1, 2, 4]),
    ]
    for (value, path) in usable { #expect(try exists(value, path), "\(value) in \(path)") }
    let unusable: [(Double, [Double])] = [
      (1, [1, 2]), (2, [1, 2]), (0.5, [1, 2]), (2.5, [1, 2]), (0.5, [0, 1]), (1.5, [1, 2.1]), (1.5, [1]),
      (1.5, []), (1.5, [2, 1]), (3, [1, 1, 1.2]),
    ]
    for (value, path) in unusable { #expect(try !exists(value, path), "\(value) in \(path)") }
  }

  /// Two λ determine a line but not its error.
  @Test func shortPathsAreNeverSettled() async throws {
    let set = SampleSet.tall
    let fitted = try await SpectralDetector.fit(set.matrix, labels: set.labels)
    let path = try [0.1, 0.15].map { try Regularization($0) }
    let interpolation = try #require(ScoreInterpolation(at: try Regularization(0.12), along: path))
    let table = try await fitted.scores(of: set.matrix, along: path)
    let found = interpolation.scores(from: table)
    #expect(found.unsettledCount == set.rows.count)
    for index in set.rows.indices {
      let ends = table.map { $0.negativeLogLikelihood[index] }
      let range = min(ends[0], ends[1])...max(ends[0], ends[1])
      #expect(range.contains(found.scores.negativeLogLikelihood[index]))
    }
  }

  @Test func overflowedScoresStayInfinite() throws {
    let path = try [1, 1.2, 1.4, 1.6].map { try Regularization($0) }
    let table = path.map {
      SampleScores(
        regularization: $0, negativeLogLikelihood: [.infinity, 3], mahalanobis: [.infinity, 2],
        mostLikelyClass: [0, 1], closestClass: [0, 1], squaredDistanceToMostLikely: [.infinity, 4])
    }
    let interpolation = try #require(ScoreInterpolation(at: try Regularization(1.3), along: path))
    let found = interpolation.scores(from: table)
    #expect(found.scores.negativeLogLikelihood[0] == .infinity && found.scores.mahalanobis[0] == .infinity)
    #expect(found.scores.squaredDistanceToMostLikely[0] == .infinity)
    #expect(abs(found.scores.negativeLogLikelihood[1] - 3) < 1e-14)
    #expect(found.unsettledCount == 1)
  }
}
