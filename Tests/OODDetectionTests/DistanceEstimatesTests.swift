import Foundation
import LinearAlgebra
import TestData
import Testing

@testable import OODDetection

@Suite(
  "Estimates at a ridge far above the mean variance",
  .enabled(if: QuantizedRows.isFast, "the processor has no fast products of 8-bit integers"))
struct DistanceEstimatesTests {
  /// Overlapping classes with variances from 25 to 0.01, in directions of their own.
  static let set: SampleSet = {
    var set = SampleSet(
      "overlapping", seed: 91, dimension: 40,
      counts: Dictionary(uniqueKeysWithValues: (0..<12).map { ($0, 50 + 3 * $0) }))
    var random = NormalNumbers(seed: 92)
    let centres = (0..<12).map { _ in random.vector(40).map { 4 * $0 } }
    for row in set.rows.indices {
      let label = set.labels[row]
      set.rows[row] = random.vector(40).enumerated().map { column, value in
        let place = (column + 7 * label) % 40
        return centres[label][column] + value * 5 * pow(10, -2.7 * Double(place) / 40)
      }
    }
    return set
  }()

  /// The mean of all variances within classes.
  private static let meanVariance: Double = {
    let gaussians = naiveFit(set.rows, set.labels)
    return gaussians.reduce(0) { sum, one in
      sum + one.covariance.indices.reduce(0) { $0 + one.covariance[$1][$1] }
    } / Double(40 * gaussians.count)
  }()

  private static func detector(
    _ multiple: Double, _ set: SampleSet = set
  ) async throws -> (CholeskyDetector, DistanceEstimates) {
    let detector = try await CholeskyDetector.fit(
      set.matrix, labels: set.labels, at: Regularization(multiple * meanVariance))
    return (detector, try #require(detector.classBounds as? DistanceEstimates))
  }

  private static func scorer(_ detector: CholeskyDetector, bounds: (any DistanceBounds)?) -> MixtureScorer {
    MixtureScorer(
      path: [detector.regularization], classes: detector.classes, classBounds: bounds,
      dimension: detector.dimension)
  }

  /// From a ridge of eight times the mean variance on, and not below.
  @Test(arguments: [(3.0, false), (7.5, false), (8.5, true), (1e4, true)])
  func estimatesAreForLargeRidges(multiple: Double, areUsed: Bool) async throws {
    let detector = try await CholeskyDetector.fit(
      Self.set.matrix, labels: Self.set.labels, at: Regularization(multiple * Self.meanVariance))
    #expect((detector.classBounds is DistanceEstimates) == areUsed)
    #expect(
      abs(detector.classes.reduce(0) { $0 + $1.ridgeShare } / 12 - multiple / (1 + multiple)) < 0.02)
  }

  /// The exact distance is within the interval, which is narrow, and with 16 bits far narrower.
  @Test(arguments: [(10.0, 0.0), (30, 0), (30, 1e5), (50, 3), (300, -40), (1e5, 0)])
  func distancesAreWithinTheirIntervals(multiple: Double, offset: Double) async throws {
    var set = Self.set
    for row in set.rows.indices { set.rows[row] = set.rows[row].map { $0 + offset } }
    let (detector, estimates) = try await Self.detector(multiple, set)
    let queries = set.queries(25)
    let ridge = detector.regularization.value
    let bounds = try estimates.bounds(of: queries)
    let samples = estimates.precision == .both ? estimates.quantized(queries) : nil
    for (index, gaussian) in naiveFit(set.rows, set.labels).enumerated() {
      let fine = samples.flatMap {
        estimates.fineIntervals(
          to: index, of: $0, at: Array(0..<25), rows: RowBlockMatrix(queries))
      }
      for row in 0..<25 {
        let distance = gaussian.squaredDistance(Array(queries.row(row)), ridge)
        let least = Double(bounds.squaredDistances[row * 12 + index])
        let estimate = bounds.estimates[row * 12 + index]
        let slack = 1e-11 * (1 + distance) * (1 + abs(offset))
        #expect(abs(distance - estimate) <= estimate - least + slack)
        #expect(estimate - least < (estimates.precision == .fine ? 1e-4 : 0.6) * distance + slack)
        guard let fine else { continue }
        let narrow = fine[row]
        #expect(abs(distance - narrow.estimate) <= narrow.estimate - Double(narrow.least) + slack)
        #expect(narrow.estimate - Double(narrow.least) < (estimate - least) / 40 + 1e-6 * distance + slack)
      }
    }
    #expect(estimates.precision == (multiple > 45 ? .fine : multiple > 12 ? .both : .coarse))
  }

  /// `nll` is within the tolerance of plain arithmetic, the distances and the nearest classes are exact.
  @Test(arguments: [10.0, 30, 60, 300, 1e5])
  func scoresAreWithinTheTolerance(multiple: Double) async throws {
    let (detector, _) = try await Self.detector(multiple)
    let queries = Self.set.queries(30)
    let scores = try await detector.scores(of: queries)
    let gaussians = naiveFit(Self.set.rows, Self.set.labels)
    for row in 0..<30 {
      let densities = gaussians.map { $0.logDensity(Array(queries.row(row)), detector.regularization.value) }
      let expected = -naiveLogSumExp(densities)
      #expect(
        abs(scores.negativeLogLikelihood[row] - expected)
          <= EstimatedDensities.tolerance * max(1, abs(expected)))
    }
    let expected = try await Self.scorer(detector, bounds: nil).scores(
      of: queries, Execution(threadCount: 1))[0]
    #expect(scores.mahalanobis == expected.mahalanobis)
    #expect(scores.mostLikelyClass == expected.mostLikelyClass)
    #expect(scores.closestClass == expected.closestClass)
    #expect(scores.squaredDistanceToMostLikely == expected.squaredDistanceToMostLikely)
  }

  /// Features of any size have the scores of all classes.
  @Test(arguments: [10.0, 30, 60], [1e-30, 1e-11, 1e-9, 1e9, 1e11, 1e14, 1e18, 1e21, 1e26, 1e34])
  func featuresOfAnySizeHaveTheirScores(multiple: Double, size: Double) async throws {
    let scaled = Matrix(
      rowCount: Self.set.rows.count, columnCount: 40, elements: Self.set.matrix.elements.map { $0 * size })
    let detector = try await CholeskyDetector.fit(
      scaled, labels: Self.set.labels, at: Regularization(multiple * Self.meanVariance * size * size))
    #expect(detector.classBounds is DistanceEstimates)
    let queries = Self.set.queries(40)
    let rows = Matrix(rowCount: 40, columnCount: 40, elements: queries.elements.map { $0 * size })
    let expected = try await Self.scorer(detector, bounds: nil).scores(of: rows, Execution(threadCount: 1))[0]
    let scores = try await detector.scores(of: rows)
    #expect(
      largestRelativeError(scores.negativeLogLikelihood, expected.negativeLogLikelihood)
        < EstimatedDensities.tolerance)
    #expect(scores.mahalanobis == expected.mahalanobis)
    #expect(scores.mostLikelyClass == expected.mostLikelyClass)
  }

  /// Samples that are so far away that their distances have no estimate, or overflow, have the scores of all classes.
  @Test(arguments: [30.0, 60], [1e6, 1e16, 1e30, 1e100, 1e160])
  func farSamplesHaveTheirScores(multiple: Double, size: Double) async throws {
    let (detector, _) = try await Self.detector(multiple)
    var random = NormalNumbers(seed: 94)
    let rows = Matrix(rowCount: 9, columnCount: 40, elements: random.vector(360).map { $0 * size })
    let expected = try await Self.scorer(detector, bounds: nil).scores(of: rows, Execution(threadCount: 1))[0]
    let scores = try await detector.scores(of: rows)
    for (found, value) in zip(scores.negativeLogLikelihood, expected.negativeLogLikelihood) {
      #expect(found == value || abs(found - value) <= EstimatedDensities.tolerance * abs(value))
    }
    #expect(scores.mahalanobis == expected.mahalanobis)
    #expect(scores.mostLikelyClass == expected.mostLikelyClass)
  }

  /// Far fewer classes are computed than lie within 25 nats of the likeliest one, all of which were needed before.
  @Test func mostClassesAreEstimated() async throws {
    let (detector, _) = try await Self.detector(20)
    let queries = Self.set.matrix.firstRows(400)
    let everything = try await Self.scorer(detector, bounds: nil).scores(
      of: queries, Execution(threadCount: 1))[0]
    let scores = try await detector.scores(of: queries)
    #expect(
      largestRelativeError(scores.negativeLogLikelihood, everything.negativeLogLikelihood)
        < EstimatedDensities.tolerance)
    var within = 0
    for row in 0..<queries.rowCount {
      let densities = try detector.classes.map { factored in
        factored.logNormalizer - 0.5
          * (try factored.factor.loaded().squaredDistance(of: zip(queries.row(row), factored.mean).map(-)))
      }
      let margin = (densities.max() ?? 0) - 25 - log(12)
      within += densities.count { $0 >= margin }
    }
    let computed = Int(scores.visitedClassCounts.reduce(0, +))
    #expect(computed >= queries.rowCount)
    #expect(Double(computed) < 0.5 * Double(within))
  }

  /// Equal samples get the same bits in every batch and at every place, and the same as when they are alone.
  @Test(arguments: [10.0, 30, 100, 1e5])
  func equalSamplesHaveEqualScores(multiple: Double) async throws {
    let (detector, estimates) = try await Self.detector(multiple)
    let some = Self.set.queries(90)
    let order = (0..<700).map { ($0 * 11 + $0 / 90) % 90 }
    let scorer = Self.scorer(detector, bounds: estimates)
    let alone = try await scorer.scores(of: some.matrix(at: [17]), Execution(threadCount: 1))[0]
    var first: SampleScores?
    for (batchSize, blockSize, threadCount) in [(100, 48, 1), (350, 31, 2), (700, 288, 2)] {
      var execution = Execution(threadCount: threadCount, blockSize: blockSize)
      execution.batchByteCount = batchSize * (8 * 40 + 13 * 12 + 40)
      let scores = try await scorer.scores(of: some.matrix(at: order), execution)[0]
      for (row, sample) in order.enumerated() {
        let place = order.firstIndex(of: sample) ?? 0
        #expect(scores.negativeLogLikelihood[row] == scores.negativeLogLikelihood[place])
        #expect(scores.mahalanobis[row] == scores.mahalanobis[place])
        if sample == 17 { #expect(scores.negativeLogLikelihood[row] == alone.negativeLogLikelihood[0]) }
      }
      if let first { #expect(scores.negativeLogLikelihood == first.negativeLogLikelihood) }
      first = first ?? scores
    }
  }

  /// Without memory for the integers, the classes are computed.
  @Test func estimatesNeedMemory() async throws {
    let detector = try await Self.detector(30).0
    let share = ClassShare(classCount: 12)
    let bounds = try await CholeskyDetector.bounds(
      for: detector.classes, at: detector.regularization, allowsEstimates: false, share,
      Execution(threadCount: 1))
    #expect(bounds is ClassBounds)
    let workload = MemoryPlan.Workload(
      sampleCount: 50_000, classCount: 100, largestClassCount: 500, dimension: 512, threadCount: 2)
    let plenty = try MemoryPlan(workload, budget: MemoryBudget(bytes: 1 << 40))
    #expect(plenty.allowsEstimates)
    // Of each class, D² integers of one byte and as many of two, and 32 directions in double precision.
    let needed = plenty.peakBytes + 100 * (512 * 512 * (1 + 2) + 32 * 512 * 8)
    let enough = try MemoryPlan(workload, budget: MemoryBudget(bytes: needed))
    #expect(enough.holdsAllFactors && enough.peakBytes == plenty.peakBytes && enough.allowsEstimates)
    let scarce = try MemoryPlan(workload, budget: MemoryBudget(bytes: needed - 1))
    #expect(scarce.holdsAllFactors && !scarce.allowsEstimates)
  }

  /// Whatever the intervals, what is estimated changes a sum by at most the tolerance, and more is estimated where
  /// intervals are narrower.
  @Test func errorsOfEstimatesAddUpToTheToleranceAtMost() {
    var random = NormalNumbers(seed: 93)
    var estimatedCounts: [Int] = []
    for width in [1.0, 1e-2, 1e-4, 1e-7, 1e-10] {
      var count = 0
      for _ in 0..<200 {
        let densities = (0..<60).map { _ in -500 - 12 * abs(random.normal()) }
        let intervals = densities.map { density -> (estimate: Double, lower: Double, upper: Double) in
          let half = width * Double.random(in: 0.1...1, using: &random)
          let estimate = density + half * Double.random(in: -1...1, using: &random)
          return (estimate, estimate - half, estimate + half)
        }
        let estimator = EstimatedDensities(floor: intervals.map(\.lower).max() ?? 0, classCount: 60)
        let errors = estimator.errors(intervals)
        // In any order, and in parts.
        let parts = [0..<7, 7..<60].map { part in estimator.errors(intervals[part].reversed()) }
        #expect(errors == zip(parts[0], parts[1]).map(EstimatedDensities.sum))
        let ceiling = estimator.ceiling(errors)
        #expect(estimator.ceiling(errors, gain: EstimatedDensities.gainOfFineEstimates) >= ceiling)
        let mixed = zip(densities, intervals).map { $1.upper < ceiling ? $1.estimate : $0 }
        let error = abs(naiveLogSumExp(mixed) - naiveLogSumExp(densities))
        #expect(error <= EstimatedDensities.tolerance * abs(naiveLogSumExp(densities)))
        count += intervals.count { $0.upper < ceiling }
      }
      estimatedCounts.append(count)
    }
    #expect(estimatedCounts == estimatedCounts.sorted())
    #expect(estimatedCounts[0] < 200 * 30 && estimatedCounts[4] == 200 * 60)
  }

  /// Nothing is estimated beside a class without estimate that may be likelier than all.
  @Test func withoutEstimatesAllIsComputed() {
    let none = EstimatedDensities(floor: -.infinity, classCount: 3)
    #expect(none.ceiling(none.errors([(estimate: -.infinity, lower: -.infinity, upper: 5)])) == -.infinity)
    let some = EstimatedDensities(floor: -40, classCount: 3)
    let errors = some.errors([
      (estimate: -.infinity, lower: -.infinity, upper: 5), (estimate: -90, lower: -100, upper: -80),
    ])
    #expect((-80.0..<5).contains(some.ceiling(errors)))
  }

  /// The error is permitted in relation to the sum of all classes, up to a limit, not to the likeliest of them.
  @Test(arguments: [(1, 1), (50, 50), (400, 64)])
  func equalClassesShareTheTolerance(count: Int, share: Int) {
    let estimator = EstimatedDensities(floor: -1_000, classCount: 1)
    func isEstimated(_ half: Double) -> Bool {
      let errors = estimator.errors(
        [(estimate: Double, lower: Double, upper: Double)](
          repeating: (-1_000 + half, -1_000, -1_000 + 2 * half), count: count))
      return estimator.ceiling(errors) > -1_000
    }
    // That many errors add up to the tolerance.
    let permitted = EstimatedDensities.tolerance * 1_000 * Double(share) / Double(count)
    #expect(isEstimated(0.97 * permitted) && !isEstimated(1.03 * permitted))
  }
}
