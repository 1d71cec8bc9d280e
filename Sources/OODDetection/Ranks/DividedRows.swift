import CVectorKernels
public import LinearAlgebra

/// Training samples, divided over the ranks of a job by their classes. Fitting to them is a collective, after which
/// every rank has the factors, or spectra, of its own classes and the numbers of all others.
///
/// Row numbers are those of the undivided samples. Each rank can read the rows of its own classes, which it holds in
/// memory as they were stored: in 4·D bytes a row if float32 can represent them, else in 8·D.
public struct DividedRows: FeatureRows {
  /// What the classes are divided for: their costs differ.
  public enum Purpose: Sendable {
    /// A fit at one λ. Without pooling and background, the samples of a class are dropped as soon as its factor is known
    /// and all factors fit. Later reads take them from the undivided samples.
    case factors
    /// A fit for every λ.
    case spectra
  }

  public let count: Int
  public let dimension: Int
  public let storedEpsilon: Double
  let share: ClassShare
  private let purpose: Purpose
  private let held: HeldRows
  /// The samples, of which each rank can read all, from files.
  let undivided: any FeatureRows
  private let labels: [Int]
  private let homes: [Int: Home]

  /// Where a class is.
  private struct Home: Sendable {
    var owner: Int
    /// Its place among the classes of its owner.
    var slot: Int
  }

  /// The same rows, all of which every rank can read. Reading them is a collective.
  var onAllRanks: any FeatureRows { RowsOfAllRanks(rows: self) }

  fileprivate func owner(ofRow row: Int) -> Int { homes[labels[row]]?.owner ?? 0 }

  public func matrix(at indices: [Int]) throws -> Matrix {
    let places = indices.map { row in
      guard let home = homes[labels[row]], home.owner == share.ranks.rank else {
        preconditionFailure("the row belongs to another rank")
      }
      return (home.slot, row)
    }
    return try held.matrix(places) ?? undivided.matrix(at: indices)
  }

  /// Gives the memory of the samples of one of this rank's classes back, if the rows are for a single fit.
  func drop(_ index: Int) {
    guard purpose == .factors, let slot = share.own.firstIndex(of: index) else { return }
    held.drop(slot)
  }

  /// What this rank keeps beside its own classes.
  ///
  /// - Parameter dropsFittedClasses: Whether the fit reads the samples of a class once.
  func sharedWork(dropsFittedClasses: Bool = false) -> MemoryPlan.SharedWork {
    MemoryPlan.SharedWork(
      sampleBytes: held.byteCount, otherClassCount: share.owners.count - share.own.count,
      dropsFittedClasses: dropsFittedClasses && purpose == .factors)
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

extension DividedRows {
  /// Divides samples: every rank reads a contiguous range of the rows, and sends each to the owner of its class. A
  /// collective; every rank passes the same samples and labels.
  ///
  /// Rows with a label below 0 are not read. A rank sends about N/P · D · 4 bytes (float32), in rounds of 16 MiB of float64.
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
    return try await DividedRows(rows, labels, members, share, for: purpose, threadCount: threadCount)
  }

  /// The bytes that a rank reads and sends in a round. It may receive twice as much.
  static let roundByteCount = 16 << 20

  private init(
    _ rows: any FeatureRows, _ labels: [Int], _ members: [ClassMembers], _ share: ClassShare,
    for purpose: Purpose, threadCount: Int
  ) async throws {
    (count, dimension, storedEpsilon) = (rows.count, rows.dimension, rows.storedEpsilon)
    (self.share, self.purpose, self.labels, undivided) = (share, purpose, labels, rows)
    let ranks = share.ranks
    var slots = [Int](repeating: 0, count: ranks.count)
    let homes = members.indices.reduce(into: [Int: Home]()) {
      let owner = share.owners[$1]
      $0[members[$1].label] = Home(owner: owner, slot: slots[owner])
      slots[owner] += 1
    }
    self.homes = homes
    let held = HeldRows(rows: share.own.map { members[$0].rows }, dimension: rows.dimension)
    self.held = held

    // −1 for rows of no class.
    let owners = labels.map { Int32($0 < 0 ? -1 : homes[$0]?.owner ?? -1) }
    let ranges = ranks.ranges(of: rows.count)
    let size = max(1, Self.roundByteCount / max(1, 8 * rows.dimension))
    var isSingle = true
    for round in Self.rounds(ranges, owners: owners, rowCount: size) {
      let own = ranges[ranks.rank].dropFirst(round.lowerBound).prefix(round.count).filter { owners[$0] >= 0 }
      let parcel = try await ranks.together {
        let parcel = try await Parcel(
          own, of: rows, owners, ranks, isSingle: isSingle, threadCount: threadCount)
        if parcel.isExact { return parcel }
        isSingle = false
        return try await Parcel(own, of: rows, owners, ranks, isSingle: false, threadCount: threadCount)
      }
      let (received, sizes) = try await ranks.waiting { try $0.exchange(parcel.bytes, counts: parcel.sizes) }
      received.withUnsafeBytes { received in
        var start = 0
        for (range, size) in zip(ranges, sizes) {
          let arrived = range.dropFirst(round.lowerBound).prefix(round.count).filter {
            owners[$0] == Int32(ranks.rank)
          }
          held.store(
            arrived.map { (homes[labels[$0]]?.slot ?? 0, $0) },
            UnsafeRawBufferPointer(rebasing: received[start..<start + size]))
          start += size
        }
      }
    }
    rows.releaseMemory()
    BLASRuntime.returnFreedMemory()
  }

  /// The rounds in which all ranks read their ranges, as offsets into each.
  ///
  /// Where many rows of a round belong to one rank, as with sorted labels, the round is halved until no rank receives
  /// more than twice `rowCount` rows. O(N·log N) at worst.
  static func rounds(_ ranges: [Range<Int>], owners: [Int32], rowCount: Int) -> [Range<Int>] {
    var pending: [Range<Int>] = RowBlocks(count: ranges.map(\.count).max() ?? 0, size: rowCount).reversed()
    var rounds: [Range<Int>] = []
    while let round = pending.popLast() {
      var received = [Int](repeating: 0, count: ranges.count)
      for range in ranges {
        for row in range.dropFirst(round.lowerBound).prefix(round.count) where owners[row] >= 0 {
          received[Int(owners[row])] += 1
        }
      }
      if round.count > 1, received.contains(where: { $0 > 2 * rowCount }) {
        let middle = round.lowerBound + round.count / 2
        pending += [middle..<round.upperBound, round.lowerBound..<middle]
      } else {
        rounds.append(round)
      }
    }
    return rounds
  }
}

/// The rows that a rank has read for a round, one owner's after another's.
private struct Parcel: Sendable {
  private(set) var bytes: [UInt8]
  /// The size of what each rank gets, (P,).
  let sizes: [Int]
  /// Whether float32 represents them all, if it was to be used.
  private(set) var isExact = true

  init(
    _ own: [Int], of rows: any FeatureRows, _ owners: [Int32], _ ranks: Ranks, isSingle: Bool,
    threadCount: Int
  ) async throws {
    let stride = isSingle ? MemoryLayout<Float>.stride : MemoryLayout<Double>.stride
    let width = rows.dimension * stride
    sizes = own.reduce(into: [Int](repeating: 0, count: ranks.count)) { $0[Int(owners[$1])] += width }
    var places: [Int] = []
    var start = 0
    for size in sizes {
      places.append(start)
      start += size
    }
    // Each of them is written once.
    bytes = [UInt8](unsafeUninitializedCapacity: start) { $1 = start }
    let pieces = RowBlocks(count: own.count, size: Execution.usualBlockSize)
    try await forEachInOrder(pieces.count, threadCount: threadCount) { index in
      try rows.matrix(at: Array(own[pieces[index]])).elements
    } consume: { index, elements in
      bytes.withUnsafeMutableBytes { target in
        elements.withUnsafeBufferPointer { source in
          guard let base = target.baseAddress, var source = source.baseAddress else { return }
          for row in own[pieces[index]] {
            let owner = Int(owners[row])
            let target = base + places[owner]
            if isSingle {
              isExact = gmmscope_narrow(target, source, rows.dimension) && isExact
            } else {
              target.copyMemory(from: source, byteCount: width)
            }
            places[owner] += width
            source += rows.dimension
          }
        }
      }
    }
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
