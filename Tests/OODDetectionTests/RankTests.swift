import LinearAlgebra
import TestData
import Testing

@testable import OODDetection

/// Several ranks give the numbers of one.
struct RankTests {
  /// Uneven classes: one of a single sample, several of n ≤ D, dead features and a label below 0.
  struct Samples: Sendable, CustomStringConvertible {
    let name: String
    let train: Matrix
    let labels: [Int]
    let queries: Matrix

    var description: String { name }

    init(_ name: String, counts: [Int], dimension: Int, spread: Double, seed: UInt64) {
      self.name = name
      var random = NormalNumbers(seed: seed)
      let means = counts.map { _ in random.vector(dimension).map { $0 * spread } }
      func sample(_ label: Int) -> [Double] {
        zip(random.vector(dimension), means[label]).enumerated().map { column, pair in
          column % 7 == 3 ? 0.25 : Double(Float(pair.0 / Double(1 + column % 3) + pair.1))
        }
      }
      var rows: [([Double], Int)] = []
      for (label, count) in counts.enumerated() {
        // Classes are interleaved, and some rows belong to none.
        for index in 0..<count {
          rows.insert((sample(label), label), at: (index * 31 + label) % (rows.count + 1))
        }
      }
      rows.insert((sample(0), -1), at: 2)
      train = Matrix(rowCount: rows.count, columnCount: dimension, elements: rows.flatMap(\.0))
      labels = rows.map { $0.1 < 0 ? -1 : 3 * $0.1 }
      let queries = (0..<61).map { sample($0 % counts.count) } + [[Double](repeating: 4, count: dimension)]
      self.queries = Matrix(
        rowCount: queries.count, columnCount: dimension, elements: queries.flatMap { $0 })
    }

    static let all = [
      Samples("overlapping", counts: [1, 40, 3, 7, 90, 15, 9, 200, 20], dimension: 11, spread: 0.5, seed: 1),
      Samples("apart", counts: [30, 1, 55, 12, 14, 31], dimension: 9, spread: 9, seed: 2),
      Samples("few samples", counts: [9, 1, 12, 15, 3, 10, 14, 4], dimension: 33, spread: 2, seed: 3),
      Samples("one class", counts: [25], dimension: 5, spread: 1, seed: 4),
    ]
  }

  /// Settings (β, α, rule, t).
  static let settings: [(Double, Double, RidgeRule, Double)] = [
    (0, 0, .absolute, 1e-6), (0, 0, .relative, 1e-2), (1, 0, .oas, 1), (0.5, 0.3, .absolute, 1e-6),
    (0, 0.2, .ledoitWolf, 1), (0, 1, .absolute, 1e-6), (0, 1, .oas, 1), (0, 0, .ledoitWolf, 1),
  ]

  private static func setting(_ place: Int) throws -> (FitSetting, Double) {
    let (normalization, pooling, rule, value) = settings[place]
    return (
      FitSetting(
        normalization: try Normalization(normalization), pooling: try Pooling(pooling), ridgeRule: rule),
      value
    )
  }

  @Test(arguments: Samples.all, Array(settings.indices))
  func factoredScoresAreThoseOfOneRank(_ samples: Samples, _ place: Int) async throws {
    let (setting, value) = try Self.setting(place)
    let regularization = try Regularization(value)
    for background in [false, true] {
      let expected = try await CholeskyDetector.fit(
        samples.train, labels: samples.labels, at: regularization, setting: setting,
        includesBackground: background, threadCount: 1
      ).scores(of: samples.queries, threadCount: 1)
      for count in [1, 2, 3, 4, 11] where !background || count == 3 {
        let found = try await ThreadCommunicator.run(count) { ranks in
          let rows = try await DividedRows.divide(
            samples.train, labels: samples.labels, over: ranks, for: .factors, threadCount: 1)
          let detector = try await CholeskyDetector.fit(
            rows, labels: samples.labels, at: regularization, setting: setting,
            includesBackground: background, threadCount: 1)
          return try await detector.scores(of: samples.queries, threadCount: 1)
        }
        for scores in found { expectEqual(scores, expected) }
      }
    }
  }

  @Test(arguments: Samples.all, Array(settings.indices))
  func spectralScoresAreThoseOfOneRank(_ samples: Samples, _ place: Int) async throws {
    let (setting, value) = try Self.setting(place)
    let path = [try Regularization(value), try Regularization(value * 30)]
    let expected = try await SpectralDetector.fit(
      samples.train, labels: samples.labels, setting: setting, threadCount: 1)
    let summaries = try expected.summaries(at: path[0])
    for background in [false, true] {
      let one = try await expected.scores(
        of: samples.queries, at: path[0], includesBackground: background, threadCount: 1)
      let both = try await expected.scores(
        of: samples.queries, along: path, includesBackground: background, threadCount: 1)
      for count in [1, 2, 3, 4, 11] where !background || count == 3 {
        let found = try await ThreadCommunicator.run(count) { ranks in
          let rows = try await DividedRows.divide(
            samples.train, labels: samples.labels, over: ranks, for: .spectra, threadCount: 1)
          let detector = try await SpectralDetector.fit(
            rows, labels: samples.labels, setting: setting, threadCount: 1)
          return (
            try await detector.scores(
              of: samples.queries, at: path[0], includesBackground: background, threadCount: 1),
            try await detector.scores(
              of: samples.queries, along: path, includesBackground: background, threadCount: 1),
            try detector.summaries(at: path[0])
          )
        }
        for (first, along, table) in found {
          expectEqual(first, one)
          for (scores, expected) in zip(along, both) { expectEqual(scores, expected) }
          #expect(table == summaries)
        }
      }
    }
  }

  private func expectEqual(_ found: SampleScores, _ expected: SampleScores) {
    #expect(largestRelativeError(found.negativeLogLikelihood, expected.negativeLogLikelihood) <= 1e-12)
    #expect(found.mahalanobis == expected.mahalanobis)
    #expect(found.mostLikelyClass == expected.mostLikelyClass)
    #expect(found.closestClass == expected.closestClass)
    #expect(found.squaredDistanceToMostLikely == expected.squaredDistanceToMostLikely)
    #expect(found.background == expected.background)
  }
}
