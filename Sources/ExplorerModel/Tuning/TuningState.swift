import Foundation
public import OODData
public import OODDetection

/// What the tuning screen shows in place of the curves and the map.
public enum TuningPane: Sendable {
  case curves
  /// Each class's own leave-one-out NLL.
  case classes
  /// The score histograms of two settings.
  case histograms
}

/// The λ path, the pinned settings, and how the ranks of another setting differ.
public struct TuningState: Sendable {
  /// The values of λ along the path.
  public let path: [Regularization]
  /// The results along the path; `nil` until its first part is computed.
  public internal(set) var sweep: Sweep? {
    didSet { classOptima = sweep?.leaveOneOut.flatMap { ClassOptima($0) } }
  }
  /// Which classes want more or less regularization; `nil` until the path is computed.
  public private(set) var classOptima: ClassOptima?
  public private(set) var pane = TuningPane.curves
  /// The selected row of the classes.
  public private(set) var classRow = 0
  /// The place of the shown pair among those whose histograms can be compared.
  public private(set) var pairPlace = 0
  /// How many times the curves are zoomed in, each time to half of the decades.
  public private(set) var zoom = 0
  /// The map over pooling and t at the shown normalization and ridge rule; its rows arrive one by one.
  public private(set) var map = PoolingMap()
  /// Whether the map was searched between its steps.
  private(set) var isMapRefined = false
  /// The figure that the map shows.
  public private(set) var mapMeasure = MapMeasure.leaveOneOutNLL
  /// The cell of the map under the cursor; `nil` until the user moves it from the shown setting.
  public private(set) var mapCursor: MapCell?
  /// The settings to compare with.
  public internal(set) var pins = PinnedSettings()
  /// The rank changes from the compared pin to the current setting.
  public private(set) var pinComparison: SettingComparison?
  /// The rank changes from the current to the proposed λ; only on the tuning screen and without a pinned
  /// setting.
  public private(set) var proposalComparison: SettingComparison?
  /// The number of multiplications from which a path is computed in two parts, so that the first part appears
  /// early.
  var largePathWork = 0x1p36

  init(path: [Regularization]) { self.path = path }

  /// A cell of the map.
  public struct MapCell: Sendable, Equatable {
    public var pooling: Pooling
    /// The index of t in the path.
    public var step: Int

    public init(pooling: Pooling, step: Int) {
      self.pooling = pooling
      self.step = step
    }
  }
}

/// A figure of the map.
public enum MapMeasure: String, CaseIterable, Sendable {
  case leaveOneOutNLL, leaveOneOutAccuracy, auroc

  /// The figure at every t of a row; `nil` where it is not known.
  public func values(_ row: PoolingMap.Row, _ score: ScoreKind) -> [Double]? {
    switch self {
    case .leaveOneOutNLL: row.sweep.leaveOneOutNLL
    case .leaveOneOutAccuracy: row.sweep.leaveOneOut?.accuracy
    case .auroc: row.sweep.metrics[score]?.map(\.auroc)
    }
  }

  /// Whether less is better.
  public var prefersLess: Bool { self == .leaveOneOutNLL }
}

// MARK: The map

extension TuningState {
  /// The α of the map, with that of the shown setting.
  public func poolings(with shown: Pooling) -> [Pooling] { Set(Pooling.grid + [shown]).sorted() }

  /// The next row of the map to compute; `nil` if it is complete.
  func nextPooling(with shown: Pooling) -> Pooling? {
    poolings(with: shown).first { map[$0] == nil }
  }

  public func isMapComplete(with shown: Pooling) -> Bool { nextPooling(with: shown) == nil }

  /// The setting that leave-one-out proposes: over pooling and t once the map is complete, else over t; `nil` if the
  /// likelihood is best at an end of the path.
  public func proposed(at setting: DetectorSetting) -> DetectorSetting? {
    var proposed = setting
    if isMapComplete(with: setting.fit.pooling) {
      guard let place = map.proposed else { return nil }
      proposed.fit.pooling = place.pooling
      proposed.regularization = place.regularization
      return proposed
    }
    guard let regularization = sweep?.proposed else { return nil }
    proposed.regularization = regularization
    return proposed
  }

  /// The place of the least leave-one-out NLL of a complete map, in words, if it is at an end of the path.
  public func mapEnd(at setting: DetectorSetting) -> String? {
    guard isMapComplete(with: setting.fit.pooling), map.isLowestAtEnd, let lowest = map.lowest else {
      return nil
    }
    return
      "α = \(lowest.pooling.value), \(setting.fit.ridgeRule.symbol) = \(shortText(lowest.regularization))"
  }

  /// The cell under the cursor: that of the shown setting unless the user moved it.
  public func cursor(at setting: DetectorSetting) -> MapCell {
    if let mapCursor { return mapCursor }
    let t = setting.regularization.value
    let step = path.indices.min { abs(log(path[$0].value / t)) < abs(log(path[$1].value / t)) } ?? 0
    return MapCell(pooling: setting.fit.pooling, step: t > 0 ? step : 0)
  }

  /// The setting of the cell under the cursor.
  public func settingUnderCursor(at setting: DetectorSetting) -> DetectorSetting {
    let cursor = cursor(at: setting)
    var chosen = setting
    chosen.fit.pooling = cursor.pooling
    if mapCursor != nil { chosen.regularization = path[cursor.step] }
    return chosen
  }

  mutating func moveMapCursor(rows: Int, steps: Int, at setting: DetectorSetting) {
    var cursor = cursor(at: setting)
    let poolings = poolings(with: setting.fit.pooling)
    let row = poolings.firstIndex(of: cursor.pooling) ?? 0
    cursor.pooling = poolings[min(max(row + rows, 0), poolings.count - 1)]
    cursor.step = min(max(cursor.step + steps, 0), path.count - 1)
    mapCursor = cursor
  }

  mutating func placeMapCursor(_ cell: MapCell?) { mapCursor = cell }

  mutating func cycleMapMeasure() {
    let all = MapMeasure.allCases
    let place = all.firstIndex(of: mapMeasure) ?? 0
    mapMeasure = all[(place + 1) % all.count]
  }

  /// Adds a row of the map.
  mutating func take(_ row: PoolingMap.Row) { map.insert(row) }

  /// Completes the map by the best place between its steps, if there is one.
  mutating func take(refined place: PoolingMap.Place?) {
    map.refinedPlace = place
    isMapRefined = true
  }

  /// Forgets the path of a fit that is left, and the map if it does not belong to the next one.
  mutating func leaveFit(from shown: FitSetting, for next: FitSetting?) {
    sweep = nil
    proposalComparison = nil
    mapCursor = nil
    if next?.normalization != shown.normalization || next?.ridgeRule != shown.ridgeRule {
      map = PoolingMap()
      isMapRefined = false
    }
  }
}

// MARK: Values

extension TuningState {
  /// The scores at a λ of the path; `nil` unless they are kept.
  func scores(at regularization: Regularization) -> ScoredData? {
    guard let sweep, let index = sweep.index(of: regularization), sweep.scores.indices.contains(index) else {
      return nil
    }
    return sweep.scores[index]
  }

  /// The part of the path to compute next; `nil` when the path is complete.
  ///
  /// At a large λ all classes overlap, so every sample must be scored against every class. If that takes
  /// long, smaller λ are computed first.
  func nextPart(of detector: SpectralDetector, sampleCount: Int) -> [Regularization]? {
    if let sweep { return sweep.path.count < path.count ? Array(path[sweep.path.count...]) : nil }
    let square = Double(detector.dimension) * Double(detector.dimension)
    guard Double(sampleCount) * Double(detector.classes.count) * square > largePathWork, path == path.sorted()
    else { return path }
    let count = detector.separableCount(along: path)
    return count > 0 ? Array(path[..<count]) : path
  }

  /// Why no t is proposed.
  ///
  /// - Parameter isComputing: Whether the path is being computed.
  func missingProposal(at setting: DetectorSetting, isComputing: Bool) -> String {
    let symbol = setting.fit.ridgeRule.symbol
    if isComputing { return "The \(symbol) path is still being computed." }
    guard let sweep else { return "No \(symbol) is proposed yet." }
    if let end = mapEnd(at: setting) {
      return "No setting is proposed: leave-one-out likelihood is best at \(end), an end of the path."
    }
    return sweep.lowestAtEnd.map { Self.noProposal(of: symbol, atEnd: $0) }
      ?? "No \(symbol) is proposed: leave-one-out needs a class with at least two training samples."
  }

  private static func noProposal(of symbol: String, atEnd end: Regularization) -> String {
    "No \(symbol) is proposed: leave-one-out likelihood is best at \(shortText(end)), an end of the path."
  }
}

// MARK: The pane

extension TuningState {
  /// The shown steps of the path: all of them, or those around a value when zoomed in.
  public func shownSteps(around regularization: Regularization) -> ClosedRange<Int> {
    let last = max(0, path.count - 1)
    guard zoom > 0, last > 0 else { return 0...last }
    let width = max(4, last >> zoom)
    let t = regularization.value
    let middle =
      t > 0
      ? path.indices.min { abs(log(path[$0].value / t)) < abs(log(path[$1].value / t)) } ?? 0 : 0
    let first = max(0, min(middle - width / 2, last - width))
    return first...min(last, first + width)
  }

  /// Shows a pane, or the curves again.
  mutating func toggle(_ wanted: TuningPane) { pane = pane == wanted ? .curves : wanted }

  mutating func zoom(by offset: Int) { zoom = clamp(zoom + offset, 0, 5) }

  mutating func resetZoom() { zoom = 0 }

  mutating func moveClass(_ motion: Motion) {
    classRow = moved(from: classRow, by: motion, count: classOptima?.rows.count ?? 0)
  }

  mutating func selectClass(row: Int) { moveClass(.lines(row - classRow)) }

  mutating func cyclePair(_ offset: Int, count: Int) {
    pairPlace = wrapped(pairPlace + offset, count: max(1, count))
  }
}

// MARK: Changes

extension TuningState {
  /// Adds the first or the second part of the path.
  ///
  /// - Parameter symbol: That of the ridge rule.
  /// - Returns: What to say about the proposed t.
  mutating func take(_ found: Sweep, symbol: String = RidgeRule.absolute.symbol) -> String? {
    let known = sweep.flatMap { $0.path.count + found.path.count <= path.count ? $0 : nil }
    let joined = known?.appending(found) ?? found
    sweep = joined
    // Report from the first part of a path only what the second part is unlikely to change.
    if let proposed = joined.proposed {
      guard proposed != known?.proposed else { return nil }
      return "Leave-one-out likelihood proposes \(symbol) = \(shortText(proposed)). Press o to use it."
    }
    return joined.path.count >= path.count
      ? joined.lowestAtEnd.map { Self.noProposal(of: symbol, atEnd: $0) } : nil
  }

  /// Updates the rank changes since the pin. Without a pin, and if `foretells`, updates those that the
  /// proposed λ would cause. O(N).
  mutating func refreshComparisons(
    _ scored: ScoredData?, of data: DataSet, at setting: DetectorSetting, foretells: Bool
  ) {
    (pinComparison, proposalComparison) = (nil, nil)
    let split = data.evaluatedSplit
    func comparison(from before: [Int32], to after: [Int32]) -> SettingComparison? {
      SettingComparison(from: before, to: after, limit: 100, split: split) {
        data[split]?.name(of: $0) ?? "#\($0)"
      }
    }
    guard let current = scored?.ranking(of: split, by: setting.score) else { return }
    if let pin = pins.compared {
      pinComparison = pin.measures.flatMap { comparison(from: $0.ranks, to: current.ranks) }
    } else if foretells, let proposed = proposed(at: setting), proposed != setting,
      proposed.fit == setting.fit,
      let ranking = scores(at: proposed.regularization)?.ranking(of: split, by: setting.score)
    {
      proposalComparison = comparison(from: current.ranks, to: ranking.ranks)
    }
  }

  /// Forgets everything about the previous data.
  mutating func forget() {
    let work = largePathWork
    self = TuningState(path: path)
    largePathWork = work
  }
}
