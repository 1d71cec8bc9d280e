import LinearAlgebra

extension MixtureScorer {
  /// The likeliest class of every sample along a path, given one class with its ℓ, where all classes are in memory.
  ///
  /// - Parameters:
  ///   - known: For each sample, a class that is not computed and its ℓ at every t, (N,) and (N·P,).
  ///   - consume: Called with one block after another.
  func findLikeliest(
    of rows: any FeatureRows, known: (classes: [Int32], densities: [Double]), _ execution: Execution,
    consume: (ScoreAccumulator) -> Void
  ) async throws {
    let search = RivalSearch(self)
    var nonFinite = NonFiniteRows()
    let blocks = RowBlocks(
      count: rows.count, size: search.blockSize(self, execution), workerCount: execution.threadCount)
    try await forEachInOrder(blocks.count, threadCount: execution.threadCount) {
      index -> (found: ScoreAccumulator?, nonFinite: [Int]) in
      let range = blocks[index]
      let samples = try rows.matrix(at: Array(range))
      let nonFinite = samples.nonFiniteRows()
      guard nonFinite.isEmpty else { return (nil, nonFinite.map { range.lowerBound + $0 }) }
      let places = range.lowerBound * path.count..<range.upperBound * path.count
      var block = RivalBlock(
        samples, known: Array(known.classes[range]), densities: known.densities[places], search, execution)
      for group in RowBlocks(count: classes.count, size: RivalSearch.classesPerPass) {
        for (classIndex, open) in zip(group, try await block.openSamples(group, search, execution)) {
          try Task.checkCancellation()
          guard !open.isEmpty else { continue }
          let work = classes[classIndex].distanceWork(rowCount: open.count)
          if !search.bounds.isEmpty { execution.meter.plan(work) }
          if work.multiplyAdds > Self.uninterruptedWork { await Task.yield() }
          try block.add(classIndex, to: open, search, execution)
          execution.meter.complete(work)
        }
      }
      return (block.found, [])
    } consume: { _, result in
      nonFinite.append(result.nonFinite)
      if nonFinite.isEmpty, let found = result.found { consume(found) }
    }
    try nonFinite.check()
  }
}

/// What rules out classes that are not likelier than a known one, or than likelier ones that were found since.
private struct RivalSearch: Sendable {
  /// The number of classes that a block is bounded to before those that are left are computed.
  static let classesPerPass = 32

  let classes: [any ScoredClass]
  /// Nil for a short path.
  let chords: PathChords?
  /// The function of each class that computes the distances of some samples; nil if its distances are not bounded by
  /// chords.
  let chosenDistances: [(@Sendable (inout BlockDistances, (Matrix) -> [Int]) -> [Int])?]
  /// In ascending order of their cost.
  let bounds: [ClassBounds]

  init(_ scorer: MixtureScorer) {
    let chords = PathChords(scorer.path, dimension: scorer.dimension)
    (classes, self.chords, bounds) = (scorer.classes, chords, scorer.nodeBounds)
    chosenDistances = classes.map { scored in chords.flatMap { scored.chosenDistances(at: $0.nodes) } }
  }

  /// The number of samples that pass through all classes together. Where bounds leave few samples of a class, and a
  /// product with its directions takes much longer to begin than a sample, there are more.
  func blockSize(_ scorer: MixtureScorer, _ execution: Execution) -> Int {
    let directions = classes.map { $0.distanceWork(rowCount: 1).multiplyAdds }.max() ?? 0
    guard !bounds.isEmpty, directions > 0x1p15 else { return execution.blockSize }
    let bytes = 8 * scorer.dimension + 40 * scorer.path.count
    return min(
      16 * execution.blockSize,
      max(execution.blockSize, execution.batchByteCount / execution.threadCount / bytes))
  }
}

/// Samples whose likeliest class is looked for.
private struct RivalBlock {
  private let samples: Matrix
  private let known: [Int32]
  private(set) var found: ScoreAccumulator
  private let parts: RowBlocks
  /// Parts of the samples, few enough to stay in cache, in the frame of the cheapest bounds; none without bounds.
  private var rounded: [ClassBounds.Samples]
  private var distances = BlockDistances()
  private var cheapest = Trial()
  private var closer = Trial()

  init(
    _ samples: Matrix, known: [Int32], densities: ArraySlice<Double>, _ search: RivalSearch,
    _ execution: Execution
  ) {
    (self.samples, self.known) = (samples, known)
    found = ScoreAccumulator(
      sampleCount: samples.rowCount, pathCount: densities.count / max(1, samples.rowCount))
    found.begin(with: known[...], densities: densities)
    let parts = RowBlocks(count: samples.rowCount, size: execution.blockSize)
    self.parts = parts
    rounded = search.bounds.first.map { bounds in parts.map { bounds.samples(samples.rows($0)) } } ?? []
  }

  /// The samples of each of some classes that the cheapest bounds do not rule out, but for those that it is the known
  /// class of.
  mutating func openSamples(
    _ classes: Range<Int>, _ search: RivalSearch, _ execution: Execution
  ) async throws -> [[Int]] {
    var open = [[Int]](repeating: [], count: classes.count)
    for (part, range) in parts.enumerated() {
      for (place, classIndex) in classes.enumerated() {
        let others = range.filter { known[$0] != classIndex }
        guard let bounds = search.bounds.first, let chords = search.chords, cheapest.isOfUse,
          search.chosenDistances[classIndex] != nil
        else {
          open[place] += others
          continue
        }
        try Task.checkCancellation()
        let found = bounds.bounds(
          of: &rounded[part], at: others.map { $0 - range.lowerBound }, to: classIndex)
        let reachable = reachable(others, found, search.classes[classIndex], chords).map { others[$0] }
        cheapest.add(tested: others.count, open: reachable.count)
        open[place] += reachable
      }
      guard let bounds = search.bounds.first else { continue }
      let share = Double(classes.count) / Double(search.classes.count)
      execution.meter.complete(
        WorkCount(multiplyAdds: bounds.work(rowCount: range.count).multiplyAdds * share))
      await Task.yield()
    }
    return open
  }

  /// Computes a class for the samples that no closer bound rules out.
  mutating func add(
    _ classIndex: Int, to open: [Int], _ search: RivalSearch, _ execution: Execution
  ) throws {
    let scored = search.classes[classIndex]
    let all = try scored.distances()
    for range in RowBlocks(count: open.count, size: execution.blockSize) {
      var rows = Array(open[range])
      if let chords = search.chords, let chosen = search.chosenDistances[classIndex] {
        if !search.bounds.isEmpty, closer.isOfUse {
          rows = reachable(rows, classIndex, search, chords)
        }
        guard !rows.isEmpty else { continue }
        centre(rows, scored)
        let places = chosen(&distances) {
          found.candidates(chords, samples: rows, nodeDistances: $0, normalizers: scored.logNormalizers)
        }
        rows = places.map { rows[$0] }
      } else {
        centre(rows, scored)
        all(&distances)
      }
      guard !rows.isEmpty else { continue }
      found.add(
        classIndex: classIndex, samples: rows, squaredDistances: distances.squaredDistances,
        normalizers: scored.logNormalizers)
    }
  }

  private mutating func centre(_ rows: [Int], _ scored: any ScoredClass) {
    distances.centred.assign(
      rows.count == samples.rowCount ? samples : samples.matrix(at: rows), subtracting: scored.mean,
      scored.meanRemainder)
  }

  /// The samples for which neither the closest bounds nor the class's own ones rule it out, nor the two together: at
  /// each node, the higher one counts.
  private mutating func reachable(
    _ tested: [Int], _ classIndex: Int, _ search: RivalSearch, _ chords: PathChords
  ) -> [Int] {
    let scored = search.classes[classIndex]
    var rows = tested
    var highest: Matrix?
    if let bounds = search.bounds.dropFirst().last {
      var rounded = bounds.samples(samples.matrix(at: tested))
      let found = bounds.bounds(of: &rounded, at: Array(tested.indices), to: classIndex, alone: true)
      let open = reachable(tested, found, scored, chords)
      rows = open.map { tested[$0] }
      highest = found.matrix(at: open)
    }
    if !rows.isEmpty, let ownBounds = scored.distanceBounds(at: chords.nodes) {
      centre(rows, scored)
      var found = ownBounds(distances.centred)
      if let highest { found.raise(to: highest) }
      rows = reachable(rows, found, scored, chords).map { rows[$0] }
    }
    closer.add(tested: tested.count, open: rows.count)
    return rows
  }

  /// The places of the samples whose density reaches the largest so far, given bounds on their distances at the nodes.
  private func reachable(
    _ tested: [Int], _ bounds: Matrix, _ scored: any ScoredClass, _ chords: PathChords
  ) -> [Int] {
    found.candidates(chords, samples: tested, nodeDistances: bounds, normalizers: scored.logNormalizers)
  }

  /// Whether a bound rules out enough classes.
  private struct Trial {
    private var testedCount = 0
    private var openCount = 0

    var isOfUse: Bool { testedCount < 4096 || 2 * openCount < testedCount }

    mutating func add(tested: Int, open: Int) {
      testedCount += tested
      openCount += open
    }
  }
}

extension Matrix {
  /// Replaces elements by larger ones of another matrix.
  fileprivate mutating func raise(to other: Matrix) {
    precondition(rowCount == other.rowCount && columnCount == other.columnCount, "shapes differ")
    for index in elements.indices { elements[index] = max(elements[index], other.elements[index]) }
  }
}
