/// Joins the scores of blocks at one λ.
struct ScoreCollector {
  var scores: SampleScores

  init(regularization: Regularization, sampleCount: Int) {
    scores = SampleScores(
      regularization: regularization, negativeLogLikelihood: [], mahalanobis: [], mostLikelyClass: [],
      closestClass: [], squaredDistanceToMostLikely: [])
    scores.negativeLogLikelihood.reserveCapacity(sampleCount)
    scores.mahalanobis.reserveCapacity(sampleCount)
    scores.mostLikelyClass.reserveCapacity(sampleCount)
    scores.closestClass.reserveCapacity(sampleCount)
    scores.squaredDistanceToMostLikely.reserveCapacity(sampleCount)
  }

  mutating func append(_ block: ScoreAccumulator, pathIndex: Int, of pathCount: Int, _ dimension: Int) {
    for index in stride(from: pathIndex, to: block.smallestDistance.count, by: pathCount) {
      scores.negativeLogLikelihood.append(block.negativeLogLikelihood(at: index))
      scores.mahalanobis.append(block.smallestDistance[index] / Double(dimension))
      scores.mostLikelyClass.append(block.mostLikelyClass[index])
      scores.closestClass.append(block.closestClass[index])
      scores.squaredDistanceToMostLikely.append(block.distanceToMostLikely[index])
    }
  }
}
