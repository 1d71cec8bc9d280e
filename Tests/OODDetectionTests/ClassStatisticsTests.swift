import LinearAlgebra
import OODDetection
import TestData
import Testing

/// Statistics of parts, merged, against the sums over all samples that they stand for.
@Suite struct ClassStatisticsTests {
  /// The sums of a class's samples, written as the formulas are.
  private struct Sums {
    var mean: [Double]
    var scatter: [Double]
    var third: [Double]
    var fourth: Double

    init(_ samples: [[Double]]) {
      let dimension = samples[0].count
      let mean = (0..<dimension).map { column in
        samples.reduce(0) { $0 + $1[column] } / Double(samples.count)
      }
      let centred = samples.map { zip($0, mean).map(-) }
      self.mean = mean
      scatter = (0..<dimension).flatMap { row in
        (row..<dimension).map { column in centred.reduce(0) { $0 + $1[row] * $1[column] } }
      }
      let squares = centred.map { $0.reduce(0) { $0 + $1 * $1 } }
      third = (0..<dimension).map { column in
        zip(centred, squares).reduce(0) { $0 + $1.0[column] * $1.1 }
      }
      fourth = squares.reduce(0) { $0 + $1 * $1 }
    }
  }

  private static func samples(_ count: Int, dimension: Int, seed: UInt64) -> [[Double]] {
    var numbers = NormalNumbers(seed: seed)
    return (0..<count).map { _ in
      numbers.vector(dimension).enumerated().map { ($0.element + 3) * Double($0.offset + 1) }
    }
  }

  private static func statistics(_ samples: [[Double]]) throws -> ClassStatistics {
    let rows = Matrix(
      rowCount: samples.count, columnCount: samples[0].count, elements: samples.flatMap(\.self))
    return try ClassStatistics.classes(
      of: rows, labels: samples.map { _ in 5 }, normalization: .none
    ).statistics(0)
  }

  private static func isClose(_ left: [Double], _ right: [Double]) -> Bool {
    let scale = right.map(abs).max() ?? 0
    return left.count == right.count && zip(left, right).allSatisfy { abs($0 - $1) <= 1e-12 * max(scale, 1) }
  }

  @Test(arguments: [1, 2, 3, 5]) func partsMergeToTheSumsOfAllSamples(dimension: Int) throws {
    let samples = Self.samples(41, dimension: dimension, seed: 3)
    // A part of a single sample, and parts of uneven sizes.
    let cuts = [0, 1, 4, 9, 30, 41]
    let parts = try zip(cuts, cuts.dropFirst()).map { try Self.statistics(Array(samples[$0..<$1])) }
    let merged = try ClassStatistics.merged(parts, label: 5)
    let sums = Sums(samples)
    #expect(merged.count == 41 && merged.label == 5)
    #expect(Self.isClose(zip(merged.mean, merged.meanRemainder).map(+), sums.mean))
    #expect(Self.isClose(merged.scatter, sums.scatter))
    let higher = try #require(merged.higherMoments)
    #expect(Self.isClose(higher.third, sums.third))
    #expect(Self.isClose([higher.fourth], [sums.fourth]))
  }

  @Test func theOrderOfPartsChangesNoBit() throws {
    let samples = Self.samples(23, dimension: 4, seed: 8)
    let cuts = [0, 3, 6, 9, 12, 23]
    let parts = try zip(cuts, cuts.dropFirst()).map { try Self.statistics(Array(samples[$0..<$1])) }
    let merged = try ClassStatistics.merged(parts, label: 0)
    for order in [[4, 3, 2, 1, 0], [2, 0, 4, 1, 3], [1, 2, 3, 4, 0]] {
      #expect(try ClassStatistics.merged(order.map { parts[$0] }, label: 0) == merged)
    }
  }

  @Test func aMeanFarFromZeroCostsNoDigits() throws {
    let samples = Self.samples(30, dimension: 2, seed: 4)
    let far = samples.map { $0.map { $0 + 0x1p30 } }
    let merged = try ClassStatistics.merged(
      [Self.statistics(Array(far[..<11])), Self.statistics(Array(far[11...]))], label: 0)
    // What samples lose by being that far away, and nothing else.
    let near = Sums(far.map { $0.map { $0 - 0x1p30 } })
    #expect(Self.isClose(merged.scatter, near.scatter))
  }

  @Test func whatCannotBeStatisticsIsRefused() throws {
    func expectRefusal(
      _ part: String, count: Int = 2, mean: [Double] = [0, 0], scatter: [Double] = [1, 0, 1]
    ) {
      #expect {
        try ClassStatistics(label: 3, count: count, mean: mean, scatter: scatter)
      } throws: {
        "\($0)".contains("class 3") && "\($0)".contains(part)
      }
    }
    expectRefusal("0 samples", count: 0)
    expectRefusal("different dimensions", scatter: [1, 0])
    expectRefusal("NaN or infinite", mean: [.nan, 0])
    expectRefusal("NaN or infinite", scatter: [1, .infinity, 1])
    expectRefusal("variance of dimension 1 is negative", scatter: [1, 0, -1])
    expectRefusal("only sample", count: 1)
  }

  /// The settings that need no samples.
  private static let settings: [FitSetting] =
    [
      .standard, FitSetting(normalization: .none, pooling: .tied, ridgeRule: .absolute),
    ]
    + [0, 0.3].flatMap { pooling in
      [RidgeRule.absolute, .relative, .oas, .ledoitWolf].compactMap { rule in
        (try? Pooling(pooling)).map { FitSetting(normalization: .l2, pooling: $0, ridgeRule: rule) }
      }
    }

  @Test(arguments: settings) func aFitToPartsScoresAsOneToAllSamples(setting: FitSetting) async throws {
    var numbers = NormalNumbers(seed: 12)
    // Full rank; fewer samples than dimensions; a single one; a dimension that never varies.
    let counts = [30, 4, 1, 12]
    var (rows, labels): ([[Double]], [Int]) = ([], [])
    for (index, count) in counts.enumerated() {
      for _ in 0..<count {
        rows.append(numbers.vector(5).map { $0 + Double(index) } + [2])
        labels.append(2 * index)
      }
    }
    let matrix = Matrix(rowCount: rows.count, columnCount: 6, elements: rows.flatMap(\.self))
    let whole = try await SpectralDetector.fit(matrix, labels: labels, setting: setting)
    // Every third sample to another part; the class of one sample is in one part only.
    let parts = try (0..<3).map { part in
      let own = rows.indices.filter { $0 % 3 == part }
      return try ClassStatistics.classes(
        of: matrix.rows(own), labels: own.map { labels[$0] }, normalization: setting.normalization)
    }
    let merged = try await SpectralDetector.fit(counts: counts, dimension: 6, setting: setting) { index in
      let found = try parts.compactMap { part in
        try part.labels.firstIndex(of: 2 * index).map { try part.statistics($0) }
      }
      return try ClassStatistics.merged(found, label: 2 * index)
    }
    #expect(merged.classes.map(\.spectrum.rank) == whole.classes.map(\.spectrum.rank))
    #expect(merged.classes.map(\.spectrum.directionCount).max() ?? 7 <= 6)
    let queries = Matrix(
      rowCount: 8, columnCount: 6, elements: (0..<8).flatMap { _ in numbers.vector(5) + [2.5] })
    for t in [1e-6, 1e-2, 1] {
      let regularization = try Regularization(t)
      let expected = try await whole.scores(of: queries, at: regularization, includesBackground: true)
      let found = try await merged.scores(of: queries, at: regularization, includesBackground: true)
      for kind in ScoreKind.allCases {
        for (left, right) in zip(found.values(kind), expected.values(kind)) {
          #expect(abs(left - right) <= 1e-9 * max(1, abs(right)), "\(kind) at \(t)")
        }
      }
    }
  }

  @Test func featuresOfDifferentScalesKeepTheirDigits() async throws {
    var numbers = NormalNumbers(seed: 21)
    let rows = (0..<60).map { _ in zip(numbers.vector(4), [1e6, 1, 1e-6, 1e-3]).map(*) }
    let matrix = Matrix(rowCount: 60, columnCount: 4, elements: rows.flatMap(\.self))
    let whole = try await SpectralDetector.fit(matrix, labels: rows.map { _ in 0 })
    let statistics = try Self.statistics(rows)
    let merged = try await SpectralDetector.fit(counts: [60], dimension: 4) { _ in statistics }
    for (left, right) in zip(
      merged.classes[0].spectrum.eigenvalues, whole.classes[0].spectrum.eigenvalues)
    {
      #expect(abs(left - right) <= 1e-10 * right)
    }
  }

  @Test func whatNeedsSamplesIsRefused() async throws {
    let statistics = try ClassStatistics(label: 0, count: 3, mean: [0, 0], scatter: [2, 1, 3])
    for rule in [RidgeRule.leaveOneOut, .ledoitWolf] {
      let setting = FitSetting(normalization: .none, pooling: .none, ridgeRule: rule)
      await #expect(throws: DetectorError.unavailableRidgeRule(rule)) {
        try await SpectralDetector.fit(counts: [3], dimension: 2, setting: setting) { _ in statistics }
      }
    }
  }
}
