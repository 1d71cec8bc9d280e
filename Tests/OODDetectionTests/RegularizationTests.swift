import LinearAlgebra
import Testing

@testable import OODDetection

@Suite("Regularization and its paths")
struct RegularizationTests {
  @Test func regularizationsAreFiniteAndNonnegative() throws {
    #expect(try Regularization(0).value == 0)
    for value in [-1e-9, .infinity, -.infinity] {
      #expect(throws: DetectorError.invalidRegularization(value)) { try Regularization(value) }
    }
    #expect(throws: DetectorError.self) { try Regularization(.nan) }
  }

  @Test func standardPathHoldsTheDecadesExactly() {
    let values = RegularizationPath.standard.map(\.value)
    #expect(values.count == 101)
    let decades = [1e-8, 1e-7, 1e-6, 1e-5, 1e-4, 1e-3, 1e-2, 0.1, 1, 10, 100]
    #expect(stride(from: 0, through: 100, by: 10).map { values[$0] } == decades)
    #expect(values[51] == 1.2589254117941673e-3)
    #expect(values[53] == 1.9952623149688796e-3)
    #expect(zip(values, values.dropFirst()).allSatisfy { abs($1 / $0 - 1.2589254117941673) < 1e-14 })
    #expect(values.contains(Regularization.standard.value))
  }

  @Test func logarithmicPathsIncludeTheirEnds() throws {
    let path = try RegularizationPath.logarithmic(from: 1e-4, through: 1, count: 41)
    #expect(path == Array(RegularizationPath.standard[40...80]))
    let odd = try RegularizationPath.logarithmic(from: 3e-4, through: 7, count: 3).map(\.value)
    #expect(odd.first == 3e-4 && odd.last == 7)
    #expect(abs(odd[1] * odd[1] - 3e-4 * 7) < 1e-15)
    #expect(try RegularizationPath.logarithmic(from: 2, through: 5, count: 1).map(\.value) == [2])
    #expect(throws: DetectorError.invalidRegularization(0)) {
      try RegularizationPath.logarithmic(from: 0, through: 1, count: 3)
    }
    #expect(throws: DetectorError.invalidPathLength(0)) {
      try RegularizationPath.logarithmic(from: 1e-3, through: 1, count: 0)
    }
  }

  @Test func stepsReturnToTheStart() throws {
    var regularization = Regularization.standard
    for _ in 0..<37 { regularization = regularization.stepped(by: 1) }
    for _ in 0..<37 { regularization = regularization.stepped(by: -1) }
    #expect(regularization == .standard)
    #expect(Regularization.standard.stepped(by: 30).value == 1e-3)
    #expect(try Regularization(2e-3).stepped(by: 10).value == 2e-2)
    // From between two grid values onto the grid.
    let between = try Regularization(2e-3)
    // 10^−2.6, 10^−2.5, 10^−2.4 and 10^−2.7, 10^−2.8.
    let above = [2.5118864315095801e-3, 3.1622776601683793e-3, 3.9810717055349725e-3]
    #expect([1, 2, 3].map { between.stepped(by: $0).value } == above)
    let below = [1.9952623149688796e-3, 1.5848931924611135e-3]
    #expect([-1, -2].map { between.stepped(by: $0).value } == below)
    #expect(between.stepped(by: 1).stepped(by: -1).value == below[0])
    for index in -120...60 {
      #expect(Self.onGrid(index).stepped(by: 1) == Self.onGrid(min(60, index + 1)))
      #expect(Self.onGrid(index).stepped(by: -9) == Self.onGrid(max(-120, index - 9)))
      #expect(Self.onGrid(index).stepped(by: 0) == Self.onGrid(index))
    }
    #expect(try Regularization(0).stepped(by: 1).value == 1e-12)
    #expect(Regularization.standard.stepped(by: -1000).value == 1e-12)
    #expect(Regularization.standard.stepped(by: .max).value == 1e6)
  }

  /// λ near the limits of a double, whose logarithms, quotients and powers may overflow.
  private static let subnormal = Double.leastNonzeroMagnitude * 2000
  static let extremeEnds: [(first: Double, last: Double)] = [
    (1e-300, 1e10), (subnormal, 1e-300), (.leastNonzeroMagnitude, subnormal), (1e100, 1e300),
    (1e300, .greatestFiniteMagnitude),
    (.leastNonzeroMagnitude, .greatestFiniteMagnitude), (1e-8, .greatestFiniteMagnitude), (1e300, 1e-300),
  ]

  @Test(arguments: extremeEnds, [2, 3, 7, 101, 1000])
  func extremePathsStayWithinTheirEnds(ends: (first: Double, last: Double), count: Int) throws {
    let path = try RegularizationPath.logarithmic(from: ends.first, through: ends.last, count: count)
    let values = path.map(\.value)
    #expect(values.count == count && values.first == ends.first && values.last == ends.last)
    #expect(values.allSatisfy { $0.isFinite && $0 >= min(ends.first, ends.last) })
    #expect(values.allSatisfy { $0 <= max(ends.first, ends.last) })
    let ascending = ends.first < ends.last ? values : values.reversed()
    #expect(ascending == ascending.sorted())
  }

  @Test func stepsFromExtremeLambdasStayFinite() throws {
    for value in [
      .leastNonzeroMagnitude, Self.subnormal, 1e-300, 1e-20, 1e20, 1e300, .greatestFiniteMagnitude,
    ] {
      let start = try Regularization(value)
      for tenths in [-1000, -10, -9, -1, 1, 9, 10, 1000] {
        let moved = start.stepped(by: tenths).value
        #expect(moved.isFinite && moved >= min(1e-12, value) && moved <= max(1e6, value))
      }
      #expect(LogarithmicGrid.snapped(value) <= value * (1 + 1e-8))
    }
  }

  @Test(arguments: extremeEnds, [SampleSet.tall, .wide, .mixed])
  func extremePathsAreScored(ends: (first: Double, last: Double), set: SampleSet) async throws {
    let (first, last) = (min(ends.first, ends.last), max(ends.first, ends.last))
    let path = try RegularizationPath.logarithmic(from: first, through: last, count: 7)
    let detector = try await SpectralDetector.fit(set.matrix, labels: set.labels)
    // Enough samples for bounds to pay off.
    let queries = set.queries(600)
    // If 1/λ overflows, a class without full rank is singular, and leave-one-out throws.
    let isInvertible =
      first >= .leastNormalMagnitude || detector.classes.allSatisfy { $0.count > set.rows[0].count + 1 }
    let found = try await detector.pathScores(
      of: [queries], training: isInvertible ? (set.matrix, set.labels) : nil, along: path)
    #expect(!isInvertible || found.leaveOneOut?.meanNLL.count == path.count)
    for (index, regularization) in path.enumerated() {
      let alone = try await detector.scores(of: queries, at: regularization)
      #expect(found.scores[0][index].mostLikelyClass == alone.mostLikelyClass)
      #expect(largestError(found.scores[0][index].mahalanobis, alone.mahalanobis) < 1e-9)
      #expect(largestError(found.scores[0][index].negativeLogLikelihood, alone.negativeLogLikelihood) < 1e-9)
      _ = try detector.classNumbers(at: regularization)
      _ = try detector.explanation(
        of: Array(queries.row(0)), at: regularization, score: .negativeLogLikelihood)
    }
  }

  private static func onGrid(_ index: Int) -> Regularization {
    Regularization(unchecked: LogarithmicGrid.value(at: index))
  }

  @Test func messagesSayWhatAndWhatToTry() {
    let few = DetectorError.nonFiniteFeatures(rowCount: 1, firstRows: [4])
    #expect(
      "\(few)"
        == "1 sample has NaN or infinite features, in row 4 (counted from 0): "
        + "correct or remove these samples"
    )
    let many = DetectorError.nonFiniteFeatures(rowCount: 9, firstRows: [1, 2, 3, 5, 8])
    #expect("\(many)".hasPrefix("9 samples have NaN or infinite features, in rows 1, 2, 3, 5, 8, … (counted"))
    let singular = DetectorError.singularCovariance(label: 7, rank: 11, dimension: 512)
    #expect("\(singular)".contains("class 7 has rank 11 in 512 dimensions"))
    #expect("\(singular)".contains("such as 1e-3"))
    #expect("\(DetectorError.singularCovariance(label: nil, rank: 1, dimension: 2))".contains("pooled"))
    let all: [DetectorError] = [
      .noEncoder, .notFitted, .noInDistributionSamples(sampleCount: 0),
      .noInDistributionSamples(sampleCount: 3),
      .dimensionMismatch(expected: 1, found: 2), .tooManyDimensions(dimension: 9, limit: 3),
      .labelCountMismatch(sampleCount: 1, labelCount: 2), .batchShapeMismatch(shape: [2], valueCount: 1),
      .encodedCountMismatch(inputCount: 2, rowCount: 3), .invalidRegularization(.nan), .invalidPathLength(0),
      .decompositionFailed(label: 1, info: 2), .decompositionFailed(label: nil, info: 2),
      .trainingSamplesDiffer(label: 1, expected: 2, found: 3), .inconsistentModel("x"),
      .covarianceOverflowed(label: 3), .covarianceOverflowed(label: nil), .covarianceUnderflowed(label: 3),
      .memoryTooSmall(neededBytes: 3 << 30, permittedBytes: 1 << 20),
    ]
    #expect(Set(all.map { "\($0)" }).count == all.count)
    #expect(all.allSatisfy { !"\($0)".contains("\n") })
  }
}
