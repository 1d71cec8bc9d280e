import Foundation
import LinearAlgebra
import TestData
import Testing

@testable import OODDetection

/// Bounds on distances along a path from those at some of its λ.
struct PathChordsTests {
  private static let dimension = 5

  /// d²(λ) of a sample with squared coordinates along axes of some variances, of which the last may be outside the
  /// span of the training samples, and so have the variance 0.
  private struct Sample {
    var squares: [Double]
    var variances: [Double]

    func squaredDistance(_ ridge: Double) -> Double {
      zip(squares, variances).reduce(0) { $0 + $1.0 / ($1.1 + ridge) }
    }
  }

  private static func samples(_ count: Int, seed: UInt64) -> [Sample] {
    var random = NormalNumbers(seed: seed)
    return (0..<count).map { index in
      var sample = Sample(squares: [], variances: [])
      for axis in 0..<dimension {
        let variance: Double = axis == 4 ? 0 : pow(10, 2 * random.normal() - Double(axis))
        let square: Double = pow(10, random.normal()) * (variance + 1e-3)
        sample.variances.append(variance)
        sample.squares.append(axis == 4 && index % 3 == 0 ? 0 : square)
      }
      return sample
    }
  }

  /// At limits just below and just above the largest log-density, which chords meet at nodes only.
  @Test(
    arguments: [17, 18, 23, 24, 25, 32, 33, 40, 101], [false, true])
  func whatReachesItsLimitIsFound(pathCount: Int, descends: Bool) throws {
    var path = try RegularizationPath.logarithmic(from: 1e-8, through: 1e2, count: pathCount)
    if descends { path.reverse() }
    let chords = try #require(PathChords(path, dimension: Self.dimension))
    #expect(chords.nodes.first == 0 && chords.nodes.last == pathCount - 1)
    #expect(chords.nodes.count <= pathCount / 8 + 4)
    // The ridge of a class may be any multiple of t.
    for ridgeUnit in [1, 0.3, 4e-5] {
      let samples = Self.samples(40, seed: UInt64(pathCount))
      let ridges = path.map { $0.value * ridgeUnit }
      let normalizers = ridges.map { -0.5 * log($0 + 0.01) }
      let distances = samples.map { sample in ridges.map { sample.squaredDistance($0) } }
      let nodeDistances = Matrix(
        rowCount: samples.count, columnCount: chords.nodes.count,
        elements: distances.flatMap { row in chords.nodes.map { row[$0] } })
      func candidates(_ limits: [Double]) -> [Int] {
        chords.candidates(
          nodeDistances: nodeDistances, normalizers: normalizers, limits: limits,
          samples: Array(samples.indices))
      }
      let densities = distances.map { row in zip(normalizers, row).map { $0 - 0.5 * $1 } }
      // Equal at a single point, and far below all others.
      for point in 0..<pathCount {
        let limits = densities.flatMap { row in
          row.indices.map { $0 == point ? row[$0] : .infinity }
        }
        #expect(candidates(limits) == Array(samples.indices))
      }
      // Just above at a node, where the bound is the distance. The last points may be between other nodes, too.
      for node in chords.nodes where node == pathCount - 1 || node % 8 == 0 && node <= pathCount - 8 {
        let limits = densities.flatMap { row in
          row.indices.map { $0 == node ? row[$0] + 1e-9 * max(1, abs(row[$0])) : .infinity }
        }
        #expect(candidates(limits) == [])
      }
    }
  }

  /// Between nodes, four fifths of a decade apart, a chord loses less than a tenth of a distance.
  @Test func chordsAreClose() throws {
    let path = RegularizationPath.standard
    let chords = try #require(PathChords(path, dimension: Self.dimension))
    let samples = Self.samples(200, seed: 3)
    let distances = samples.map { sample in path.map { sample.squaredDistance($0.value) } }
    let nodeDistances = Matrix(
      rowCount: samples.count, columnCount: chords.nodes.count,
      elements: distances.flatMap { row in chords.nodes.map { row[$0] } })
    func candidates(share: Double) -> [Int] {
      chords.candidates(
        nodeDistances: nodeDistances, normalizers: path.map { _ in 0 },
        limits: distances.flatMap { $0.map { -0.5 * share * $0 } }, samples: Array(samples.indices))
    }
    #expect(candidates(share: 0.8) == [])
    #expect(candidates(share: 1) == Array(samples.indices))
  }

  @Test func whatIsNotANumberRulesOutNothing() throws {
    let path = RegularizationPath.standard
    let chords = try #require(PathChords(path, dimension: Self.dimension))
    let count = chords.nodes.count
    let rows: [[Double]] = [
      [Double](repeating: 1, count: count), [Double](repeating: .nan, count: count),
      [Double](repeating: .infinity, count: count), [.nan] + [Double](repeating: 1, count: count - 1),
      [Double](repeating: 1, count: count - 1) + [.infinity],
    ]
    func candidates(_ limit: Double) -> [Int] {
      chords.candidates(
        nodeDistances: Matrix(rowCount: rows.count, columnCount: count, elements: rows.flatMap { $0 }),
        normalizers: path.map { _ in 0 },
        limits: [Double](repeating: limit, count: 7 * path.count), samples: [6, 0, 2, 3, 1])
    }
    // Infinity times the weight 0 of a node is no number.
    #expect(candidates(0) == [1, 2, 3, 4])
    #expect(candidates(-0.6) == [0, 1, 2, 3, 4])
    #expect(candidates(.nan) == [0, 1, 2, 3, 4])
  }

  @Test func pathsWithoutChords() throws {
    let standard = RegularizationPath.standard
    #expect(PathChords(Array(standard.prefix(16)), dimension: 4) == nil)
    #expect(PathChords(standard + [standard[0]], dimension: 4) == nil)
    #expect(PathChords(standard + [standard[100]], dimension: 4) == nil)
    // From t = 0, where a singular class has no distance, the first interval has that of its other end.
    let path = try [Regularization(0)] + standard
    let chords = try #require(PathChords(path, dimension: 4))
    let nodeDistances = Matrix(
      rowCount: 2, columnCount: chords.nodes.count,
      elements: chords.nodes.flatMap { $0 == 0 ? [1e9] : [4] } + chords.nodes.map { $0 == 0 ? 1e9 : 4 })
    for (limit, expected) in [(-1.9, []), (-2.1, [0, 1])] as [(Double, [Int])] {
      #expect(
        chords.candidates(
          nodeDistances: nodeDistances, normalizers: path.map { _ in 0 },
          limits: [Double](repeating: limit, count: 2 * path.count), samples: [0, 1]) == expected)
    }
  }

  /// Classes with few and many samples, pooled and tied, with absolute and relative ridges: along a path as at each λ
  /// by itself, which has no chords.
  @Test(
    arguments: [Pooling.none, .tied],
    [FitSetting(), FitSetting(ridgeRule: .relative), FitSetting(ridgeRule: .ledoitWolf)])
  func likeliestClassesAreThoseOfEachLambda(_ pooling: Pooling, _ setting: FitSetting) async throws {
    let counts = Dictionary(uniqueKeysWithValues: (0..<24).map { ($0, 3 + $0 % 4 * 3) })
    let set = SampleSet("overlapping", seed: 71, dimension: 6, counts: counts)
    var setting = setting
    setting.pooling = pooling
    let detector = try await SpectralDetector.fit(set.matrix, labels: set.labels, setting: setting)
    let members = try detector.trainingMembers(set.labels, sampleCount: set.labels.count)
    let execution = Execution(threadCount: 2, blockSize: 16)
    func found(along path: [Regularization]) async throws -> HeldOutSamples {
      var found = HeldOutSamples()
      try await detector.compareHeldOut(
        members, in: set.matrix, try await detector.holdouts(members, in: set.matrix, along: path, execution),
        along: path, execution
      ) {
        found.rows += $0.rows
        found.likeliest.classes += $0.likeliest.classes
        found.likeliest.densities += $0.likeliest.densities
      }
      return found
    }
    let path = RegularizationPath.standard
    let all = try await found(along: path)
    #expect(Set(all.likeliest.classes).count > 12)
    for index in stride(from: 0, to: path.count, by: 3) {
      let alone = try await found(along: [path[index]])
      #expect(alone.rows == all.rows)
      let places = alone.rows.indices.map { $0 * path.count + index }
      #expect(places.map { all.likeliest.classes[$0] } == alone.likeliest.classes)
      #expect(
        largestRelativeError(places.map { all.likeliest.densities[$0] }, alone.likeliest.densities) < 1e-12)
    }
  }
}
