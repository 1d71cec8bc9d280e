import LinearAlgebra
import Testing

@testable import OODDetection

@Suite("Fitting and scoring at one λ")
struct CholeskyDetectorTests {
  @Test(arguments: SampleSet.all, [1e-4, 1e-2, 3])
  func scoresMatchTheirDefinitions(set: SampleSet, value: Double) async throws {
    let detector = try await CholeskyDetector.fit(
      set.matrix, labels: set.labels, at: Regularization(value))
    let naive = naiveFit(set.rows, set.labels)
    #expect(detector.classes.map(\.label) == naive.map(\.label))
    #expect(detector.classes.map(\.weight) == naive.map(\.weight))
    #expect(
      largestRelativeError(
        detector.classes.map(\.logDeterminant), naive.map { $0.logDeterminant(value) }) < 1e-9)
    let queries = set.queries(20)
    let scores = try await detector.scores(of: queries)
    #expect(scores.regularization.value == value)
    for index in 0..<queries.count {
      let features = Array(queries.row(index))
      let densities = naive.map { $0.logDensity(features, value) }
      let distances = naive.map { $0.squaredDistance(features, value) }
      let likely = Int(scores.mostLikelyClass[index])
      let smallest = try #require(distances.min()) / Double(detector.dimension)
      #expect(largestError([scores.negativeLogLikelihood[index]], [-naiveLogSumExp(densities)]) < 1e-9)
      #expect(largestError([scores.mahalanobis[index]], [smallest]) < 1e-9)
      #expect(densities[likely] == densities.max())
      #expect(distances[Int(scores.closestClass[index])] == distances.min())
      #expect(largestError([scores.squaredDistanceToMostLikely[index]], [distances[likely]]) < 1e-9)
    }
  }

  /// Factors of covariances, of samples, and corrected factors.
  @Test(arguments: SampleSet.all, [1e-12, 1e-6, 1])
  func constantDimensionsAreCountedAsInSpectra(set: SampleSet, value: Double) async throws {
    let factored = try await CholeskyDetector.fit(
      set.matrix, labels: set.labels, at: Regularization(value))
    let fitted = try await SpectralDetector.fit(set.matrix, labels: set.labels)
    #expect(factored.classes.map(\.constantDimensionCount) == fitted.classes.map(\.constantDimensionCount))
  }

  @Test(arguments: GoldenTests.names)
  func scoresAgreeWithGoldens(name: String) async throws {
    let golden = try golden(name, as: Golden.self)
    for result in golden.results {
      let detector = try await CholeskyDetector.fit(
        golden.train, labels: golden.trainLabels, at: Regularization(result.regularization))
      let scores = try await detector.scores(of: golden.test)
      let tolerance = (result.conditionNumbers.max() ?? 1) <= 1e7 ? 1e-9 : 1e-6
      #expect(largestError(scores.negativeLogLikelihood, result.scipy) < tolerance)
      #expect(largestError(scores.mahalanobis, result.mahalanobis) < tolerance)
      #expect(
        largestRelativeError(detector.classes.map(\.logDeterminant), result.logDeterminants) < 1e-8)
    }
  }

  @Test(arguments: SampleSet.all, [1e-6, 1e-3, 1])
  func scoresAreThoseOfTheSpectralDetector(set: SampleSet, value: Double) async throws {
    let regularization = try Regularization(value)
    let factored = try await CholeskyDetector.fit(set.matrix, labels: set.labels, at: regularization)
    let fitted = try await SpectralDetector.fit(set.matrix, labels: set.labels)
    let queries = set.queries(60)
    let (found, expected) = (
      try await factored.scores(of: queries), try await fitted.scores(of: queries, at: regularization)
    )
    let tolerance = value < 1e-4 ? 1e-7 : 1e-10
    #expect(largestError(found.negativeLogLikelihood, expected.negativeLogLikelihood) < tolerance)
    #expect(largestError(found.mahalanobis, expected.mahalanobis) < tolerance)
    #expect(found.mostLikelyClass == expected.mostLikelyClass)
    #expect(found.closestClass == expected.closestClass)
  }

  @Test func extremeConditionNumbersUseTheSamples() async throws {
    let set = SampleSet.wide
    let regularization = try Regularization(1e-12)
    // d² of a training sample is n − 1 at most: its leverage. Errors of 1e-16 outside the span become 1e-4 if the
    // covariance is formed.
    let detector = try await CholeskyDetector.fit(set.matrix, labels: set.labels, at: regularization)
    let scores = try await detector.scores(of: set.matrix)
    for (index, label) in set.labels.enumerated() {
      let factored = try #require(detector.classes.first { $0.label == label })
      #expect(scores.mahalanobis[index] * 12 <= Double(factored.count - 1) * (1 + 1e-9))
    }
    let fitted = try await SpectralDetector.fit(set.matrix, labels: set.labels)
    let expected = try fitted.summaries(at: regularization).map(\.logDeterminant)
    #expect(largestRelativeError(detector.classes.map(\.logDeterminant), expected) < 1e-8)
  }

  /// Dimensions without variance beside large ones give a condition number of 1e13 and do not lose digits.
  @Test func constantDimensionsKeepTheFastPath() throws {
    let members = SampleSet.constant.members(2).map { $0.map { $0 * 1e3 } }
    let naive = NaiveGaussian(label: 2, samples: members, weight: 1)
    var centred = Matrix(rowCount: members.count, columnCount: 6, elements: members.flatMap { $0 })
    centred.subtractFromRows(naive.mean)
    var covariance = Matrix(rowCount: 6, columnCount: 6)
    covariance.addColumnGram(of: centred, scale: 1 / Double(members.count))
    // Samples that cannot be read again: the slow path would fail.
    struct Unreadable: Error {}
    let unreadable = CentredSamples(count: members.count, ranges: [0..<members.count]) { _ in
      throw Unreadable()
    }
    let formed = try RegularizedCovariance(
      covariance: covariance, of: unreadable, at: .standard, label: 2)
    #expect(formed.conditionNumber < 1e4)
    let direct = try RegularizedCovariance(
      centredBlocks: [0..<members.count], of: Double(members.count), at: .standard, label: 2
    ) { centred.rows($0) }
    #expect(
      largestRelativeError([formed.factor.logDeterminant], [direct.factor.logDeterminant]) < 1e-12)
    let sample = Array(centred.row(0)).map { $0 * 1.5 + 1 }
    let squares = [formed, direct].map { $0.factor.whitened(sample).reduce(0) { $0 + $1 * $1 } }
    #expect(largestRelativeError([squares[0]], [squares[1]]) < 1e-11)
  }

  @Test func withoutRegularizationFullRankIsEnough() async throws {
    let none = try Regularization(0)
    let (tall, wide) = (SampleSet.tall, SampleSet.wide)
    let scores = try await CholeskyDetector.fit(tall.matrix, labels: tall.labels, at: none)
      .scores(of: tall.queries(9))
    let expected = try await SpectralDetector.fit(tall.matrix, labels: tall.labels)
      .scores(of: tall.queries(9), at: none)
    #expect(largestError(scores.negativeLogLikelihood, expected.negativeLogLikelihood) < 1e-10)
    await #expect(throws: DetectorError.singularCovariance(label: 0, rank: 2, dimension: 12)) {
      try await CholeskyDetector.fit(wide.matrix, labels: wide.labels, at: none)
    }
    let constant = SampleSet.constant
    await #expect(throws: DetectorError.self) {
      try await CholeskyDetector.fit(constant.matrix, labels: constant.labels, at: none)
    }
  }

  @Test func unusableInputIsReported() async throws {
    let set = SampleSet.tall
    var rows = set.matrix
    let bad = set.labels.indices.filter { set.labels[$0] >= 0 && $0 % 5 == 0 }
    for row in bad { rows[row, 2] = .nan }
    let error = DetectorError.nonFiniteFeatures(rowCount: bad.count, firstRows: Array(bad.prefix(5)))
    for held in [0, 1 << 20] {
      await #expect(throws: error) {
        try await CholeskyDetector.fit(
          rows, labels: set.labels, at: .standard,
          execution: Execution(threadCount: 2, heldElementCount: held))
      }
    }
    let detector = try await CholeskyDetector.fit(set.matrix, labels: set.labels, at: .standard)
    await #expect(throws: DetectorError.dimensionMismatch(expected: 4, found: 3)) {
      try await detector.scores(of: Matrix(rowCount: 2, columnCount: 3))
    }
    let infinite = Matrix(rowCount: 2, columnCount: 4, elements: [0, 0, 0, 0, 0, .infinity, 0, 0])
    await #expect(throws: DetectorError.nonFiniteFeatures(rowCount: 1, firstRows: [1])) {
      try await detector.scores(of: infinite)
    }
    await #expect(throws: DetectorError.noInDistributionSamples(sampleCount: 1)) {
      try await CholeskyDetector.fit(
        Matrix(rowCount: 1, columnCount: 2), labels: [-1], at: .standard)
    }
    #expect(try await detector.scores(of: Matrix(rowCount: 0, columnCount: 4)).count == 0)
  }

  @Test func heldAndStreamedClassesAgreeWhateverTheThreads() async throws {
    let set = SampleSet.mixed
    var results: [SampleScores] = []
    for (threads, held, size) in [(1, 1 << 20, 256), (5, 1 << 20, 256), (2, 0, 256), (3, 0, 2)] {
      let execution = Execution(threadCount: threads, blockSize: size, heldElementCount: held)
      let detector = try await CholeskyDetector.fit(
        set.matrix, labels: set.labels, at: Regularization(1e-3), execution: execution)
      results.append(try await detector.scores(of: set.queries(30), execution: execution))
    }
    #expect(results[1] == results[0])
    for other in results.dropFirst() {
      #expect(largestError(other.negativeLogLikelihood, results[0].negativeLogLikelihood) < 1e-11)
      #expect(other.closestClass == results[0].closestClass)
    }
  }

  @Test(arguments: SampleSet.all, ScoreKind.allCases)
  func comparisonsAreThoseOfTheSpectralDetector(set: SampleSet, kind: ScoreKind) async throws {
    let regularization = try Regularization(1e-2)
    let factored = try await CholeskyDetector.fit(
      set.matrix, labels: set.labels, at: regularization, includesBackground: true)
    let fitted = try await SpectralDetector.fit(set.matrix, labels: set.labels)
    let queries = set.queries(8)
    let scores = try await factored.scores(of: queries)
    for index in 0..<queries.count {
      let features = Array(queries.row(index))
      let found = try factored.comparison(of: features, score: kind)
      let expected = try fitted.explanation(of: features, at: regularization, score: kind)
      #expect(found.scoreKind == kind)
      #expect(largestError([found.score], [scores.values(kind)[index]]) < 1e-12)
      #expect(found.nearestClass == Int(scores.nearestClass(kind)[index]))
      #expect(found.secondClass == expected.secondClass)
      #expect(largestError([found.margin ?? -1], [expected.margin ?? -1]) < 1e-9)
      #expect(largestError(found.squaredDistances, expected.squaredDistances) < 1e-10)
      #expect(largestError(found.logDensities, expected.logDensities) < 1e-10)
      #expect(largestError(found.responsibilities, expected.responsibilities) < 1e-9)
      #expect(largestError([found.gaussianTail], [expected.gaussianTail]) < 1e-9)
      let shares = try factored.dimensionShares(of: features, classIndex: found.nearestClass)
      #expect(largestError(shares, expected.dimensionShares) < 1e-9)
      #expect(largestError([shares.reduce(0, +)], [found.squaredDistances[found.nearestClass]]) < 1e-9)
      if let expected = expected.backgroundShares {
        let shares = try factored.dimensionShares(of: features, classIndex: nil)
        #expect(largestError(shares, expected) < 1e-9)
      }
    }
    let dimension = factored.dimension
    #expect(throws: DetectorError.dimensionMismatch(expected: dimension, found: 1)) {
      try factored.comparison(of: [0], score: kind)
    }
    #expect(throws: DetectorError.nonFiniteFeatures(rowCount: 1, firstRows: [0])) {
      try factored.dimensionShares(
        of: [Double](repeating: .nan, count: dimension), classIndex: 0)
    }
  }

  @Test func outOfDistributionRowsAreNeverReadAndOthersOnce() async throws {
    let set = SampleSet.tall
    let rows = WatchedRows(set.matrix)
    _ = try await CholeskyDetector.fit(rows, labels: set.labels, at: .standard)
    #expect(rows.readRows == Set(set.labels.indices.filter { set.labels[$0] >= 0 }))
    #expect(rows.readCount == 3)
  }
}
