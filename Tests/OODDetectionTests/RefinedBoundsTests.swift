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

  /// With 16 bits, products come within their far smaller bounds, with and without fast instructions.
  @Test(arguments: [(21, 37, false), (37, 37, true), (64, 64, true), (16, 130, false)])
  func roundingErrorsOf16BitsAreBounded(count: Int, dimension: Int, isTriangular: Bool) throws {
    var random = NormalNumbers(seed: 74)
    var rows = Matrix(rowCount: count, columnCount: dimension, elements: random.vector(count * dimension))
    if isTriangular {
      for row in 0..<count { for column in row + 1..<dimension { rows[row, column] = 0 } }
    }
    let samples = Matrix(rowCount: 50, columnCount: dimension, elements: random.vector(50 * dimension))
    let origin = random.vector(dimension)
    let point = random.vector(dimension)
    let fine = QuantizedSamples(rounding: samples, origin: origin, isFine: true)
    let coarse = QuantizedSamples(rounding: samples, origin: origin)
    #expect(zip(fine.errors, coarse.errors).allSatisfy { $0 < $1 / 50 && $0 > 0 })
    let quantized = QuantizedRows(rounding: rows, isTriangular: isTriangular, at: point, isFine: true)
    let coarseRows = QuantizedRows(rounding: rows, isTriangular: isTriangular, at: point)
    #expect(quantized.error < coarseRows.error / 50)
    let order = ((0..<50).reversed() + [7, 7]).map { Int32($0) }
    let lengths = quantized.squaredLengths(of: fine, at: order)
    #expect(lengths[50] == lengths[51] && lengths[50] == lengths[42])
    let norm = rows.squaredRowNorms().reduce(0, +).squareRoot()
    for (length, sample) in zip(lengths, order) {
      let difference = zip(zip(samples.row(Int(sample)), origin).map(-), point).map(-)
      let exact = rows.multiplied(by: difference).reduce(0) { $0 + $1 * $1 }.squareRoot()
      let distance = difference.reduce(0) { $0 + $1 * $1 }.squareRoot()
      let slack = norm * 1.001 * fine.errors[Int(sample)] + quantized.error * distance
      #expect(abs(Double(length).squareRoot() - exact) <= slack + 2e-6 * exact)
      #expect(slack < 4e-3 * exact)
    }
  }

  /// Quadratic forms of triangles come within the bounds of their rounding errors, wherever the point is.
  @Test(arguments: [16, 37, 130, 300], [false, true])
  func quadraticFormsAreWithinTheirBounds(dimension: Int, isFine: Bool) {
    for (distance, rest) in [(0.0, 1.0), (3, 0.1), (300, 1)] {
      var random = NormalNumbers(seed: 76)
      var rows = Matrix(rowCount: dimension, columnCount: dimension)
      for row in 0..<dimension {
        for column in 0..<row { rows[row, column] = rest * random.normal() }
        rows[row, row] = 3 + random.normal()
      }
      let samples = Matrix(rowCount: 20, columnCount: dimension, elements: random.vector(20 * dimension))
      let origin = random.vector(dimension)
      let point = random.vector(dimension).map { distance + $0 }
      let quantized = QuantizedSamples(rounding: samples, origin: origin, isFine: isFine)
      let triangle = QuantizedRows(rounding: rows, isTriangular: true, at: point, isFine: isFine)
      let order = ((0..<20).reversed() + [3, 3]).map { Int32($0) }
      let forms = triangle.quadraticForms(of: quantized, at: order)
      #expect(forms[20] == forms[21] && forms[20] == forms[16])
      func norm(_ values: [Double]) -> Double { values.reduce(0) { $0 + $1 * $1 }.squareRoot() }
      let size = rows.squaredRowNorms().reduce(0, +).squareRoot()
      for (form, sample) in zip(forms, order) {
        let centred = zip(samples.row(Int(sample)), origin).map(-)
        let difference = zip(centred, point).map(-)
        let exact = zip(difference, rows.multiplied(by: difference)).reduce(0) { $0 + $1.0 * $1.1 }
        let error = quantized.errors[Int(sample)]
        let length = norm(difference) + error
        // One rounded sample on each side of the triangle.
        let ofSample = 2 * size * error * length
        let single = Double(triangle.formRoundingCount) * 0x1p-24
        let ofRows = (triangle.error * length + single * size * (norm(centred) + norm(point))) * length
        #expect(abs(Double(form) - exact) <= ofSample + ofRows)
        #expect(ofSample + ofRows < (isFine ? 3e-3 : 0.4) * size * length * length)
      }
    }
  }

  /// The largest sums of 16-bit products come from samples that are parallel to rows, whichever element is the largest.
  @Test(arguments: [16, 32, 33, 64, 300], ["equal", "one large", "alternating", "random"])
  func sumsOf16BitProductsDoNotOverflow(dimension: Int, kind: String) {
    var random = NormalNumbers(seed: 75)
    let row = (0..<dimension).map { index -> Double in
      switch kind {
      case "equal": return -3
      case "one large": return index == dimension / 2 ? -1e4 : 0.5
      case "alternating": return index.isMultiple(of: 2) ? 7 : -7
      default: return random.normal()
      }
    }
    let rows = Matrix(rowCount: 2, columnCount: dimension, elements: row + row.map { -$0 })
    let samples = Matrix(rowCount: 2, columnCount: dimension, elements: row.map { 1e3 * $0 } + row)
    let zeros = [Double](repeating: 0, count: dimension)
    let quantized = QuantizedSamples(rounding: samples, origin: zeros, isFine: true)
    let lengths = QuantizedRows(rounding: rows, at: zeros, isFine: true)
      .squaredLengths(of: quantized, at: [0, 1])
    let square = row.reduce(0) { $0 + $1 * $1 }
    for (length, scale) in zip(lengths, [1e3, 1]) {
      let expected = (2 * square * square).squareRoot() * scale
      #expect(abs(Double(length).squareRoot() / expected - 1) < 1e-3)
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

  /// At a ridge above the mean variance, hardly more classes are computed than those that matter.
  @Test(
    .enabled(if: QuantizedRows.isFast, "the processor has no fast products of 8-bit integers"),
    arguments: [10.0, 40, 100])
  func fewClassesThatDoNotMatterAreComputed(value: Double) async throws {
    let (set, regularization) = (Self.set, try Regularization(value))
    let detector = try await CholeskyDetector.fit(set.matrix, labels: set.labels, at: regularization)
    let queries = set.queries(800)
    let counts = try await detector.scores(of: queries).visitedClassCounts
    var needed = 0
    for row in 0..<queries.rowCount {
      var values: [(density: Double, distance: Double)] = []
      for factored in detector.classes {
        let difference = zip(zip(queries.row(row), factored.mean).map(-), factored.meanRemainder).map(-)
        let distance = try factored.factor.loaded().squaredDistance(of: difference)
        values.append((factored.logNormalizer - 0.5 * distance, distance))
      }
      let best = values.map(\.density).max() ?? 0
      let least = values.map(\.distance).min() ?? 0
      let margin = 25 + log(Double(values.count))
      needed += values.count { $0.density >= best - margin || $0.distance <= least }
    }
    let visited = Int(counts.reduce(0, +))
    #expect(visited >= needed)
    #expect(Double(visited) < 1.15 * Double(needed) + 0.5 * Double(queries.rowCount))
  }

  /// Equal samples get the same bits, whatever stands beside them and in whichever batch they are.
  @Test(arguments: [0.5, 40, 100])
  func equalSamplesHaveEqualScores(value: Double) async throws {
    let (set, regularization) = (Self.set, try Regularization(value))
    let detector = try await CholeskyDetector.fit(set.matrix, labels: set.labels, at: regularization)
    let some = set.queries(150)
    let order = (0..<1_200).map { ($0 * 7 + $0 / 150) % 150 }
    for batchSize in [100, 450, 1_200] {
      var execution = Execution(threadCount: 2, blockSize: 48)
      execution.batchByteCount = batchSize * (8 * 40 + 5 * 20 + 40)
      var scorer = MixtureScorer(
        path: [regularization], classes: detector.classes, classBounds: detector.classBounds, dimension: 40)
      scorer.refinedBounds = detector.refinedBounds
      let scores = try await scorer.scores(of: some.matrix(at: order), execution)[0]
      for (row, sample) in order.enumerated() {
        let first = order.firstIndex(of: sample) ?? 0
        #expect(scores.negativeLogLikelihood[row] == scores.negativeLogLikelihood[first])
        #expect(scores.mahalanobis[row] == scores.mahalanobis[first])
      }
    }
  }

  /// The sum does not depend on the order in which classes are computed, nor on whether negligible ones are.
  @Test func sumsDoNotDependOnTheOrderOfVisits() throws {
    let densities = [-3.0, -0.5, -24, -26, -29, -0.25]
    let margin = 25 + log(6.0)
    let expected = densities.filter { $0 >= -0.25 - margin }.reduce(0) { $0 + exp($1 + 0.25) }
    #expect(densities.count { $0 < -0.25 - margin } == 1)
    for seed in 0..<20 as Range<UInt64> {
      var random = NormalNumbers(seed: seed)
      let order = densities.indices.shuffled(using: &random)
      var visits = ClassVisits(
        sampleCount: 2, normalizers: densities.map { _ in [0] }, dropsNegligible: true)
      for index in order where seed.isMultiple(of: 2) || index != 4 {
        visits.record(
          classIndex: index, samples: [1],
          squaredDistances: Matrix(rowCount: 1, columnCount: 1, elements: [-2 * densities[index]]))
      }
      visits.record(
        classIndex: 0, samples: [0],
        squaredDistances: Matrix(rowCount: 1, columnCount: 1, elements: [.infinity]))
      let densities = visits.takeComputed()
      let computed = try #require(densities)
      visits.setSums(
        (0..<2).map { visits.sum(ofSample: $0, computed, BatchBounds(parts: [[0]]), relativeTo: nil) })
      #expect(visits.found.negativeLogLikelihood(at: 1) == -(-0.25 + log(expected)))
      #expect(visits.found.negativeLogLikelihood(at: 0) == .infinity)
    }
  }
}
