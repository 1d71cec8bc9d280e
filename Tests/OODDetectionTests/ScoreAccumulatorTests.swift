import Foundation
import LinearAlgebra
import TestData
import Testing

@testable import OODDetection

/// Log-sum-exp over classes, at path lengths that do and do not fill vectors.
@Suite("Accumulation of densities")
struct ScoreAccumulatorTests {
  private static let classCount = 7
  private static let sampleCount = 5

  /// d² (samples, path) of every class, from nearly 0 up to values that make a density 0.
  private static func squaredDistances(pathCount: Int, seed: UInt64) -> [Matrix] {
    var random = NormalNumbers(seed: seed)
    return (0..<classCount).map { _ in
      Matrix(
        rowCount: sampleCount, columnCount: pathCount,
        elements: (0..<sampleCount * pathCount).map { _ in
          pow(10, Double.random(in: -3...3.5, using: &random))
        })
    }
  }

  private static func normalizers(_ pathCount: Int) -> [[Double]] {
    var random = NormalNumbers(seed: 3)
    return (0..<classCount).map { _ in random.vector(pathCount).map { $0 * 5 - 20 } }
  }

  private static func accumulated(
    _ distances: [Matrix], _ normalizers: [[Double]], order: [Int]
  ) -> ScoreAccumulator {
    var found = ScoreAccumulator(sampleCount: sampleCount, pathCount: normalizers[0].count)
    for index in order {
      found.add(
        classIndex: index, samples: Array(0..<sampleCount), squaredDistances: distances[index],
        normalizers: normalizers[index])
    }
    return found
  }

  @Test(arguments: [1, 2, 3, 7, 8, 9, 16, 41])
  func sumsMatchTheDefinition(pathCount: Int) {
    let distances = Self.squaredDistances(pathCount: pathCount, seed: UInt64(pathCount))
    let normalizers = Self.normalizers(pathCount)
    let found = Self.accumulated(distances, normalizers, order: Array(0..<Self.classCount))
    for sample in 0..<Self.sampleCount {
      for path in 0..<pathCount {
        let place = sample * pathCount + path
        let squares = distances.map { $0[sample, path] }
        let densities = zip(normalizers, squares).map { $0[path] - 0.5 * $1 }
        let expected = -naiveLogSumExp(densities)
        #expect(
          abs(found.negativeLogLikelihood(at: place) - expected) <= 4e-16 * max(1, abs(expected)))
        let likeliest = densities.indices.max { densities[$0] < densities[$1] } ?? -1
        #expect(found.mostLikelyClass[place] == Int32(likeliest))
        #expect(found.distanceToMostLikely[place] == squares[likeliest])
        #expect(found.smallestDistance[place] == squares.min())
        #expect(
          found.closestClass[place] == Int32(squares.firstIndex(of: found.smallestDistance[place]) ?? -1))
      }
    }
  }

  /// With two classes the sum is 1 + exp of a difference, which exposes its last digits.
  @Test func exponentialsAreExactToTheLastDigits() {
    let differences = (0...4000).map { Double($0) / 40 }
    var found = ScoreAccumulator(sampleCount: 1, pathCount: differences.count)
    for (index, distances) in [differences.map { _ in 0.0 }, differences.map { 2 * $0 }].enumerated() {
      found.add(
        classIndex: index, samples: [0],
        squaredDistances: Matrix(rowCount: 1, columnCount: differences.count, elements: distances),
        normalizers: differences.map { _ in 0 })
    }
    for (place, difference) in differences.enumerated() {
      // log(1 + x) by itself keeps 16 digits of x only near x = 1.
      let expected = -log(1 + exp(-difference))
      #expect(abs(found.negativeLogLikelihood(at: place) - expected) <= 3e-16)
    }
  }

  @Test func orderAndLeftOutSamplesChangeNothing() {
    let (distances, normalizers) = (Self.squaredDistances(pathCount: 11, seed: 5), Self.normalizers(11))
    let forward = Self.accumulated(distances, normalizers, order: Array(0..<Self.classCount))
    let backward = Self.accumulated(distances, normalizers, order: (0..<Self.classCount).reversed())
    #expect(forward.mostLikelyClass == backward.mostLikelyClass)
    #expect(forward.closestClass == backward.closestClass)
    #expect(forward.smallestDistance == backward.smallestDistance)
    for place in 0..<Self.sampleCount * 11 {
      let (first, second) = (
        forward.negativeLogLikelihood(at: place), backward.negativeLogLikelihood(at: place)
      )
      #expect(abs(first - second) <= 4e-16 * max(1, abs(first)))
    }
    var some = ScoreAccumulator(sampleCount: Self.sampleCount, pathCount: 11)
    some.add(
      classIndex: 0, samples: [3, 1],
      squaredDistances: Matrix(
        rowCount: 2, columnCount: 11, elements: Array(distances[0].row(3)) + Array(distances[0].row(1))),
      normalizers: normalizers[0])
    #expect(some.smallestDistance[..<11].allSatisfy { $0 == .infinity })
    #expect(Array(some.smallestDistance[11..<22]) == Array(distances[0].row(1)))
    #expect(Array(some.smallestDistance[33..<44]) == Array(distances[0].row(3)))
    #expect(some.negativeLogLikelihood(at: 0) == .infinity)
  }

  /// After a class that is known from elsewhere, as by its held-out density, only a likelier one is looked for.
  @Test(arguments: [1, 8, 41], [-Double.infinity, -40, -25, 0])
  func aLikelierClassThanTheKnownOneIsFound(pathCount: Int, known: Double) {
    let distances = Self.squaredDistances(pathCount: pathCount, seed: 29)
    let normalizers = Self.normalizers(pathCount)
    let own: [Int32] = [3, 0, 6, 2, 2]
    for order in [Array(0..<Self.classCount), (0..<Self.classCount).reversed()] {
      var found = ScoreAccumulator(sampleCount: Self.sampleCount, pathCount: pathCount)
      found.begin(with: own[...], densities: [Double](repeating: known, count: 5 * pathCount)[...])
      for index in order {
        let others = (0..<Self.sampleCount).filter { own[$0] != index }
        found.add(
          classIndex: index, samples: others, squaredDistances: distances[index].matrix(at: others),
          normalizers: normalizers[index])
      }
      for sample in 0..<Self.sampleCount {
        for path in 0..<pathCount {
          let rivals = (0..<Self.classCount).filter { $0 != own[sample] }.map {
            (density: normalizers[$0][path] - 0.5 * distances[$0][sample, path], index: $0)
          }
          guard let rival = rivals.max(by: { $0.density < $1.density }) else { continue }
          let place = sample * pathCount + path
          let isLikelier = rival.density > known
          #expect(found.mostLikelyClass[place] == (isLikelier ? Int32(rival.index) : own[sample]))
          #expect(found.largestDensity[place] == max(known, rival.density))
          #expect(
            found.distanceToMostLikely[place]
              == (isLikelier ? distances[rival.index][sample, path] : .infinity))
        }
      }
    }
  }

  /// Equally near classes, and distances that overflowed.
  @Test func tiesGoToTheFirstClassAndOverflowsAreFar() {
    for order in [[0, 1, 2], [2, 1, 0], [1, 2, 0]] {
      var found = ScoreAccumulator(sampleCount: 1, pathCount: 4)
      let rows: [[Double]] = [
        [.nan, 4, .infinity, .nan], [8, 4, 2, .infinity], [8, 9, .nan, .infinity],
      ]
      for index in order {
        found.add(
          classIndex: index, samples: [0],
          squaredDistances: Matrix(rowCount: 1, columnCount: 4, elements: rows[index]),
          normalizers: [0, 0, 0, 0])
      }
      #expect(found.closestClass == [1, 0, 1, 0])
      #expect(found.mostLikelyClass == [1, 0, 1, 0])
      #expect(found.smallestDistance == [8, 4, 2, .infinity])
      #expect(abs(found.negativeLogLikelihood(at: 0) - (4 - log(2))) < 1e-15)
      #expect(found.negativeLogLikelihood(at: 2) == 1)
      #expect(found.negativeLogLikelihood(at: 3) == .infinity)
      // Beside class 1, which is as far as class 2 is at the first λ.
      var beside = ScoreAccumulator(sampleCount: 1, pathCount: 4)
      beside.begin(with: [1], densities: [-4, -2, -1, -.infinity])
      for index in order where index != 1 {
        beside.add(
          classIndex: index, samples: [0],
          squaredDistances: Matrix(rowCount: 1, columnCount: 4, elements: rows[index]),
          normalizers: [0, 0, 0, 0])
      }
      #expect(beside.mostLikelyClass == [1, 0, 1, 1])
      #expect(beside.largestDensity == [-4, -2, -1, -.infinity])
    }
  }
}
