public import OODData
import OODDetection

/// The samples that the outlier table lists.
public enum SampleSubset: String, CaseIterable, Sendable {
  case test, testInDistribution, testOutOfDistribution, train

  public var title: String {
    switch self {
    case .test: "test"
    case .testInDistribution: "test, ID only"
    case .testOutOfDistribution: "test, OOD only"
    case .train: "train"
    }
  }
}

/// A column of the outlier table.
public enum OutlierColumn: String, CaseIterable, Sendable {
  case rank, index, id, label, score, pValue, nearest, second, margin
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
  public private(set) var marks: Set<SampleReference> = []
  public internal(set) var isDetailOpen = false
  /// The number of highest scores that the table lists.
  public static let limit = 200
}

// MARK: Values

extension OutliersState {
  public var selected: OutlierRow? { rows.indices.contains(selectedRow) ? rows[selectedRow] : nil }

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
      default: break
      }
      if let classFilter, Int(nearest[index]) != classFilter { return false }
      return filter.isEmpty || matches(filter, samples.name(of: index))
    }
  }
}

// MARK: Changes

extension OutliersState {
  /// Updates the list of highest scores. Keeps the selected sample if it is still listed. O(N log k).
  mutating func refresh(_ scored: ScoredData?, of data: DataSet?, by score: ScoreKind) {
    keepingSelection { outliers in outliers.rows = outliers.ranked(scored, of: data, by: score) }
  }

  private func ranked(_ scored: ScoredData?, of data: DataSet?, by score: ScoreKind) -> [OutlierRow] {
    let split: Split = subset == .train || data?.test == nil ? .train : .test
    guard let samples = data?[split], let scores = scored?[split] else { return [] }
    var rows = OutlierRow.ranked(
      scores, of: samples, split, by: score,
      among: candidates(of: samples, nearest: scores.nearestClass(score)), limit: Self.limit)
    for row in rows.indices { rows[row].detail = details[rows[row].reference] }
    return rows
  }

  /// Adds computed details to the listed rows.
  mutating func merge(_ found: [SampleReference: OutlierDetail]) {
    details.merge(found) { _, new in new }
    keepingSelection { outliers in
      for row in outliers.rows.indices {
        outliers.rows[row].detail = outliers.details[outliers.rows[row].reference]
      }
    }
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
    }
  }

  mutating func sort(by order: SortOrder<OutlierColumn>) {
    keepingSelection { $0.sort = order }
  }

  mutating func sort(by column: OutlierColumn) { sort(by: column.order) }

  mutating func sortByNeighbor(_ offset: Int) { sort(by: sort.column.neighbor(by: offset)) }

  mutating func invertSort() { sort(by: SortOrder(sort.column, isAscending: !sort.isAscending)) }

  mutating func move(_ motion: Motion) {
    selectedRow = moved(from: selectedRow, by: motion, count: rows.count)
  }

  mutating func select(row: Int) {
    if rows.indices.contains(row) { selectedRow = row }
  }

  /// Marks the selected row, or removes its mark, and selects the next one.
  mutating func toggleMark() {
    guard let reference = selected?.reference else { return }
    if marks.remove(reference) == nil { marks.insert(reference) }
    move(.lines(1))
  }

  mutating func clearMarks() { marks = [] }

  /// Lists the first subset of other data.
  mutating func begin(with data: DataSet) {
    self = OutliersState()
    if data.test == nil { subset = .train }
  }

  /// Lists the next subset, from its first row.
  mutating func cycleSubset(hasTest: Bool) {
    repeat { subset = subset.neighbor(by: 1) } while !hasTest && subset != .train
    selectedRow = 0
    rows = []
  }

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
    SortOrder(self, isAscending: ![.score, .margin].contains(self))
  }
}
