import LinearAlgebra

/// A screen made for the largest λ of a part of a path. It serves the smaller ones too, since every d² falls
/// with λ.
struct PathScreen: Sendable {
  /// Places on the path, ascending in λ.
  var pathIndices: [Int]
  var screen: ClassScreen
}

/// Scores samples along a path of λ by looking in full only at the classes that can matter, with exact
/// results.
///
/// Samples are taken in batches. A screen bounds every d² of a batch from below. Each sample's most promising
/// classes are computed first; then every class that these do not rule out. The screen of the largest λ holds for
/// all and is often enough; only samples for which it leaves something open are screened for each part of the
/// path. A class is ruled out where at
/// every λ its density is below e^−(40 + log K) of one already known, which no double can tell from 0 in
/// their sum, *and* its distance is certainly above the least already known. Samples are grouped by class, so
/// that all of it is products of matrices.
struct MixtureScorer: Sendable {
  let path: [Regularization]
  let classes: [any ScoredClass]
  /// Cover the path; empty to look at every class of every sample.
  let screens: [PathScreen]
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
    execution.meter.plan(
      screenWork(rowCount: rows.count, screenCount: min(1, screens.count))
        + expectedVisits(rowCount: rows.count) - estimate)
    var collected = path.map { ScoreCollector(regularization: $0, sampleCount: rows.count) }
    var visitedClassCounts: [Int32] = []
    var nonFinite = NonFiniteRows()
    for range in RowBlocks(count: rows.count, size: batchSize(execution)) {
      guard let batch = try await load(range, of: rows, &nonFinite, execution) else { continue }
      execution.memory.hold(batch.byteCount)
      defer { execution.memory.release(batch.byteCount) }
      let visits = try await visit(batch, execution)
      for index in path.indices {
        collected[index].append(visits.found, pathIndex: index, of: path.count, dimension)
      }
      visitedClassCounts += visits.visitedClassCounts
    }
    try nonFinite.check()
    // One array for all λ, since a class that matters at one is computed for all.
    for index in collected.indices { collected[index].scores.visitedClassCounts = visitedClassCounts }
    return collected.map(\.scores)
  }

  /// As many samples as fit with all that is kept of them, so that a class's factors are read once for many of
  /// them.
  private func batchSize(_ execution: Execution) -> Int {
    let byteCount = 8 * dimension + (4 * screens.count + 1) * classes.count + 40 * path.count
    return max(execution.blockSize, execution.batchByteCount / max(1, byteCount))
  }

  private func screenWork(rowCount: Int, screenCount: Int) -> WorkCount {
    let each = ClassScreen.work(rowCount: rowCount, classCount: classes.count, dimension: dimension)
    return WorkCount(multiplyAdds: each.multiplyAdds * Double(screenCount))
  }

  /// The screen made for the largest λ, whose bounds hold for the whole path.
  private var widestScreen: Int? {
    func largest(_ screen: Int) -> Double {
      screens[screen].pathIndices.last.map { path[$0].value } ?? 0
    }
    return screens.indices.max { largest($0) < largest($1) }
  }

  /// All classes for each sample, or where there are screens one: what else turns out to be needed comes on
  /// top.
  private func expectedVisits(rowCount: Int) -> WorkCount {
    let all = classes.reduce(WorkCount()) { $0 + $1.distanceWork(rowCount: rowCount) }
    return screens.isEmpty ? all : WorkCount(multiplyAdds: all.multiplyAdds / Double(classes.count))
  }

  /// Reads a batch, block by block, and screens it; nil once rows have been found that cannot be scored.
  private func load(
    _ range: Range<Int>, of rows: any FeatureRows, _ nonFinite: inout NonFiniteRows, _ execution: Execution
  ) async throws -> ScoringBatch? {
    let blocks = RowBlocks(count: range.count, size: execution.blockSize)
    let screen = widestScreen.map { screens[$0].screen }
    var batch = ScoringBatch(
      samples: Matrix(rowCount: 0, columnCount: dimension),
      bounds: ScreenedBounds(
        pathIndices: path.indices.sorted { path[$0] < path[$1] }, squaredDistances: []))
    batch.samples.elements.reserveCapacity(range.count * dimension)
    if screen != nil { batch.bounds.squaredDistances.reserveCapacity(range.count * classes.count) }
    try await forEachInOrder(blocks.count, threadCount: execution.threadCount) { index in
      let indices = blocks[index].map { range.lowerBound + $0 }
      let block = try rows.matrix(at: indices)
      let nonFinite = block.nonFiniteRows().map { indices[$0] }
      var bounds: [Float] = []
      if nonFinite.isEmpty, let screen {
        bounds = screen.squaredDistanceBounds(of: block)
        execution.meter.complete(screenWork(rowCount: block.rowCount, screenCount: 1))
      }
      return (block, bounds, nonFinite)
    } consume: { _, loaded in
      nonFinite.append(loaded.2)
      if nonFinite.isEmpty {
        batch.samples.append(rowsOf: loaded.0)
        batch.bounds.squaredDistances += loaded.1
      }
    }
    return nonFinite.isEmpty ? batch : nil
  }

  private func visit(_ batch: ScoringBatch, _ execution: Execution) async throws -> ClassVisits {
    let count = batch.samples.rowCount
    var visits = ClassVisits(sampleCount: count, normalizers: classes.map(\.logNormalizers))
    if screens.isEmpty {
      try await compute(visits.everything, in: batch.samples, &visits, execution)
      return visits
    }
    let everySample = Array(0..<count)
    let coarse = [batch.bounds]
    let promising = try await samplesByClass(everySample, execution) { [visits] in
      visits.promisingClasses($0, coarse)
    }
    execution.meter.plan(work(of: promising.byClass) - expectedVisits(rowCount: count))
    try await compute(promising.byClass, in: batch.samples, &visits, execution)
    var remaining = try await samplesByClass(everySample, execution) { [visits] in
      visits.remainingClasses($0, coarse)
    }
    if screens.count > 1 {
      let open = remaining.samples
      let bounds = try await bounds(of: open, in: batch, execution)
      let finer = try await samplesByClass(open, execution) { [visits] in
        visits.promisingClasses($0, bounds)
      }
      execution.meter.plan(work(of: finer.byClass))
      try await compute(finer.byClass, in: batch.samples, &visits, execution)
      remaining = try await samplesByClass(open, execution) { [visits] in
        visits.remainingClasses($0, bounds)
      }
    }
    execution.meter.plan(work(of: remaining.byClass))
    try await compute(remaining.byClass, in: batch.samples, &visits, execution)
    return visits
  }

  /// What every screen says of some of a batch's samples, each for its own part of the path.
  private func bounds(
    of open: [Int], in batch: ScoringBatch, _ execution: Execution
  ) async throws -> [ScreenedBounds] {
    let widest = widestScreen
    var rows = [Int32](repeating: 0, count: batch.samples.rowCount)
    for (row, sample) in open.enumerated() { rows[sample] = Int32(truncatingIfNeeded: row) }
    var bounds = screens.enumerated().map { index, screen in
      index == widest
        ? ScreenedBounds(
          pathIndices: screen.pathIndices, squaredDistances: batch.bounds.squaredDistances)
        : ScreenedBounds(pathIndices: screen.pathIndices, squaredDistances: [], rows: rows)
    }
    let finer = screens.indices.filter { $0 != widest }
    for index in finer { bounds[index].squaredDistances.reserveCapacity(open.count * classes.count) }
    execution.meter.plan(screenWork(rowCount: open.count, screenCount: finer.count))
    let blocks = RowBlocks(count: open.count, size: execution.blockSize)
    try await forEachInOrder(blocks.count, threadCount: execution.threadCount) { index in
      let block = batch.samples.matrix(at: Array(open[blocks[index]]))
      let found = finer.map { screens[$0].screen.squaredDistanceBounds(of: block) }
      execution.meter.complete(screenWork(rowCount: block.rowCount, screenCount: finer.count))
      return found
    } consume: { _, found in
      for (index, values) in zip(finer, found) { bounds[index].squaredDistances += values }
    }
    return bounds
  }

  /// Turns each sample's list of classes into each class's list of samples; and the samples that have any.
  private func samplesByClass(
    _ samples: [Int], _ execution: Execution, _ classesOf: @escaping @Sendable (Int) -> [Int]
  ) async throws -> (byClass: [[Int]], samples: [Int]) {
    var result = [[Int]](repeating: [], count: classes.count)
    var found: [Int] = []
    let blocks = RowBlocks(count: samples.count, size: execution.blockSize)
    try await forEachInOrder(blocks.count, threadCount: execution.threadCount) { index in
      samples[blocks[index]].map(classesOf)
    } consume: { index, lists in
      for (sample, list) in zip(samples[blocks[index]], lists) where !list.isEmpty {
        found.append(sample)
        for classIndex in list { result[classIndex].append(sample) }
      }
    }
    return (result, found)
  }

  private func work(of samplesByClass: [[Int]]) -> WorkCount {
    zip(classes, samplesByClass).reduce(WorkCount()) { $0 + $1.0.distanceWork(rowCount: $1.1.count) }
  }

  /// Computes the d² of each class's samples.
  private func compute(
    _ samplesByClass: [[Int]], in samples: Matrix, _ visits: inout ClassVisits, _ execution: Execution
  ) async throws {
    let jobs = samplesByClass.enumerated().flatMap { classIndex, list in
      // What has to be fetched first is fetched for many blocks.
      RowBlocks(count: list.count, size: execution.blockSize * (classes[classIndex].isInMemory ? 1 : 16))
        .map { (classIndex, Array(list[$0])) }
    }
    try await forEachInOrder(jobs.count, threadCount: execution.threadCount) { index in
      let (classIndex, list) = jobs[index]
      let scored = classes[classIndex]
      let bytes = scored.isInMemory ? 0 : 8 * PackedTriangle.elementCount(order: dimension)
      execution.memory.hold(bytes)
      defer { execution.memory.release(bytes) }
      let distances = try scored.distances()
      var found = Matrix(rowCount: 0, columnCount: path.count)
      for range in RowBlocks(count: list.count, size: execution.blockSize) {
        var centred = Matrix(rowCount: 0, columnCount: 0)
        centred.assign(samples, rows: Array(list[range]), subtracting: scored.mean)
        found.append(rowsOf: distances(centred))
        execution.meter.complete(scored.distanceWork(rowCount: range.count))
      }
      return found
    } consume: { index, distances in
      visits.record(classIndex: jobs[index].0, samples: jobs[index].1, squaredDistances: distances)
    }
  }
}

/// Samples with what the screen of the largest λ says.
private struct ScoringBatch: Sendable {
  var samples: Matrix
  var bounds: ScreenedBounds

  var byteCount: Int { 8 * samples.elements.count + 4 * bounds.squaredDistances.count }
}
