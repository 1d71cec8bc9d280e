import LinearAlgebra

extension MixtureScorer {
  /// The number of multiplications after which a task yields: about a fifth of a millisecond.
  private static let uninterruptedWork = 0x1p22

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
  /// - Parameters:
  ///   - known: For each sample, a class that is not computed and its ℓ at every t, (N,) and (N·P,).
  ///   - pause: Called now and then, while nothing is computed.
  func forEachBlock<Value: Sendable>(
    of rows: any FeatureRows, _ execution: Execution, known: (classes: [Int32], densities: [Double])? = nil,
    body: @escaping @Sendable (ScoreAccumulator) -> Value, consume: (Range<Int>, Value) -> Void,
    pause: () async throws -> Void = {}
  ) async throws {
    var nonFinite = NonFiniteRows()
    let distances = try classes.map { try $0.distances() }
    // Without a known class, all that count for a sum would have to be found.
    let chords = known == nil ? nil : PathChords(path, dimension: dimension)
    let chosenDistances = classes.map { scored in chords.flatMap { scored.chosenDistances(at: $0.nodes) } }
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
        if let known {
          found.begin(
            with: known.classes[range],
            densities: known.densities[range.lowerBound * path.count..<range.upperBound * path.count])
        }
        var block = BlockDistances()
        for (classIndex, scored) in classes.enumerated() {
          try Task.checkCancellation()
          var included =
            known.map { known in
              (0..<range.count).filter { known.classes[range.lowerBound + $0] != classIndex }
            } ?? Array(0..<range.count)
          guard !included.isEmpty else { continue }
          // A block passes through many classes. Yielding lets other tasks, such as scores at a newly chosen λ, run in
          // between.
          let work = scored.distanceWork(rowCount: included.count)
          if work.multiplyAdds > Self.uninterruptedWork { await Task.yield() }
          block.centred.assign(
            included.count == range.count ? samples : samples.matrix(at: included), subtracting: scored.mean,
            scored.meanRemainder)
          if let chords, let chosen = chosenDistances[classIndex] {
            let places = chosen(&block) {
              found.candidates(
                chords, samples: included, nodeDistances: $0, normalizers: scored.logNormalizers)
            }
            included = places.map { included[$0] }
          } else {
            distances[classIndex](&block)
          }
          if !included.isEmpty {
            found.add(
              classIndex: classIndex, samples: included, squaredDistances: block.squaredDistances,
              normalizers: scored.logNormalizers)
          }
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
