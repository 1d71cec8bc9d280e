public import LinearAlgebra

/// Training samples, divided over the ranks of a job by their classes. Fitting to them is a collective, after which
/// every rank has the factors, or spectra, of its own classes and the numbers of all others.
///
/// Row numbers are those of the undivided samples. Each rank can read the rows of its own classes, which it holds in
/// memory as they were stored: in 4·D bytes a row if float32 can represent them, else in 8·D.
public struct DividedRows: FeatureRows {
  /// What the classes are divided for: their costs differ.
  public enum Purpose: Sendable {
    /// A fit at one λ.
    case factors
    /// A fit for every λ.
    case spectra
  }

  public let count: Int
  public let dimension: Int
  public let storedEpsilon: Double
  let share: ClassShare
  /// The rows of this rank's classes, ascending.
  private let ownRows: [Int]
  private let store: RowStore
  /// The samples, of which each rank can read all, from files.
  let undivided: any FeatureRows
  private let labels: [Int]
  private let ownerOfLabel: [Int: Int32]

  /// The same rows, all of which every rank can read. Reading them is a collective.
  var onAllRanks: any FeatureRows { RowsOfAllRanks(rows: self) }

  fileprivate func owner(ofRow row: Int) -> Int { Int(ownerOfLabel[labels[row]] ?? 0) }

  public func matrix(at indices: [Int]) throws -> Matrix {
    var hint = 0
    let places = indices.map { index in
      hint = place(of: index, from: hint)
      return hint
    }
    return store.matrix(at: places, dimension: dimension)
  }

  /// The place of a row among this rank's ones. O(log N), or O(1) for neighbours.
  private func place(of row: Int, from hint: Int) -> Int {
    if hint + 1 < ownRows.count, ownRows[hint + 1] == row { return hint + 1 }
    var (low, high) = (0, ownRows.count)
    while low < high {
      let middle = (low + high) / 2
      if ownRows[middle] < row { low = middle + 1 } else { high = middle }
    }
    precondition(low < ownRows.count && ownRows[low] == row, "the row belongs to another rank")
    return low
  }

  /// What this rank keeps beside its own classes.
  var sharedWork: MemoryPlan.SharedWork {
    MemoryPlan.SharedWork(
      sampleBytes: store.byteCount + 8 * ownRows.count,
      otherClassCount: share.owners.count - share.own.count)
  }
}

/// Divided rows that are sent to all ranks when they are read, by all ranks at a time.
private struct RowsOfAllRanks: FeatureRows {
  let rows: DividedRows

  var count: Int { rows.count }
  var dimension: Int { rows.dimension }
  var storedEpsilon: Double { rows.storedEpsilon }

  func matrix(at indices: [Int]) throws -> Matrix {
    let ranks = rows.share.ranks
    let owners = indices.map(rows.owner)
    let own = try rows.matrix(at: zip(indices, owners).filter { $1 == ranks.rank }.map(\.0))
    let counts = owners.reduce(into: [Int](repeating: 0, count: ranks.count)) { $0[$1] += dimension }
    let parts = try ranks.allGather(own.elements, counts: counts)
    var starts = [Int](repeating: 0, count: parts.count)
    var elements: [Double] = []
    elements.reserveCapacity(indices.count * dimension)
    for owner in owners {
      elements += parts[owner][starts[owner]..<starts[owner] + dimension]
      starts[owner] += dimension
    }
    return Matrix(rowCount: indices.count, columnCount: dimension, elements: elements)
  }
}

/// Rows in the shortest floating-point type that represents them all.
private enum RowStore: Sendable {
  case single([Float])
  case double([Double])

  var byteCount: Int {
    switch self {
    case .single(let elements): 4 * elements.count
    case .double(let elements): 8 * elements.count
    }
  }

  func matrix(at places: [Int], dimension: Int) -> Matrix {
    var elements: [Double] = []
    elements.reserveCapacity(places.count * dimension)
    for place in places {
      let range = place * dimension..<(place + 1) * dimension
      switch self {
      case .single(let stored): elements.append(contentsOf: stored[range].lazy.map(Double.init))
      case .double(let stored): elements.append(contentsOf: stored[range])
      }
    }
    return Matrix(rowCount: places.count, columnCount: dimension, elements: elements)
  }
}

extension DividedRows {
  /// Divides samples: every rank reads a contiguous range of the rows, and sends each to the owner of its class. A
  /// collective; every rank passes the same samples and labels.
  ///
  /// Rows with a label below 0 are not read. A rank sends about N/P · D · 4 bytes (float32), in rounds of 32 MiB.
  ///
  /// - Returns: `rows` themselves on a single rank, or if they are divided already.
  /// - Throws: ``DetectorError/labelCountMismatch(sampleCount:labelCount:)``,
  ///   ``DetectorError/noInDistributionSamples(sampleCount:)``, the errors of `rows` on the rank where they occur, and
  ///   ``PeerFailure`` on all others.
  public static func divide(
    _ rows: any FeatureRows, labels: [Int], over ranks: Ranks, for purpose: Purpose,
    threadCount: Int = SpectralDetector.defaultThreadCount
  ) async throws -> any FeatureRows {
    if ranks.isSingle || rows is DividedRows { return rows }
    let members = try ClassMembers.partition(labels, sampleCount: rows.count)
    let share = ClassShare(
      costs: members.map { purpose.cost(count: $0.rows.count, dimension: rows.dimension) }, ranks: ranks)
    return try await DividedRows(rows, labels, members, share, threadCount: threadCount)
  }

  /// The bytes that a rank reads and sends in a round.
  static let roundByteCount = 32 << 20

  private init(
    _ rows: any FeatureRows, _ labels: [Int], _ members: [ClassMembers], _ share: ClassShare, threadCount: Int
  ) async throws {
    (count, dimension, storedEpsilon) = (rows.count, rows.dimension, rows.storedEpsilon)
    self.share = share
    let ranks = share.ranks
    let ownerOfLabel = Dictionary(
      uniqueKeysWithValues: zip(members.map(\.label), share.owners.map { Int32($0) }))
    // −1 for rows of no class.
    let owners = labels.map { $0 < 0 ? -1 : ownerOfLabel[$0] ?? -1 }
    (self.labels, self.ownerOfLabel, undivided) = (labels, ownerOfLabel, rows)
    let ownRows = owners.indices.filter { owners[$0] == Int32(ranks.rank) }
    self.ownRows = ownRows
    let ranges = ranks.ranges(of: rows.count)
    let size = max(1, Self.roundByteCount / max(1, 8 * rows.dimension))
    let roundCount = RowBlocks(count: ranges.map(\.count).max() ?? 0, size: size).count
    var collected = CollectedRows(
      starts: ranges.map { range in ownRows.partitioningIndex { $0 >= range.lowerBound } },
      elementCount: ownRows.count * rows.dimension, dimension: rows.dimension)
    for round in 0..<roundCount {
      let block = ranges[ranks.rank].dropFirst(round * size).prefix(size)
      let parts = try await ranks.together {
        var parts = [[Double]](repeating: [], count: ranks.count)
        let pieces = RowBlocks(count: block.count, size: Execution.usualBlockSize)
        try await forEachInOrder(pieces.count, threadCount: threadCount) { index in
          let read = pieces[index].map { block.startIndex + $0 }.filter { owners[$0] >= 0 }
          return (read, read.isEmpty ? [] : try rows.matrix(at: read).elements)
        } consume: { _, piece in
          for (place, row) in piece.0.enumerated() {
            parts[Int(owners[row])] += piece.1[place * rows.dimension..<(place + 1) * rows.dimension]
          }
        }
        return parts
      }
      let received = try await ranks.waiting { [parts] in
        try $0.exchange(parts.map { $0.encodedShortly() })
      }
      for (source, bytes) in received.enumerated() {
        let expected = ranges[source].dropFirst(round * size).prefix(size).count {
          owners[$0] == Int32(ranks.rank)
        }
        collected.append(bytes, rowCount: expected, from: source)
      }
    }
    store = collected.store
  }
}

extension DividedRows.Purpose {
  /// n_k of the classes of every rank, given those of all classes.
  func shares(of counts: [Int], dimension: Int, rankCount: Int) -> [[Int]] {
    let owners = ClassShare.owners(
      costs: counts.map { cost(count: $0, dimension: dimension) }, rankCount: rankCount)
    return zip(counts, owners).reduce(into: [[Int]](repeating: [], count: rankCount)) {
      $0[$1.1].append($1.0)
    }
  }

  /// The estimated work for a class: its covariance, its decomposition, and its part of scoring.
  func cost(count: Int, dimension: Int) -> Double {
    var work = WorkCount.gram(rows: count, columns: dimension)
    switch self {
    case .factors: work = work + .cholesky(order: dimension)
    case .spectra:
      work =
        work
        + (count > dimension
          ? .eigendecomposition(order: dimension)
          : .gram(rows: dimension, columns: count) + .eigendecomposition(order: count)
            + .product(3 * count, dimension, count))
    }
    // The directions of bounds.
    let references = ClassBounds.directionsAtOneLambda * 3
    return (work + .triangularSolve(rows: references, order: dimension)).multiplyAdds
  }
}

/// Rows that come from all ranks, each rank's in ascending order.
private struct CollectedRows {
  /// Where the next row of each rank goes.
  private var places: [Int]
  private let dimension: Int
  private(set) var store: RowStore

  init(starts: [Int], elementCount: Int, dimension: Int) {
    places = starts
    self.dimension = dimension
    store = .single([Float](repeating: 0, count: elementCount))
  }

  mutating func append(_ bytes: [UInt8], rowCount: Int, from source: Int) {
    guard rowCount > 0 else { return }
    let start = places[source] * dimension
    let count = rowCount * dimension
    places[source] += rowCount
    let isSingle = bytes.count == count * MemoryLayout<Float>.stride
    if !isSingle, case .single(let elements) = store { store = .double(elements.map(Double.init)) }
    switch store {
    case .single(var elements):
      store = .single([])
      bytes.withUnsafeBytes {
        elements.replaceSubrange(start..<start + count, with: $0.bindMemory(to: Float.self))
      }
      store = .single(elements)
    case .double(var elements):
      store = .double([])
      bytes.withUnsafeBytes { bytes in
        if isSingle {
          elements.replaceSubrange(
            start..<start + count, with: bytes.bindMemory(to: Float.self).lazy.map(Double.init))
        } else {
          elements.replaceSubrange(start..<start + count, with: bytes.bindMemory(to: Double.self))
        }
      }
      store = .double(elements)
    }
  }
}

extension [Double] {
  /// The bytes of these numbers as float32 if that represents them all, else as they are.
  func encodedShortly() -> [UInt8] {
    let singles = map(Float.init)
    let isExact = zip(self, singles).allSatisfy { Double($1) == $0 || $0.isNaN }
    return isExact ? singles.withUnsafeBytes { [UInt8]($0) } : withUnsafeBytes { [UInt8]($0) }
  }

  /// The numbers, `count` of them, from such bytes.
  init(decodingShort bytes: [UInt8], count: Int) {
    self = bytes.withUnsafeBytes {
      $0.count == count * MemoryLayout<Double>.stride
        ? Array($0.bindMemory(to: Double.self)) : $0.bindMemory(to: Float.self).map(Double.init)
    }
  }
}

extension [Int] {
  /// The index of the first element that meets a condition which all later ones meet too.
  func partitioningIndex(where belongs: (Int) -> Bool) -> Int {
    var (low, high) = (0, count)
    while low < high {
      let middle = (low + high) / 2
      if belongs(self[middle]) { high = middle } else { low = middle + 1 }
    }
    return low
  }
}
