public import OODData
import OODDetection

/// The samples that the outlier table lists.
public enum SampleSubset: String, CaseIterable, Sendable {
  case test, testInDistribution, testOutOfDistribution, train
  /// Training samples that another class explains better than their own.
  case labelErrors
  /// Samples that are almost equal.
  case nearDuplicates

  public var title: String {
    switch self {
    case .test: "test"
    case .testInDistribution: "test, ID only"
    case .testOutOfDistribution: "test, OOD only"
    case .train: "train"
    case .labelErrors: "probable label errors"
    case .nearDuplicates: "near duplicates"
    }
  }

  /// Whether the table lists what the audit found instead of the highest scores.
  public var isAudit: Bool { self == .labelErrors || self == .nearDuplicates }
}

/// A column of the outlier table.
public enum OutlierColumn: String, CaseIterable, Sendable {
  case rank, index, id, label, score, pValue, nearest, second, margin
  /// Of a probable label error: the suggested class and the margin in nats per dimension.
  case suggested, labelMargin
  /// Of a near duplicate: the number of its group, its split, and the distance to the nearest training sample.
  case group, split, distance

  /// The columns of a subset's table, in order.
  public static func columns(of subset: SampleSubset) -> [Self] {
    switch subset {
    case .test, .testInDistribution, .testOutOfDistribution, .train:
      [.rank, .index, .id, .label, .score, .pValue, .nearest, .second, .margin]
    case .labelErrors: [.rank, .index, .id, .label, .suggested, .labelMargin, .score, .pValue]
    case .nearDuplicates: [.group, .distance, .split, .index, .id, .label, .score, .pValue, .nearest]
    }
  }
}

/// The outlier table and the explained sample.
public struct OutliersState: Sendable {
  /// The outlier table, sorted and filtered as shown.
  public private(set) var rows: [OutlierRow] = []
  /// The details of the listed outliers at the current setting.
  private var details: [SampleReference: OutlierDetail] = [:]
  /// The latest explained sample, which can be another than the selected one.
  public internal(set) var explained: ExplainedSample?

  public private(set) var subset = SampleSubset.test
  /// The index of the class whose nearest samples are listed; `nil` for all samples.
  public internal(set) var classFilter: Int?
  public internal(set) var filter = ""
  public private(set) var sort = OutlierColumn.rank.order
  /// The index of the selected row of the visible table.
  public private(set) var selectedRow = 0
  /// The samples that were shown by following neighbors from the selected row, the shown one last.
  public private(set) var followed: [OutlierRow] = []
  public private(set) var marks: Set<SampleReference> = []
  public internal(set) var isDetailOpen = false
  /// The number of highest scores that the table lists.
  public static let limit = 200
}

// MARK: Values

extension OutliersState {
  public var selected: OutlierRow? { rows.indices.contains(selectedRow) ? rows[selectedRow] : nil }

  /// The explained sample: the last followed neighbor, or else the selected row.
  public var shown: OutlierRow? { followed.last ?? selected }

  /// The rows to export or copy: the marked rows, or all listed rows if none is marked.
  public var chosen: [OutlierRow] { marks.isEmpty ? rows : rows.filter { marks.contains($0.reference) } }

  /// The names to copy: those of the marked rows, or of the selected one if none is marked.
  var namesToCopy: [String] { (marks.isEmpty ? [selected].compactMap(\.self) : chosen).map(\.name) }

  /// The samples that pass subset and filters; `nil` for all samples.
  private func candidates(of samples: DataSplit, nearest: [Int32]) -> [Int]? {
    let hasSubset = [.testInDistribution, .testOutOfDistribution].contains(subset)
    guard hasSubset || classFilter != nil || !filter.isEmpty else { return nil }
    return nearest.indices.filter { index in
      let isOut = samples.labels.map { $0[index] < 0 } ?? false
      switch subset {
      case .testInDistribution where isOut, .testOutOfDistribution where !isOut: return false
      case .test, .testInDistribution, .testOutOfDistribution, .train, .labelErrors, .nearDuplicates: break
      }
      if let classFilter, Int(nearest[index]) != classFilter { return false }
      return filter.isEmpty || matches(filter, samples.name(of: index))
    }
  }
}

// MARK: Changes

extension OutliersState {
  /// Updates the list of highest scores. Keeps the selected sample if it is still listed. O(N log k).
  mutating func refresh(
    _ scored: ScoredData?, of data: DataSet?, at setting: DetectorSetting, _ audit: AuditState
  ) {
    followed = []
    keepingSelection { outliers in
      outliers.rows =
        outliers.audited(scored, of: data, audit, at: setting)
        ?? outliers.ranked(scored, of: data, by: setting.score)
      for row in outliers.rows.indices {
        outliers.rows[row].detail = outliers.details[outliers.rows[row].reference]
      }
    }
  }

  private func ranked(_ scored: ScoredData?, of data: DataSet?, by score: ScoreKind) -> [OutlierRow] {
    let split: Split = subset == .train || data?.test == nil ? .train : .test
    guard let samples = data?[split], let scores = scored?[split] else { return [] }
    return OutlierRow.ranked(
      scores, of: samples, split, by: score,
      among: candidates(of: samples, nearest: scores.nearestClass(score)), limit: Self.limit)
  }

  /// Adds computed details to the listed rows.
  mutating func merge(_ found: [SampleReference: OutlierDetail]) {
    details.merge(found) { _, new in new }
    keepingSelection { outliers in
      for row in outliers.rows.indices {
        outliers.rows[row].detail = outliers.details[outliers.rows[row].reference]
      }
    }
    for place in followed.indices { followed[place].detail = details[followed[place].reference] }
  }

  /// Forgets the details when the setting changes.
  mutating func forgetDetails() { details = [:] }

  /// Changes the rows, sorts them, and selects the same sample again.
  private mutating func keepingSelection(_ change: (inout Self) -> Void) {
    let chosen = selected?.reference
    change(&self)
    sortRows()
    selectedRow =
      chosen.flatMap { chosen in rows.firstIndex { $0.reference == chosen } }
      ?? min(selectedRow, max(0, rows.count - 1))
  }

  private mutating func sortRows() {
    func ordered<Value: Comparable>(_ value: (OutlierRow) -> Value?) {
      rows.sort { left, right in
        switch (value(left), value(right)) {
        case (let first?, let second?) where first != second: sort.isAscending == (first < second)
        // Rows without a value come last in either direction.
        case (_?, nil): true
        case (nil, _?): false
        default: left.rank < right.rank
        }
      }
    }
    switch sort.column {
    case .rank: ordered { $0.rank }
    case .index: ordered { $0.index }
    case .id: ordered { $0.name }
    case .label: ordered { $0.label }
    case .score: ordered { $0.score }
    case .pValue: ordered { $0.detail?.pValue?.value }
    case .nearest: ordered { $0.nearestClass }
    case .second: ordered { $0.detail?.secondClass }
    case .margin: ordered { $0.detail?.margin }
    case .suggested: ordered { $0.suggestion?.classIndex }
    case .labelMargin: ordered { $0.suggestion?.margin }
    case .group: ordered { $0.duplicate?.group }
    case .split: ordered { $0.reference.split.rawValue }
    case .distance: ordered { $0.duplicate?.distance }
    }
  }

  mutating func sort(by order: SortOrder<OutlierColumn>) {
    keepingSelection { $0.sort = order }
  }

  mutating func sort(by column: OutlierColumn) { sort(by: column.order) }

  mutating func sortByNeighbor(_ offset: Int) {
    let columns = OutlierColumn.columns(of: subset)
    let place = columns.firstIndex(of: sort.column) ?? 0
    sort(by: columns[wrapped(place + offset, count: columns.count)])
  }

  mutating func invertSort() { sort(by: SortOrder(sort.column, isAscending: !sort.isAscending)) }

  mutating func move(_ motion: Motion) {
    followed = []
    selectedRow = moved(from: selectedRow, by: motion, count: rows.count)
  }

  mutating func select(row: Int) {
    followed = []
    if rows.indices.contains(row) { selectedRow = row }
  }

  /// Marks the selected row, or removes its mark, and selects the next one.
  mutating func toggleMark() {
    guard let reference = shown?.reference else { return }
    if marks.remove(reference) == nil { marks.insert(reference) }
    if followed.isEmpty { move(.lines(1)) }
  }

  mutating func clearMarks() { marks = [] }

  /// Lists the first subset of other data.
  mutating func begin(with data: DataSet) {
    self = OutliersState()
    if data.test == nil { subset = .train }
  }

  /// Lists the next subset, from its first row.
  mutating func cycleSubset(of data: DataSet?) {
    repeat { subset = subset.neighbor(by: 1) } while !Self.isListable(subset, of: data)
    selectedRow = 0
    rows = []
    followed = []
    if !OutlierColumn.columns(of: subset).contains(sort.column) {
      sort = OutlierColumn.columns(of: subset)[0].order
    }
  }

  /// Whether the data have samples of a subset. A saved model has no training samples to audit.
  private static func isListable(_ subset: SampleSubset, of data: DataSet?) -> Bool {
    switch subset {
    case .test, .testInDistribution, .testOutOfDistribution: data?.test != nil
    case .train: data?.train != nil || data?.test == nil
    case .labelErrors, .nearDuplicates: data?.train?.labels != nil
    }
  }

  /// Shows the nearest training sample of the explained one that was not shown on the way from the selected row.
  mutating func follow(in data: DataSet, _ scored: ScoredData, by score: ScoreKind) {
    guard let explained, explained.reference == shown?.reference else { return }
    let seen = Set(([selected].compactMap(\.self) + followed).map(\.reference))
    guard let next = explained.neighbors.first(where: { !seen.contains($0.reference) }),
      var row = OutlierRow(next.reference, rank: 0, of: data, scored, by: score)
    else { return }
    row.detail = details[next.reference]
    followed.append(row)
  }

  /// Goes back to the sample whose neighbor is shown. Returns whether a neighbor was shown.
  mutating func unfollow() -> Bool { followed.popLast() != nil }

  /// Removes all filters. Returns whether there were any.
  mutating func clearFilters() -> Bool {
    guard !filter.isEmpty || classFilter != nil else { return false }
    (filter, classFilter) = ("", nil)
    return true
  }
}

extension OutlierColumn {
  /// The initial sort order: score and margin descending, the others ascending.
  fileprivate var order: SortOrder<Self> {
    SortOrder(self, isAscending: ![.score, .margin, .labelMargin].contains(self))
  }
}

extension OutlierRow {
  /// What the audit suggests instead of the label; `nil` if it suggests nothing.
  public var suggestion: (classIndex: Int, margin: Double)? {
    if case .label(let suggested, let margin) = finding { (suggested, margin) } else { nil }
  }

  /// The group of near duplicates that contains the row; `nil` if no group does.
  public var duplicate: (group: Int, distance: Double)? {
    if case .duplicate(let group, let distance) = finding { (group, distance) } else { nil }
  }
}
