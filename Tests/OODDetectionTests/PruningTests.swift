import LinearAlgebra
import TestData
import Testing

@testable import OODDetection

@Suite("Pruning of classes")
struct PruningTests {
  /// Classes whose centres are far apart compared with their spread.
  static let separated = SampleSet(
    "40 classes", seed: 21, dimension: 24,
    counts: Dictionary(uniqueKeysWithValues: (0..<40).map { ($0, $0 % 3 == 0 ? 12 : 60) }))
  /// A data set large enough for bounds to pay off.
  static let many = SampleSet(
    "24 classes", seed: 24, dimension: 64,
    counts: Dictionary(uniqueKeysWithValues: (0..<24).map { ($0, $0 % 3 == 0 ? 20 : 70) }))
  /// Classes 0 and 1 are equal, and so are 2 and 3.
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
    var classes: [any ScoredClass]
    var classBounds: (any DistanceBounds)?
    var dimension: Int
    var path: [Regularization]

    func scores(_ rows: Matrix, isPruned: Bool) async throws -> SampleScores {
      let scorer = MixtureScorer(
        path: path, classes: classes, classBounds: isPruned ? classBounds : nil, dimension: dimension)
      return try await scorer.scores(of: rows, Execution(threadCount: 2, blockSize: 16))[0]
    }
  }

  /// Both types of detector at one λ.
  static func cases(_ set: SampleSet, _ value: Double) async throws -> [Case] {
    let regularization = try Regularization(value)
    let factored = try await CholeskyDetector.fit(set.matrix, labels: set.labels, at: regularization)
    let fitted = try await SpectralDetector.fit(set.matrix, labels: set.labels)
    return [
      Case(
        classes: factored.classes, classBounds: factored.classBounds, dimension: fitted.dimension,
        path: [regularization]),
      try await spectralCase(fitted.classes, regularization),
    ]
  }

  static func spectralCase(_ classes: [GaussianClass], _ regularization: Regularization) async throws -> Case
  {
    Case(
      classes: classes.map { SpectralPath($0, along: [regularization]) },
      classBounds: try await ClassBounds.build(classes, along: [regularization], Execution(threadCount: 2)),
      dimension: classes[0].mean.count, path: [regularization])
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
      // Classes below e^−25 of the likeliest one are left out, all of them together.
      #expect(largestError(pruned.negativeLogLikelihood, complete.negativeLogLikelihood) < 2e-11)
      #expect(largestError(pruned.mahalanobis, complete.mahalanobis) < 1e-13)
      #expect(pruned.mostLikelyClass == complete.mostLikelyClass)
      #expect(pruned.closestClass == complete.closestClass)
      #expect(
        largestError(pruned.squaredDistanceToMostLikely, complete.squaredDistanceToMostLikely) < 1e-13)
      let classCount = Int32(one.classes.count)
      #expect(complete.visitedClassCounts == [Int32](repeating: classCount, count: queries.count))
      #expect(pruned.visitedClassCounts.allSatisfy { (1...classCount).contains($0) })
    }
  }

  @Test(arguments: all, [1e-6, 1e-2, 10])
  func boundsAreBelowTheDistances(set: SampleSet, value: Double) async throws {
    let queries = Self.queries(set)
    for one in try await Self.cases(set, value) {
      let classBounds = try #require(one.classBounds)
      let bounds = try classBounds.bounds(of: queries).squaredDistances
      for (index, scored) in one.classes.enumerated() {
        var centred = queries
        centred.subtractFromRows(scored.mean)
        for (sample, distance) in try scored.squaredDistances(of: centred).elements.enumerated()
        where !distance.isNaN {
          let bound = Double(bounds[sample * one.classes.count + index])
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
    let set = Self.many
    let factored = try await CholeskyDetector.fit(set.matrix, labels: set.labels, at: .standard)
    let fitted = try await SpectralDetector.fit(set.matrix, labels: set.labels)
    let both = [
      try await factored.scores(of: set.matrix), try await fitted.scores(of: set.matrix, at: .standard),
    ]
    for scores in both {
      #expect(scores.visitedClassCounts.count == set.rows.count)
      #expect(scores.visitedClassCounts.reduce(0, +) < 2 * Int32(set.rows.count))
    }
  }

  @Test(arguments: all)
  func pathsArePrunedWithoutChangingAnything(set: SampleSet) async throws {
    let fitted = try await SpectralDetector.fit(set.matrix, labels: set.labels)
    let path = try RegularizationPath.logarithmic(from: 1e-6, through: 1, count: 31).shuffled()
    let queries = Self.queries(set)
    let parts = ClassBounds.parts(of: path)
    for part in parts {
      let end = try #require(part.last)
      let start = path[end].value / ClassBounds.widestStep
      #expect(part.allSatisfy { path[$0] <= path[end] && path[$0].value >= start })
    }
    #expect(parts.flatMap { $0 }.sorted() == Array(path.indices))

    // With and without bounds, whether or not they would pay off here.
    let classBounds = try await ClassBounds.build(fitted.classes, along: path, Execution(threadCount: 2))
    #expect(try #require(classBounds).parts == parts)
    func scores(_ classBounds: ClassBounds?) async throws -> [SampleScores] {
      try await MixtureScorer(
        path: path, classes: fitted.classes.map { SpectralPath($0, along: path) }, classBounds: classBounds,
        dimension: fitted.dimension
      ).scores(of: queries, Execution(threadCount: 2, blockSize: 16))
    }
    let (complete, pruned) = (try await scores(nil), try await scores(classBounds))
    for other in [pruned, try await fitted.scores(of: queries, along: path)] {
      for (found, expected) in zip(other, complete) {
        #expect(found.regularization == expected.regularization)
        #expect(largestError(found.negativeLogLikelihood, expected.negativeLogLikelihood) < 1e-12)
        #expect(largestError(found.mahalanobis, expected.mahalanobis) < 1e-12)
        #expect(found.mostLikelyClass == expected.mostLikelyClass)
        #expect(found.closestClass == expected.closestClass)
      }
    }
  }

  @Test(arguments: [SampleSet.wide, many])
  func completedBasesGiveTheSameDistances(set: SampleSet) async throws {
    let fitted = try await SpectralDetector.fit(set.matrix, labels: set.labels)
    let path = try [1e-12, 1e-6, 1].map { value throws(DetectorError) in try Regularization(value) }
    for gaussian in fitted.classes where !gaussian.spectrum.isComplete {
      let basis = gaussian.spectrum.basis
      let complement = try basis.complementRows()
      var complete = basis
      complete.append(rowsOf: complement)
      var gram = Matrix(rowCount: fitted.dimension, columnCount: fitted.dimension)
      gram.addRowGram(of: complete, scale: 1)
      for row in 0..<fitted.dimension {
        for column in row..<fitted.dimension {
          #expect(abs(gram[row, column] - (row == column ? 1 : 0)) < 1e-14)
        }
      }
      let plain = SpectralPath(gaussian, along: path)
      let prepared = plain.isReady(forSampleCount: 1_000_000) ? plain : try plain.completed()
      let isCompleted = 2 * basis.rowCount > fitted.dimension
      #expect(
        prepared.distanceWork(rowCount: 9).multiplyAdds < plain.distanceWork(rowCount: 9).multiplyAdds
          || !isCompleted)
      var centred = set.queries(20)
      centred.subtractFromRows(gaussian.mean)
      let found = try prepared.squaredDistances(of: centred).elements
      #expect(try largestError(found, plain.squaredDistances(of: centred).elements) < 1e-12)
    }
  }

  @Test(arguments: [many, separated, .wide])
  func boundsHoldForEveryLambdaOfTheirPart(set: SampleSet) async throws {
    let fitted = try await SpectralDetector.fit(set.matrix, labels: set.labels)
    let path = try RegularizationPath.logarithmic(from: 1e-8, through: 1e2, count: 51)
    let classBounds = try #require(
      try await ClassBounds.build(fitted.classes, along: path, Execution(threadCount: 2)))
    let bounds = BatchBounds(
      parts: classBounds.parts, squaredDistances: classBounds.bounds(of: set.queries(40)).squaredDistances)
    var closest = [Double](repeating: 0, count: path.count)
    for (classIndex, gaussian) in fitted.classes.enumerated() {
      var centred = set.queries(40)
      centred.subtractFromRows(gaussian.mean)
      let distances = try SpectralPath(gaussian, along: path).squaredDistances(of: centred)
      for sample in 0..<centred.rowCount {
        for (part, indices) in classBounds.parts.enumerated() {
          let bound = bounds.value(of: sample, to: classIndex, of: fitted.classes.count, part: part)
          for index in indices {
            #expect(bound >= 0 && bound <= distances[sample, index])
            closest[index] = max(closest[index], bound / distances[sample, index])
          }
        }
      }
    }
    #expect(closest.allSatisfy { $0 > 0.5 })
  }

  /// A class's own bounds are tighter for larger λ.
  @Test(arguments: [many, .wide])
  func leadingDirectionsBoundTheDistances(set: SampleSet) async throws {
    let fitted = try await SpectralDetector.fit(set.matrix, labels: set.labels)
    let path = try RegularizationPath.logarithmic(from: 1e-8, through: 1e6, count: 15)
    var boundedCount = 0
    for gaussian in fitted.classes {
      let scored = SpectralPath(gaussian, along: path)
      guard let bounds = scored.distanceBounds(at: nil) else { continue }
      boundedCount += 1
      var centred = Self.queries(set)
      centred.subtractFromRows(gaussian.mean)
      let (found, distances) = (bounds(centred), try scored.squaredDistances(of: centred))
      for sample in 0..<centred.rowCount {
        for index in path.indices where distances[sample, index].isFinite {
          #expect(found[sample, index] >= 0 && found[sample, index] <= distances[sample, index])
        }
        if distances[sample, 14].isFinite { #expect(found[sample, 14] > 0.999 * distances[sample, 14]) }
      }
      #expect(
        scored.boundWork(rowCount: 8).multiplyAdds < scored.distanceWork(rowCount: 8).multiplyAdds / 2)
    }
    #expect(boundedCount > 0)
  }

  @Test func pathVisitsTheClassesOfEveryLambda() async throws {
    let set = Self.many
    let fitted = try await SpectralDetector.fit(set.matrix, labels: set.labels)
    func visited(_ path: [Regularization]) async throws -> Int32 {
      try await fitted.scores(of: set.matrix, along: path)[0].visitedClassCounts.reduce(0, +)
    }
    let small = try RegularizationPath.logarithmic(from: 1e-3, through: 1e-2, count: 11)
    let sampleCount = Int32(set.rows.count)
    let few = try await visited(small)
    #expect(few < 4 * sampleCount)
    for end in [small[0], small[10]] { #expect(try await visited([end]) <= few) }
    // At λ = 1e6 every class is a sphere of the same size, and none can be ruled out.
    #expect(try await visited(small + [Regularization(1e6)]) == 24 * sampleCount)
  }

  /// Bounds to many classes of many dimensions are computed for few samples at a time, so that cancellation is fast.
  @Test func boundsOfManyClassesUseSmallBlocks() async throws {
    let set = Self.many
    let detector = try await CholeskyDetector.fit(
      set.matrix, labels: set.labels, at: .standard, allowsSpans: false, execution: Execution(threadCount: 2))
    let whole = WatchedRows(set.queries(200))
    let expected = try await detector.scores(of: whole, execution: Execution(threadCount: 2))
    #expect(whole.largestRead == 200)
    // 24 classes · 16 directions · 65 multiplications for a sample.
    for (blockWork, largest) in [(24.0 * 16 * 65 * 40, 40), (1, 16)] {
      let rows = WatchedRows(set.queries(200))
      var execution = Execution(threadCount: 2)
      execution.blockWork = blockWork
      #expect(try await detector.scores(of: rows, execution: execution) == expected)
      #expect(rows.largestRead == largest)
    }
  }

  @Test func orderOfClassesDoesNotMatter() async throws {
    let set = Self.separated
    let (queries, regularization) = (set.queries(200), try Regularization(1e-3))
    let fitted = try await SpectralDetector.fit(set.matrix, labels: set.labels)
    var reference: SampleScores?
    for seed in 0..<4 as Range<UInt64> {
      var random = NormalNumbers(seed: seed)
      let order = seed == 0 ? Array(fitted.classes.indices) : fitted.classes.indices.shuffled(using: &random)
      let one = try await Self.spectralCase(order.map { fitted.classes[$0] }, regularization)
      let scores = try await one.scores(queries, isPruned: true)
      let expected = reference ?? scores
      reference = expected
      #expect(largestError(scores.negativeLogLikelihood, expected.negativeLogLikelihood) < 1e-12)
      #expect(largestError(scores.mahalanobis, expected.mahalanobis) < 1e-12)
      #expect(scores.closestClass.map { order[Int($0)] } == expected.closestClass.map { Int($0) })
      #expect(scores.mostLikelyClass.map { order[Int($0)] } == expected.mostLikelyClass.map { Int($0) })
    }
  }

  @Test func firstOfEquallyNearClassesWins() async throws {
    let set = Self.equal
    let detector = try await CholeskyDetector.fit(set.matrix, labels: set.labels, at: .standard)
    let scores = try await detector.scores(of: set.matrix)
    #expect(scores.closestClass.allSatisfy { $0 == 0 || $0 == 2 })
    #expect(scores.mostLikelyClass.allSatisfy { $0 == 0 || $0 == 2 })
    #expect(scores.visitedClassCounts.allSatisfy { $0 >= 2 })
  }

  /// In single precision, with means 1e8 apart, classes 10 apart cannot be distinguished: no bound is valid, and all
  /// of them are visited.
  @Test func impreciseBoundsVisitEveryClass() async throws {
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
    #expect(largestError(pruned.negativeLogLikelihood, complete.negativeLogLikelihood) < 2e-11)
  }

  @Test func aClassIsRuledOutOnlyByBothScores() {
    // 36 + log 3 nats: class 1 is too improbable and too far, class 2 only too improbable.
    var visits = ClassVisits(sampleCount: 1, normalizers: [[0], [0], [-1000]])
    func bounds(_ values: [Float]) -> BatchBounds {
      BatchBounds(parts: [[0]], squaredDistances: values)
    }
    func distance(_ value: Double) -> Matrix { Matrix(rowCount: 1, columnCount: 1, elements: [value]) }
    #expect(visits.promisingClasses(0, bounds([1, 95, 0.5])) == [0, 2])
    visits.record(classIndex: 0, samples: [0], squaredDistances: distance(4))
    #expect(visits.remainingClasses(0, bounds([1, 95, 0.5])) == [2])
    #expect(visits.remainingClasses(0, bounds([1, 77, 5])) == [1])
    #expect(visits.canMatter(1, 0, bounds([1, 77, 5]), others: [78]))
    #expect(!visits.canMatter(1, 0, bounds([1, 77, 5]), others: [79]))
    #expect(!visits.canMatter(1, 0, bounds([1, 79, 5]), others: [0]))
    visits.record(classIndex: 2, samples: [0], squaredDistances: distance(3))
    #expect(visits.remainingClasses(0, bounds([1, 95, 0.5])).isEmpty)
    #expect(visits.found.closestClass == [2] && visits.found.mostLikelyClass == [0])
    #expect(visits.found.smallestDistance == [3] && visits.found.distanceToMostLikely == [4])
    #expect(visits.visitedClassCounts == [2])
  }

  @Test func oneClassAndEqualMeansHaveNoBounds() async throws {
    let rows = Matrix(rowCount: 4, columnCount: 2, elements: [0, 1, 2, 3, 1, 1, 1, 3])
    let single = try await CholeskyDetector.fit(rows, labels: [5, 5, 5, 5], at: .standard)
    #expect(single.classBounds == nil)
    #expect(try await single.scores(of: rows).visitedClassCounts == [1, 1, 1, 1])
    let twins = Matrix(rowCount: 4, columnCount: 2, elements: [0, 1, 2, 3, 0, 1, 2, 3])
    let equal = try await CholeskyDetector.fit(twins, labels: [0, 0, 1, 1], at: .standard)
    #expect(equal.classBounds == nil)
    #expect(try await equal.scores(of: rows).closestClass == [0, 0, 0, 0])
  }
}

extension ScoredClass {
  fileprivate func squaredDistances(of centred: Matrix) throws -> Matrix {
    var block = BlockDistances()
    block.centred = centred
    try distances()(&block)
    return block.squaredDistances
  }
}
