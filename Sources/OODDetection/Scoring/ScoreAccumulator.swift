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
  private var sum: [Double]
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

  /// Takes one class's d² (B, P) to `samples` and its `normalizers` (P,), ℓ_k + ½ d_k².
  mutating func add(classIndex: Int, samples: [Int], squaredDistances: Matrix, normalizers: [Double]) {
    let classIndex = Int32(truncatingIfNeeded: classIndex)
    var source = 0
    for sample in samples {
      var index = sample * pathCount
      for normalizer in normalizers {
        let distance = Self.far(squaredDistances.elements[source])
        add(classIndex: classIndex, squaredDistance: distance, normalizer: normalizer, at: index)
        source += 1
        index += 1
      }
    }
  }

  private mutating func add(classIndex: Int32, squaredDistance: Double, normalizer: Double, at index: Int) {
    let smallest = smallestDistance[index]
    if squaredDistance < smallest || (squaredDistance == smallest && classIndex < closestClass[index]) {
      smallestDistance[index] = squaredDistance
      closestClass[index] = classIndex
    }
    let logDensity = normalizer - 0.5 * squaredDistance
    let lead = logDensity - largestDensity[index]
    if lead > 0 {
      sum[index] = sum[index] * exp(-lead) + 1
      largestDensity[index] = logDensity
      mostLikelyClass[index] = classIndex
      distanceToMostLikely[index] = squaredDistance
    } else if lead > -100 {
      // What is less than e^-100 of the largest adds nothing in double precision.
      sum[index] += exp(lead)
      if lead == 0 && classIndex < mostLikelyClass[index] {
        mostLikelyClass[index] = classIndex
        distanceToMostLikely[index] = squaredDistance
      }
    }
  }

  /// Features near the largest double overflow to infinity or, as a difference of those, to NaN: both are far.
  private static func far(_ squaredDistance: Double) -> Double {
    squaredDistance.isNaN ? .infinity : squaredDistance
  }

  /// −log Σ_k exp ℓ_k of one sample and λ.
  func negativeLogLikelihood(at index: Int) -> Double {
    largestDensity[index] == -.infinity ? .infinity : -(largestDensity[index] + log(sum[index]))
  }
}
