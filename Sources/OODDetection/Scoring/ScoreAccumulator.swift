import CVectorKernels
import Foundation
import LinearAlgebra

/// Reduces a block's squared distances to scores, class after class: a streaming log-sum-exp per sample and
/// λ. It keeps the largest log-density apart, so that a sum stays finite where every exp underflows. Of
/// equally near classes the one of the lowest index counts, in whatever order they come.
struct ScoreAccumulator: Sendable {
  private let pathCount: Int
  /// max_k ℓ_k, (B·P,), sample after sample, as everything here.
  private(set) var largestDensity: [Double]
  /// Σ_k exp(ℓ_k − max ℓ).
  private(set) var sum: [Double]
  private(set) var mostLikelyClass: [Int32]
  private(set) var distanceToMostLikely: [Double]
  private(set) var closestClass: [Int32]
  /// min_k d_k².
  private(set) var smallestDistance: [Double]

  init(sampleCount: Int, pathCount: Int) {
    let count = sampleCount * pathCount
    self.pathCount = pathCount
    largestDensity = [Double](repeating: -.infinity, count: count)
    sum = [Double](repeating: 0, count: count)
    mostLikelyClass = [Int32](repeating: 0, count: count)
    distanceToMostLikely = [Double](repeating: .infinity, count: count)
    closestClass = [Int32](repeating: 0, count: count)
    smallestDistance = [Double](repeating: .infinity, count: count)
  }

  /// Takes one class's d² (B, P) to `samples`, each of which occurs once, and its `normalizers` (P,), ℓ_k + ½ d_k².
  mutating func add(classIndex: Int, samples: [Int], squaredDistances: Matrix, normalizers: [Double]) {
    precondition(normalizers.count == pathCount && squaredDistances.rowCount == samples.count)
    precondition(squaredDistances.columnCount == pathCount && samples.allSatisfy(isKnown))
    gmmscope_mix(
      &largestDensity, &sum, &mostLikelyClass, &distanceToMostLikely, &closestClass, &smallestDistance,
      Int32(truncatingIfNeeded: classIndex), samples, samples.count, squaredDistances.elements, normalizers,
      pathCount)
  }

  private func isKnown(_ sample: Int) -> Bool {
    sample >= 0 && (sample + 1) * pathCount <= sum.count
  }

  /// −log Σ_k exp ℓ_k of one sample and λ.
  func negativeLogLikelihood(at index: Int) -> Double {
    if largestDensity[index] == -.infinity { return .infinity }
    // Most often one class has it all.
    return sum[index] == 1 ? -largestDensity[index] : -(largestDensity[index] + log(sum[index]))
  }
}
