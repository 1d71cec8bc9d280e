/// Joins the scores of batches of samples, λ by λ.
struct ScoreCollector {
  /// One for each λ of the path.
  var scores: [SampleScores] {
    // One array for all λ, since a class that matters at one is computed for all.
    parts.map { part in
      var part = part
      part.visitedClassCounts = visitedClassCounts
      return part
    }
  }
  private var parts: [SampleScores]
  private var visitedClassCounts: [Int32] = []
  private let dimension: Int

  init(path: [Regularization], sampleCount: Int, dimension: Int) {
    parts = path.map { SampleScores(regularization: $0, capacity: sampleCount) }
    self.dimension = dimension
  }

  /// Takes the next samples: from one sample after the other to one λ after the other, in blocks that stay in cache.
  mutating func append(_ visits: ClassVisits, _ execution: Execution) async throws {
    let blocks = RowBlocks(count: visits.sampleCount, size: 4 * execution.blockSize)
    try await forEachInOrder(blocks.count, threadCount: execution.threadCount) {
      [path = parts.map(\.regularization), dimension, found = visits.found] index in
      found.scores(of: blocks[index], along: path, dimension: dimension)
    } consume: { index, block in
      append(block, visitedClassCounts: visits.visitedClassCounts[blocks[index]])
    }
  }

  /// Takes the next samples' scores at each λ.
  mutating func append(_ next: [SampleScores], visitedClassCounts counts: some Collection<Int32>) {
    visitedClassCounts += counts
    for index in parts.indices { parts[index].append(next[index]) }
  }
}

extension ScoreAccumulator {
  /// The scores of some samples at each λ.
  func scores(of samples: Range<Int>, along path: [Regularization], dimension: Int) -> [SampleScores] {
    path.indices.map { scores(of: samples, along: path, at: $0, dimension: dimension) }
  }

  private func scores(
    of samples: Range<Int>, along path: [Regularization], at pathIndex: Int, dimension: Int
  ) -> SampleScores {
    let places = stride(
      from: samples.lowerBound * path.count + pathIndex, to: samples.upperBound * path.count, by: path.count)
    return SampleScores(
      regularization: path[pathIndex],
      negativeLogLikelihood: places.map(negativeLogLikelihood(at:)),
      mahalanobis: places.map { smallestDistance[$0] / Double(dimension) },
      mostLikelyClass: places.map { mostLikelyClass[$0] }, closestClass: places.map { closestClass[$0] },
      squaredDistanceToMostLikely: places.map { distanceToMostLikely[$0] })
  }
}

extension SampleScores {
  /// None yet, with room for so many.
  fileprivate init(regularization: Regularization, capacity: Int) {
    self.init(
      regularization: regularization, negativeLogLikelihood: [], mahalanobis: [], mostLikelyClass: [],
      closestClass: [], squaredDistanceToMostLikely: [])
    negativeLogLikelihood.reserveCapacity(capacity)
    mahalanobis.reserveCapacity(capacity)
    mostLikelyClass.reserveCapacity(capacity)
    closestClass.reserveCapacity(capacity)
    squaredDistanceToMostLikely.reserveCapacity(capacity)
  }

  fileprivate mutating func append(_ next: SampleScores) {
    negativeLogLikelihood += next.negativeLogLikelihood
    mahalanobis += next.mahalanobis
    mostLikelyClass += next.mostLikelyClass
    closestClass += next.closestClass
    squaredDistanceToMostLikely += next.squaredDistanceToMostLikely
  }
}
