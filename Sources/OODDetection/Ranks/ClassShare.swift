import LinearAlgebra

/// The classes of a fit, divided over the ranks of a job. Every rank knows the whole division; only the owner of a class
/// has its samples, its covariance and its factor.
struct ClassShare: Sendable {
  let ranks: Ranks
  /// The rank that owns each class, (K,).
  let owners: [Int]
  /// The classes of this rank, ascending.
  let own: [Int]

  /// All classes on one rank.
  init(classCount: Int) {
    self.init(ranks: .single, owners: [Int](repeating: 0, count: classCount))
  }

  /// Divides classes by their estimated costs: the dearest first, each to the rank with the least to do so far. The
  /// largest load is then at most 4/3 of the least possible one (Graham 1969, doi:10.1137/0117039). The order of equal
  /// costs is that of the classes, so that all ranks agree. O(K·(log K + P)).
  init(costs: [Double], ranks: Ranks) {
    self.init(ranks: ranks, owners: Self.owners(costs: costs, rankCount: ranks.count))
  }

  /// The rank of every class, (K,), for classes divided over so many ranks.
  static func owners(costs: [Double], rankCount: Int) -> [Int] {
    var loads = [Double](repeating: 0, count: rankCount)
    var owners = [Int](repeating: 0, count: costs.count)
    for index in costs.indices.sorted(by: { (costs[$1], $0) < (costs[$0], $1) }) {
      let rank = loads.indices.min { loads[$0] < loads[$1] } ?? 0
      owners[index] = rank
      loads[rank] += costs[index]
    }
    return owners
  }

  private init(ranks: Ranks, owners: [Int]) {
    self.ranks = ranks
    self.owners = owners
    own = owners.indices.filter { owners[$0] == ranks.rank }
  }

  var isWhole: Bool { ranks.isSingle }

  func isOwn(_ index: Int) -> Bool { owners[index] == ranks.rank }

  /// The numbers of classes of every rank, (P,).
  var classCounts: [Int] { owners.reduce(into: [Int](repeating: 0, count: ranks.count)) { $0[$1] += 1 } }

  /// Joins records of one length, one for each class of a rank, into those of all classes in their order.
  func joined(_ own: [[Double]], length: Int) async throws -> [[Double]] {
    try await ranks.waiting { _ in try joinedNow(own, length: length) }
  }

  /// Likewise, on this thread.
  func joinedNow(_ own: [[Double]], length: Int) throws -> [[Double]] {
    if isWhole { return own }
    let parts = try ranks.allGather(Array(own.joined()), counts: classCounts.map { $0 * length })
    var starts = [Int](repeating: 0, count: parts.count)
    return owners.map { owner in
      defer { starts[owner] += length }
      return Array(parts[owner][starts[owner]..<starts[owner] + length])
    }
  }

  /// This rank's classes in groups that all ranks go through together, so that what is exchanged after each of them
  /// stays small. A single rank has one group.
  var groups: [[Int]] {
    if isWhole { return [own] }
    let size = Self.groupSize
    let count = ((classCounts.max() ?? 0) + size - 1) / size
    return (0..<count).map { group(ofRank: ranks.rank, at: $0) }
  }

  fileprivate static let groupSize = 4

  fileprivate func group(ofRank rank: Int, at place: Int) -> [Int] {
    let classes = rank == ranks.rank ? own : owners.indices.filter { owners[$0] == rank }
    return Array(classes.dropFirst(place * Self.groupSize).prefix(Self.groupSize))
  }
}

/// Σ_k w_k A_k for the upper triangles of one matrix per class (D, D), added in the order of the classes whatever rank
/// owns them, so that the sum is the same to the last bit on any number of ranks.
///
/// Every rank adds a part of the elements. After each of ``ClassShare/groups``, ranks exchange the parts of their
/// matrices, and each adds those whose turn has come. A rank sends D²/2 · 8 bytes (1 − 1/P) per class, and its part of
/// the sum to all others.
struct ClassSum {
  private let share: ClassShare
  private let weights: [Double]
  private let dimension: Int
  /// The elements of the upper triangle that each rank adds, row after row.
  private let parts: [Range<Int>]
  /// The whole sum on a single rank; else this rank's part of it, (1, n).
  private var sum: Matrix
  private var pending: [(index: Int, triangle: [Double])] = []
  /// The parts of classes that came before their turn.
  private var early: [Int: [Double]] = [:]
  private var nextClass = 0
  private var groupCount = 0

  init(_ share: ClassShare, weights: [Double], dimension: Int) {
    self.share = share
    self.weights = weights
    self.dimension = dimension
    parts = share.ranks.ranges(of: dimension * (dimension + 1) / 2)
    sum =
      share.isWhole
      ? Matrix(rowCount: dimension, columnCount: dimension)
      : Matrix(rowCount: 1, columnCount: parts[share.ranks.rank].count)
  }

  /// Adds the matrix of one of this rank's classes, in ascending order.
  mutating func add(_ matrix: Matrix, of index: Int) {
    if share.isWhole { return sum.add(matrix, times: weights[index]) }
    pending.append((index, matrix.upperTriangleElements))
  }

  /// Exchanges what was added in a group. A collective.
  mutating func finishGroup() async throws {
    if share.isWhole { return }
    let (parts, pending) = (parts, pending)
    self.pending = []
    let groups = (0..<share.ranks.count).map { share.group(ofRank: $0, at: groupCount) }
    groupCount += 1
    let size = parts[share.ranks.rank].count
    let received = try await share.ranks.waiting { ranks in
      try ranks.exchange(
        parts.map { part in pending.flatMap { $0.triangle[part] } },
        receivedCounts: groups.map { $0.count * size })
    }
    for (group, elements) in zip(groups, received) {
      for (place, index) in group.enumerated() {
        early[index] = Array(elements[place * size..<(place + 1) * size])
      }
    }
    while let next = early.removeValue(forKey: nextClass) {
      sum.add(Matrix(rowCount: 1, columnCount: size, elements: next), times: weights[nextClass])
      nextClass += 1
    }
  }

  /// The sum in the upper triangle of a (D, D) matrix, on all ranks. A collective.
  func total() async throws -> Matrix {
    if share.isWhole { return sum }
    let (part, counts) = (sum.elements, parts.map(\.count))
    let triangle = try await share.ranks.waiting { try $0.allGather(part, counts: counts) }
    return Matrix(upperTriangle: Array(triangle.joined()), order: dimension)
  }
}

extension Matrix {
  /// The elements on and above the diagonal, row after row.
  var upperTriangleElements: [Double] {
    var triangle: [Double] = []
    triangle.reserveCapacity(rowCount * (rowCount + 1) / 2)
    for row in 0..<rowCount {
      triangle += elements[row * columnCount + row..<(row + 1) * columnCount]
    }
    return triangle
  }

  /// A square matrix with 0 below the diagonal.
  init(upperTriangle triangle: [Double], order: Int) {
    self.init(rowCount: order, columnCount: order)
    var start = 0
    for row in 0..<order {
      elements.replaceSubrange(
        row * order + row..<(row + 1) * order, with: triangle[start..<start + order - row])
      start += order - row
    }
  }
}

extension Ranks {
  /// Divides 0 ..< `count` into one range per rank, whose lengths differ by at most 1.
  public func ranges(of count: Int) -> [Range<Int>] {
    (0..<self.count).map { $0 * count / self.count..<($0 + 1) * count / self.count }
  }
}
