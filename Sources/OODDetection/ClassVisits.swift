import Foundation
import LinearAlgebra

/// Which classes were looked at in full for which samples of a batch, what was found, and which can still
/// matter. A class matters to a sample if it does at any λ of the path.
struct ClassVisits: Sendable {
  /// Nats behind the best beyond which a class is as good as absent, with all K of them together.
  private let margin: Double
  /// ℓ_k + ½ d_k², (P,) for each class.
  private let normalizers: [[Double]]
  private let sampleCount: Int
  private let pathCount: Int
  private(set) var found: ScoreAccumulator
  private(set) var visitedClassCounts: [Int32]
  private var isVisited: [Bool]

  init(sampleCount: Int, normalizers: [[Double]]) {
    self.sampleCount = sampleCount
    self.normalizers = normalizers
    pathCount = normalizers.first?.count ?? 0
    margin = 40 + log(Double(max(1, normalizers.count)))
    found = ScoreAccumulator(sampleCount: sampleCount, pathCount: pathCount)
    visitedClassCounts = [Int32](repeating: 0, count: sampleCount)
    isVisited = [Bool](repeating: false, count: sampleCount * normalizers.count)
  }

  private var classCount: Int { normalizers.count }

  /// Every sample for every class.
  var everything: [[Int]] { normalizers.map { _ in Array(0..<sampleCount) } }

  /// The classes that are looked at first for one sample: for each screen the one with the highest bound on
  /// its density and the one with the least on its distance, where these were not looked at yet.
  func promisingClasses(_ sample: Int, _ bounds: [ScreenedBounds]) -> [Int] {
    var classes: [Int] = []
    for part in bounds {
      let path = part.pathIndices[part.pathIndices.endIndex - 1]
      var (likeliest, closest) = (0, 0)
      var (density, distance) = (-Double.infinity, Double.infinity)
      for index in 0..<classCount {
        let bound = part.bound(of: sample, to: index, of: classCount)
        let largest = normalizers[index][path] - 0.5 * bound
        if largest > density { (density, likeliest) = (largest, index) }
        if bound < distance { (distance, closest) = (bound, index) }
      }
      for found in [likeliest, closest]
      where !classes.contains(found) && !isVisited[sample * classCount + found] {
        classes.append(found)
      }
    }
    return classes
  }

  /// The classes not looked at yet that can still matter for one sample.
  func remainingClasses(_ sample: Int, _ bounds: [ScreenedBounds]) -> [Int] {
    (0..<classCount).filter { index in
      !isVisited[sample * classCount + index]
        && bounds.contains { part in
          canMatter(
            index, sample, bound: part.bound(of: sample, to: index, of: classCount), part.pathIndices)
        }
    }
  }

  private func canMatter(_ index: Int, _ sample: Int, bound: Double, _ pathIndices: [Int]) -> Bool {
    for path in pathIndices {
      let best = sample * pathCount + path
      if bound <= found.smallestDistance[best] { return true }
      if normalizers[index][path] - 0.5 * bound >= found.largestDensity[best] - margin { return true }
    }
    return false
  }

  /// Takes d² (n, P) of n samples to one class.
  mutating func record(classIndex: Int, samples: [Int], squaredDistances: Matrix) {
    found.add(
      classIndex: classIndex, samples: samples, squaredDistances: squaredDistances,
      normalizers: normalizers[classIndex])
    for sample in samples {
      isVisited[sample * classCount + classIndex] = true
      visitedClassCounts[sample] += 1
    }
  }
}

/// Lower bounds on d² at some values of a path.
struct ScreenedBounds: Sendable {
  /// Where the bounds hold, ascending in λ: they were made for the last of them, and d² falls with λ.
  var pathIndices: [Int]
  /// (B·K,), sample after sample.
  var squaredDistances: [Float]
  /// Where in them a sample stands, by its index; empty where each stands at its own.
  var rows: [Int32] = []

  func bound(of sample: Int, to classIndex: Int, of classCount: Int) -> Double {
    let row = rows.isEmpty ? sample : Int(rows[sample])
    return Double(squaredDistances[row * classCount + classIndex])
  }
}
