import Foundation
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
      Samples("estimated", counts: [60, 45, 51, 70, 38], dimension: 34, spread: 0.2, seed: 5),
    ]
  }

  /// Settings (β, α, rule, t).
  static let settings: [(Double, Double, RidgeRule, Double)] = [
    (0, 0, .absolute, 1e-6), (0, 0, .relative, 1e-2), (1, 0, .oas, 1), (0.5, 0.3, .absolute, 1e-6),
    (0, 0.2, .ledoitWolf, 1), (0, 1, .absolute, 1e-6), (0, 1, .oas, 1), (0, 0, .ledoitWolf, 1),
    (0, 0, .relative, 10), (0, 0, .absolute, 20), (0, 0, .relative, 30), (0.3, 0, .relative, 60),
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

  /// Leave-one-out chooses the ridges of classes and of the background.
  @Test(arguments: Samples.all)
  func leaveOneOutRidgesAreThoseOfOneRank(_ samples: Samples) async throws {
    let setting = FitSetting(ridgeRule: .leaveOneOut)
    let regularization = try Regularization(1)
    let expected = try await SpectralDetector.fit(
      samples.train, labels: samples.labels, setting: setting, threadCount: 1)
    let one = try await expected.scores(
      of: samples.queries, at: regularization, includesBackground: true, threadCount: 1)
    for count in [2, 3, 4] {
      let found = try await ThreadCommunicator.run(count) { ranks in
        let rows = try await DividedRows.divide(
          samples.train, labels: samples.labels, over: ranks, for: .spectra, threadCount: 1)
        let detector = try await SpectralDetector.fit(
          rows, labels: samples.labels, setting: setting, threadCount: 1)
        return (
          detector.classes.map(\.ridge),
          try await detector.scores(
            of: samples.queries, at: regularization, includesBackground: true, threadCount: 1)
        )
      }
      for (ridges, scores) in found {
        #expect(ridges == expected.classes.map(\.ridge))
        expectEqual(scores, one)
      }
    }
  }

  /// Each rank reads a range of the rows, and sends those of other ranks' classes as float32.
  @Test(arguments: [1, 2, 3, 4])
  func rowsTravelOnce(_ count: Int) async throws {
    let samples = Samples.all[0]
    let (labels, dimension) = (samples.labels, samples.train.columnCount)
    let known = Set(labels).filter { $0 >= 0 }.sorted()
    let sent = try await ThreadCommunicator.run(count) { ranks in
      let rows = try await DividedRows.divide(
        samples.train, labels: labels, over: ranks, for: .factors, threadCount: 1)
      guard let divided = rows as? DividedRows else { return (ranks.traffic, [Int](), [Double]()) }
      let own = labels.indices.filter { row in
        known.firstIndex(of: labels[row]).map(divided.share.isOwn) ?? false
      }
      return (ranks.traffic, own, try divided.matrix(at: own).elements)
    }
    if count == 1 {
      #expect(sent[0].0 == Traffic())
      return
    }
    for (rank, found) in sent.enumerated() {
      let range = rank * labels.count / count..<(rank + 1) * labels.count / count
      #expect(found.2 == found.1.flatMap { Array(samples.train.row($0)) })
      let foreign = range.count { labels[$0] >= 0 && !found.1.contains($0) }
      let receivers = (0..<count).count { other in
        other != rank && sent[other].1.contains { range.contains($0) }
      }
      // The rows, the sizes of their parts, and one byte that says that nothing failed.
      #expect(found.0.byteCount == 4 * dimension * foreign + (8 + 1) * (count - 1))
      #expect(found.0.messageCount == receivers + 2 * (count - 1))
    }
    #expect(sent.reduce(0) { $0 + $1.1.count } == labels.count { $0 >= 0 })
  }

  /// Rows that float32 does not represent arrive as they are, whichever rank reads them.
  @Test(arguments: [2, 3])
  func rowsOfFloat64ArriveUnchanged(_ count: Int) async throws {
    let samples = Samples.all[0]
    let labels = samples.labels
    var train = samples.train
    // Only the last rows, so that what came before them is stored as float32 by then.
    for row in labels.indices.suffix(7) { train[row, 1] = 1 / 3.0 + Double(row) }
    let found = try await ThreadCommunicator.run(count) { [train] ranks in
      let rows = try await DividedRows.divide(
        train, labels: labels, over: ranks, for: .factors, threadCount: 1)
      guard let divided = rows as? DividedRows else { return [(Int, [Double])]() }
      let known = Set(labels).filter { $0 >= 0 }.sorted()
      let own = labels.indices.filter { row in
        known.firstIndex(of: labels[row]).map(divided.share.isOwn) ?? false
      }
      return try own.reversed().map { ($0, try divided.matrix(at: [$0]).elements) }
    }
    #expect(found.joined().map(\.0).sorted() == labels.indices.filter { labels[$0] >= 0 })
    for (row, elements) in found.joined() { #expect(elements == Array(train.row(row))) }
  }

  /// A fit at one λ leaves no samples in memory, and whoever reads them again gets the same.
  @Test(arguments: [(0.0, true), (0.3, false)])
  func samplesOfFittedClassesAreDropped(_ pooling: Double, _ isEmpty: Bool) async throws {
    let samples = Samples.all[0]
    let setting = FitSetting(pooling: try Pooling(pooling))
    let found = try await ThreadCommunicator.run(3) { ranks in
      let rows = try await DividedRows.divide(
        samples.train, labels: samples.labels, over: ranks, for: .factors, threadCount: 1)
      guard let divided = rows as? DividedRows else { return (0, 0, [Int](), [Double]()) }
      let before = divided.sharedWork().sampleBytes
      _ = try await CholeskyDetector.fit(
        rows, labels: samples.labels, at: .standard, setting: setting, threadCount: 1)
      let known = Set(samples.labels).filter { $0 >= 0 }.sorted()
      let own = samples.labels.indices.filter { row in
        known.firstIndex(of: samples.labels[row]).map(divided.share.isOwn) ?? false
      }
      return (before, divided.sharedWork().sampleBytes, own, try divided.matrix(at: own).elements)
    }
    for (before, after, own, elements) in found {
      #expect(before == own.count * (8 + 4 * samples.train.columnCount))
      #expect(after == (isEmpty ? 8 * own.count : before))
      #expect(elements == own.flatMap { Array(samples.train.row($0)) })
    }
  }

  /// With sorted labels, all ranks would send to the same one at a time.
  @Test func noRankReceivesMoreThanTwoRoundsAtATime() {
    let ranges = (0..<8).map { $0 * 1_000..<($0 + 1) * 1_000 }
    let mixed = DividedRows.rounds(ranges, owners: (0..<8_000).map { Int32($0 % 8) }, rowCount: 100)
    #expect(mixed == (0..<10).map { $0 * 100..<($0 + 1) * 100 })

    // In every range 3 rows of no class, then those of each rank.
    let sorted = (0..<8_000).map { row -> Int32 in
      let place = row % 1_000
      return place < 3 ? -1 : Int32(place / 125)
    }
    let rounds = DividedRows.rounds(ranges, owners: sorted, rowCount: 100)
    #expect(rounds.flatMap { Array($0) } == Array(0..<1_000))
    for round in rounds {
      for rank in Int32(0)..<8 {
        let received = ranges.reduce(0) { sum, range in
          sum + round.count { sorted[range.lowerBound + $0] == rank }
        }
        #expect(received <= 200)
      }
    }
    #expect(rounds.count <= 100)
  }

  /// Scoring sends samples, and 100 bytes a sample twice, but for what a rank combines itself.
  @Test(arguments: [2, 3, 4])
  func scoringSendsWhatIsDocumented(_ count: Int) async throws {
    try await expectDocumentedTraffic(count, nil)
  }

  /// Where densities are estimated, 144 bytes a sample more, and twice that where some are estimated again.
  @Test(
    .enabled(if: QuantizedRows.isFast, "the processor has no fast products of 8-bit integers"),
    arguments: [2, 3, 4], [DistanceEstimates.Precision.coarse, .both, .fine])
  func estimatingSendsWhatIsDocumented(_ count: Int, _ precision: DistanceEstimates.Precision) async throws {
    try await expectDocumentedTraffic(count, precision)
  }

  private func expectDocumentedTraffic(_ count: Int, _ precision: DistanceEstimates.Precision?) async throws {
    let samples = Samples.all[precision == nil ? 0 : 4]
    let multiple =
      switch precision {
      case nil: 1e-6
      case .coarse: 10.0
      case .both: 30.0
      case .fine: 60.0
      }
    let estimateCount = precision == nil ? 0 : precision == .both ? 2 : 1
    let (queryCount, dimension) = (samples.queries.rowCount, samples.queries.columnCount)
    let sent = try await ThreadCommunicator.run(count) { ranks in
      let rows = try await DividedRows.divide(
        samples.train, labels: samples.labels, over: ranks, for: .factors, threadCount: 1)
      let detector = try await CholeskyDetector.fit(
        rows, labels: samples.labels, at: Regularization(multiple), setting: FitSetting(ridgeRule: .relative),
        threadCount: 1)
      #expect((detector.classBounds as? DistanceEstimates)?.precision == precision)
      let before = ranks.traffic
      _ = try await detector.scores(of: samples.queries, threadCount: 1)
      return (ranks.traffic.byteCount - before.byteCount, ranks.traffic.messageCount - before.messageCount)
    }
    for (rank, found) in sent.enumerated() {
      let others = count - 1
      func own(_ total: Int) -> Int { (rank + 1) * total / count - rank * total / count }
      /// What is sent to combine values, of which a rank combines its own part.
      func combined(_ total: Int) -> Int { total - own(total) + others * own(total) }
      // The size of a batch and those of the samples' parts, and a byte after each step.
      let stepCount = 6 + 2 * estimateCount + (precision == .both ? 1 : 0)
      var expected = others * (8 + 8 + stepCount)
      expected += others * own(queryCount) * 4 * dimension + 100 * combined(queryCount)
      // A number, and the errors by bin.
      expected += estimateCount * 8 * combined(queryCount)
      expected += estimateCount * 4 * combined(queryCount * EstimatedDensities.countOfErrors)
      #expect(found.0 == expected)
      #expect(found.1 == others * (1 + 12 + stepCount + 4 * estimateCount))
    }
  }

  /// The estimated work of ranks differs by at most a tenth, unless there are too few classes for that.
  @Test(arguments: [2, 3, 4, 8])
  func workIsBalanced(_ count: Int) async throws {
    var random = NormalNumbers(seed: 9)
    for purpose in [DividedRows.Purpose.factors, .spectra] {
      let costs = (0..<200).map { _ in
        purpose.cost(count: Int(40 * exp(1.2 * random.normal())) + 1, dimension: 64)
      }
      let shares = try await ThreadCommunicator.run(count) { ClassShare(costs: costs, ranks: $0) }
      let loads = shares.map { $0.own.reduce(0) { $0 + costs[$1] } }
      #expect((loads.max() ?? 0) <= 1.1 * (loads.min() ?? 0))
      #expect(shares.flatMap(\.own).sorted() == Array(costs.indices))
      #expect(Set(shares.map(\.owners)).count == 1)
    }
  }

  /// What is wrong with a class is thrown by all ranks, as by one.
  @Test func ranksThrowWhatOneRankThrows() async throws {
    let samples = Samples.all[0]
    let alone = await #expect(throws: DetectorError.self) {
      _ = try await CholeskyDetector.fit(
        samples.train, labels: samples.labels, at: try Regularization(0), threadCount: 1)
    }
    let expected = try #require(alone)
    let outcomes = await ThreadCommunicator.outcomes(3) { ranks in
      let rows = try await DividedRows.divide(
        samples.train, labels: samples.labels, over: ranks, for: .factors, threadCount: 1)
      return try await CholeskyDetector.fit(
        rows, labels: samples.labels, at: try Regularization(0), threadCount: 1)
    }
    for outcome in outcomes { #expect(throws: expected) { try outcome.get() } }
  }

  /// Any other error ends all ranks, and one of them says why.
  @Test func ranksFailTogether() async throws {
    struct Unreadable: Error {}
    let outcomes = await ThreadCommunicator.outcomes(4) { ranks in
      try await ranks.together { if ranks.rank % 2 == 1 { throw Unreadable() } }
    }
    #expect(throws: Unreadable.self) { try outcomes[1].get() }
    for rank in [0, 2, 3] { #expect(throws: PeerFailure(rank: 1)) { try outcomes[rank].get() } }
  }

  /// The curve, accuracy and scores along a path are those of one rank.
  @Test(arguments: Samples.all, [(0.0, 0.0), (0.0, 0.3), (0.5, 0.0), (0.0, 1.0)])
  func pathsAreThoseOfOneRank(_ samples: Samples, _ knobs: (Double, Double)) async throws {
    let setting = FitSetting(normalization: try Normalization(knobs.0), pooling: try Pooling(knobs.1))
    let path = try RegularizationPath.logarithmic(from: 1e-6, through: 10, count: 22)
    let unseen = (0..<samples.queries.rowCount).map {
      $0 % 5 == 0 ? -1 : 3 * ($0 % Set(samples.labels).count)
    }
    @Sendable func found(_ rows: any FeatureRows) async throws -> PathScores {
      let detector = try await SpectralDetector.fit(
        rows, labels: samples.labels, setting: setting, threadCount: 1)
      return try await detector.pathScores(
        of: [samples.queries], training: (rows, samples.labels), heldOut: (samples.queries, unseen),
        along: path, includesAccuracy: true, threadCount: 1)
    }
    let expected = try await found(samples.train)
    for count in [2, 3, 4] {
      for path in try await ThreadCommunicator.run(
        count,
        body: { ranks in
          try await found(
            try await DividedRows.divide(
              samples.train, labels: samples.labels, over: ranks, for: .spectra, threadCount: 1))
        })
      {
        #expect(path.leaveOneOut == expected.leaveOneOut)
        for (scores, expected) in zip(path.scores[0], expected.scores[0]) { expectEqual(scores, expected) }
      }
    }
  }

  /// NaN is reported as on one rank.
  @Test(arguments: [Pooling.none, .tied])
  func nonFiniteQueriesAreReported(_ pooling: Pooling) async throws {
    let samples = Samples.all[0]
    var queries = samples.queries
    for row in [3, 40, 41] { queries[row, 2] = .nan }
    let outcomes = await ThreadCommunicator.outcomes(3) { [queries] ranks in
      let rows = try await DividedRows.divide(
        samples.train, labels: samples.labels, over: ranks, for: .factors, threadCount: 1)
      let detector = try await CholeskyDetector.fit(
        rows, labels: samples.labels, at: .standard, setting: FitSetting(pooling: pooling), threadCount: 1)
      if !detector.isWhole { return try await detector.scores(of: queries, threadCount: 1) }
      return try await ranks.scoresByRange(of: queries, at: .standard, includesBackground: false) {
        try await detector.scores(of: $0, threadCount: 1)
      }
    }
    for outcome in outcomes {
      #expect(throws: DetectorError.nonFiniteFeatures(rowCount: 3, firstRows: [3, 40, 41])) {
        try outcome.get()
      }
    }
  }

  /// Ranks store the spectra that they finish, also where these fit in memory. Another job finds them, on any number of
  /// ranks.
  @Test(arguments: [0, 0.3]) func finishedSpectraAreFoundByAnotherJob(_ pooling: Double) async throws {
    // Three classes are worth storing.
    let samples = Samples("large", counts: [250, 9, 260, 255, 12], dimension: 230, spread: 1, seed: 9)
    let folder = FactorStorageTests.Folder()
    let path = folder.path
    let setting = FitSetting(pooling: try Pooling(pooling))
    @Sendable func job(_ ranks: Ranks) async throws -> (FactorCache, [ClassRecord], Bool) {
      let cache = FactorCache(directory: path, byteLimit: 1 << 30, writerCount: ranks.count)
      let rows = try await DividedRows.divide(
        samples.train, labels: samples.labels, over: ranks, for: .spectra, threadCount: 1)
      let detector = try await SpectralDetector.fit(
        rows, labels: samples.labels, setting: setting, threadCount: 1, cache: cache)
      let own = detector.share.own.map { detector.classes[$0] }
      return (
        cache, own.map { ClassRecord(label: $0.label, spectrum: $0.spectrum) },
        own.allSatisfy(\.spectrum.isHeld)
      )
    }
    let storedCount = pooling == 0 ? 3 : 5
    let first = try await ThreadCommunicator.run(3, body: job)
    #expect(first.reduce(0) { $0 + $1.0.counts.writes } == storedCount)
    #expect(first.allSatisfy { $0.0.counts.reads == 0 && $0.2 })
    // What a job had not finished when it ended is computed.
    #expect(folder.files.count == storedCount)
    try FileManager.default.removeItem(atPath: folder.files[1])
    let second = try await ThreadCommunicator.run(2, body: job)
    #expect(second.reduce(0) { $0 + $1.0.counts.writes } == 1)
    #expect(second.reduce(0) { $0 + $1.0.counts.reads } == storedCount - 1)
    #expect(second.allSatisfy { $0.2 })
    let (computed, found) = (first.flatMap(\.1), second.flatMap(\.1))
    #expect(computed.sorted { $0.label < $1.label } == found.sorted { $0.label < $1.label })
    // A process of its own stores nothing where all fits in memory.
    let alone = folder.cache()
    _ = try await SpectralDetector.fit(
      samples.train, labels: samples.labels, setting: setting, threadCount: 1, cache: alone)
    #expect(alone.counts == (0, 0))
  }

  private struct ClassRecord: Equatable, Sendable {
    let label: Int
    let eigenvalues: [Double]
    let basis: Matrix

    init(label: Int, spectrum: Spectrum) {
      self.label = label
      (eigenvalues, basis) = (spectrum.eigenvalues, spectrum.basis)
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
