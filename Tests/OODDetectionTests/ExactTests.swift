import LinearAlgebra
import TestData
import Testing

@testable import OODDetection

/// The output of `make_exact.py`: data sets that are hard for double precision, with values from 60-digit arithmetic.
struct ExactSet: Decodable, CustomTestStringConvertible, Sendable {
  struct Result: Decodable, Sendable {
    var regularization: Double
    var nll: [Double]
    var mahalanobis: [Double]
    var logDeterminants: [Double]
    var conditionNumbers: [Double]
    var leaveOneOutNLL: Double
    var heldOutNLL: Double
    var unreached: Int
  }

  var name: String
  var storedEpsilon: Double
  var dimension: Int
  var trainLabels: [Int]
  var trainFeatures: [Double]
  var testLabels: [Int]
  var testFeatures: [Double]
  var results: [Result]

  var testDescription: String { name }
  var train: StoredRows {
    StoredRows(
      matrix: Matrix(rowCount: trainLabels.count, columnCount: dimension, elements: trainFeatures),
      storedEpsilon: storedEpsilon)
  }
  var test: Matrix { Matrix(rowCount: testLabels.count, columnCount: dimension, elements: testFeatures) }
  /// Only the eigenvalues of these have an accuracy guarantee.
  var differsInScaleOnly: Bool { name.contains("scale") || name.contains("fewer samples") }

  static let all = (try? golden("exact", as: [ExactSet].self)) ?? []
}

/// Rows with the epsilon of their stored type.
struct StoredRows: FeatureRows {
  var matrix: Matrix
  var storedEpsilon: Double
  var count: Int { matrix.rowCount }
  var dimension: Int { matrix.columnCount }
  func matrix(at indices: [Int]) -> Matrix { matrix.matrix(at: indices) }
}

extension SpectralDetector {
  /// This detector after saving and loading.
  func reloaded() throws -> SpectralDetector {
    func stacked(_ rows: [[Double]]) -> Matrix {
      Matrix(rowCount: classes.count, columnCount: dimension, elements: rows.flatMap { $0 })
    }
    return try SpectralDetector(
      labels: classes.map(\.label), counts: classes.map(\.count), means: stacked(classes.map(\.mean)),
      meanRemainders: stacked(classes.map(\.meanRemainder)),
      eigenvalues: stacked(classes.map(\.spectrum.eigenvalues)), eigenvectors: classes.map(\.spectrum.basis))
  }

  /// The scores of all samples at one λ by every route, with the route's name.
  func scoresByEveryRoute(
    of queries: Matrix, trainedOn rows: any FeatureRows, labels: [Int], at regularization: Regularization
  ) async throws -> [(route: String, nll: [Double], mahalanobis: [Double])] {
    let factored = try await CholeskyDetector.fit(rows, labels: labels, at: regularization)
    let path = try [1e-9, 1e-5, 1e-2, 10].map { value throws(DetectorError) in try Regularization(value) }
    var routes: [(String, SampleScores)] = [
      ("factored", try await factored.scores(of: queries)),
      ("spectral", try await scores(of: queries, at: regularization)),
      ("saved model", try await reloaded().scores(of: queries, at: regularization)),
      ("path", try await scores(of: queries, along: path + [regularization])[4]),
    ]
    let streamed = try await SpectralDetector.fit(
      rows, labels: labels, execution: Execution(threadCount: 2, blockSize: 5, heldElementCount: 0))
    routes.append(("streamed fit", try await streamed.scores(of: queries, at: regularization)))
    let streamedFactors = try await CholeskyDetector.fit(
      rows, labels: labels, at: regularization,
      execution: Execution(threadCount: 2, blockSize: 5, heldElementCount: 0))
    routes.append(("streamed factors", try await streamedFactors.scores(of: queries)))
    var found = routes.map { ($0.0, $0.1.negativeLogLikelihood, $0.1.mahalanobis) }
    let samples = (0..<queries.rowCount).map { Array(queries.row($0)) }
    for (route, comparisons) in [
      (
        "explanations",
        try [ScoreKind.negativeLogLikelihood, .mahalanobis].map { kind in
          try samples.map { try explanation(of: $0, at: regularization, score: kind).comparison }
        }
      ),
      (
        "factored comparisons",
        try [ScoreKind.negativeLogLikelihood, .mahalanobis].map {
          try factored.comparisons(of: samples, score: $0)
        }
      ),
    ] {
      found.append((route, comparisons[0].map(\.score), comparisons[1].map(\.score)))
    }
    return found
  }
}

@Suite("Accuracy against 60-digit arithmetic")
struct ExactTests {
  @Test func thereAreDataSets() { #expect(ExactSet.all.count == 11) }

  /// The contract: 1e-8 up to a condition number of 1e7 and 1e-6 up to 1e10. Features of different scale remain
  /// accurate far beyond.
  @Test(arguments: ExactSet.all)
  func everyRouteGivesTheExactScores(set: ExactSet) async throws {
    let detector = try await SpectralDetector.fit(set.train, labels: set.trainLabels)
    for result in set.results {
      let condition = try #require(result.conditionNumbers.max())
      guard condition <= 1e10 || set.differsInScaleOnly else { continue }
      let tolerance = condition <= 1e7 ? 1e-8 : 1e-6
      let regularization = try Regularization(result.regularization)
      for found in try await detector.scoresByEveryRoute(
        of: set.test, trainedOn: set.train, labels: set.trainLabels, at: regularization)
      {
        #expect(largestError(found.nll, result.nll) < tolerance, "\(found.route) at \(result.regularization)")
        #expect(
          largestError(found.mahalanobis, result.mahalanobis) < tolerance,
          "\(found.route) at \(result.regularization)")
      }
    }
  }

  @Test(arguments: ExactSet.all)
  func determinantsAndConditionNumbersAreExact(set: ExactSet) async throws {
    let detector = try await SpectralDetector.fit(set.train, labels: set.trainLabels)
    for result in set.results {
      let regularization = try Regularization(result.regularization)
      for summaries in [
        try detector.summaries(at: regularization), try detector.reloaded().summaries(at: regularization),
      ] {
        #expect(largestError(summaries.map(\.logDeterminant), result.logDeterminants) < 1e-8)
        #expect(largestRelativeError(summaries.map(\.conditionNumber), result.conditionNumbers) < 1e-6)
      }
      let factored = try await CholeskyDetector.fit(set.train, labels: set.trainLabels, at: regularization)
      #expect(largestError(factored.classes.map(\.logDeterminant), result.logDeterminants) < 1e-8)
    }
  }

  @Test(arguments: ExactSet.all)
  func likelihoodsOfUnseenSamplesAreThoseOfRefitting(set: ExactSet) async throws {
    let detector = try await SpectralDetector.fit(set.train, labels: set.trainLabels)
    let path = try set.results.map { result throws(DetectorError) in try Regularization(result.regularization)
    }
    for execution in [
      Execution(threadCount: 1), Execution(threadCount: 2, blockSize: 5, heldElementCount: 0),
    ] {
      let found = try await detector.leaveOneOut(
        set.train, labels: set.trainLabels, heldOut: (set.test, set.testLabels), along: path,
        execution: execution)
      #expect(largestError(found.meanNLL, set.results.map(\.leaveOneOutNLL)) < 1e-7)
      #expect(largestError(found.heldOutNLL ?? [], set.results.map(\.heldOutNLL)) < 1e-7)
      #expect(found.unreachedDimensionCount == set.results[0].unreached)
    }
    let alone = try await detector.pathScores(
      of: [], training: nil,
      heldOut: (StoredRows(matrix: set.test, storedEpsilon: set.storedEpsilon), set.testLabels),
      along: path)
    #expect(largestError(alone.heldOutNLL ?? [], set.results.map(\.heldOutNLL)) < 1e-7)
  }
}

@Suite("Agreement of all routes")
struct RouteTests {
  @Test(arguments: DrawnData.all)
  func routesAgree(drawn: DrawnData) async throws {
    let (train, labels, queries) = (drawn.train, drawn.labels, drawn.queries)
    let detector = try await SpectralDetector.fit(train, labels: labels)
    for value in [1e-6, 1e-3, 0.1] {
      let regularization = try Regularization(value)
      let condition = detector.worstConditionNumber(at: regularization)
      guard condition <= 1e10 else { continue }
      let found = try await detector.scoresByEveryRoute(
        of: queries, trainedOn: train, labels: labels, at: regularization)
      let tolerance = condition <= 1e7 ? 2e-8 : 2e-6
      for other in found.dropFirst() {
        #expect(largestError(other.nll, found[0].nll) < tolerance, "\(other.route) at \(value)")
        #expect(
          largestError(other.mahalanobis, found[0].mahalanobis) < tolerance, "\(other.route) at \(value)")
      }
      let reloaded = try detector.reloaded()
      #expect(
        largestError(
          try reloaded.summaries(at: regularization).map(\.logDeterminant),
          try detector.summaries(at: regularization).map(\.logDeterminant)) < 1e-12)
    }
  }

  /// A feature of small variance counts for a million samples as for a hundred.
  @Test func theRankDoesNotFallWithTheNumberOfSamples() async throws {
    var random = NormalNumbers(seed: 1)
    let count = 1_000_000
    var elements: [Double] = []
    elements.reserveCapacity(2 * count)
    for _ in 0..<count {
      let pair = random.vector(2)
      elements += [pair[0] * 100, pair[1] * 1e-3]
    }
    let detector = try await SpectralDetector.fit(
      Matrix(rowCount: count, columnCount: 2, elements: elements), labels: [Int](repeating: 0, count: count))
    let spectrum = detector.classes[0].spectrum
    #expect(spectrum.rank == 2)
    // The sampling error of a variance is √(2/n).
    #expect(largestRelativeError(spectrum.eigenvalues, [1e4, 1e-6]) < 0.01)
    #expect(detector.classes[0].constantDimensionCount == 0)
  }
}

@Suite("Equal samples have equal scores")
struct TieTests {
  /// For any position, number of samples, number of threads and route, bitwise.
  @Test(arguments: [1, 3, 8, 21, 64, 130], [7, 40, 301])
  func whereverTheyStand(dimension: Int, count: Int) async throws {
    BLASRuntime.setThreadCount(1)
    var random = NormalNumbers(seed: UInt64(dimension))
    let train = (0..<4 * dimension + 90).flatMap { _ in random.vector(dimension) }
    let rows = Matrix(rowCount: train.count / dimension, columnCount: dimension, elements: train)
    let labels = (0..<rows.rowCount).map { $0 % 3 }
    let sample = random.vector(dimension)
    let queries = Matrix(
      rowCount: count, columnCount: dimension, elements: (0..<count).flatMap { _ in sample })
    let one = Matrix(rowCount: 1, columnCount: dimension, elements: sample)
    let regularization = try Regularization(1e-3)
    let path = RegularizationPath.standard
    let factored = try await CholeskyDetector.fit(rows, labels: labels, at: regularization)
    let fitted = try await SpectralDetector.fit(rows, labels: labels)
    for threadCount in [1, 3] {
      for scores in [
        [try await factored.scores(of: queries, threadCount: threadCount)],
        try await fitted.scores(of: queries, along: path, threadCount: threadCount),
      ] {
        let alone =
          scores.count == 1
          ? [try await factored.scores(of: one)] : try await fitted.scores(of: one, along: path)
        for (many, single) in zip(scores, alone) {
          #expect(many.negativeLogLikelihood.allSatisfy { $0 == single.negativeLogLikelihood[0] })
          #expect(many.mahalanobis.allSatisfy { $0 == single.mahalanobis[0] })
        }
      }
    }
  }
}
