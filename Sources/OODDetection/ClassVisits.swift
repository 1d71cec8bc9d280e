import Foundation

/// Which classes were looked at in full for which samples, and what was found.
struct ClassVisits {
  private struct Found {
    var samples: [Int]
    var squaredDistances: [Double]
  }

  /// Nats behind the best beyond which a class is as good as absent, with all K of them together.
  private let margin: Double
  private let normalizers: [Double]
  private let sampleCount: Int
  private var found: [[Found]]
  /// max ℓ_k and min d_k² over the classes looked at, (B,).
  private var largestDensity: [Double]
  private var smallestDistance: [Double]
  private(set) var visitedClassCounts: [Int32]

  init(sampleCount: Int, normalizers: [Double]) {
    self.sampleCount = sampleCount
    self.normalizers = normalizers
    margin = 40 + log(Double(max(1, normalizers.count)))
    found = [[Found]](repeating: [], count: normalizers.count)
    largestDensity = [Double](repeating: -.infinity, count: sampleCount)
    smallestDistance = [Double](repeating: .infinity, count: sampleCount)
    visitedClassCounts = [Int32](repeating: 0, count: sampleCount)
  }

  private var classCount: Int { normalizers.count }

  /// Every sample for every class.
  var everything: [[Int]] { normalizers.map { _ in Array(0..<sampleCount) } }

  /// For each class the samples for which it has the highest bound on its density or the least on its
  /// distance.
  func promising(_ bounds: [Float]) -> [[Int]] {
    var result = [[Int]](repeating: [], count: classCount)
    for sample in 0..<sampleCount {
      var (likeliest, closest) = (0, 0)
      var (density, distance) = (-Double.infinity, Double.infinity)
      for index in 0..<classCount {
        let bound = Double(bounds[sample * classCount + index])
        let largest = normalizers[index] - 0.5 * bound
        if largest > density { (density, likeliest) = (largest, index) }
        if bound < distance { (distance, closest) = (bound, index) }
      }
      result[likeliest].append(sample)
      if closest != likeliest { result[closest].append(sample) }
    }
    return result
  }

  /// For each class the samples for which it can still matter.
  func remaining(_ bounds: [Float]) -> [[Int]] {
    var isVisited = [Bool](repeating: false, count: sampleCount * classCount)
    for (index, parts) in found.enumerated() {
      for part in parts { for sample in part.samples { isVisited[sample * classCount + index] = true } }
    }
    var result = [[Int]](repeating: [], count: classCount)
    for sample in 0..<sampleCount {
      let threshold = largestDensity[sample] - margin
      let distance = smallestDistance[sample]
      for index in 0..<classCount {
        let bound = Double(bounds[sample * classCount + index])
        let isRuledOut = normalizers[index] - 0.5 * bound < threshold && bound > distance
        if !isRuledOut && !isVisited[sample * classCount + index] { result[index].append(sample) }
      }
    }
    return result
  }

  mutating func record(classIndex: Int, samples: [Int], squaredDistances: [Double]) {
    for (sample, squaredDistance) in zip(samples, squaredDistances) {
      let distance = ScoreAccumulator.far(squaredDistance)
      largestDensity[sample] = max(largestDensity[sample], normalizers[classIndex] - 0.5 * distance)
      smallestDistance[sample] = min(smallestDistance[sample], distance)
      visitedClassCounts[sample] += 1
    }
    found[classIndex].append(Found(samples: samples, squaredDistances: squaredDistances))
  }

  /// The scores, summed in the order of the classes, whatever the order they were looked at in.
  func accumulated() -> ScoreAccumulator {
    var accumulator = ScoreAccumulator(sampleCount: sampleCount, pathCount: 1)
    for (index, parts) in found.enumerated() {
      for part in parts {
        for (sample, distance) in zip(part.samples, part.squaredDistances) {
          accumulator.add(
            classIndex: Int32(truncatingIfNeeded: index), squaredDistance: distance,
            normalizer: normalizers[index], at: sample)
        }
      }
    }
    return accumulator
  }
}
