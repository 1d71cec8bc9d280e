/// Samples that are almost equal: their nearest training sample is closer than a tenth of the usual distance.
///
/// The usual distance is the median distance of a training sample to its nearest other one. Equal samples are near
/// duplicates even if the median is 0.
public struct NearDuplicates: Sendable, Equatable {
  /// Samples that are connected by pairs of near duplicates.
  public struct Group: Sendable, Equatable {
    /// Row numbers among the training samples, ascending; at least one.
    public let trainRows: [Int]
    /// Row numbers among the test samples, ascending. If there are any, training samples leaked into them.
    public let testRows: [Int]
    /// The smallest distance of a pair.
    public let smallestDistance: Double
  }

  /// The share of the median distance below which samples are near duplicates.
  public static let medianShare = 0.1

  /// The distance of every training sample to its nearest other one, (N,); NaN for samples that were not searched,
  /// infinite for one without others.
  public let distances: [Double]
  /// The distance of every test sample to its nearest training sample, (M,); nil if no test samples were searched.
  public let testDistances: [Double]?
  /// The median of ``distances``; NaN without any.
  public let medianDistance: Double
  /// By ascending smallest distance, then by first training row.
  public let groups: [Group]
  /// The number of test samples that are near duplicates of training samples; nil if no test samples were searched.
  public let leakedCount: Int?

  /// The distance below which samples are near duplicates.
  public var threshold: Double { Self.medianShare * medianDistance }

  /// Joins pairs to groups. O((N + M) log N).
  ///
  /// - Parameters:
  ///   - train: The nearest other training sample of each training sample, (N,), by row; nil for samples that were not
  ///     searched or have no neighbor.
  ///   - test: The nearest training sample of each test sample, (M,), by row; nil if no test samples were searched.
  public init(train: [Neighbor?], test: [Neighbor?]?) {
    distances = train.map { $0?.distance ?? .nan }
    testDistances = test?.map { $0?.distance ?? .nan }
    let known = distances.filter { !$0.isNaN }.sorted()
    let middle = known.count / 2
    medianDistance =
      known.isEmpty ? .nan : known.count % 2 == 1 ? known[middle] : (known[middle - 1] + known[middle]) / 2
    let threshold = Self.medianShare * medianDistance
    var sets = DisjointSets(count: train.count + (test?.count ?? 0))
    var smallest = [Double](repeating: .infinity, count: sets.count)
    var leakedCount = 0
    for (place, neighbor) in [train, test ?? []].joined().enumerated() {
      guard let neighbor, neighbor.distance < threshold || neighbor.distance == 0 else { continue }
      sets.join(place, neighbor.index)
      smallest[place] = neighbor.distance
      if place >= train.count { leakedCount += 1 }
    }
    self.leakedCount = test == nil ? nil : leakedCount
    var members: [Int: [Int]] = [:]
    for place in 0..<sets.count {
      let root = sets.root(of: place)
      if root != place || sets.hasOthers(place) { members[root, default: []].append(place) }
    }
    let isTest = { (place: Int) in place >= train.count }
    groups = members.values.map { places in
      Group(
        trainRows: places.filter { !isTest($0) }, testRows: places.filter(isTest).map { $0 - train.count },
        smallestDistance: places.map { smallest[$0] }.min() ?? .infinity)
    }.sorted {
      ($0.smallestDistance, $0.trainRows.first ?? 0) < ($1.smallestDistance, $1.trainRows.first ?? 0)
    }
  }
}

extension NearDuplicates {
  /// Searches exhaustively for the nearest other ID training sample of each ID training sample, and for the nearest ID
  /// training sample of each test sample. O((N + M)·N·D) time, O(N + M) memory for the result.
  ///
  /// - Parameters:
  ///   - train: The training samples (N, D), as they are in files, with their labels (N,). Those with a label below 0
  ///     are not searched.
  ///   - test: The test samples (M, D), if there are any.
  ///   - normalization: Applied to all samples before distances are taken.
  /// - Throws: ``DetectorError/dimensionMismatch(expected:found:)``, `CancellationError`, and the errors of the rows.
  @concurrent
  public static func search(
    _ train: any FeatureRows, labels: [Int], test: (any FeatureRows)? = nil, normalization: Normalization,
    threadCount: Int = SpectralDetector.defaultThreadCount, progress: ProgressHandler? = nil
  ) async throws -> NearDuplicates {
    let places = labels.indices.filter { labels[$0] >= 0 }
    let known = normalization.normalized(SelectedRows(rows: train, indices: places))
    let total = Double(max(1, places.count + (test?.count ?? 0)))
    func nearest(
      _ samples: any FeatureRows, _ start: Int, excludesOwnRow: Bool
    ) async throws -> [Neighbor?] {
      try await NeighborSearch.nearest(
        toEachOf: samples, in: known, count: 1, excludesOwnRow: excludesOwnRow, threadCount: threadCount,
        progress: { part in
          let done = Double(start) + Double(samples.count) * part.fraction
          progress?(WorkProgress(completed: done, planned: total))
        }
      ) { $0.first.map { Neighbor(index: places[$0.index], distance: $0.distance) } }
    }
    var own = [Neighbor?](repeating: nil, count: train.count)
    for (place, found) in zip(places, try await nearest(known, 0, excludesOwnRow: true)) {
      own[place] = found
    }
    var others: [Neighbor?]?
    if let test {
      others = try await nearest(normalization.normalized(test), places.count, excludesOwnRow: false)
    }
    return NearDuplicates(train: own, test: others)
  }
}

/// Sets that are joined step by step (Tarjan 1975, doi:10.1145/321879.321884).
private struct DisjointSets {
  private var parents: [Int]
  private var sizes: [Int]

  init(count: Int) {
    parents = Array(0..<count)
    sizes = [Int](repeating: 1, count: count)
  }

  var count: Int { parents.count }

  mutating func root(of place: Int) -> Int {
    var place = place
    while parents[place] != place {
      parents[place] = parents[parents[place]]
      place = parents[place]
    }
    return place
  }

  /// Whether the set of a root has other members.
  func hasOthers(_ root: Int) -> Bool { sizes[root] > 1 }

  mutating func join(_ first: Int, _ second: Int) {
    var (large, small) = (root(of: first), root(of: second))
    guard large != small else { return }
    if sizes[large] < sizes[small] { swap(&large, &small) }
    parents[small] = large
    sizes[large] += sizes[small]
  }
}
