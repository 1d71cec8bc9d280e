import Foundation
import LinearAlgebra

/// Reduces a block's squared distances to scores, class after class: a streaming log-sum-exp per sample and
/// λ. It keeps the largest log-density apart, so that a sum stays finite where every exp underflows. Of
/// equally near classes the first one counts.
struct ScoreAccumulator: Sendable {
  private let pathCount: Int
  /// max_k ℓ_k, (B·P,), sample after sample, as everything here.
  private var largest: [Double]
  /// Σ_k exp(ℓ_k − largest).
  private var sum: [Double]
  private(set) var mostLikelyClass: [Int32]
  private(set) var distanceToMostLikely: [Double]
  private(set) var closestClass: [Int32]
  /// min_k d_k².
  private(set) var smallestDistance: [Double]

  init(sampleCount: Int, pathCount: Int) {
    let count = sampleCount * pathCount
    self.pathCount = pathCount
    largest = [Double](repeating: -.infinity, count: count)
    sum = [Double](repeating: 0, count: count)
    mostLikelyClass = [Int32](repeating: 0, count: count)
    distanceToMostLikely = [Double](repeating: .infinity, count: count)
    closestClass = [Int32](repeating: 0, count: count)
    smallestDistance = [Double](repeating: .infinity, count: count)
  }

  /// Takes one class's d² (B, P) and its `normalizers` (P,), ℓ_k + ½ d_k².
  mutating func add(classIndex: Int, squaredDistances: Matrix, normalizers: [Double]) {
    let classIndex = Int32(truncatingIfNeeded: classIndex)
    var path = 0
    for index in squaredDistances.elements.indices {
      add(
        classIndex: classIndex, squaredDistance: squaredDistances.elements[index],
        normalizer: normalizers[path], at: index)
      path += 1
      if path == pathCount { path = 0 }
    }
  }

  /// Takes the d² of one sample and λ to one class.
  mutating func add(classIndex: Int32, squaredDistance: Double, normalizer: Double, at index: Int) {
    let distance = Self.far(squaredDistance)
    if distance < smallestDistance[index] {
      smallestDistance[index] = distance
      closestClass[index] = classIndex
    }
    let logDensity = normalizer - 0.5 * distance
    if logDensity > largest[index] {
      sum[index] = sum[index] * exp(largest[index] - logDensity) + 1
      largest[index] = logDensity
      mostLikelyClass[index] = classIndex
      distanceToMostLikely[index] = distance
    } else if logDensity > -.infinity {
      sum[index] += exp(logDensity - largest[index])
    }
  }

  /// Features near the largest double overflow to infinity or, as a difference of those, to NaN: both are far.
  static func far(_ squaredDistance: Double) -> Double {
    squaredDistance.isNaN ? .infinity : squaredDistance
  }

  /// −log Σ_k exp ℓ_k of one sample and λ.
  func negativeLogLikelihood(at index: Int) -> Double {
    largest[index] == -.infinity ? .infinity : -(largest[index] + log(sum[index]))
  }
}
