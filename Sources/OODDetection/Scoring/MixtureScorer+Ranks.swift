import LinearAlgebra

/// Scoring by the classes of all ranks: samples travel to the classes, and what the classes of each rank give is
/// combined.
extension MixtureScorer {
  /// Scores samples that every rank can read by the classes of all ranks. A collective.
  ///
  /// Each rank reads a contiguous range of the samples. In a batch, every rank gets all ranks' samples, computes bounds
  /// for its own classes, and says how near the best of them can be; only the rank with the best one computes it. With
  /// what that gives, each rank rules out most of its other classes. At one λ, a rank sends (P−1)/P · M · (4·D + 200)
  /// bytes for M samples of D float32 features, in 17 messages to every other rank per batch; where densities are
  /// estimated, 560 bytes a sample more, in 30 messages.
  ///
  /// - Parameters:
  ///   - dropsNegligible: Whether classes below e^−25 of the likeliest one are left out of sums, as on one rank.
  ///   - frame: Turns features into the rows that are scored.
  /// - Returns: The scores of all samples, on all ranks.
  func scoresOfAllRanks(
    of rows: any FeatureRows, dropsNegligible: Bool, share: ClassShare,
    frame: (any FeatureRows) -> any FeatureRows, _ execution: Execution
  ) async throws -> [SampleScores] {
    let ranks = share.ranks
    let rows = (rows as? DividedRows)?.undivided ?? rows
    let ranges = ranks.ranges(of: rows.count)
    let isSingle = rows.storedEpsilon >= 0x1p-23
    let permitted = try await ranks.least(
      batchSize(execution, arrivingBytes: (isSingle ? 4 : 8) * rows.dimension))
    let most = max(1, permitted / ranks.count)
    let longest = ranges.map(\.count).max() ?? 0
    let roundCount = RowBlocks(count: longest, size: most).count
    // Equal rounds, each of which reads all factors that samples need.
    let size = (longest + max(1, roundCount) - 1) / max(1, roundCount)
    // What fitting needed last is not needed again.
    BLASRuntime.returnFreedMemory()
    var nonFinite = NonFiniteRows()
    // The samples of each rank's range, in order.
    var found = [[[SampleScores]]](repeating: [], count: ranks.count)
    var counts = [[Int32]](repeating: [], count: ranks.count)
    for round in 0..<roundCount {
      let pieces = ranges.map { $0.dropFirst(round * size).prefix(size) }
      let batchRows = try await collected(pieces, of: rows, ranks, execution)
      var unusable = NonFiniteRows()
      let indices = pieces.flatMap { Array($0) }
      let loaded = try await ranks.together {
        try await load(0..<batchRows.count, of: frame(batchRows), &unusable, execution)
      }
      guard let loaded else {
        nonFinite.append(unusable.indices.map { indices[$0] })
        continue
      }
      guard nonFinite.isEmpty else { continue }
      execution.memory.hold(loaded.byteCount)
      defer { execution.memory.release(loaded.byteCount) }
      let visits = ClassVisits(
        sampleCount: indices.count, pathCount: path.count, normalizers: classes.map(\.logNormalizers),
        dropsNegligible: dropsNegligible, among: share.owners.count)
      let (scores, visited) = try await visitTogether(loaded, visits, dropsNegligible, share, execution)
      var start = 0
      for (rank, piece) in pieces.enumerated() {
        let range = start..<start + piece.count
        found[rank].append(
          scores.scores(of: range, along: path, dimension: featureCount ?? dimension, columns))
        counts[rank] += visited[range]
        start = range.upperBound
      }
    }
    try nonFinite.check()
    var collector = ScoreCollector(
      path: path, sampleCount: rows.count, dimension: featureCount ?? dimension, columns: columns)
    for (blocks, visited) in zip(found, counts) {
      try await collector.append(blocks, visitedClassCounts: visited, execution)
    }
    return collector.scores
  }

  /// The rows of each rank's piece, one after another, which this rank reads and the others send.
  private func collected(
    _ pieces: [Range<Int>], of rows: any FeatureRows, _ ranks: Ranks, _ execution: Execution
  ) async throws -> EncodedRows {
    try await Self.collected(
      Array(pieces[ranks.rank]), counts: pieces.map(\.count), of: rows, ranks, execution)
  }

  /// The rows that each rank has, one rank's after another's.
  ///
  /// - Parameter counts: The number of rows of every rank.
  static func collected(
    _ own: [Int], counts: [Int], of rows: any FeatureRows, _ ranks: Ranks, _ execution: Execution
  ) async throws -> EncodedRows {
    let read = try await ranks.together {
      let blocks = RowBlocks(count: own.count, size: execution.blockSize)
      var elements: [Double] = []
      try await forEachInOrder(blocks.count, threadCount: execution.threadCount) {
        try rows.matrix(at: Array(own[blocks[$0]]))
      } consume: { _, block in
        elements += block.elements
      }
      return elements
    }
    let (bytes, sizes) = try await ranks.waiting {
      try $0.allGatherJoined(read.encodedAsSingles() ?? read.encoded())
    }
    return EncodedRows(bytes, sizes: sizes, counts: counts, dimension: rows.dimension)
  }

  /// How near a rank's classes can be to a sample, by their bounds.
  private struct Offer: BitwiseCopyable, Sendable {
    var density = -Double.infinity
    var densityRank = Int.max
    var distance = Double.infinity
    var distanceRank = Int.max
  }

  private struct Extreme: BitwiseCopyable, Sendable {
    var density: Double
    var distance: Double
  }

  private func visitTogether(
    _ batch: ScoringBatch, _ visits: ClassVisits, _ dropsNegligible: Bool, _ share: ClassShare,
    _ execution: Execution
  ) async throws -> (ScoreAccumulator, [Int32]) {
    let ranks = share.ranks
    var (batch, visits) = (batch, visits)
    let count = visits.sampleCount
    var refined: [[Int]] = []
    // Along a path, other classes are promising at other λ: each rank computes its own.
    var isWanted: (@Sendable (Int) -> Bool)?
    (batch, refined) = try await ranks.together {
      [batch, visits] in
      guard classBounds != nil else { return (batch, []) }
      var batch = batch
      let refined = try await refineFirst(&batch, visits, execution)
      return (batch, refined)
    }
    if path.count == 1 {
      let own = (0..<count).map { sample in
        var offer = Offer()
        if classBounds != nil {
          (offer.density, offer.distance) = visits.bestBounds(sample, batch.bounds)
          (offer.densityRank, offer.distanceRank) = (ranks.rank, ranks.rank)
        }
        return offer
      }
      let best = try await ranks.waiting {
        try $0.combined(own) { first, second in
          var best = first
          if second.density > best.density {
            (best.density, best.densityRank) = (second.density, second.densityRank)
          }
          if second.distance < best.distance {
            (best.distance, best.distanceRank) = (second.distance, second.distanceRank)
          }
          return best
        }
      }
      let rank = ranks.rank
      isWanted = { best[$0].densityRank == rank || best[$0].distanceRank == rank }
    }
    try await chooseEstimated(&batch, &visits, on: share, execution)
    visits = try await ranks.together { [batch, visits, isWanted] in
      var visits = visits
      if classBounds == nil {
        try await compute(visits.everything, in: batch.samples, &visits, execution)
      } else {
        try await visitPromising(batch, &visits, where: isWanted, execution)
      }
      return visits
    }
    let extremes = zip(visits.found.largestDensity, visits.found.smallestDistance).map(Extreme.init)
    let known = try await ranks.waiting {
      try $0.combined(extremes) {
        Extreme(density: max($0.density, $1.density), distance: min($0.distance, $1.distance))
      }
    }
    visits.learn(
      ClassVisits.Extremes(
        largestDensity: known.map(\.density), smallestDistance: known.map(\.distance)))
    visits = try await ranks.together { [batch, visits, refined] in
      var (batch, visits) = (batch, visits)
      if classBounds != nil {
        try await visitRemaining(&batch, &visits, refined: refined, execution)
      }
      return visits
    }
    if dropsNegligible {
      let own = visits.found.largestDensity
      let largest = try await ranks.waiting { try $0.combined(own) { max($0, $1) } }
      visits = try await ranks.together { [batch, visits] in
        var visits = visits
        try await addUp(&visits, batch.bounds, relativeTo: largest, execution)
        return visits
      }
    }
    let entries = visits.found.entries(of: share.own)
    let (joined, visited) = try await ranks.waiting { [counts = visits.visitedClassCounts] ranks in
      (
        try ranks.combined(entries) { .joined($0, $1, isRelative: dropsNegligible) },
        try ranks.combined(counts) { $0 + $1 }
      )
    }
    return (ScoreAccumulator(joined, pathCount: path.count), visited)
  }
}

extension Ranks {
  /// Combines one value of every rank at each place, in the order of ranks. Each rank combines a part of the places. It
  /// sends the size of the values twice, but for its own part. A collective.
  func combined<Value: BitwiseCopyable & Sendable>(
    _ values: [Value], _ combine: (Value, Value) -> Value
  ) throws -> [Value] {
    if isSingle { return values }
    let parts = ranges(of: values.count)
    let size = parts[rank].count
    let received = try exchange(
      parts.map { Array(values[$0]) }, receivedCounts: [Int](repeating: size, count: count))
    let own = received.dropFirst().reduce(received[0]) { zip($0, $1).map(combine) }
    return try allGather(own, counts: parts.map(\.count)).flatMap { $0 }
  }

  /// Computes something of each rank's range of the samples, and joins it on all ranks. A collective.
  ///
  /// - Parameter body: Computes numbers of a range without collectives, `width` for each sample. Rows that it cannot
  ///   use are reported together.
  func joinedByRange(
    of sampleCount: Int, width: Int, _ body: (Range<Int>) async throws -> [[Double]]
  ) async throws -> [[Double]] {
    let ranges = ranges(of: sampleCount)
    let range = ranges[rank]
    var unusable: [Int] = []
    let own = try await together {
      do {
        return try await body(range)
      } catch DetectorError.nonFiniteFeatures(let rowCount, let firstRows) {
        unusable = [rowCount] + firstRows.map { $0 + range.lowerBound }
        return [[Double]](repeating: [Double](repeating: .nan, count: range.count), count: width)
      }
    }
    let counts = ranges.map { $0.count * width }
    let (parts, reports) = try await waiting { [unusable] ranks in
      (try ranks.allGather(Array(own.joined()), counts: counts), try ranks.allGather(unusable))
    }
    let rowCount = reports.reduce(0) { $0 + ($1.first ?? 0) }
    if rowCount > 0 {
      throw DetectorError.nonFiniteFeatures(
        rowCount: rowCount, firstRows: Array(reports.flatMap { $0.dropFirst() }.prefix(5)))
    }
    return (0..<width).map { column in
      zip(parts, ranges).flatMap { part, range in part[column * range.count..<(column + 1) * range.count] }
    }
  }
}

extension Ranks {
  /// The scores of all samples at one λ by a detector that every rank has in full: each rank computes those of its range
  /// of the samples. A collective; a rank sends (P−1) · M/P · 56 bytes.
  ///
  /// - Parameters:
  ///   - includesBackground: Whether `body` computes the background.
  ///   - body: Computes scores of some samples without collectives.
  public func scoresByRange(
    of rows: any FeatureRows, at regularization: Regularization, includesBackground: Bool,
    _ body: (any FeatureRows) async throws -> SampleScores
  ) async throws -> SampleScores {
    if isSingle { return try await body(rows) }
    var normalizer = 0.0
    let columns = try await joinedByRange(of: rows.count, width: includesBackground ? 7 : 6) { range in
      let scores = try await body(
        RangeOfRows(rows: (rows as? DividedRows)?.undivided ?? rows, range: range))
      normalizer = scores.background?.logNormalizer ?? 0
      return [
        scores.negativeLogLikelihood, scores.mahalanobis, scores.mostLikelyClass.map(Double.init),
        scores.closestClass.map(Double.init), scores.squaredDistanceToMostLikely,
        scores.visitedClassCounts.map(Double.init),
      ] + (includesBackground ? [scores.background?.squaredDistances ?? []] : [])
    }
    var scores = SampleScores(
      regularization: regularization, negativeLogLikelihood: columns[0], mahalanobis: columns[1],
      mostLikelyClass: columns[2].map { Int32($0) }, closestClass: columns[3].map { Int32($0) },
      squaredDistanceToMostLikely: columns[4], visitedClassCounts: columns[5].map { Int32($0) })
    if includesBackground {
      scores.background = BackgroundScores(
        squaredDistances: columns[6], logNormalizer: normalizer, dimension: rows.dimension)
    }
    return scores
  }
}
