import LinearAlgebra

extension MixtureScorer {
  /// The number of multiplications after which a task yields: about a fifth of a millisecond.
  static let uninterruptedWork = 0x1p22

  /// Whether every class is computed for every sample, from memory.
  var visitsEveryClass: Bool {
    classBounds == nil && classes.allSatisfy { $0.fetchedByteCount == 0 }
  }

  /// Scores samples by computing every class, all of which are in memory.
  func scoresOfEveryClass(
    of rows: any FeatureRows, _ execution: Execution
  ) async throws -> [SampleScores] {
    let dimension = featureCount ?? dimension
    var collected = ScoreCollector(
      path: path, sampleCount: rows.count, dimension: dimension, columns: columns)
    var waiting: [[SampleScores]] = []
    var waitingCount = 0
    try await forEachBlock(of: rows, execution) { [path, columns] found in
      found.scores(of: 0..<found.sampleCount, along: path, dimension: dimension, columns)
    } consume: { range, scores in
      waiting.append(scores)
      waitingCount += range.count
    } pause: {
      try await collected.append(
        waiting, visitedClassCounts: [Int32](repeating: Int32(classes.count), count: waitingCount), execution)
      (waiting, waitingCount) = ([], 0)
    }
    return collected.scores
  }

  /// The number of blocks per thread between two pauses.
  private static let blocksBetweenPauses = 32

  /// Passes each block of samples through all classes, so that its intermediate results stay in cache, and then to
  /// `body`, block after block to `consume`.
  ///
  /// - Parameter pause: Called now and then, while nothing is computed.
  private func forEachBlock<Value: Sendable>(
    of rows: any FeatureRows, _ execution: Execution,
    body: @escaping @Sendable (ScoreAccumulator) -> Value, consume: (Range<Int>, Value) -> Void,
    pause: () async throws -> Void
  ) async throws {
    var nonFinite = NonFiniteRows()
    let distances = try classes.map { try $0.distances() }
    let blocks = RowBlocks(
      count: rows.count, size: execution.blockSize, workerCount: execution.threadCount)
    for part in RowBlocks(count: blocks.count, size: Self.blocksBetweenPauses * execution.threadCount) {
      try await forEachInOrder(part.count, threadCount: execution.threadCount) {
        place -> (value: Value?, nonFinite: [Int]) in
        let range = blocks[part.lowerBound + place]
        let samples = try rows.matrix(at: Array(range))
        let nonFinite = samples.nonFiniteRows()
        guard nonFinite.isEmpty else { return (nil, nonFinite.map { range.lowerBound + $0 }) }
        var found = ScoreAccumulator(sampleCount: samples.rowCount, pathCount: path.count)
        var block = BlockDistances()
        for (classIndex, scored) in classes.enumerated() {
          try Task.checkCancellation()
          // A block passes through many classes. Yielding lets other tasks, such as scores at a newly chosen λ, run in
          // between.
          let work = scored.distanceWork(rowCount: range.count)
          if work.multiplyAdds > Self.uninterruptedWork { await Task.yield() }
          block.centred.assign(samples, subtracting: scored.mean, scored.meanRemainder)
          distances[classIndex](&block)
          found.add(
            classIndex: classIndex, samples: Array(0..<range.count), squaredDistances: block.squaredDistances,
            normalizers: scored.logNormalizers)
          execution.meter.complete(work)
        }
        return (body(found), [])
      } consume: { place, found in
        nonFinite.append(found.nonFinite)
        if nonFinite.isEmpty, let value = found.value { consume(blocks[part.lowerBound + place], value) }
      }
      if nonFinite.isEmpty { try await pause() }
    }
    try nonFinite.check()
  }
}
