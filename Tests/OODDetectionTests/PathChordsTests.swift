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
    #expect(chords.nodes.count % 8 == 0 && Set(chords.nodes).count <= pathCount / 8 + 3)
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
    let search = try await Search(set, setting)
    let path = RegularizationPath.standard
    let all = try await search.likeliest(along: path, Execution(threadCount: 2, blockSize: 16))
    #expect(Set(all.classes).count > 12)
    try await search.expectEachLambda(all, along: path, at: stride(from: 0, to: path.count, by: 3))
  }

  /// With as many dimensions as all bounds need, in one block and in several. The farther classes are from each other,
  /// the less is computed.
  @Test(arguments: [(40, 12, [60, 30]), (192, 8, [220, 100])], [0, 100])
  func boundsChangeNothing(_ shape: (Int, Int, [Int]), _ separation: Double) async throws {
    let (dimension, classCount, sizes) = shape
    let counts = (0..<classCount).map { ($0, sizes[$0 % sizes.count]) }
    var set = SampleSet(
      "bounded", seed: 5, dimension: dimension, counts: Dictionary(uniqueKeysWithValues: counts))
    var random = NormalNumbers(seed: 8)
    let offsets = (0..<classCount).map { _ in random.vector(dimension).map { $0 * separation } }
    for (row, label) in set.labels.enumerated() { set.rows[row] = zip(set.rows[row], offsets[label]).map(+) }
    let search = try await Search(set, .standard)
    let path = try RegularizationPath.logarithmic(from: 1e-6, through: 1e3, count: 46)
    let complete =
      search.detector.work(rowCount: set.labels.count, pathCount: path.count).multiplyAdds
    let building = ClassBounds.buildingWork(search.detector.classes, along: path).multiplyAdds
    for blockSize in [16, 288] {
      let execution = Execution(threadCount: 2, blockSize: blockSize)
      let all = try await search.likeliest(along: path, execution)
      try await search.expectEachLambda(all, along: path, at: stride(from: 0, to: path.count, by: 9))
      let share = (execution.meter.completed.multiplyAdds - building) / complete
      #expect(separation > 0 ? share < 0.6 : share > 0.8)
      #expect(execution.meter.completed == execution.meter.planned)
    }
  }

  /// Bounds at the nodes are below the distances of a literal implementation, and mostly close to them.
  @Test(arguments: [6, 60])
  func nodeBoundsAreBelowDistances(sampleCount: Int) async throws {
    let counts = Dictionary(uniqueKeysWithValues: (0..<5).map { ($0, sampleCount) })
    let set = SampleSet("bounded", seed: 17, dimension: 36, counts: counts)
    let detector = try await SpectralDetector.fit(set.matrix, labels: set.labels)
    let naive = naiveFit(set.rows, set.labels)
    let path = try RegularizationPath.logarithmic(from: 1e-3, through: 1e2, count: 33)
    let chords = try #require(PathChords(path, dimension: 36))
    let bounds = try await ClassBounds.build(
      detector.classes, along: path, at: chords.nodes, Execution(threadCount: 1))
    // Those of a part of the directions come first. Four other means have four directions at each of six λ.
    #expect(bounds.count == 1)
    let rows = Array(stride(from: 0, to: set.rows.count, by: 7))
    for bounds in bounds {
      var samples = bounds.samples(set.matrix)
      for (index, gaussian) in naive.enumerated() {
        let found = bounds.bounds(of: &samples, at: rows, to: index)
        let alone = bounds.bounds(of: &samples, at: rows, to: index, alone: true)
        #expect(found == alone)
        var shares: [Double] = []
        for (place, row) in rows.enumerated() {
          for (column, node) in chords.nodes.enumerated() {
            let distance = gaussian.squaredDistance(set.rows[row], path[node].value)
            #expect(found[place, column] <= distance * (1 + 1e-9))
            if set.labels[row] != index { shares.append(found[place, column] / distance) }
          }
        }
        shares.sort()
        #expect(shares[shares.count / 2] > 0.5)
      }
    }
  }

  /// With many other means, most of the distance is along a third of the directions.
  @Test func coarseBoundsAreTheMostUsefulPart() async throws {
    let counts = Dictionary(uniqueKeysWithValues: (0..<30).map { ($0, 12) })
    let set = SampleSet("bounded", seed: 23, dimension: 50, counts: counts)
    let detector = try await SpectralDetector.fit(set.matrix, labels: set.labels)
    let path = try RegularizationPath.logarithmic(from: 1e-3, through: 1e2, count: 33)
    let chords = try #require(PathChords(path, dimension: 50))
    let bounds = try await ClassBounds.build(
      detector.classes, along: path, at: chords.nodes, Execution(threadCount: 1))
    #expect(bounds.count == 2)
    let (coarse, fine) = (bounds[0], bounds[1])
    #expect(coarse.work(rowCount: 1).multiplyAdds * 2.5 < fine.work(rowCount: 1).multiplyAdds)
    var shares: [Double] = []
    var samples = (coarse.samples(set.matrix), fine.samples(set.matrix))
    let rows = Array(set.rows.indices)
    for index in 0..<30 {
      let lower = coarse.bounds(of: &samples.0, at: rows, to: index)
      let higher = fine.bounds(of: &samples.1, at: rows, to: index)
      for (low, high) in zip(lower.elements, higher.elements) where high > 1 {
        #expect(low <= high * 1.01)
        shares.append(low / high)
      }
    }
    shares.sort()
    #expect(shares[shares.count / 2] > 0.4)
  }
}

/// A search for the likeliest class of held-out samples.
private struct Search {
  let detector: SpectralDetector
  private let set: SampleSet
  private let members: [ClassMembers]

  init(_ set: SampleSet, _ setting: FitSetting) async throws {
    self.set = set
    detector = try await SpectralDetector.fit(set.matrix, labels: set.labels, setting: setting)
    members = try detector.trainingMembers(set.labels, sampleCount: set.labels.count)
  }

  /// Sample after sample.
  func likeliest(
    along path: [Regularization], _ execution: Execution = Execution(threadCount: 1)
  ) async throws -> LikeliestClasses {
    var found = LikeliestClasses()
    let holdouts = try await detector.holdouts(members, in: set.matrix, along: path, execution)
    try await detector.compareHeldOut(members, in: set.matrix, holdouts, along: path, execution) {
      found.classes += $0.likeliest.classes
      found.densities += $0.likeliest.densities
    }
    return found
  }

  /// Expects what was found along a path at some λ by themselves, which have neither chords nor bounds at nodes.
  func expectEachLambda(
    _ all: LikeliestClasses, along path: [Regularization], at indices: StrideTo<Int>
  ) async throws {
    for index in indices {
      let alone = try await likeliest(along: [path[index]])
      let places = alone.classes.indices.map { $0 * path.count + index }
      #expect(places.map { all.classes[$0] } == alone.classes)
      #expect(largestRelativeError(places.map { all.densities[$0] }, alone.densities) < 1e-12)
    }
  }
}
