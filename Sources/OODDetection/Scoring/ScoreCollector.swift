/// Joins the scores of batches of samples, λ by λ.
struct ScoreCollector {
  /// One for each λ of the path.
  var scores: [SampleScores] {
    // One array for all λ, since a class that matters at one is computed for all.
    collected.map { scores in
      var scores = scores
      scores.visitedClassCounts = visitedClassCounts
      return scores
    }
  }
  private var collected: [SampleScores]
  private var visitedClassCounts: [Int32] = []
  private let dimension: Int

  init(path: [Regularization], sampleCount: Int, dimension: Int) {
    collected = path.map { SampleScores(regularization: $0, capacity: sampleCount) }
    self.dimension = dimension
  }

  /// Takes the next samples: from one sample after the other to one λ after the other, in blocks that stay in cache.
  mutating func append(_ visits: ClassVisits, _ execution: Execution) async throws {
    let blocks = RowBlocks(count: visits.sampleCount, size: 4 * execution.blockSize)
    try await forEachInOrder(blocks.count, threadCount: execution.threadCount) {
      [path = collected.map(\.regularization), dimension, found = visits.found] index in
      found.scores(of: blocks[index], along: path, dimension: dimension)
    } consume: { index, block in
      append(block, visitedClassCounts: visits.visitedClassCounts[blocks[index]])
    }
  }

  /// Takes the next samples' scores at each λ.
  mutating func append(_ next: [SampleScores], visitedClassCounts counts: some Collection<Int32>) {
    visitedClassCounts += counts
    for index in collected.indices { collected[index].append(next[index]) }
  }
}

extension ScoreAccumulator {
  /// The scores of some samples at each λ.
  func scores(of samples: Range<Int>, along path: [Regularization], dimension: Int) -> [SampleScores] {
    path.indices.map { index in
      let column = Column(
        start: samples.lowerBound * path.count + index, step: path.count, count: samples.count)
      var scores = SampleScores(
        regularization: path[index],
        negativeLogLikelihood: zip(column.values(of: largestDensity), column.values(of: sum)).map(
          Self.negativeLogLikelihood),
        mahalanobis: column.values(of: smallestDistance), mostLikelyClass: column.values(of: mostLikelyClass),
        closestClass: column.values(of: closestClass),
        squaredDistanceToMostLikely: column.values(of: distanceToMostLikely))
      let dimension = Double(dimension)
      for row in 0..<samples.count { scores.mahalanobis[row] /= dimension }
      return scores
    }
  }
}

/// Every n-th number.
private struct Column {
  var start: Int
  var step: Int
  var count: Int

  func values<Value>(of all: [Value]) -> [Value] {
    precondition(count == 0 || start + (count - 1) * step < all.count, "no such column")
    return all.withUnsafeBufferPointer { all in
      [Value](unsafeUninitializedCapacity: count) { values, initializedCount in
        for index in 0..<count { values.initializeElement(at: index, to: all[start &+ index &* step]) }
        initializedCount = count
      }
    }
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
