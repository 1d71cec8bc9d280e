import LinearAlgebra
import Testing

@testable import OODDetection

@Suite("Scoring")
struct ScoringTests {
  @Test(arguments: SampleSet.all, [1e-4, 1e-2, 3])
  func scoresMatchTheirDefinitions(set: SampleSet, value: Double) async throws {
    let detector = try await SpectralDetector.fit(set.matrix, labels: set.labels)
    let naive = naiveFit(set.rows, set.labels)
    let queries = set.queries(20)
    let scores = try await detector.scores(of: queries, at: Regularization(value))
    for index in 0..<queries.count {
      let features = Array(queries.row(index))
      let densities = naive.map { $0.logDensity(features, value) }
      let distances = naive.map { $0.squaredDistance(features, value) }
      let (likely, close) = (Int(scores.mostLikelyClass[index]), Int(scores.closestClass[index]))
      #expect(largestError([scores.negativeLogLikelihood[index]], [-naiveLogSumExp(densities)]) < 1e-9)
      #expect(
        largestError([scores.mahalanobis[index]], [(distances.min() ?? 0) / Double(detector.dimension)])
          < 1e-9)
      #expect(densities[likely] == densities.max())
      #expect(distances[close] == distances.min())
      #expect(largestError([scores.squaredDistanceToMostLikely[index]], [distances[likely]]) < 1e-9)
    }
  }

  @Test(arguments: SampleSet.all)
  func pathIsTheSameAsSingleCalls(set: SampleSet) async throws {
    let detector = try await SpectralDetector.fit(set.matrix, labels: set.labels)
    let queries = set.queries(15)
    let path = try [1e-6, 1e-3, 1, 1e-2].map { value throws(DetectorError) in try Regularization(value) }
    let along = try await detector.scores(of: queries, along: path)
    #expect(along.map(\.regularization) == path)
    for (scores, regularization) in zip(along, path) {
      let single = try await detector.scores(of: queries, at: regularization)
      #expect(largestError(scores.negativeLogLikelihood, single.negativeLogLikelihood) < 1e-12)
      #expect(largestError(scores.mahalanobis, single.mahalanobis) < 1e-12)
      #expect(scores.mostLikelyClass == single.mostLikelyClass)
    }
  }

  @Test func scoresDoNotDependOnThreadsBlocksOrOrderOfClasses() async throws {
    let set = SampleSet.mixed
    let detector = try await SpectralDetector.fit(set.matrix, labels: set.labels)
    let queries = set.queries(50)
    let path = [Regularization.standard]
    let reference = try await detector.scores(of: queries, along: path, execution: Execution(threadCount: 1))[
      0]
    let threaded = try await detector.scores(of: queries, along: path, execution: Execution(threadCount: 5))[
      0]
    #expect(threaded == reference)
    for blockSize in [1, 7, 49, 64] {
      let execution = Execution(threadCount: 3, blockSize: blockSize)
      let blocked = try await detector.scores(of: queries, along: path, execution: execution)[0]
      #expect(largestError(blocked.negativeLogLikelihood, reference.negativeLogLikelihood) < 1e-11)
      #expect(blocked.closestClass == reference.closestClass)
    }
    let reversed = SpectralDetector(
      classes: detector.classes.reversed(), dimension: detector.dimension, sampleCount: detector.sampleCount,
      pooled: detector.pooled)
    let backwards = try await reversed.scores(of: queries, along: path, execution: Execution(threadCount: 1))[
      0]
    #expect(largestError(backwards.negativeLogLikelihood, reference.negativeLogLikelihood) < 1e-12)
    #expect(backwards.mahalanobis == reference.mahalanobis)
  }

  @Test func scoresStayFiniteWhereEveryDensityUnderflows() async throws {
    let set = SampleSet.tall
    let detector = try await SpectralDetector.fit(set.matrix, labels: set.labels)
    let far = Matrix(rowCount: 1, columnCount: 4, repeating: 1e9)
    let scores = try await detector.scores(of: far, at: .standard)
    #expect(scores.negativeLogLikelihood[0].isFinite && scores.negativeLogLikelihood[0] > 1e12)
    let beyond = Matrix(rowCount: 1, columnCount: 4, repeating: 1e300)
    let overflown = try await detector.scores(of: beyond, at: .standard)
    #expect(overflown.negativeLogLikelihood == [.infinity])
    #expect(overflown.mahalanobis == [.infinity])
  }

  @Test func trainingSamplesOfAWideClassLieInItsSpan() async throws {
    // At λ = 1e-12, rounding errors outside the span would be magnified to 1e-4 were ‖c‖² − ‖y‖² used.
    let set = SampleSet.wide
    let detector = try await SpectralDetector.fit(set.matrix, labels: set.labels)
    let scores = try await detector.scores(of: set.matrix, at: Regularization(1e-12))
    for (index, label) in set.labels.enumerated() {
      // d² of a training sample is (n−1)·n/n at most: its leverage.
      let gaussian = try #require(detector.classes.first { $0.label == label })
      #expect(scores.mahalanobis[index] * 12 <= Double(gaussian.count - 1) * (1 + 1e-9))
    }
  }

  @Test func withoutRegularizationFullRankIsEnough() async throws {
    let none = try Regularization(0)
    let tall = try await SpectralDetector.fit(SampleSet.tall.matrix, labels: SampleSet.tall.labels)
    let scores = try await tall.scores(of: SampleSet.tall.queries(5), at: none)
    #expect(scores.negativeLogLikelihood.allSatisfy { $0.isFinite })
    let wide = try await SpectralDetector.fit(SampleSet.wide.matrix, labels: SampleSet.wide.labels)
    let error = DetectorError.singularCovariance(label: 0, rank: 2, dimension: 12)
    await #expect(throws: error) { try await wide.scores(of: SampleSet.wide.queries(5), at: none) }
    #expect(throws: error) { try wide.summaries(at: none) }
    #expect(throws: error) {
      try wide.explanation(of: [Double](repeating: 0, count: 12), at: none, score: .mahalanobis)
    }
  }

  @Test func unusableInputIsReported() async throws {
    let detector = try await SpectralDetector.fit(SampleSet.tall.matrix, labels: SampleSet.tall.labels)
    await #expect(throws: DetectorError.dimensionMismatch(expected: 4, found: 3)) {
      try await detector.scores(of: Matrix(rowCount: 2, columnCount: 3), at: .standard)
    }
    var rows = Matrix(rowCount: 600, columnCount: 4)
    for row in [2, 299, 300, 301, 598, 599] { rows[row, 1] = .infinity }
    await #expect(throws: DetectorError.nonFiniteFeatures(rowCount: 6, firstRows: [2, 299, 300, 301, 598])) {
      try await detector.scores(of: rows, at: .standard)
    }
  }

  @Test func nothingScoresToNothing() async throws {
    let detector = try await SpectralDetector.fit(SampleSet.tall.matrix, labels: SampleSet.tall.labels)
    let none = try await detector.scores(of: Matrix(rowCount: 0, columnCount: 4), at: .standard)
    #expect(none.count == 0)
    let noPath = try await detector.scores(of: SampleSet.tall.matrix, along: [])
    #expect(noPath.isEmpty)
  }
}
