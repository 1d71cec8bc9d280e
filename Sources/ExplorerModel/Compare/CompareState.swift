public import OODData
public import OODDetection

/// Settings and baselines, each judged on every OOD set.
public struct CompareState: Sendable {
  /// What the table can be sorted by.
  public enum Column: Sendable, Hashable {
    /// The usual settings, then those that were shown, then baselines.
    case order
    case leaveOneOut
    case accuracy
    case metric(Comparison.Column)

    public func title(among sets: [OODSet]) -> String {
      switch self {
      case .order: "setting"
      case .leaveOneOut: "LOO NLL"
      case .accuracy: "accuracy"
      case .metric(let column): column.title(among: sets)
      }
    }
  }

  /// A row of the table.
  public struct Entry: Sendable {
    /// Unique among the rows, and the name of the row in reports.
    public let name: String
    /// Nil until the proposed setting is known.
    public internal(set) var subject: Comparison.Subject?
    /// Nil until it is computed.
    public internal(set) var row: Comparison.Row?
    /// Why it cannot be computed.
    public internal(set) var failure: (any Error)?
    /// Whether it is among the settings that every comparison has.
    public let isUsual: Bool
  }

  private var entries = CompareState.usualEntries
  /// The OOD sets that the rows are judged on.
  public private(set) var sets: [OODSet] = []
  public private(set) var metric = MetricName.auroc
  public private(set) var sort = SortOrder(Column.order, isAscending: true)
  /// The place of the first shown one among ``scrolledColumns``. The screen shows earlier ones where it has room.
  public private(set) var firstColumn = 0
  /// The name of the selected row.
  private var selection = CompareState.usualEntries[0].name
  /// The names of the rows that are being computed.
  private var asked: Set<String> = []
  /// Whether the user cancelled the computation; showing the screen resumes it.
  public private(set) var isPaused = false
  /// The number of shown settings that are kept, the latest ones.
  static let settingLimit = 200
  /// The most scores that bootstrap draws may take for a row: about a second of work. Intervals of more samples are
  /// narrow, and the command draws them.
  static let intervalWork = 1 << 27

  private static var usualEntries: [Entry] {
    var entries = ComparisonRequest.usualSettings.map {
      Entry(name: $0.name, subject: .setting($0.setting), isUsual: true)
    }
    entries.insert(Entry(name: ComparisonRequest.proposedName, isUsual: true), at: 1)
    return entries
  }
}

extension CompareState.Entry {
  init(name: String, subject: Comparison.Subject? = nil, isUsual: Bool) {
    (self.name, self.subject, self.isUsual) = (name, subject, isUsual)
    (row, failure) = (nil, nil)
  }

  /// The setting; nil for a baseline and as long as the proposed setting is unknown.
  public var setting: DetectorSetting? {
    if case .setting(let setting) = subject { setting } else { nil }
  }

  public var baseline: Baseline? {
    if case .baseline(let baseline) = subject { baseline } else { nil }
  }

  /// What to call the row on the screen: `RMD`, `α 0.03, λ = 1e-03, nll` or `knn`.
  public var title: String { isUsual ? name : setting?.summary ?? name }

  /// Why the row cannot be computed, in words.
  public var failureText: String? { failure.map { Message($0).text } }

  /// Whether it still has to be computed.
  public var isMissing: Bool { row == nil && failure == nil }
}

// MARK: Values

extension CompareState {
  /// The rows as sorted. Rows without the number that sorts them come last.
  public var rows: [Entry] {
    guard sort.column != .order else { return sort.isAscending ? entries : entries.reversed() }
    let values = entries.map { value(of: $0) }
    let known = entries.indices.filter { !values[$0].isNaN }
    let sorted = known.sorted {
      values[$0] != values[$1] ? (values[$0] < values[$1]) == sort.isAscending : $0 < $1
    }
    return sorted.map { entries[$0] } + entries.indices.filter { values[$0].isNaN }.map { entries[$0] }
  }

  public var selectedRow: Int { rows.firstIndex { $0.name == selection } ?? 0 }

  public var selected: Entry? {
    let rows = rows
    return rows.first { $0.name == selection } ?? rows.first
  }

  /// The rows that are computed, as sorted, and those that cannot be.
  public var comparison: Comparison {
    let rows = rows
    return Comparison(
      rows: rows.compactMap(\.row),
      omissions: rows.compactMap { entry in
        entry.failure.map { Comparison.Omission(name: entry.name, reason: $0) }
      })
  }

  /// What the table can be sorted by, from left to right.
  public var columns: [Column] {
    [.order, .leaveOneOut, .accuracy] + Comparison.Column.columns(of: sets).map(Column.metric)
  }

  /// The columns that scroll: all metrics but the mean over sets, which is always shown.
  public var scrolledColumns: [Comparison.Column] {
    Comparison.Column.columns(of: sets).filter { $0 != .mean }
  }

  /// The settings that were shown, in the order in which they were, without the usual ones.
  var visitedSettings: [DetectorSetting] { entries.filter { !$0.isUsual }.compactMap(\.setting) }

  /// Whether rows that are within the 95 % interval of the best are marked: that of the AUROC is always known.
  public var hasIntervals: Bool {
    metric == .auroc || entries.contains { $0.row?.evaluation.pooled.interval(of: metric) != nil }
  }

  public var missingCount: Int { entries.count(where: \.isMissing) }
  public var entryCount: Int { entries.count }

  /// The number by which the rows are sorted; NaN if the entry has none.
  private func value(of entry: Entry) -> Double {
    guard let row = entry.row else { return .nan }
    switch sort.column {
    case .order: return .nan
    case .leaveOneOut: return row.leaveOneOutNLL ?? .nan
    case .accuracy: return row.accuracy ?? .nan
    case .metric(let column): return row.value(in: column, metric)
    }
  }
}

// MARK: Rows

extension CompareState {
  /// Adds a row for a setting that is shown, unless there is one.
  mutating func add(_ setting: DetectorSetting, keeping pinned: [DetectorSetting]) {
    guard !entries.contains(where: { $0.setting == setting }) else { return }
    let shown = entries.indices.filter { !entries[$0].isUsual && entries[$0].baseline == nil }
    if shown.count >= Self.settingLimit,
      let oldest = shown.first(where: { place in !pinned.contains { $0 == entries[place].setting } })
    {
      entries.remove(at: oldest)
    }
    entries.insert(
      Entry(name: ComparisonRequest.NamedSetting(setting).name, subject: .setting(setting), isUsual: false),
      at: entries.firstIndex { $0.baseline != nil } ?? entries.count)
  }

  /// Notes what the rows can be judged on.
  mutating func update(_ baselines: [Baseline], sets: [OODSet]) {
    self.sets = sets
    for baseline in baselines where !entries.contains(where: { $0.baseline == baseline }) {
      entries.append(Entry(name: baseline.rawValue, subject: .baseline(baseline), isUsual: false))
    }
  }

  /// The rows that are not computed yet, which are computed from now on; nil if there are none.
  ///
  /// - Parameter scoreCount: How many scores the metrics of a row are computed from, those of an ID sample once for each
  ///   set.
  mutating func nextRequest(scoreCount: Int) -> ComparisonRequest? {
    let missing = entries.filter(\.isMissing)
    guard !missing.isEmpty else { return nil }
    asked = Set(missing.map(\.name))
    var request = ComparisonRequest(
      missing.compactMap { entry in entry.setting.map { .init(entry.name, $0) } })
    request.proposes = missing.contains { $0.subject == nil }
    request.baselines = missing.compactMap(\.baseline)
    request.needsRow = false
    request.drawsIntervals = scoreCount <= Self.intervalWork / BootstrapIntervals.drawCount
    return request
  }

  /// Takes a row that was computed. The proposed setting may turn out to be one that was shown.
  mutating func take(_ row: Comparison.Row) {
    guard let place = entries.firstIndex(where: { $0.name == row.name }) else { return }
    entries[place].row = row
    guard entries[place].subject == nil else { return }
    entries[place].subject = row.subject
    if let same = entries.firstIndex(where: {
      $0.subject == row.subject && $0.name != row.name && !$0.isUsual
    }) {
      if selection == entries[same].name { selection = row.name }
      entries.remove(at: same)
    }
  }

  /// Takes all rows that were asked for, and why others cannot be computed.
  mutating func take(_ comparison: Comparison) {
    comparison.rows.forEach { take($0) }
    for omission in comparison.omissions {
      guard let place = entries.firstIndex(where: { $0.name == omission.name }) else { continue }
      entries[place].failure = omission.reason
    }
    // Nothing is asked for twice.
    fail(MissingMetrics.unavailable(.noSamples))
  }

  /// Notes why the rows that were asked for cannot be computed.
  mutating func fail(_ reason: any Error) {
    for place in entries.indices where entries[place].isMissing && asked.contains(entries[place].name) {
      entries[place].failure = reason
    }
    asked = []
  }

  mutating func pause() { isPaused = true }
  mutating func resume() { isPaused = false }

  /// Forgets the numbers, which belong to other data. The settings stay, as undo and redo do.
  mutating func begin() {
    entries = entries.compactMap { entry in
      guard entry.baseline == nil else { return nil }
      let isProposed = entry.name == ComparisonRequest.proposedName
      return Entry(name: entry.name, subject: isProposed ? nil : entry.subject, isUsual: entry.isUsual)
    }
    (sets, asked, firstColumn, isPaused) = ([], [], 0, false)
    if case .metric = sort.column { sort = SortOrder(.order, isAscending: true) }
  }
}

// MARK: View

extension CompareState {
  mutating func move(_ motion: Motion) {
    let rows = rows
    guard !rows.isEmpty else { return }
    selection = rows[moved(from: selectedRow, by: motion, count: rows.count)].name
  }

  mutating func select(row: Int) {
    let rows = rows
    if rows.indices.contains(row) { selection = rows[row].name }
  }

  /// Scrolls the columns.
  mutating func moveColumn(_ offset: Int) {
    firstColumn = clamp(firstColumn + offset, 0, max(0, scrolledColumns.count - 1))
  }

  /// Compares by another metric. The best rows stay at the end where they are.
  mutating func cycleMetric(by offset: Int) {
    let before = metric
    metric = metric.neighbor(by: offset)
    if case .metric = sort.column, metric.isHigherBetter != before.isHigherBetter { invertSort() }
  }

  /// Sorts by a column, the best first; by the same column again, the other way round.
  mutating func sort(by column: Column) {
    show(column)
    if column == sort.column { return invertSort() }
    let isAscending =
      switch column {
      case .order, .leaveOneOut: true
      case .accuracy: false
      case .metric: !metric.isHigherBetter
      }
    sort = SortOrder(column, isAscending: isAscending)
  }

  mutating func sortByNeighbor(_ offset: Int) {
    let columns = columns
    let place = columns.firstIndex(of: sort.column) ?? 0
    sort(by: columns[wrapped(place + offset, count: columns.count)])
  }

  mutating func invertSort() { sort.isAscending.toggle() }

  /// Scrolls so that a column is shown with the one before it.
  private mutating func show(_ column: Column) {
    guard case .metric(let metric) = column, let place = scrolledColumns.firstIndex(of: metric) else {
      return
    }
    firstColumn = max(0, place - 1)
  }
}
