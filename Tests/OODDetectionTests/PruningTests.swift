import Foundation
import LinearAlgebra
import Testing

@testable import OODDetection

@Suite("Looking only at classes that can matter")
struct PruningTests {
  /// Classes drawn around centres far apart for their spread.
  static let separated = SampleSet(
    "40 classes", seed: 21, dimension: 24,
    counts: Dictionary(uniqueKeysWithValues: (0..<40).map { ($0, $0 % 3 == 0 ? 12 : 60) }))
  /// Classes 0 and 1, and 2 and 3, are the same.
  static let equal: SampleSet = {
    var set = SampleSet("equal classes", seed: 22, dimension: 6, counts: [0: 20, 2: 4])
    for (row, label) in zip(set.rows, set.labels) {
      set.rows.append(row)
      set.labels.append(label + 1)
    }
    return set
  }()
  static let all = SampleSet.all + [separated, equal]

  struct Case {
    var metrics: [any ClassMetric]
    var screen: ClassScreen?
    var dimension: Int
    var regularization: Regularization

    func scores(_ rows: Matrix, isPruned: Bool) async throws -> SampleScores {
      let scorer = MixtureScorer(
        regularization: regularization, metrics: metrics, screen: isPruned ? screen : nil,
        dimension: dimension)
      return try await scorer.scores(of: rows, Execution(threadCount: 2, blockSize: 16))
    }
  }

  /// Both kinds of detector at one λ.
  static func cases(_ set: SampleSet, _ value: Double) async throws -> [Case] {
    let regularization = try Regularization(value)
    let factored = try await FactoredDetector.fit(set.matrix, labels: set.labels, at: regularization)
    let fitted = try await FittedDetector.fit(set.matrix, labels: set.labels)
    let forms: [[any ClassMetric]] = [
      factored.classes, fitted.classes.map { SpectralMetric($0, at: regularization) },
    ]
    var cases: [Case] = []
    for metrics in forms {
      let screen = try await ClassScreen.build(metrics, Execution(threadCount: 2))
      cases.append(
        Case(metrics: metrics, screen: screen, dimension: fitted.dimension, regularization: regularization))
    }
    return cases
  }

  /// Samples near the classes, far from them, and very far.
  static func queries(_ set: SampleSet) -> Matrix {
    var queries = set.queries(90)
    for row in 0..<9 {
      for column in 0..<queries.columnCount { queries[row, column] *= row < 3 ? 1e3 : row < 6 ? 1e30 : 1e150 }
    }
    return queries
  }

  @Test(arguments: all, [1e-6, 1e-2, 10])
  func pruningChangesNothing(set: SampleSet, value: Double) async throws {
    for one in try await Self.cases(set, value) {
      let queries = Self.queries(set)
      let pruned = try await one.scores(queries, isPruned: true)
      let complete = try await one.scores(queries, isPruned: false)
      #expect(largestError(pruned.negativeLogLikelihood, complete.negativeLogLikelihood) < 1e-13)
      #expect(largestError(pruned.mahalanobis, complete.mahalanobis) < 1e-13)
      #expect(pruned.mostLikelyClass == complete.mostLikelyClass)
      #expect(pruned.closestClass == complete.closestClass)
      #expect(
        largestError(pruned.squaredDistanceToMostLikely, complete.squaredDistanceToMostLikely) < 1e-13)
      let classCount = Int32(one.metrics.count)
      #expect(complete.visitedClassCounts == [Int32](repeating: classCount, count: queries.count))
      #expect(pruned.visitedClassCounts.allSatisfy { (1...classCount).contains($0) })
    }
  }

  @Test(arguments: all, [1e-6, 1e-2, 10])
  func boundsAreBelowTheDistances(set: SampleSet, value: Double) async throws {
    let queries = Self.queries(set)
    for one in try await Self.cases(set, value) {
      let screen = try #require(one.screen)
      let bounds = screen.squaredDistanceBounds(of: queries)
      for (index, metric) in one.metrics.enumerated() {
        var centred = queries
        centred.subtractFromRows(metric.mean)
        for (sample, distance) in metric.squaredDistances(ofCentred: centred).enumerated()
        where !distance.isNaN {
          let bound = Double(bounds[sample * one.metrics.count + index])
          #expect(bound >= 0 && bound <= distance)
        }
      }
    }
  }

  @Test(arguments: [1e-6, 1e-2])
  func separatedClassesAreSeldomVisited(value: Double) async throws {
    let set = Self.separated
    for one in try await Self.cases(set, value) {
      let counts = try await one.scores(set.matrix, isPruned: true).visitedClassCounts
      #expect(counts.reduce(0, +) < 2 * Int32(counts.count))
    }
  }

  @Test func detectorsPruneByDefault() async throws {
    let set = Self.separated
    let factored = try await FactoredDetector.fit(set.matrix, labels: set.labels, at: .standard)
    let fitted = try await FittedDetector.fit(set.matrix, labels: set.labels)
    let both = [
      try await factored.scores(of: set.matrix), try await fitted.scores(of: set.matrix, at: .standard),
    ]
    for scores in both {
      #expect(scores.visitedClassCounts.count == set.rows.count)
      #expect(scores.visitedClassCounts.reduce(0, +) < 2 * Int32(set.rows.count))
    }
    let along = try await fitted.scores(of: set.matrix, along: [.standard, Regularization(1)])
    #expect(along[0].visitedClassCounts.isEmpty)
    #expect(largestError(both[1].negativeLogLikelihood, along[0].negativeLogLikelihood) < 1e-12)
  }

  @Test func orderOfClassesDoesNotMatter() async throws {
    let set = Self.separated
    let (queries, regularization) = (set.queries(200), try Regularization(1e-3))
    let fitted = try await FittedDetector.fit(set.matrix, labels: set.labels)
    var reference: SampleScores?
    for seed in 0..<4 as Range<UInt64> {
      var random = NormalNumbers(seed: seed)
      let order = seed == 0 ? Array(fitted.classes.indices) : fitted.classes.indices.shuffled(using: &random)
      let metrics = order.map { SpectralMetric(fitted.classes[$0], at: regularization) }
      let one = Case(
        metrics: metrics, screen: try await ClassScreen.build(metrics, Execution(threadCount: 1)),
        dimension: fitted.dimension, regularization: regularization)
      let scores = try await one.scores(queries, isPruned: true)
      let expected = reference ?? scores
      reference = expected
      #expect(largestError(scores.negativeLogLikelihood, expected.negativeLogLikelihood) < 1e-12)
      #expect(largestError(scores.mahalanobis, expected.mahalanobis) < 1e-12)
      #expect(scores.closestClass.map { order[Int($0)] } == expected.closestClass.map { Int($0) })
      #expect(scores.mostLikelyClass.map { order[Int($0)] } == expected.mostLikelyClass.map { Int($0) })
    }
  }

  @Test func ofEquallyNearClassesTheFirstCounts() async throws {
    let set = Self.equal
    let detector = try await FactoredDetector.fit(set.matrix, labels: set.labels, at: .standard)
    let scores = try await detector.scores(of: set.matrix)
    #expect(scores.closestClass.allSatisfy { $0 == 0 || $0 == 2 })
    #expect(scores.mostLikelyClass.allSatisfy { $0 == 0 || $0 == 2 })
    #expect(scores.visitedClassCounts.allSatisfy { $0 >= 2 })
  }

  /// In single precision, seen from amid means that are 1e8 apart, classes 10 apart cannot be told apart: no
  /// bound holds, and all of them are looked at.
  @Test func whereSinglePrecisionIsTooRoughEveryClassIsVisited() async throws {
    var set = SampleSet(
      "8 classes", seed: 23, dimension: 8,
      counts: Dictionary(uniqueKeysWithValues: (0..<8).map { ($0, 30) }))
    let near = try await Self.cases(set, 1e-3)[0]
    let queries = set.matrix
    let visited = try await near.scores(queries, isPruned: true).visitedClassCounts
    #expect(visited.reduce(0, +) < 3 * Int32(visited.count))
    let far = set.members(0).map { $0.map { $0 + 1e8 } }
    set.rows += far
    set.labels += [Int](repeating: 8, count: far.count)
    let wide = try await Self.cases(set, 1e-3)[0]
    let pruned = try await wide.scores(queries, isPruned: true)
    let complete = try await wide.scores(queries, isPruned: false)
    #expect(pruned.visitedClassCounts.allSatisfy { $0 >= 8 })
    #expect(largestError(pruned.negativeLogLikelihood, complete.negativeLogLikelihood) < 1e-13)
  }

  @Test func aClassIsRuledOutOnlyByBothScores() {
    // 40 + log 3 nats: class 1 is too improbable and too far, class 2 only too improbable.
    var visits = ClassVisits(sampleCount: 1, normalizers: [0, 0, -1000])
    let bounds: [Float] = [1, 95, 0.5]
    #expect(visits.promising(bounds) == [[0], [], [0]])
    visits.record(classIndex: 0, samples: [0], squaredDistances: [4])
    #expect(visits.remaining(bounds) == [[], [], [0]])
    #expect(visits.remaining([1, 80, 5]) == [[], [0], []])
    visits.record(classIndex: 2, samples: [0], squaredDistances: [3])
    #expect(visits.remaining(bounds) == [[], [], []])
    let found = visits.accumulated()
    #expect(found.closestClass == [2] && found.mostLikelyClass == [0])
    #expect(found.smallestDistance == [3] && found.distanceToMostLikely == [4])
    #expect(visits.visitedClassCounts == [2])
  }

  @Test func oneClassAndEqualMeansHaveNoScreen() async throws {
    let rows = Matrix(rowCount: 4, columnCount: 2, elements: [0, 1, 2, 3, 1, 1, 1, 3])
    let single = try await FactoredDetector.fit(rows, labels: [5, 5, 5, 5], at: .standard)
    #expect(single.screen == nil)
    #expect(try await single.scores(of: rows).visitedClassCounts == [1, 1, 1, 1])
    let twins = Matrix(rowCount: 4, columnCount: 2, elements: [0, 1, 2, 3, 0, 1, 2, 3])
    let equal = try await FactoredDetector.fit(twins, labels: [0, 0, 1, 1], at: .standard)
    #expect(equal.screen == nil)
    #expect(try await equal.scores(of: rows).closestClass == [0, 0, 0, 0])
  }
}
