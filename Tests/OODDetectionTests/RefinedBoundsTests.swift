import Foundation
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

  /// At a large ridge the diagonal is far above the rest, and the rest is rounded to multiples of its own.
  @Test(arguments: [(24, 1e-3), (37, 1e-3), (48, 1)])
  func theDiagonalOfATriangleIsNotRounded(dimension: Int, rest: Double) {
    var random = NormalNumbers(seed: 73)
    var rows = Matrix(rowCount: dimension, columnCount: dimension)
    for row in 0..<dimension {
      for column in 0..<row { rows[row, column] = rest * random.normal() }
      rows[row, row] = 2 + random.normal() / 8
    }
    let samples = Matrix(rowCount: 30, columnCount: dimension, elements: random.vector(30 * dimension))
    let origin = random.vector(dimension)
    let point = random.vector(dimension)
    let quantized = QuantizedSamples(rounding: samples, origin: origin)
    let triangle = QuantizedRows(rounding: rows, isTriangular: true, at: point)
    let dense = QuantizedRows(rounding: rows, at: point)
    let order = (0..<30).reversed().map { Int32($0) }
    for (place, length) in triangle.squaredLengths(of: quantized, at: order).enumerated() {
      let sample = Int(order[place])
      let difference = zip(zip(samples.row(sample), origin).map(-), point).map(-)
      let exact = rows.multiplied(by: difference).reduce(0) { $0 + $1 * $1 }.squareRoot()
      let slack =
        rows.squaredRowNorms().reduce(0, +).squareRoot() * 1.01 * quantized.errors[sample]
        + triangle.error * difference.reduce(0) { $0 + $1 * $1 }.squareRoot()
      #expect(abs(Double(length).squareRoot() - exact) <= slack * 1.001 + 1e-5 * exact)
    }
    #expect(triangle.error < (rest < 1 ? 0.05 : 1) * dense.error)
  }

  /// Large offsets of all features, means far apart against the spread, and condition numbers up to 1e12 leave the
  /// bounds below the distances and the scores as they are.
  @Test(arguments: [(1e6, 1.0, 0.5), (0, 1e5, 0.5), (-3e4, 1, 20), (0, 1, 1e-10)])
  func boundsHoldForAdversarialFeatures(offset: Double, spread: Double, value: Double) async throws {
    var set = Self.set
    for row in set.rows.indices {
      for column in set.rows[row].indices {
        // Variances from 1 to 1e-12.
        let scale = spread == 1 ? pow(10, -12 * Double(column) / 39 * (value < 1e-6 ? 1 : 0)) : 1
        set.rows[row][column] =
          offset + scale * set.rows[row][column] + (spread - 1) * Double((set.labels[row] * 7 + column) % 5)
      }
    }
    let regularization = try Regularization(value)
    let detector = try await CholeskyDetector.fit(set.matrix, labels: set.labels, at: regularization)
    let origin = detector.classes[3].mean
    let samples = QuantizedSamples(rounding: set.matrix, origin: origin)
    for factored in detector.classes {
      guard let bound = QuantizedBound(factored, origin: origin, ridge: value) else { continue }
      let factor = try factored.factor.loaded()
      let found = bound.squaredDistanceBounds(of: samples, at: set.rows.indices.map { Int32($0) })
      for (row, bound) in found.enumerated() {
        let difference = zip(zip(set.rows[row], factored.mean).map(-), factored.meanRemainder).map(-)
        #expect(Double(bound) <= factor.squaredDistance(of: difference) * (1 + 1e-9))
      }
    }
    let complete = MixtureScorer(
      path: [regularization], classes: detector.classes, classBounds: nil, dimension: 40)
    let expected = try await complete.scores(of: set.matrix, Execution(threadCount: 2))[0]
    let scores = try await detector.scores(of: set.matrix)
    #expect(largestRelativeError(scores.negativeLogLikelihood, expected.negativeLogLikelihood) < 1e-12)
    #expect(scores.mahalanobis == expected.mahalanobis)
    #expect(scores.mostLikelyClass == expected.mostLikelyClass)
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
