public import OODData
import OODDetection

/// The sample table and the explained sample.
public struct OutliersState: Sendable {
  /// The table, sorted and filtered as shown.
  public private(set) var rows = SampleList()
  /// The details of samples at the current setting, as far as they were looked at.
  private var details: [SampleReference: OutlierDetail] = [:]
  /// The latest explained sample, which can be another than the selected one.
  public internal(set) var explained: ExplainedSample?
  /// The columns that the data have for the subset.
  public private(set) var columns: [OutlierColumn] = []

  public private(set) var subset = SampleSubset.test
  /// The index of the class whose nearest samples are listed; `nil` for all samples.
  public private(set) var classFilter: Int?
  /// The index of the OOD set whose samples are listed; `nil` for all samples.
  public private(set) var setFilter: Int?
  /// The condition that listed samples meet. While another one is typed, the last complete one applies.
  public private(set) var filter: FilterExpression?
  /// The columns at the places by which the filter knows them.
  private var filterColumns: [OutlierColumn] = []
  public private(set) var sort = OutlierColumn.rank.order
  /// The sample to select as soon as it is listed.
  private var wantedSample: SampleReference?
  /// The index of the selected row of the visible table.
  public private(set) var selectedRow = 0
  /// The samples that were shown by following neighbors from the selected row, the shown one last.
  public private(set) var followed: [OutlierRow] = []
  /// The marked samples, each with its tag, which may be empty.
  public private(set) var marks: [SampleReference: String] = [:]
  public internal(set) var isDetailOpen = false
  public internal(set) var sheet = ContactSheet()
  /// The column whose values are counted, shown instead of the samples; `nil` if samples are shown.
  private var countedColumn: OutlierColumn?
  /// The counted values; `nil` until they are counted.
  public private(set) var frequencies: FrequencyTable?

  /// What the table is made of; `nil` until there are scores.
  private var source: SampleSource?
  private var threshold: Double?
  /// Increases with everything that changes the list.
  private(set) var version = 0
  /// The version of the listed rows.
  private var listedVersion = 0
}

// MARK: Values

extension OutliersState {
  public var selected: OutlierRow? { rows.indices.contains(selectedRow) ? rows[selectedRow] : nil }

  /// The explained sample: the last followed neighbor, or else the selected row.
  public var shown: OutlierRow? { followed.last ?? selected }

  /// The rows to export or copy: the marked rows, or all listed rows if none is marked.
  public var chosen: [OutlierRow] {
    marks.isEmpty
      ? Array(rows) : rows.indices.filter { marks[rows.reference(at: $0)] != nil }.map { rows[$0] }
  }

  /// The places in the list of the marked rows; `nil` if none of all samples is marked.
  var markedPlaces: [Int]? {
    marks.isEmpty ? nil : rows.indices.filter { marks[rows.reference(at: $0)] != nil }
  }

  /// Whether there are rows to export.
  var hasChosen: Bool {
    marks.isEmpty ? !rows.isEmpty : rows.indices.contains { marks[rows.reference(at: $0)] != nil }
  }

  /// The names to copy: those of the marked rows, or of the selected one if none is marked.
  var namesToCopy: [String] { (marks.isEmpty ? [selected].compactMap(\.self) : chosen).map(\.name) }

  /// Whether counted values are shown instead of samples.
  public var showsFrequencies: Bool { countedColumn != nil }

  /// Whether the shown rows are still those of an earlier order, filter or setting.
  public var isListing: Bool { listedVersion != version }

  /// The name of the sample in a row.
  func name(ofRow row: Int) -> String { rows.name(at: row) }

  /// The rows that need details: those around the selected one, as far as a terminal can show.
  var rowsToDetail: [OutlierRow] {
    // Whole blocks, so that moving by a row asks for nothing new.
    let block = 64
    let first = max(0, (selectedRow - 3 * block) / block * block)
    let last = min(rows.count, (selectedRow + 4 * block) / block * block)
    return (first..<max(first, last)).lazy.map { rows[$0] }.filter { $0.detail == nil }
      + followed.filter { $0.detail == nil }
  }

  /// What to list; `nil` until there are scores.
  var wantedList: SampleListing? {
    guard let source else { return nil }
    let query = SampleQuery(
      subset: subset, classFilter: classFilter, setFilter: setFilter, filter: filter, columns: filterColumns,
      sort: sort, threshold: threshold, tags: marks)
    var known = source
    known.details = details
    if subset == .marked { known.findings = marked(source) }
    return SampleListing(
      query: query, source: known, version: version, counted: countedColumn)
  }

  /// The marked samples by descending score.
  private func marked(_ source: SampleSource) -> [OutlierRow] {
    let rows = marks.keys.compactMap {
      OutlierRow($0, rank: 0, of: source.data, source.scored, by: source.setting.score)
    }.sorted {
      (-$0.score, $0.reference.split.rawValue, $0.index) < (-$1.score, $1.reference.split.rawValue, $1.index)
    }
    return rows.enumerated().map { place, row in
      var row = row
      row.rank = place + 1
      return row
    }
  }

  /// The number of samples that are listed at once rather than in the background.
  static let quickCount = 100_000

  /// Other names by which columns can be called.
  static let shortColumnNames: [OutlierColumn: String] = [
    .pValue: "p", .id: "name", .squaredDistance: "d2", .ownDistance: "own", .thresholdDistance: "threshold",
    .suggested: "suggestion",
  ]

  /// The names by which filters call the columns.
  private var filterNames: [(name: String, place: Int)] {
    let short = Self.shortColumnNames
    return columns.enumerated().flatMap { place, column in
      [(column.name, place)] + (short[column].map { [($0, place)] } ?? [])
    }
  }
}

// MARK: Changes

extension OutliersState {
  /// Lists samples of the latest scores. Keeps the selected sample if it is still listed.
  mutating func refresh(_ source: SampleSource?, threshold: Double?) {
    followed = []
    self.source = source
    self.threshold = threshold
    self.source?.findings = source.flatMap { subset.isAudit ? $0.findings ?? [] : nil }
    refreshColumns()
    relist()
  }

  private mutating func refreshColumns() {
    columns = OutlierColumn.columns(
      of: subset, in: source?.data, classCount: source?.classLabels.count ?? 0,
      hasTags: marks.values.contains { !$0.isEmpty })
    if !columns.contains(sort.column) { sort = columns[0].order }
  }

  /// Follows the threshold, if the subset does.
  mutating func take(threshold: Double?) {
    guard self.threshold != threshold else { return }
    self.threshold = threshold
    if subset.usesThreshold { relist() }
  }

  /// Lists few samples at once. Many are listed in the background, and the shown rows stay until then.
  private mutating func relist() {
    version += 1
    guard let wanted = wantedList else {
      rows = SampleList()
      listedVersion = version
      return
    }
    if !wanted.needsDetails, wanted.sampleCount <= Self.quickCount {
      take(wanted.list, wanted.counted.map(wanted.frequencies), version: version)
    }
  }

  /// Shows a list, unless another one is wanted by now.
  mutating func take(
    _ list: SampleList, _ counted: FrequencyTable?, version: Int,
    details found: [SampleReference: OutlierDetail] = [:]
  ) {
    guard version == self.version else { return }
    frequencies = counted
    details.merge(found) { _, new in new }
    let chosen = wantedSample ?? (rows.indices.contains(selectedRow) ? rows.reference(at: selectedRow) : nil)
    wantedSample = nil
    rows = list
    rows.details = details
    listedVersion = version
    selectedRow = chosen.flatMap(rows.place) ?? min(selectedRow, max(0, rows.count - 1))
  }

  /// Adds computed details to the listed rows.
  mutating func merge(_ found: [SampleReference: OutlierDetail]) {
    details.merge(found) { _, new in new }
    rows.details = details
    for place in followed.indices { followed[place].detail = details[followed[place].reference] }
  }

  /// Forgets the details when the setting changes.
  mutating func forgetDetails() {
    details = [:]
    rows.details = [:]
  }

  mutating func sort(by order: SortOrder<OutlierColumn>) {
    sort = order
    relist()
  }

  mutating func sort(by column: OutlierColumn) { sort(by: column.order) }

  /// - Parameter columns: The columns that are shown, in their order.
  mutating func sortByNeighbor(_ offset: Int, among columns: [OutlierColumn]) {
    guard !columns.isEmpty else { return }
    let place = columns.firstIndex(of: countedColumn ?? sort.column) ?? 0
    let column = columns[wrapped(place + offset, count: columns.count)]
    guard showsFrequencies else { return sort(by: column) }
    countedColumn = column
    frequencies = nil
    relist()
  }

  mutating func invertSort() { sort(by: SortOrder(sort.column, isAscending: !sort.isAscending)) }

  mutating func setClassFilter(_ index: Int?) {
    classFilter = index
    relist()
  }

  mutating func setSetFilter(_ index: Int?) {
    setFilter = index
    relist()
  }

  /// Filters the samples by a typed condition; an empty text removes it. Returns what is wrong with an incomplete one,
  /// which changes nothing.
  mutating func setFilter(_ text: String) -> FilterExpression.Problem? {
    do {
      filter = text.allSatisfy(\.isWhitespace) ? nil : try FilterExpression(text, columns: filterNames)
      filterColumns = columns
    } catch {
      return error
    }
    relist()
    return nil
  }

  mutating func move(_ motion: Motion) {
    if showsFrequencies {
      guard let table = frequencies else { return }
      frequencies?.selectedRow = moved(from: table.selectedRow, by: motion, count: table.rows.count)
      return
    }
    followed = []
    selectedRow = moved(from: selectedRow, by: motion, count: rows.count)
  }

  mutating func select(row: Int) {
    if showsFrequencies {
      if frequencies?.rows.indices.contains(row) == true { frequencies?.selectedRow = row }
      return
    }
    followed = []
    if rows.indices.contains(row) { selectedRow = row }
  }

  /// Shows how often each value of the column that sorts the table occurs, or the samples again. Where that column
  /// tells all samples apart, another one is counted.
  mutating func toggleFrequencies() {
    let distinct: Set<OutlierColumn> = [.rank, .index, .id]
    let usual = [OutlierColumn.label, .nearest].first(where: columns.contains) ?? sort.column
    countedColumn = showsFrequencies ? nil : distinct.contains(sort.column) ? usual : sort.column
    frequencies = nil
    relist()
  }

  /// Lists the samples with the selected value, in addition to the filter. Returns whether that is possible.
  mutating func filterByFrequency() -> Bool {
    guard let table = frequencies, table.rows.indices.contains(table.selectedRow),
      let condition = table.rows[table.selectedRow].condition,
      let text = FrequencyTable.filter(condition, within: filter)
    else { return false }
    (countedColumn, frequencies) = (nil, nil)
    return setFilter(text) == nil
  }

  /// Marks the selected row, or removes its mark, and selects the next one.
  mutating func toggleMark() {
    guard !showsFrequencies, let reference = shown?.reference else { return }
    if marks.removeValue(forKey: reference) == nil { marks[reference] = "" }
    if followed.isEmpty { move(.lines(1)) }
  }

  /// Marks the next rows from the selected one on, and selects the row after them.
  mutating func mark(rowCount: Int) {
    guard !showsFrequencies else { return }
    followed = []
    for row in rows.indices.dropFirst(selectedRow).prefix(rowCount) {
      marks[rows.reference(at: row)] = marks[rows.reference(at: row)] ?? ""
    }
    move(.lines(rowCount))
  }

  mutating func setMarks(_ marks: [SampleReference: String]) {
    self.marks = marks
    refreshColumns()
    if columns.contains(.tag) || subset == .marked { relist() }
  }

  /// Tags the marked samples with a word, or the shown one if none is marked.
  mutating func tag(_ word: String) {
    if marks.isEmpty, let reference = shown?.reference { marks[reference] = "" }
    setMarks(marks.mapValues { _ in word })
  }

  /// Brings back what was sorted, filtered and marked.
  mutating func restore(_ choice: ViewChoice) {
    (sort, classFilter, setFilter, marks) = (
      choice.sampleSort, choice.nearestClass, choice.oodSet, choice.marks
    )
    refreshColumns()
    if filter?.text != choice.sampleFilter { _ = setFilter(choice.sampleFilter ?? "") }
    relist()
  }

  /// Lists the first subset of other data.
  mutating func begin(with data: DataSet) {
    self = OutliersState()
    if data.test == nil { subset = .train }
  }

  /// Lists the subset `offset` places further that the data have.
  mutating func cycleSubset(_ offset: Int, of data: DataSet?) {
    var next = subset
    repeat { next = next.neighbor(by: offset) } while !next.isListable(of: data)
    show(next, of: data)
  }

  /// Lists a subset from its first row, in its own order if it has one.
  mutating func show(_ next: SampleSubset, of data: DataSet?) {
    guard next.isListable(of: data) else { return }
    let isOther = [subset, next].contains { $0 == .nearThreshold || $0 == .marked || $0.isAudit }
    subset = next
    selectedRow = 0
    rows = SampleList()
    followed = []
    (countedColumn, frequencies) = (nil, nil)
    if isOther { sort = (next == .nearThreshold ? .thresholdDistance : OutlierColumn.rank).order }
  }

  /// Lists the samples of a split without filters, and selects one of them.
  mutating func show(_ reference: SampleReference, of data: DataSet?) {
    show(reference.split == .train ? .train : .test, of: data)
    (filter, classFilter, setFilter) = (nil, nil, nil)
    wantedSample = reference
  }

  /// Marks a sample, or removes its mark.
  mutating func toggleMark(of reference: SampleReference) {
    var marks = marks
    if marks.removeValue(forKey: reference) == nil { marks[reference] = "" }
    setMarks(marks)
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
    guard filter != nil || classFilter != nil || setFilter != nil else { return false }
    (filter, classFilter, setFilter) = (nil, nil, nil)
    relist()
    return true
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
