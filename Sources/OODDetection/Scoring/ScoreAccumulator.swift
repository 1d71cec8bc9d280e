import CVectorKernels
import Foundation
import LinearAlgebra
import Synchronization

/// Reduces a block's squared distances to scores, class by class: a streaming log-sum-exp per sample and λ. It stores
/// the largest log-density separately, so that the result is finite even if every exp underflows. Of equally near
/// classes, the one with the lowest index wins, regardless of their order.
struct ScoreAccumulator: Sendable {
  private let pathCount: Int
  let sampleCount: Int
  /// max_k ℓ_k, (B·P,). All arrays are ordered by sample.
  private(set) var largestDensity: [Double]
  /// Σ_k exp(ℓ_k − max ℓ).
  private(set) var sum: [Double]
  private(set) var mostLikelyClass: [Int32]
  private(set) var distanceToMostLikely: [Double]
  private(set) var closestClass: [Int32]
  /// min_k d_k².
  private(set) var smallestDistance: [Double]
  /// Whether only the likeliest class, with its ℓ and d², is looked for.
  private var seeksLikeliest = false

  init(sampleCount: Int, pathCount: Int) {
    let count = sampleCount * pathCount
    self.pathCount = pathCount
    self.sampleCount = sampleCount
    largestDensity = [Double](repeating: -.infinity, count: count)
    sum = [Double](repeating: 0, count: count)
    mostLikelyClass = [Int32](repeating: 0, count: count)
    distanceToMostLikely = [Double](repeating: .infinity, count: count)
    closestClass = [Int32](repeating: 0, count: count)
    smallestDistance = [Double](repeating: .infinity, count: count)
  }

  /// Sets the likeliest class of every sample, (B,), and its ℓ at every t, (B·P,), before any class is added. From then
  /// on, only a likelier class is looked for.
  mutating func begin(with classes: ArraySlice<Int32>, densities: ArraySlice<Double>) {
    precondition(classes.count * pathCount == sum.count && densities.count == sum.count)
    largestDensity = Array(densities)
    mostLikelyClass = classes.flatMap { [Int32](repeating: $0, count: pathCount) }
    seeksLikeliest = true
  }

  /// Adds one class with its d² (B, P) to `samples`, each of which occurs once, and its `normalizers` (P,), ℓ_k + ½
  /// d_k².
  mutating func add(classIndex: Int, samples: [Int], squaredDistances: Matrix, normalizers: [Double]) {
    precondition(normalizers.count == pathCount && squaredDistances.rowCount == samples.count)
    precondition(squaredDistances.columnCount == pathCount && samples.allSatisfy(isKnown))
    if seeksLikeliest {
      gmmscope_find_likeliest(
        &largestDensity, &mostLikelyClass, &distanceToMostLikely, Int32(truncatingIfNeeded: classIndex),
        samples,
        samples.count, squaredDistances.elements, normalizers, pathCount)
      return
    }
    gmmscope_mix(
      &largestDensity, &sum, &mostLikelyClass, &distanceToMostLikely, &closestClass, &smallestDistance,
      Int32(truncatingIfNeeded: classIndex), samples, samples.count, squaredDistances.elements, normalizers,
      pathCount)
  }

  /// The places of the samples for which a class may be the likeliest so far at some t of the path.
  ///
  /// - Parameter nodeDistances: d² at the nodes of `chords`.
  func candidates(
    _ chords: PathChords, samples: [Int], nodeDistances: Matrix, normalizers: [Double]
  ) -> [Int] {
    chords.candidates(
      nodeDistances: nodeDistances, normalizers: normalizers, limits: largestDensity, samples: samples)
  }

  /// What the classes of all ranks give together, at one sample and λ.
  struct Entry: Sendable, BitwiseCopyable {
    var largestDensity: Double
    var sum: Double
    var distanceToMostLikely: Double
    var smallestDistance: Double
    var mostLikelyClass: Int32
    var closestClass: Int32
  }

  /// - Parameter entries: (B·P,).
  init(_ entries: [Entry], pathCount: Int) {
    self.pathCount = pathCount
    sampleCount = entries.count / max(1, pathCount)
    largestDensity = entries.map(\.largestDensity)
    sum = entries.map(\.sum)
    mostLikelyClass = entries.map(\.mostLikelyClass)
    distanceToMostLikely = entries.map(\.distanceToMostLikely)
    closestClass = entries.map(\.closestClass)
    smallestDistance = entries.map(\.smallestDistance)
  }

  /// The entries, (B·P,), with the indices of classes among all of them.
  func entries(of indices: [Int]) -> [Entry] {
    sum.indices.map { place in
      func index(_ own: Int32) -> Int32 { indices.isEmpty ? .max : Int32(indices[Int(own)]) }
      return Entry(
        largestDensity: largestDensity[place], sum: sum[place],
        distanceToMostLikely: distanceToMostLikely[place], smallestDistance: smallestDistance[place],
        mostLikelyClass: index(mostLikelyClass[place]), closestClass: index(closestClass[place]))
    }
  }

  /// Replaces Σ_k exp(ℓ_k − max ℓ) of one sample, at the only λ.
  mutating func setSum(_ value: Double, ofSample sample: Int) { sum[sample] = value }

  private func isKnown(_ sample: Int) -> Bool {
    sample >= 0 && (sample + 1) * pathCount <= sum.count
  }

  /// −log Σ_k exp ℓ_k of one sample and λ.
  func negativeLogLikelihood(at index: Int) -> Double {
    if largestDensity[index] == -.infinity { return .infinity }
    // Usually a single class dominates.
    return sum[index] == 1 ? -largestDensity[index] : -(largestDensity[index] + log(sum[index]))
  }
}

extension ScoreAccumulator.Entry {
  /// Joins what two ranks' classes give. Of equally near classes, the one with the lowest index wins.
  ///
  /// - Parameter isRelative: Whether both sums are relative to one density, the largest of all.
  static func joined(_ first: Self, _ second: Self, isRelative: Bool) -> Self {
    var joined = first
    let isCloser =
      second.smallestDistance < first.smallestDistance
      || second.smallestDistance == first.smallestDistance && second.closestClass < first.closestClass
    if isCloser {
      (joined.smallestDistance, joined.closestClass) = (second.smallestDistance, second.closestClass)
    }
    let isLikelier =
      second.largestDensity > first.largestDensity
      || second.largestDensity == first.largestDensity && second.mostLikelyClass < first.mostLikelyClass
    if isLikelier {
      (joined.largestDensity, joined.mostLikelyClass) = (second.largestDensity, second.mostLikelyClass)
      joined.distanceToMostLikely = second.distanceToMostLikely
    }
    func share(_ entry: Self) -> Double {
      entry.sum == 0 || entry.largestDensity == joined.largestDensity || isRelative
        ? entry.sum : entry.sum * exp(entry.largestDensity - joined.largestDensity)
    }
    joined.sum = share(first) + share(second)
    return joined
  }
}

/// Joins the scores of batches of samples, λ by λ.
struct ScoreCollector {
  /// The scores at each λ of the path.
  var scores: [SampleScores] {
    // All λ share one array, since a class that matters at one λ is computed for all.
    collected.map { scores in
      var scores = scores
      scores.visitedClassCounts = visitedClassCounts
      return scores
    }
  }
  private var collected: [SampleScores]
  private var visitedClassCounts: [Int32] = []
  private let dimension: Int
  private let columns: ScoreColumns

  init(path: [Regularization], sampleCount: Int, dimension: Int, columns: ScoreColumns = .all) {
    collected = path.map { SampleScores(regularization: $0, capacity: sampleCount, columns) }
    self.dimension = dimension
    self.columns = columns
  }

  /// Appends the next samples, transposing from sample order to λ order in blocks that stay in cache.
  mutating func append(_ visits: ClassVisits, _ execution: Execution) async throws {
    let blocks = RowBlocks(count: visits.sampleCount, size: 4 * execution.blockSize)
    var found: [[SampleScores]] = []
    try await forEachInOrder(blocks.count, threadCount: execution.threadCount) {
      [path = collected.map(\.regularization), dimension, columns, found = visits.found] index in
      found.scores(of: blocks[index], along: path, dimension: dimension, columns)
    } consume: { _, scores in
      found.append(scores)
    }
    try await append(found, visitedClassCounts: visits.visitedClassCounts, execution)
  }

  /// The number of scores that a task appends at least: fewer would not pay for it.
  private static let scoresPerTask = 1 << 16

  /// Appends blocks of samples with their scores at each λ.
  mutating func append(
    _ blocks: [[SampleScores]], visitedClassCounts counts: [Int32], _ execution: Execution
  ) async throws {
    visitedClassCounts += counts
    // Each λ has arrays of its own, so that many can grow at a time.
    let columns = collected.map(Column.init)
    collected = []
    let parts = RowBlocks(count: columns.count, size: Self.scoresPerTask / max(1, counts.count))
    try await forEachInOrder(parts.count, threadCount: execution.threadCount) { part -> Void in
      for index in parts[part] {
        columns[index].scores.withLock { scores in
          for block in blocks { scores.append(block[index]) }
        }
      }
    } consume: { _, _ in
    }
    collected = columns.map { $0.scores.withLock { $0 } }
  }

  private final class Column: Sendable {
    let scores: Mutex<SampleScores>

    init(_ scores: SampleScores) { self.scores = Mutex(scores) }
  }
}

extension ScoreAccumulator {
  /// The scores of a range of samples at each λ.
  func scores(
    of samples: Range<Int>, along path: [Regularization], dimension: Int, _ columns: ScoreColumns = .all
  ) -> [SampleScores] {
    let dimension = Double(dimension)
    return path.indices.map { index in
      func column<Value>(_ kind: ScoreColumns, _ value: (_ place: Int) -> Value) -> [Value] {
        guard columns.contains(kind) else { return [] }
        return [Value](unsafeUninitializedCapacity: samples.count) { values, initializedCount in
          var place = samples.lowerBound * path.count + index
          for row in 0..<samples.count {
            values.initializeElement(at: row, to: value(place))
            place += path.count
          }
          initializedCount = samples.count
        }
      }
      return SampleScores(
        regularization: path[index],
        negativeLogLikelihood: column(.negativeLogLikelihood) { negativeLogLikelihood(at: $0) },
        mahalanobis: column(.mahalanobis) { smallestDistance[$0] / dimension },
        mostLikelyClass: column(.mostLikelyClass) { mostLikelyClass[$0] },
        closestClass: column(.closestClass) { closestClass[$0] },
        squaredDistanceToMostLikely: column(.squaredDistanceToMostLikely) { distanceToMostLikely[$0] })
    }
  }
}

extension SampleScores {
  /// Empty scores with a reserved capacity.
  fileprivate init(regularization: Regularization, capacity: Int, _ columns: ScoreColumns) {
    self.init(
      regularization: regularization, negativeLogLikelihood: [], mahalanobis: [], mostLikelyClass: [],
      closestClass: [], squaredDistanceToMostLikely: [])
    func room(_ column: ScoreColumns) -> Int { columns.contains(column) ? capacity : 0 }
    negativeLogLikelihood.reserveCapacity(room(.negativeLogLikelihood))
    mahalanobis.reserveCapacity(room(.mahalanobis))
    mostLikelyClass.reserveCapacity(room(.mostLikelyClass))
    closestClass.reserveCapacity(room(.closestClass))
    squaredDistanceToMostLikely.reserveCapacity(room(.squaredDistanceToMostLikely))
  }

  fileprivate mutating func append(_ next: SampleScores) {
    negativeLogLikelihood += next.negativeLogLikelihood
    mahalanobis += next.mahalanobis
    mostLikelyClass += next.mostLikelyClass
    closestClass += next.closestClass
    squaredDistanceToMostLikely += next.squaredDistanceToMostLikely
  }
}
