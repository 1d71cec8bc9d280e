import LinearAlgebra

/// Scores samples along a path of λ exactly, computing only the classes that can matter.
///
/// Samples are processed in batches. ``ClassBounds`` bound every d² of a batch from below. Each sample's most
/// promising classes are computed first, then every class that they do not rule out. A class with a tighter bound of
/// its own is computed only if that bound does not rule it out either. A class is ruled out if, at every λ, its
/// density is below e^−(36 + log K) times a known one, so that all such classes together do not change a sum in double
/// precision, *and* its distance is certainly above the smallest known one. At a single λ, classes below
/// e^−(25 + log K) of the likeliest one are left out of the sum, computed or not, which changes it by at most 2e-11.
/// At large ridges, classes whose density is known well enough are estimated; see ``DistanceEstimates``.
/// Samples are grouped by class, so that all computations are matrix products.
struct MixtureScorer: Sendable {
  let path: [Regularization]
  var classes: [any ScoredClass]
  /// Nil to compute every class for every sample.
  var classBounds: (any DistanceBounds)?
  /// Bounds at the nodes of ``PathChords`` in ascending order of their cost, where every class is in memory, for
  /// ``likeliestClasses(of:known:densities:above:includesValues:_:)``.
  var nodeBounds: [ClassBounds] = []
  /// The dimension of the rows.
  let dimension: Int
  /// D, by which distances are divided.
  var featureCount: Int?
  /// The arrays of scores to compute.
  var columns = ScoreColumns.all
  /// Closer bounds than ``classBounds``, at one λ; nil if there are none.
  var refinedBounds: RefinedBounds?

  /// - Parameter estimate: The work that the meter already expects, to be replaced by a better estimate.
  /// - Throws: ``DetectorError/dimensionMismatch(expected:found:)``,
  ///   ``DetectorError/nonFiniteFeatures(rowCount:firstRows:)``, `CancellationError`, and the errors of `rows`.
  func scores(
    of rows: any FeatureRows, replacing estimate: WorkCount = WorkCount(), _ execution: Execution
  ) async throws -> [SampleScores] {
    try rows.requireDimension(dimension)
    execution.meter.plan(expectedWork(rowCount: rows.count) - estimate)
    if visitsEveryClass { return try await scoresOfEveryClass(of: rows, execution) }
    var collected = ScoreCollector(
      path: path, sampleCount: rows.count, dimension: featureCount ?? dimension, columns: columns)
    var nonFinite = NonFiniteRows()
    for range in RowBlocks(count: rows.count, size: batchSize(execution)) {
      guard let batch = try await load(range, of: rows, &nonFinite, execution) else { continue }
      execution.memory.hold(batch.byteCount)
      defer { execution.memory.release(batch.byteCount) }
      let visits = ClassVisits(
        sampleCount: batch.samples.rowCount, normalizers: classes.map(\.logNormalizers),
        dropsNegligible: classBounds != nil && path.count == 1)
      try await collected.append(visit(batch, visits, execution), execution)
    }
    try nonFinite.check()
    return collected.scores
  }

  /// As many samples as fit with their intermediate results: a class's factors are read once for many of them.
  ///
  /// - Parameter arrivingBytes: The size of a sample as it arrives from another rank.
  func batchSize(_ execution: Execution, arrivingBytes: Int = 0) -> Int {
    let classBytes = 4 * (classBounds?.parts.count ?? 0) + (classBounds is DistanceEstimates ? 9 : 1)
    let byteCount = arrivingBytes + 8 * dimension + classBytes * classes.count + 40 * path.count
    return max(execution.blockSize, execution.batchByteCount / max(1, byteCount))
  }

  private func boundingWork(rowCount: Int) -> WorkCount {
    classBounds?.work(rowCount: rowCount) ?? WorkCount()
  }

  /// The smallest cost of scoring. Further work is added when it is known.
  func expectedWork(rowCount: Int) -> WorkCount {
    boundingWork(rowCount: rowCount) + expectedVisits(rowCount: rowCount)
  }

  /// The cost of all classes for each sample, or of one class with bounds. Further work is added when it is known.
  private func expectedVisits(rowCount: Int) -> WorkCount {
    let all = classes.reduce(WorkCount()) { $0 + $1.distanceWork(rowCount: rowCount) }
    return classBounds == nil ? all : WorkCount(multiplyAdds: all.multiplyAdds / Double(classes.count))
  }

  /// Reads a batch block by block and computes its bounds; nil after rows that cannot be scored were found.
  func load(
    _ range: Range<Int>, of rows: any FeatureRows, _ nonFinite: inout NonFiniteRows, _ execution: Execution
  ) async throws -> ScoringBatch? {
    let blocks = RowBlocks(
      count: range.count, size: classBounds?.blockSize(execution) ?? execution.blockSize)
    var batch = ScoringBatch(
      samples: RowBlockMatrix(columnCount: dimension),
      bounds: BatchBounds(parts: classBounds?.parts ?? [])
    )
    batch.bounds.squaredDistances.reserveCapacity(range.count * classes.count * batch.bounds.parts.count)
    if classBounds is DistanceEstimates {
      batch.bounds.estimates.reserveCapacity(range.count * classes.count)
    }
    try await forEachInOrder(blocks.count, threadCount: execution.threadCount) { index in
      let indices = blocks[index].map { range.lowerBound + $0 }
      let block = try rows.matrix(at: indices)
      let nonFinite = block.nonFiniteRows().map { indices[$0] }
      var bounds = BlockBounds(squaredDistances: [])
      if nonFinite.isEmpty, let classBounds {
        bounds = try classBounds.bounds(of: block)
        execution.meter.complete(boundingWork(rowCount: block.rowCount))
      }
      return (block, bounds, nonFinite)
    } consume: { _, loaded in
      nonFinite.append(loaded.2)
      if nonFinite.isEmpty {
        batch.samples.append(loaded.0)
        batch.bounds.squaredDistances += loaded.1.squaredDistances
        batch.bounds.estimates += loaded.1.estimates
      }
    }
    return nonFinite.isEmpty ? batch : nil
  }

  /// The likeliest class of every sample for each t, given one class with its ℓ. Computes only classes that can be
  /// likelier.
  ///
  /// - Parameters:
  ///   - known: The index of the known class, (N,).
  ///   - densities: ℓ of the known class, (N·P,), sample after sample; −infinity to find the likeliest other class.
  ///   - least: ℓ below which no class is of interest, (N·P,), so that any may be returned; nil if all are.
  ///   - includesValues: Whether to return densities and distances beside the classes.
  func likeliestClasses(
    of rows: any FeatureRows, known: [Int32], densities: [Double], above least: [Double]? = nil,
    includesValues: Bool = true, _ execution: Execution
  ) async throws -> LikeliestClasses {
    execution.meter.plan(nodeBounds.first?.work(rowCount: rows.count) ?? expectedWork(rowCount: rows.count))
    var likeliest = LikeliestClasses()
    likeliest.classes.reserveCapacity(densities.count)
    if includesValues {
      likeliest.densities.reserveCapacity(densities.count)
      likeliest.squaredDistances.reserveCapacity(densities.count)
    }
    if visitsEveryClass {
      let densities = least.map { zip(densities, $0).map { max($0, $1.nextDown) } } ?? densities
      try await findLikeliest(of: rows, known: (known, densities), execution) { found in
        likeliest.append(found, includesValues: includesValues)
      }
      return likeliest
    }
    var nonFinite = NonFiniteRows()
    for range in RowBlocks(count: rows.count, size: batchSize(execution)) {
      guard let batch = try await load(range, of: rows, &nonFinite, execution) else { continue }
      execution.memory.hold(batch.byteCount)
      defer { execution.memory.release(batch.byteCount) }
      let places = range.lowerBound * path.count..<range.upperBound * path.count
      var visits = ClassVisits(
        sampleCount: range.count, pathCount: path.count, normalizers: classes.map(\.logNormalizers),
        known: (known[range], densities[places]))
      if let least {
        visits.learn(
          ClassVisits.Extremes(
            largestDensity: Array(least[places]),
            smallestDistance: [Double](repeating: .infinity, count: places.count)))
      }
      let found = try await visit(batch, visits, execution).found
      likeliest.append(found, includesValues: includesValues)
    }
    try nonFinite.check()
    return likeliest
  }

  /// - Parameter visits: The state before any class is computed.
  private func visit(
    _ batch: ScoringBatch, _ visits: ClassVisits, _ execution: Execution
  ) async throws -> ClassVisits {
    var (batch, visits) = (batch, visits)
    if classBounds == nil {
      try await compute(visits.everything, in: batch.samples, &visits, execution)
      return visits
    }
    let refined = try await refineFirst(&batch, visits, execution)
    try await chooseEstimated(&batch, &visits, execution)
    try await visitPromising(batch, &visits, execution)
    try await visitRemaining(&batch, &visits, refined: refined, execution)
    try await addUp(&visits, batch.bounds, execution)
    return visits
  }

  /// Sums the densities of every sample, computed or estimated.
  ///
  /// - Parameter overall: The largest ℓ over the classes of all ranks, (B,); nil on a single rank.
  func addUp(
    _ visits: inout ClassVisits, _ bounds: BatchBounds, relativeTo overall: [Double]? = nil,
    _ execution: Execution
  ) async throws {
    guard let computed = visits.takeComputed() else { return }
    let sums = try await forEachSample(visits.sampleCount, execution) { [visits] in
      visits.sum(ofSample: $0, computed, bounds, relativeTo: overall)
    }
    visits.setSums(sums)
  }

  /// The samples of a batch, rounded block by block.
  func quantized(
    _ samples: RowBlockMatrix, _ execution: Execution,
    _ round: @escaping @Sendable (Matrix) -> QuantizedSamples
  ) async throws -> QuantizedSamples {
    var blocks: [QuantizedSamples] = []
    try await forEachInOrder(samples.blockCount, threadCount: execution.threadCount) {
      round(samples.block($0))
    } consume: { _, block in
      blocks.append(block)
    }
    return QuantizedSamples(columnCount: dimension, joining: blocks)
  }

  /// Computes something of every sample, in order.
  func forEachSample<Value: Sendable>(
    _ count: Int, _ execution: Execution, _ body: @escaping @Sendable (Int) -> Value
  ) async throws -> [Value] {
    var values: [Value] = []
    values.reserveCapacity(count)
    let blocks = RowBlocks(count: count, size: execution.blockSize)
    try await forEachInOrder(blocks.count, threadCount: execution.threadCount) {
      blocks[$0].map(body)
    } consume: { _, found in
      values += found
    }
    return values
  }

  /// Replaces the bounds of a batch by closer ones if they leave so many classes open that none should be computed
  /// before.
  ///
  /// - Returns: The samples of each class whose bounds were replaced.
  func refineFirst(
    _ batch: inout ScoringBatch, _ visits: ClassVisits, _ execution: Execution
  ) async throws -> [[Int]] {
    guard refinesFirst(batch, visits) else { return [[Int]](repeating: [], count: classes.count) }
    let candidates = try await samplesByClass(batch.samples.rowCount, execution) {
      [visits, bounds = batch.bounds] in
      visits.candidateClasses($0, bounds)
    }
    return try await refine(&batch, candidates, execution)
  }

  /// Computes the classes that a batch's bounds are best for.
  ///
  /// - Parameter isWanted: Whether the likeliest and the closest class of a sample are to be computed here.
  func visitPromising(
    _ batch: ScoringBatch, _ visits: inout ClassVisits,
    where isWanted: (@Sendable (_ sample: Int) -> Bool)? = nil, _ execution: Execution
  ) async throws {
    let count = batch.samples.rowCount
    let promising = try await samplesByClass(count, execution) { [visits, bounds = batch.bounds] in
      isWanted?($0) == false ? [] : visits.promisingClasses($0, bounds)
    }
    execution.meter.plan(work(of: promising) - expectedVisits(rowCount: count))
    try await compute(promising, in: batch.samples, &visits, execution)
  }

  /// Computes all further classes that can matter.
  ///
  /// - Parameter candidates: The samples of each class whose bounds were already replaced by closer ones.
  func visitRemaining(
    _ batch: inout ScoringBatch, _ visits: inout ClassVisits, refined candidates: [[Int]],
    _ execution: Execution
  ) async throws {
    let count = batch.samples.rowCount
    var remaining = try await samplesByClass(count, execution) { [visits, bounds = batch.bounds] in
      visits.remainingClasses($0, bounds)
    }
    // Refined bounds have not misled.
    if candidates.allSatisfy(\.isEmpty) {
      try await visitLikelier(batch, &visits, &remaining, execution)
    }
    let unrefined = zip(remaining, candidates).map { list, refined in
      refined.isEmpty ? list : Array(Set(list).subtracting(refined)).sorted()
    }
    if try await refine(&batch, unrefined, execution).contains(where: { !$0.isEmpty }) {
      // With closer bounds, another class may be the likeliest.
      let likelier = try await samplesByClass(count, execution) { [visits, bounds = batch.bounds] in
        visits.promisingRemainingClasses($0, bounds)
      }
      execution.meter.plan(work(of: likelier))
      try await compute(likelier, in: batch.samples, &visits, execution)
      remaining = try await samplesByClass(count, execution) { [visits, bounds = batch.bounds] in
        visits.remainingClasses($0, bounds)
      }
    }
    remaining = try await narrowed(remaining, in: batch, visits, execution)
    execution.meter.plan(work(of: remaining))
    try await compute(remaining, in: batch.samples, &visits, execution)
  }

  /// The number of classes that are bounded more closely in the time that one of them takes in full.
  private static let refinedPerClass = 16

  /// Computes the classes that come next where the first guess was wrong, as for samples between classes, so that most
  /// others remain. At one λ.
  private func visitLikelier(
    _ batch: ScoringBatch, _ visits: inout ClassVisits, _ remaining: inout [[Int]], _ execution: Execution
  ) async throws {
    let count = batch.samples.rowCount
    for _ in 0..<3 where path.count == 1 {
      var remainingCounts = [Int](repeating: 0, count: count)
      for list in remaining { for sample in list { remainingCounts[sample] += 1 } }
      guard remainingCounts.contains(where: { $0 > Self.refinedPerClass }) else { return }
      let likelier = try await samplesByClass(count, execution) {
        [visits, remainingCounts, bounds = batch.bounds] in
        remainingCounts[$0] > Self.refinedPerClass ? visits.promisingRemainingClasses($0, bounds) : []
      }
      execution.meter.plan(work(of: likelier))
      try await compute(likelier, in: batch.samples, &visits, execution)
      remaining = try await samplesByClass(count, execution) {
        [visits, remainingCounts, bounds = batch.bounds] in
        remainingCounts[$0] > 0 ? visits.remainingClasses($0, bounds) : []
      }
    }
  }

  /// The number of samples by which a batch is judged.
  private static let trialCount = 256

  /// Whether the bounds of a batch leave so many classes open that none should be computed before they are refined.
  private func refinesFirst(_ batch: ScoringBatch, _ visits: ClassVisits) -> Bool {
    let count = batch.samples.rowCount
    guard let refinedBounds,
      classes.indices.contains(where: { refinedBounds.pays(to: $0, sampleCount: count) })
    else { return false }
    let trial = stride(from: 0, to: count, by: max(1, count / Self.trialCount))
    let open = trial.reduce((samples: 0, classes: 0)) {
      ($0.samples + 1, $0.classes + visits.candidateClasses($1, batch.bounds).count)
    }
    return open.classes > 4 * open.samples
  }

  /// Replaces the bounds of a batch by closer ones for the classes that many samples remain for.
  ///
  /// - Returns: The samples of each class whose bounds were replaced.
  private func refine(
    _ batch: inout ScoringBatch, _ samplesByClass: [[Int]], _ execution: Execution
  ) async throws -> [[Int]] {
    var refined = [[Int]](repeating: [], count: classes.count)
    guard let refinedBounds else { return refined }
    let open = samplesByClass.indices.filter {
      refinedBounds.pays(to: $0, sampleCount: samplesByClass[$0].count)
    }
    if open.isEmpty { return refined }
    let work = open.map { refinedBounds.work(to: $0, rowCount: samplesByClass[$0].count) }
    execution.meter.plan(work.reduce(WorkCount(), +))
    let quantized = try await quantized(batch.samples, execution) { refinedBounds.quantized($0) }
    try await forEachInOrder(open.count, threadCount: execution.threadCount) { [rows = batch.samples] index in
      try refinedBounds.bounds(to: open[index], of: quantized, at: samplesByClass[open[index]], rows: rows)
    } consume: { index, found in
      execution.meter.complete(work[index])
      guard let found else { return }
      for (sample, bound) in zip(samplesByClass[open[index]], found) {
        let place = sample * classes.count + open[index]
        batch.bounds.squaredDistances[place] = max(batch.bounds.squaredDistances[place], bound)
      }
      refined[open[index]] = samplesByClass[open[index]]
    }
    return refined
  }

  /// The samples of each class that its own bounds, together with those of the batch, do not rule out.
  private func narrowed(
    _ samplesByClass: [[Int]], in batch: ScoringBatch, _ visits: ClassVisits, _ execution: Execution
  ) async throws -> [[Int]] {
    execution.meter.plan(
      zip(classes, samplesByClass).reduce(WorkCount()) { $0 + $1.0.boundWork(rowCount: $1.1.count) })
    let jobs = jobs(samplesByClass, blockSize: execution.blockSize)
    var result = [[Int]](repeating: [], count: classes.count)
    try await forEachInOrder(jobs.count, threadCount: execution.threadCount) { index in
      let (classIndex, list) = jobs[index]
      let scored = classes[classIndex]
      defer { execution.meter.complete(scored.boundWork(rowCount: list.count)) }
      guard let bounds = scored.distanceBounds(at: nil) else { return list }
      var centred = Matrix(rowCount: 0, columnCount: 0)
      centred.assign(batch.samples, rows: list, subtracting: scored.mean, scored.meanRemainder)
      let found = bounds(centred)
      return list.enumerated().filter { row, sample in
        visits.canMatter(classIndex, sample, batch.bounds, others: found.row(row))
      }.map(\.element)
    } consume: { index, list in
      result[jobs[index].0] += list
    }
    return result
  }

  func jobs(_ samplesByClass: [[Int]], blockSize: Int) -> [(classIndex: Int, samples: [Int])] {
    samplesByClass.enumerated().flatMap { classIndex, list in
      RowBlocks(count: list.count, size: blockSize).map { (classIndex, Array(list[$0])) }
    }
  }

  /// Turns each sample's list of classes into each class's list of samples.
  func samplesByClass(
    _ sampleCount: Int, _ execution: Execution, _ classesOf: @escaping @Sendable (Int) -> [Int]
  ) async throws -> [[Int]] {
    var result = [[Int]](repeating: [], count: classes.count)
    for (sample, list) in try await forEachSample(sampleCount, execution, classesOf).enumerated() {
      for classIndex in list { result[classIndex].append(sample) }
    }
    return result
  }

  private func work(of samplesByClass: [[Int]]) -> WorkCount {
    zip(classes, samplesByClass).reduce(WorkCount()) { $0 + $1.0.distanceWork(rowCount: $1.1.count) }
  }

  /// Computes d² for the samples of each class.
  func compute(
    _ samplesByClass: [[Int]], in samples: RowBlockMatrix, _ visits: inout ClassVisits, _ execution: Execution
  ) async throws {
    let jobs = samplesByClass.enumerated().flatMap { classIndex, list in
      // Factors that are not in memory are loaded for many blocks at a time.
      RowBlocks(
        count: list.count, size: execution.blockSize * (classes[classIndex].fetchedByteCount == 0 ? 1 : 16)
      )
      .map { (classIndex, Array(list[$0])) }
    }
    try await forEachInOrder(jobs.count, threadCount: execution.threadCount) { index in
      let (classIndex, list) = jobs[index]
      let scored = classes[classIndex]
      let bytes = scored.fetchedByteCount
      execution.memory.hold(bytes)
      defer { execution.memory.release(bytes) }
      let distances = try scored.distances()
      var block = BlockDistances()
      var found = Matrix(rowCount: 0, columnCount: path.count)
      for range in RowBlocks(count: list.count, size: execution.blockSize) {
        block.centred.assign(
          samples, rows: Array(list[range]), subtracting: scored.mean, scored.meanRemainder)
        distances(&block)
        found.append(rowsOf: block.squaredDistances)
        execution.meter.complete(scored.distanceWork(rowCount: range.count))
      }
      return found
    } consume: { index, distances in
      visits.record(classIndex: jobs[index].0, samples: jobs[index].1, squaredDistances: distances)
    }
  }
}

/// The likeliest class of every sample for each t, (N·P,) each, sample after sample.
struct LikeliestClasses: Sendable {
  var classes: [Int32] = []
  /// ℓ of these classes; empty if only classes were requested.
  var densities: [Double] = []
  /// d² to these classes, infinite for those that were known; empty likewise.
  var squaredDistances: [Double] = []

  mutating func append(_ found: ScoreAccumulator, includesValues: Bool) {
    classes += found.mostLikelyClass
    guard includesValues else { return }
    densities += found.largestDensity
    squaredDistances += found.distanceToMostLikely
  }
}

/// Samples and their bounds.
struct ScoringBatch: Sendable {
  var samples: RowBlockMatrix
  var bounds: BatchBounds

  var byteCount: Int {
    samples.byteCount + 4 * bounds.squaredDistances.count + 8 * bounds.estimates.count
  }
}
