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
    let dimension = Double(dimension)
    return path.indices.map { index in
      func column<Value>(_ value: (_ place: Int) -> Value) -> [Value] {
        [Value](unsafeUninitializedCapacity: samples.count) { values, initializedCount in
          var place = samples.lowerBound * path.count + index
          for row in 0..<samples.count {
            values.initializeElement(at: row, to: value(place))
            place += path.count
          }
          initializedCount = samples.count
        }
      }
      return SampleScores(
        regularization: path[index], negativeLogLikelihood: column { negativeLogLikelihood(at: $0) },
        mahalanobis: column { smallestDistance[$0] / dimension },
        mostLikelyClass: column { mostLikelyClass[$0] },
        closestClass: column { closestClass[$0] },
        squaredDistanceToMostLikely: column { distanceToMostLikely[$0] })
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
