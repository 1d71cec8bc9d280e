import LinearAlgebra

/// Scores samples along a path of λ by looking in full only at the classes that can matter, with exact
/// results.
///
/// Samples are taken in batches. A screen bounds every d² of a batch from below. Each sample's most promising
/// classes are computed first; then every class that these do not rule out, where a class knows a closer bound of its
/// own only if that does not rule it out either. A class is ruled out where at
/// every λ its density is below e^−(36 + log K) of one already known, which with all others like it no double
/// can tell from 0 in their sum, *and* its distance is certainly above the least already known. Samples are
/// grouped by class, so that all of it is products of matrices.
struct MixtureScorer: Sendable {
  let path: [Regularization]
  let classes: [any ScoredClass]
  /// Nil to look at every class of every sample.
  let screen: ClassScreen?
  let dimension: Int

  /// - Parameter estimate: what the meter was told to expect before; replaced by something better.
  /// - Throws: ``DetectorError/dimensionMismatch(expected:found:)``,
  ///   ``DetectorError/nonFiniteFeatures(rowCount:firstRows:)``, `CancellationError`, and what `rows` throws.
  func scores(
    of rows: any FeatureRows, replacing estimate: WorkCount = WorkCount(), _ execution: Execution
  ) async throws -> [SampleScores] {
    guard rows.dimension == dimension else {
      throw DetectorError.dimensionMismatch(expected: dimension, found: rows.dimension)
    }
    execution.meter.plan(expectedWork(rowCount: rows.count) - estimate)
    if screen == nil, classes.allSatisfy({ $0.fetchedByteCount == 0 }) {
      return try await scoresOfEveryClass(of: rows, execution)
    }
    var collected = ScoreCollector(path: path, sampleCount: rows.count, dimension: dimension)
    var nonFinite = NonFiniteRows()
    for range in RowBlocks(count: rows.count, size: batchSize(execution)) {
      guard let batch = try await load(range, of: rows, &nonFinite, execution) else { continue }
      execution.memory.hold(batch.byteCount)
      defer { execution.memory.release(batch.byteCount) }
      try await collected.append(visit(batch, execution), execution)
    }
    try nonFinite.check()
    return collected.scores
  }

  /// As many samples as fit with all that is kept of them, so that a class's factors are read once for many of
  /// them.
  private func batchSize(_ execution: Execution) -> Int {
    let byteCount =
      8 * dimension + (4 * (screen?.parts.count ?? 0) + 1) * classes.count + 40 * path.count
    return max(execution.blockSize, execution.batchByteCount / max(1, byteCount))
  }

  private func screenWork(rowCount: Int) -> WorkCount { screen?.work(rowCount: rowCount) ?? WorkCount() }

  /// What scoring will cost at least: what else turns out to be needed comes on top.
  func expectedWork(rowCount: Int) -> WorkCount {
    screenWork(rowCount: rowCount) + expectedVisits(rowCount: rowCount)
  }

  /// All classes for each sample, or where there is a screen one: what else turns out to be needed comes on
  /// top.
  private func expectedVisits(rowCount: Int) -> WorkCount {
    let all = classes.reduce(WorkCount()) { $0 + $1.distanceWork(rowCount: rowCount) }
    return screen == nil ? all : WorkCount(multiplyAdds: all.multiplyAdds / Double(classes.count))
  }

  /// Reads a batch, block by block, and screens it; nil once rows have been found that cannot be scored.
  private func load(
    _ range: Range<Int>, of rows: any FeatureRows, _ nonFinite: inout NonFiniteRows, _ execution: Execution
  ) async throws -> ScoringBatch? {
    let rowWork = max(1, screenWork(rowCount: 1).multiplyAdds)
    let blocks = RowBlocks(
      count: range.count, size: max(16, min(execution.blockSize, Int(execution.blockWork / rowWork))))
    var batch = ScoringBatch(
      samples: RowBlockMatrix(columnCount: dimension), bounds: ScreenedBounds(parts: screen?.parts ?? [])
    )
    batch.bounds.squaredDistances.reserveCapacity(range.count * classes.count * batch.bounds.parts.count)
    try await forEachInOrder(blocks.count, threadCount: execution.threadCount) { index in
      let indices = blocks[index].map { range.lowerBound + $0 }
      let block = try rows.matrix(at: indices)
      let nonFinite = block.nonFiniteRows().map { indices[$0] }
      var bounds: [Float] = []
      if nonFinite.isEmpty, let screen {
        bounds = screen.squaredDistanceBounds(of: block)
        execution.meter.complete(screenWork(rowCount: block.rowCount))
      }
      return (block, bounds, nonFinite)
    } consume: { _, loaded in
      nonFinite.append(loaded.2)
      if nonFinite.isEmpty {
        batch.samples.append(loaded.0)
        batch.bounds.squaredDistances += loaded.1
      }
    }
    return nonFinite.isEmpty ? batch : nil
  }

  private func visit(_ batch: ScoringBatch, _ execution: Execution) async throws -> ClassVisits {
    let count = batch.samples.rowCount
    var visits = ClassVisits(sampleCount: count, normalizers: classes.map(\.logNormalizers))
    if screen == nil {
      try await compute(visits.everything, in: batch.samples, &visits, execution)
      return visits
    }
    let bounds = batch.bounds
    let promising = try await samplesByClass(count, execution) { [visits] in
      visits.promisingClasses($0, bounds)
    }
    execution.meter.plan(work(of: promising) - expectedVisits(rowCount: count))
    try await compute(promising, in: batch.samples, &visits, execution)
    var remaining = try await samplesByClass(count, execution) { [visits] in
      visits.remainingClasses($0, bounds)
    }
    remaining = try await narrowed(remaining, in: batch, visits, execution)
    execution.meter.plan(work(of: remaining))
    try await compute(remaining, in: batch.samples, &visits, execution)
    return visits
  }

  /// What each class's own bounds, together with the screen's, leave of its samples.
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
      guard let bounds = scored.distanceBounds() else { return list }
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

  private func jobs(_ samplesByClass: [[Int]], blockSize: Int) -> [(classIndex: Int, samples: [Int])] {
    samplesByClass.enumerated().flatMap { classIndex, list in
      RowBlocks(count: list.count, size: blockSize).map { (classIndex, Array(list[$0])) }
    }
  }

  /// Turns each sample's list of classes into each class's list of samples.
  private func samplesByClass(
    _ sampleCount: Int, _ execution: Execution, _ classesOf: @escaping @Sendable (Int) -> [Int]
  ) async throws -> [[Int]] {
    var result = [[Int]](repeating: [], count: classes.count)
    let blocks = RowBlocks(count: sampleCount, size: execution.blockSize)
    try await forEachInOrder(blocks.count, threadCount: execution.threadCount) { index in
      blocks[index].map(classesOf)
    } consume: { index, lists in
      for (sample, list) in zip(blocks[index], lists) {
        for classIndex in list { result[classIndex].append(sample) }
      }
    }
    return result
  }

  private func work(of samplesByClass: [[Int]]) -> WorkCount {
    zip(classes, samplesByClass).reduce(WorkCount()) { $0 + $1.0.distanceWork(rowCount: $1.1.count) }
  }

  /// Computes the d² of each class's samples.
  private func compute(
    _ samplesByClass: [[Int]], in samples: RowBlockMatrix, _ visits: inout ClassVisits, _ execution: Execution
  ) async throws {
    let jobs = samplesByClass.enumerated().flatMap { classIndex, list in
      // What has to be fetched first is fetched for many blocks.
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

/// Samples with what the screen says.
private struct ScoringBatch: Sendable {
  var samples: RowBlockMatrix
  var bounds: ScreenedBounds

  var byteCount: Int { 8 * samples.rowCount * samples.columnCount + 4 * bounds.squaredDistances.count }
}
