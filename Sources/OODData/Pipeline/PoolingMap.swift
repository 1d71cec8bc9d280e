import Foundation
public import OODDetection

/// Leave-one-out and metrics over pooling α and t, at one normalization and ridge rule.
public struct PoolingMap: Sendable {
  public struct Row: Sendable {
    public var pooling: Pooling
    /// The path of this α, without scores.
    public var sweep: Sweep

    public init(pooling: Pooling, sweep: Sweep) {
      self.pooling = pooling
      self.sweep = sweep
      self.sweep.scores = []
    }
  }

  /// A setting of the map.
  public struct Place: Sendable, Equatable {
    public var pooling: Pooling
    public var regularization: Regularization
    public var leaveOneOutNLL: Double
  }

  /// In ascending order of α.
  public private(set) var rows: [Row]

  /// A place near the least one, between the steps of the map, with a lower leave-one-out NLL; nil if none was
  /// found.
  public var refinedPlace: Place?

  /// What the detectors of the rows share, for a refinement; nil if it was not kept.
  public var sharedSamples: SharedSamples?

  public init(rows: [Row] = []) { self.rows = rows.sorted { $0.pooling < $1.pooling } }

  /// Adds a row, or replaces the one of the same α.
  public mutating func insert(_ row: Row) {
    rows.removeAll { $0.pooling == row.pooling }
    rows.append(row)
    rows.sort { $0.pooling < $1.pooling }
  }

  public subscript(pooling: Pooling) -> Row? { rows.first { $0.pooling == pooling } }

  /// The place of the least leave-one-out NLL; nil without training samples.
  public var lowest: Place? {
    rows.compactMap { row in
      row.sweep.leaveOneOut?.lowest.map {
        Place(pooling: row.pooling, regularization: $0.regularization, leaveOneOutNLL: $0.meanNLL)
      }
    }.min { $0.leaveOneOutNLL < $1.leaveOneOutNLL }
  }

  /// Whether the least NLL is at an end of the path over t, beyond which the minimum may lie.
  public var isLowestAtEnd: Bool {
    guard let lowest, let path = self[lowest.pooling]?.sweep.path else { return false }
    return lowest.regularization == path.first || lowest.regularization == path.last
  }

  /// The place of the least leave-one-out NLL; nil if it is at an end of the path.
  public var proposed: Place? { isLowestAtEnd ? nil : refinedPlace ?? lowest }
}

extension DetectorPipeline {
  /// Computes a map row by row: for every α a fit and a path of leave-one-out, scores and metrics.
  ///
  /// - Parameters:
  ///   - kinds: The kinds of scores to measure; nil for all.
  ///   - known: The row of an α that is already computed, such as the current one.
  ///   - row: Receives every row as it is computed.
  @concurrent
  public func map(
    _ data: DataSet, setting: FitSetting, along path: [Regularization], poolings: [Pooling] = Pooling.grid,
    includesBackground: Bool = false, measuring kinds: [ScoreKind]? = nil, known: PoolingMap.Row? = nil,
    progress: @escaping ProgressHandler = { _ in },
    row: @escaping @Sendable (PoolingMap.Row) -> Void = { _ in }
  ) async throws -> PoolingMap {
    var map = PoolingMap()
    for (index, pooling) in poolings.enumerated() {
      func report(_ start: Double, _ share: Double) -> ProgressHandler {
        {
          progress(
            WorkProgress(
              completed: Double(index) + start + share * $0.fraction, planned: Double(poolings.count)))
        }
      }
      let found: PoolingMap.Row
      if let known, known.pooling == pooling, known.sweep.path == path {
        found = known
      } else {
        var setting = setting
        setting.pooling = pooling
        var detector = try await fit(data, setting: setting, pathCount: path.count, progress: report(0, 0.5))
        if let shared = map.sharedSamples { detector = detector.sharing(shared) }
        map.sharedSamples = detector.sharedSamples
        found = PoolingMap.Row(
          pooling: pooling,
          sweep: try await sweep(
            detector, data, [data.test == nil ? .train : .test], along: path,
            includesBackground: includesBackground, includesAccuracy: true,
            measuring: kinds ?? ScoreKind.allCases, progress: report(0.5, 0.5)))
      }
      map.insert(found)
      row(found)
    }
    return map
  }

  /// A setting near the proposed one with a lower leave-one-out NLL: t between the steps of the path, and α
  /// between those of the map. Nil if the gain is below `tolerance` nats per sample, or if nothing is proposed.
  @concurrent
  public func refined(
    _ map: PoolingMap, _ data: DataSet, setting: FitSetting, tolerance: Double = 0.05
  ) async throws -> PoolingMap.Place? {
    guard let start = map.proposed, let train = data.train, let labels = train.labels else { return nil }
    var best = start
    var tried: [Double: Double] = [:]
    for row in map.rows { tried[row.pooling.value] = row.sweep.leaveOneOut?.lowest?.meanNLL }
    var shared = map.sharedSamples
    /// The least NLL of one α on a path with steps of 10^0.025 around the best t so far.
    func lowest(_ pooling: Double) async throws -> PoolingMap.Place? {
      var setting = setting
      setting.pooling = try Pooling(pooling)
      let path = try (-8...8).map {
        try Regularization((best.regularization.value * pow(10, Double($0) / 40)).rounded(toDigits: 3))
      }
      var detector = try await fit(data, setting: setting)
      if let shared { detector = detector.sharing(shared) }
      shared = detector.sharedSamples
      return try await detector.leaveOneOut(train.rows, labels: labels, along: path, threadCount: threadCount)
        .lowest.map {
          PoolingMap.Place(
            pooling: setting.pooling, regularization: $0.regularization, leaveOneOutNLL: $0.meanNLL)
        }
    }
    // Halve the interval on the better side of the best α as long as that pays, and the other one where it does not.
    for _ in 0..<3 {
      let before = best.leaveOneOutNLL
      let known = tried.keys.sorted()
      guard let place = known.firstIndex(of: best.pooling.value) else { break }
      let neighbors = [place - 1, place + 1].filter(known.indices.contains).map { known[$0] }
      for neighbor in neighbors.sorted(by: { tried[$0, default: .infinity] < tried[$1, default: .infinity] })
      {
        let (low, high) = (min(neighbor, known[place]), max(neighbor, known[place]))
        // α is spaced by factors, except towards 0.
        let middle = (low > 0 ? (low * high).squareRoot() : high / 3).rounded(toDigits: 2)
        guard let found = try await lowest(middle) else { continue }
        tried[middle] = found.leaveOneOutNLL
        if found.leaveOneOutNLL < best.leaveOneOutNLL {
          best = found
          break
        }
      }
      if before - best.leaveOneOutNLL < tolerance { break }
    }
    // The steps of the map's path are coarser.
    if let row = map[best.pooling], row.sweep.expectedGainBetweenSteps > tolerance / 5,
      let finer = try await lowest(best.pooling.value), finer.leaveOneOutNLL < best.leaveOneOutNLL
    {
      best = finer
    }
    return start.leaveOneOutNLL - best.leaveOneOutNLL > tolerance ? best : nil
  }
}

extension Sweep {
  /// How far the parabola through the least leave-one-out NLL and its neighbours on the path falls below it, in nats;
  /// 0 at an end of the path.
  fileprivate var expectedGainBetweenSteps: Double {
    guard let curve = leaveOneOut?.meanNLL, let place = curve.indices.min(by: { curve[$0] < curve[$1] }),
      place > 0, place < curve.count - 1
    else { return 0 }
    let slope = (curve[place + 1] - curve[place - 1]) / 2
    let curvature = curve[place + 1] - 2 * curve[place] + curve[place - 1]
    return curvature > 0 ? slope * slope / (2 * curvature) : 0
  }
}

extension Double {
  /// The number with so many significant digits, for people to read and type.
  fileprivate func rounded(toDigits count: Int) -> Double {
    Double(String(format: "%.\(count - 1)e", self)) ?? self
  }
}
