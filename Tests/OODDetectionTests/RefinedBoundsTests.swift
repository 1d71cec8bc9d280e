import LinearAlgebra
import TestData
import Testing

@testable import OODDetection

@Suite("Bounds from 8-bit integers")
struct RefinedBoundsTests {
  /// Classes whose bounds in 16 directions are loose at a ridge near the mean variance.
  static let set = SampleSet(
    "wide classes", seed: 71, dimension: 40,
    counts: Dictionary(uniqueKeysWithValues: (0..<20).map { ($0, 60 + $0) }))

  @Test(arguments: [1e-3, 0.5, 40])
  func boundsAreBelowEveryDistance(value: Double) async throws {
    let (set, regularization) = (Self.set, try Regularization(value))
    let detector = try await CholeskyDetector.fit(set.matrix, labels: set.labels, at: regularization)
    let origin = detector.classes[3].mean
    let queries = set.queries(60)
    let samples = QuantizedSamples(rounding: queries, origin: origin)
    for factored in detector.classes {
      let bound = try #require(QuantizedBound(factored, origin: origin, ridge: value))
      let bounds = bound.squaredDistanceBounds(of: samples, at: (0..<60).map { $0 })
      let factor = try factored.factor.loaded()
      for row in 0..<60 {
        let difference = zip(zip(queries.row(row), factored.mean).map(-), factored.meanRemainder).map(-)
        let distance = factor.squaredDistance(of: difference)
        #expect(Double(bounds[row]) <= distance)
        if value >= 40 { #expect(Double(bounds[row]) > 0.7 * distance) }
      }
    }
  }

  @Test func roundingErrorsAreBounded() {
    var random = NormalNumbers(seed: 72)
    let rows = Matrix(rowCount: 21, columnCount: 37, elements: random.vector(21 * 37))
    let samples = Matrix(rowCount: 50, columnCount: 37, elements: random.vector(50 * 37))
    let origin = random.vector(37)
    let point = random.vector(37)
    let quantized = QuantizedSamples(rounding: samples, origin: origin)
    let lengths = QuantizedRows(rounding: rows, at: point).squaredLengths(of: quantized, at: [7, 49, 7])
    #expect(lengths[0] == lengths[2])
    for (place, sample) in [7, 49].enumerated() {
      let difference = zip(zip(samples.row(sample), origin).map(-), point).map(-)
      let exact = rows.multiplied(by: difference).reduce(0) { $0 + $1 * $1 }.squareRoot()
      let slack =
        rows.squaredRowNorms().reduce(0, +).squareRoot() * 1.1 * quantized.errors[sample]
        + QuantizedRows(rounding: rows, at: point).error
        * difference.reduce(0) { $0 + $1 * $1 }.squareRoot()
      #expect(abs(Double(lengths[place]).squareRoot() - exact) <= slack * 1.001)
      #expect(slack < 0.2 * exact)
    }
  }

  /// The same scores as without any bounds, for a fraction of the classes.
  @Test(arguments: [0.5, 10, 40])
  func scoresAreThoseOfAllClasses(value: Double) async throws {
    let (set, regularization) = (Self.set, try Regularization(value))
    let detector = try await CholeskyDetector.fit(set.matrix, labels: set.labels, at: regularization)
    let queries = set.queries(800)
    let complete = MixtureScorer(
      path: [regularization], classes: detector.classes, classBounds: nil, dimension: 40)
    let expected = try await complete.scores(of: queries, Execution(threadCount: 2))[0]
    let found = try await detector.scores(of: queries)
    #expect(largestRelativeError(found.negativeLogLikelihood, expected.negativeLogLikelihood) < 1e-12)
    #expect(found.mahalanobis == expected.mahalanobis)
    #expect(found.mostLikelyClass == expected.mostLikelyClass)
    if QuantizedRows.isFast {
      var unrefined = MixtureScorer(
        path: [regularization], classes: detector.classes, classBounds: detector.classBounds, dimension: 40)
      unrefined.refinedBounds = nil
      let loose = try await unrefined.scores(of: queries, Execution(threadCount: 2))[0]
      let counts = [found, loose].map { $0.visitedClassCounts.reduce(0, +) }
      #expect(value < 40 ? counts[0] <= counts[1] : counts[0] < counts[1])
    }
  }
}
