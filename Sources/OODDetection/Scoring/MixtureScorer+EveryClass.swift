import LinearAlgebra

extension MixtureScorer {
  /// How many multiplications of one class leave no room for others: a fifth of a millisecond's worth.
  private static let uninterruptedWork = 0x1p22

  /// The scores of samples for each of which every class is looked at, all of them being at hand: a block of samples
  /// goes through all classes, and what is found of it stays in cache.
  func scoresOfEveryClass(
    of rows: any FeatureRows, _ execution: Execution
  ) async throws -> [SampleScores] {
    var collected = ScoreCollector(path: path, sampleCount: rows.count, dimension: dimension)
    var nonFinite = NonFiniteRows()
    let distances = try classes.map { try $0.distances() }
    let blocks = RowBlocks(
      count: rows.count, size: execution.blockSize, workerCount: execution.threadCount)
    try await forEachInOrder(blocks.count, threadCount: execution.threadCount) {
      index -> (scores: [SampleScores], nonFinite: [Int]) in
      let samples = try rows.matrix(at: Array(blocks[index]))
      let nonFinite = samples.nonFiniteRows()
      guard nonFinite.isEmpty else { return ([], nonFinite) }
      var found = ScoreAccumulator(sampleCount: samples.rowCount, pathCount: path.count)
      var block = BlockDistances()
      for (classIndex, scored) in classes.enumerated() {
        try Task.checkCancellation()
        // A block goes through many classes: whoever else waits for a thread, such as scores at the λ of a key, is to
        // have it in between.
        let work = scored.distanceWork(rowCount: samples.rowCount)
        if work.multiplyAdds > Self.uninterruptedWork { await Task.yield() }
        block.centred.assign(samples, subtracting: scored.mean, scored.meanRemainder)
        distances[classIndex](&block)
        found.add(
          classIndex: classIndex, samples: Array(0..<samples.rowCount),
          squaredDistances: block.squaredDistances, normalizers: scored.logNormalizers)
        execution.meter.complete(work)
      }
      return (found.scores(of: 0..<samples.rowCount, along: path, dimension: dimension), [])
    } consume: { index, found in
      nonFinite.append(found.nonFinite.map { blocks[index].lowerBound + $0 })
      if nonFinite.isEmpty {
        collected.append(
          found.scores,
          visitedClassCounts: [Int32](repeating: Int32(classes.count), count: blocks[index].count))
      }
    }
    try nonFinite.check()
    return collected.scores
  }
}
