import LinearAlgebra
import TestData
import Testing

@testable import OODDetection

@Suite("Classes with far fewer samples than dimensions")
struct FewSampleTests {
  /// 30 classes of up to D/2 samples, one of them of a single sample.
  static let few = SampleSet(
    "few samples", seed: 61, dimension: 48,
    counts: Dictionary(uniqueKeysWithValues: (0..<30).map { ($0, $0 == 7 ? 1 : 4 + $0 % 21) }))
  /// Also larger classes, among which spans would not be ruled out, and one whose samples repeat.
  static let some = SampleSet(
    "some have few samples", seed: 62, dimension: 40, counts: [0: 12, 1: 90, 2: 20, 3: 55, 4: 9, 5: 41],
    duplicated: [4])
  static let constant = SampleSet(
    "constant dimensions", seed: 63, dimension: 32, counts: [0: 10, 1: 16, 2: 7], constant: [0, 5, 31])

  static func isSpan(_ detector: CholeskyDetector) -> [Bool] {
    detector.classes.map { $0.factor.span != nil }
  }

  @Test(arguments: [few, some, constant], [1e-6, 1e-3, 0.3, 40])
  func scoresAreThoseOfTheFormulas(set: SampleSet, regularization: Double) async throws {
    let queries = set.queries(40)
    let detector = try await CholeskyDetector.fit(
      set.matrix, labels: set.labels, at: Regularization(regularization))
    #expect(Set(Self.isSpan(detector)) == [set.name != Self.some.name])
    let spectral = try await SpectralDetector.fit(set.matrix, labels: set.labels)
    for rows in [queries, set.matrix] {
      let found = try await detector.scores(of: rows)
      let expected = try await spectral.scores(of: rows, at: Regularization(regularization))
      #expect(largestRelativeError(found.negativeLogLikelihood, expected.negativeLogLikelihood) < 1e-9)
      #expect(largestRelativeError(found.mahalanobis, expected.mahalanobis) < 1e-9)
      #expect(found.mostLikelyClass == expected.mostLikelyClass)
      #expect(found.closestClass == expected.closestClass)
    }
    let naive = naiveFit(set.rows, set.labels)
    for (gaussian, factored) in zip(naive, detector.classes) {
      let logDeterminant = gaussian.logDeterminant(regularization)
      #expect(largestRelativeError([factored.logDeterminant], [logDeterminant]) < 1e-8)
      // At most about 1e8 times the rounding errors of the textbook's factorization.
      let features = Array(queries.row(3))
      let distance = gaussian.squaredDistance(features, regularization)
      let known = try factored.factor.loaded().squaredDistance(
        of: zip(zip(features, factored.mean).map(-), factored.meanRemainder).map(-))
      #expect(largestRelativeError([known], [distance]) < 1e-6)
    }
  }

  /// Only the covariance with its ridge must be well conditioned, not that of the samples alone.
  @Test(arguments: [(1e-7, false), (1e-2, true), (2.0, true)])
  func repeatedSamplesNeedARidge(regularization: Double, isSpan: Bool) async throws {
    let set = SampleSet(
      "repeated samples", seed: 65, dimension: 40, counts: [0: 12, 1: 20, 2: 9], duplicated: [0, 1, 2])
    let detector = try await CholeskyDetector.fit(
      set.matrix, labels: set.labels, at: Regularization(regularization))
    #expect(Set(Self.isSpan(detector)) == [isSpan])
    let spectral = try await SpectralDetector.fit(set.matrix, labels: set.labels)
    for rows in [set.queries(40), set.matrix] {
      let found = try await detector.scores(of: rows).negativeLogLikelihood
      let expected = try await spectral.scores(of: rows, at: Regularization(regularization))
      #expect(largestRelativeError(found, expected.negativeLogLikelihood) < 1e-9)
    }
  }

  @Test(arguments: [1e-6, 1e-2, 1.0])
  func dimensionSharesSumToTheDistance(regularization: Double) async throws {
    let set = Self.few
    let detector = try await CholeskyDetector.fit(
      set.matrix, labels: set.labels, at: Regularization(regularization))
    let naive = naiveFit(set.rows, set.labels)
    let features = Array(set.queries(4).row(1))
    let shares = try detector.dimensionShares(of: features, classIndex: 2)
    let difference = zip(features, naive[2].mean).map(-)
    let expected = zip(difference, naive[2].solution(difference, regularization)).map(*)
    let total = expected.reduce(0, +)
    #expect(zip(shares, expected).allSatisfy { abs($0 - $1) < 1e-6 * total })
  }

  @Test(arguments: [RidgeRule.relative, .oas, .ledoitWolf])
  func everyRidgeRuleScoresAsWithSpectra(rule: RidgeRule) async throws {
    let set = Self.few
    var setting = FitSetting.standard
    setting.ridgeRule = rule
    let regularization = try Regularization(rule == .relative ? 0.01 : 1)
    let detector = try await CholeskyDetector.fit(
      set.matrix, labels: set.labels, at: regularization, setting: setting, includesBackground: true)
    #expect(Self.isSpan(detector).contains(true))
    let spectral = try await SpectralDetector.fit(set.matrix, labels: set.labels, setting: setting)
    let queries = set.queries(30)
    let found = try await detector.scores(of: queries)
    let expected = try await spectral.scores(of: queries, at: regularization, includesBackground: true)
    for kind in ScoreKind.allCases {
      #expect(largestRelativeError(found.values(kind), expected.values(kind)) < 1e-9)
    }
  }

  @Test func nearlyEveryClassIsRuledOut() async throws {
    let set = Self.few
    let queries = set.queries(200)
    for regularization in [1e-6, 1e-2, 1] {
      let detector = try await CholeskyDetector.fit(
        set.matrix, labels: set.labels, at: Regularization(regularization))
      let counts = try await detector.scores(of: queries).visitedClassCounts
      #expect(counts.reduce(0, +) < 2 * 200)
    }
  }

  /// Samples halfway between two classes, with the spread of one of them. The bound to the other class is often lower.
  @Test func aWrongGuessIsCorrected() async throws {
    var random = NormalNumbers(seed: 66)
    let regularization = try Regularization(1e-2)
    let (classCount, dimension) = (60, 128)
    let centres = (0..<classCount).map { _ in random.vector(12).map { 3 * $0 } }
    let mixings = (0..<classCount).map { _ in (0..<dimension).map { _ in random.vector(dimension) } }
    func sample(_ label: Int, _ other: Int) -> [Double] {
      let source = random.vector(dimension).enumerated().map { $1 / Double(($0 + 1) * ($0 + 1)) }
      return (0..<dimension).map { column in
        let centre = column < 12 ? (centres[label][column] + centres[other][column]) / 2 : 0
        return zip(mixings[label][column], source).reduce(centre) { $0 + $1.0 * $1.1 }
      }
    }
    let labels = (0..<classCount * 20).map { $0 % classCount }
    let rows = labels.map { sample($0, $0) }
    let queries = (0..<300).map { sample($0 % classCount, ($0 * 7 + 11) % classCount) }
    let detector = try await CholeskyDetector.fit(
      Matrix(rowCount: rows.count, columnCount: dimension, elements: rows.flatMap { $0 }), labels: labels,
      at: regularization)
    #expect(Set(Self.isSpan(detector)) == [true])
    // As without closer bounds, which would rule out the others after a wrong guess, at a cost.
    let scorer = MixtureScorer(
      path: [regularization], classes: detector.classes, classBounds: detector.classBounds,
      dimension: dimension)
    let scores = try await scorer.scores(
      of: Matrix(rowCount: 300, columnCount: dimension, elements: queries.flatMap { $0 }),
      Execution(threadCount: 2))[0]
    // 5.0 of 60 classes a sample, or 7.7 if all that a wrong guess leaves open are computed.
    #expect(scores.visitedClassCounts.reduce(0, +) < 6 * 300)
  }

  @Test func boundsAreBelowEveryDistance() async throws {
    for set in [Self.few, Self.constant] {
      for regularization in [1e-6, 1e-2, 30] {
        let detector = try await CholeskyDetector.fit(
          set.matrix, labels: set.labels, at: Regularization(regularization))
        let queries = Matrix(
          rowCount: 60, columnCount: set.matrix.columnCount,
          elements: set.queries(40).elements + set.matrix.rows(0..<20).elements)
        let classes = detector.classes.count
        var kinds: [any DistanceBounds] = [
          try #require(try await ClassBounds.build(detector.classes, Execution(threadCount: 2)))
        ]
        // Only processors with products of 8-bit integers have these.
        if let quantized = try await QuantizedSpanBounds.build(detector.classes, Execution(threadCount: 2)) {
          kinds.append(quantized)
        }
        for kind in kinds {
          let bounds = try kind.bounds(of: queries).squaredDistances
          for row in 0..<queries.rowCount {
            for (index, factored) in detector.classes.enumerated() {
              let difference = zip(zip(queries.row(row), factored.mean).map(-), factored.meanRemainder).map(-)
              let distance = try factored.factor.loaded().squaredDistance(of: difference)
              let bound = Double(bounds[row * detector.classes.count + index])
              #expect(bound <= distance * (1 + 1e-6))
              // 16 directions hold a part of what lies outside of a span.
              if classes > 16, factored.factor.span != nil, row % 4 == 0, row < 40 {
                #expect(bound > 0.1 * distance)
              }
            }
          }
        }
      }
    }
  }

  /// W (s C_k + t r I) Wᵀ ≤ I, up to rounding, also where references depend on each other or lie in the span.
  @Test(arguments: [1e-6, 1e-2, 30])
  func marginalsAreParts(regularization: Double) async throws {
    let set = Self.few
    let detector = try await CholeskyDetector.fit(
      set.matrix, labels: set.labels, at: Regularization(regularization))
    let naive = naiveFit(set.rows, set.labels)
    for (index, factored) in detector.classes.enumerated() {
      let span = try #require(factored.factor.span)
      var differences = detector.classes.filter { $0.label != factored.label }.map {
        zip($0.mean, factored.mean).map(-)
      }
      differences += [differences[0], [Double](repeating: 0, count: 48)]
      if span.rows.rowCount > 0 { differences.append(Array(span.rows.row(0))) }
      let references = Matrix(
        rowCount: differences.count, columnCount: 48, elements: differences.flatMap { $0 })
      let rows = try span.marginalRows(separating: references, count: 16)
      #expect(rows.rowCount == 16)
      var kept = 0.0
      let queries = set.queries(20)
      for row in (0..<20).map({ Array(queries.row($0)) }) {
        let difference = zip(row, factored.mean).map(-)
        let part = rows.multiplied(by: difference).reduce(0) { $0 + $1 * $1 }
        let whole = naive[index].squaredDistance(row, regularization)
        #expect(part <= whole * (1 + 1e-6))
        kept += part / whole / 20
      }
      // Queries are of all classes, so the directions between means hold much of their distances.
      #expect(kept > 0.3)
    }
  }

  @Test func equalSamplesGetEqualScores() async throws {
    let set = Self.few
    let detector = try await CholeskyDetector.fit(set.matrix, labels: set.labels, at: .standard)
    let row = Array(set.queries(1).row(0))
    let member = set.rows[5]
    let rows = set.queries(70).elements + row + member + set.queries(333, seed: 5).elements + row + member
    let queries = Matrix(rowCount: 407, columnCount: 48, elements: rows)
    let scores = try await detector.scores(of: queries).negativeLogLikelihood
    #expect(scores[70] == scores[405] && scores[71] == scores[406])
    let alone = try await detector.scores(of: Matrix(rowCount: 1, columnCount: 48, elements: row))
    #expect(alone.negativeLogLikelihood[0] == scores[70])
  }

  /// n²·D/2 for the Gram matrix, and n·D for every sample and class that is computed.
  @Test func workGrowsWithTheSamplesAndNotWithTheSquareOfTheDimensions() async throws {
    let set = SampleSet(
      "256 dimensions", seed: 64, dimension: 256, counts: [0: 16, 1: 16, 2: 16, 3: 16])
    let (fitting, scoring) = (WorkMeter(), WorkMeter())
    let detector = try await CholeskyDetector.fit(
      set.matrix, labels: set.labels, at: .standard, execution: Execution(threadCount: 2, meter: fitting))
    _ = try await detector.scores(of: set.queries(64), execution: Execution(threadCount: 2, meter: scoring))
    #expect(fitting.completed.factorizations == 4)
    #expect(fitting.completed.multiplyAdds < 4 * (16 * 16 * 256))
    #expect(scoring.completed.multiplyAdds < 64 * 17 * 256 * 6)
    #expect(detector.classes.allSatisfy { ($0.factor.span?.byteCount ?? .max) < 8 * 256 * 256 / 4 })
  }
}
