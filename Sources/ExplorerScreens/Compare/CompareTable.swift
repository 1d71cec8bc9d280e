import ExplorerModel
import OODData
import OODDetection
import TerminalRendering

/// The columns of the table that fit. The mean over sets and the column that sorts the rows are always shown; the OOD
/// sets and groups scroll.
struct CompareColumns {
  /// The places of the shown columns among those that scroll. The column that sorts the rows may stand beside them.
  let window: Range<Int>
  let scrolledCount: Int
  let shown: [CompareState.Column]
  let nameWidth: Int

  /// In the order of ``shown``.
  let tableColumns: [TableView.Column]

  init(_ state: ExplorerState, size: Size) {
    let (width, height) = (size.width, size.height)
    let compare = state.compare
    let (sets, sorted) = (compare.sets, compare.sort.column)
    let longest = compare.rows.map { DisplayText.width($0.title) }.max() ?? 0
    // A narrow table shows more sets instead of whole names; the line below it has the name of the selected row.
    let nameWidth = min(max(longest + 2, 18), width < 100 ? 18 : width * 3 / 10)
    func cells(_ column: CompareState.Column) -> Int {
      switch column {
      case .order: nameWidth
      case .leaveOneOut, .accuracy: column == sorted ? 10 : 9
      case .metric:
        min(max(8, DisplayText.width(column.title(among: sets)) + (column == sorted ? 2 : 0)), 16)
      }
    }
    let scrolled = compare.scrolledColumns
    scrolledCount = scrolled.count
    var fixed: [CompareState.Column] = []
    if width >= 64 || sorted == .leaveOneOut { fixed.append(.leaveOneOut) }
    if width >= 72 || sorted == .accuracy { fixed.append(.accuracy) }
    let mean: [CompareState.Column] = compare.sets.count > 1 ? [.metric(.mean)] : []
    // The cursor and the scroll bar take two cells each.
    let gutters = 2 + (compare.rows.count >= height ? 2 : 0)
    func room(_ other: [CompareState.Column]) -> Int {
      width - gutters - nameWidth - (fixed + mean + other).reduce(0) { $0 + 1 + cells($1) }
    }
    func cost(_ place: Int) -> Int { 1 + cells(.metric(scrolled[place])) }
    func window(_ room: Int) -> Range<Int> {
      guard !scrolled.isEmpty else { return 0..<0 }
      // Begins early enough for the last columns to fill the room.
      var (low, left) = (scrolled.count, room)
      while low > 0, left >= cost(low - 1) {
        low -= 1
        left -= cost(low)
      }
      let first = min(compare.firstColumn, low)
      var (end, rest) = (first, room)
      while end < scrolled.count, rest >= cost(end) {
        rest -= cost(end)
        end += 1
      }
      return first..<end
    }
    var found = window(room([]))
    var places = Array(found)
    if case .metric(let column) = sorted, let place = scrolled.firstIndex(of: column), !found.contains(place)
    {
      found = window(room([sorted]))
      places = (found + [place]).sorted()
    }
    self.nameWidth = nameWidth
    self.window = found
    let shown: [CompareState.Column] = [.order] + fixed + places.map { .metric(scrolled[$0]) } + mean
    self.shown = shown
    tableColumns = shown.map { column in
      .init(
        column.title(among: sets), alignment: column == .order ? .leading : .trailing,
        minimumWidth: cells(column),
        priority: column == .order ? 3 : column == sorted ? 2 : column == .metric(.mean) ? 1 : 0)
    }
  }
}

/// The table of settings and baselines.
struct CompareTable {
  let view: TableView
  let columns: CompareColumns
  private let rows: [CompareState.Entry]

  init(_ state: ExplorerState, rect: Rect, appearance: Appearance) {
    let (compare, rows) = (state.compare, state.compare.rows)
    let (comparison, metric) = (compare.comparison, compare.metric)
    let columns = CompareColumns(state, size: rect.size)
    let shown = columns.shown
    // The place of each computed row among the computed ones.
    var places: [String: Int] = [:]
    for (place, row) in comparison.rows.enumerated() { places[row.name] = place }
    var standings: [Comparison.Column: [Comparison.Standing]] = [:]
    for case .metric(let column) in shown {
      standings[column] = comparison.standings(in: column, by: metric)
    }
    let (current, pinned) = (state.setting.current, state.tuning.pins)
    self.columns = columns
    self.rows = rows
    view = TableView(
      columns: columns.tableColumns, rowCount: rows.count, selectedRow: compare.selectedRow,
      sort: shown.firstIndex(of: compare.sort.column).map {
        TableView.Sort(column: $0, isAscending: compare.sort.isAscending)
      }, spacing: 1,
      cells: { [standings, places] index in
        let entry = rows[index]
        return shown.map { column in
          if column == .order {
            return Self.name(of: entry, current: current, pinned: pinned, appearance: appearance)
          }
          guard let row = entry.row else {
            return StyledText(
              entry.failure == nil ? appearance.glyphs.ellipsis : "", style: appearance.theme.muted)
          }
          var standing = Comparison.Standing.behind
          if case .metric(let column) = column, let place = places[entry.name] {
            standing = standings[column]?[place] ?? .behind
          }
          return Self.cell(column, of: row, metric, standing: standing, appearance: appearance)
        }
      }
    ).centered(in: rect)
  }

  /// Draws the table, with the reasons of rows that cannot be computed in place of their numbers.
  func draw(into canvas: inout Canvas, rect: Rect, appearance: Appearance) {
    view.draw(into: &canvas, rect: rect, appearance: appearance)
    let start = rect.x + 2 + columns.nameWidth + 1
    for y in rect.y..<rect.maxY {
      guard let row = view.row(at: Point(x: rect.x, y: y), in: rect), let reason = rows[row].failureText
      else { continue }
      canvas.write(
        appearance.glyphs.spelled(reason), at: Point(x: start, y: y),
        style: row == view.selectedRow ? appearance.theme.selection : appearance.theme.warning,
        maxWidth: max(0, rect.maxX - 2 - start), ellipsis: appearance.glyphs.ellipsis)
    }
  }

  /// Areas as fractions, rates in percent.
  static func text(_ value: Double, _ metric: MetricName, _ numbers: NumberFormat) -> String {
    switch metric {
    case .auroc, .auprIn, .auprOut: numbers.part(value, places: 4)
    case .fpr95TPR, .fpr95ID: numbers.percent(value)
    }
  }

  private static func name(
    of entry: CompareState.Entry, current: DetectorSetting, pinned: PinnedSettings, appearance: Appearance
  ) -> StyledText {
    let theme = appearance.theme
    let text = appearance.glyphs.spelled(entry.title)
    guard let setting = entry.setting else { return StyledText(text, style: theme.muted) }
    if let pin = pinned[setting] { return StyledText("\(pin.letter) \(text)", style: theme.pinned) }
    return StyledText(text, style: setting == current ? theme.emphasis : theme.text)
  }

  private static func cell(
    _ column: CompareState.Column, of row: Comparison.Row, _ metric: MetricName,
    standing: Comparison.Standing, appearance: Appearance
  ) -> StyledText {
    let (theme, numbers) = (appearance.theme, appearance.numbers)
    let unknown = StyledText("- ", style: theme.muted)
    switch column {
    case .order: return unknown
    case .leaveOneOut:
      // At normalization 1 it does not compare with the others.
      let style = row.setting?.fit.normalization == .l2 ? theme.muted : theme.text
      return row.leaveOneOutNLL.map { StyledText(numbers.significant($0, digits: 4), style: style) }
        ?? unknown
    case .accuracy: return row.accuracy.map { StyledText(numbers.part($0, places: 4)) } ?? unknown
    case .metric(let column):
      let value = row.value(in: column, metric)
      guard value.isFinite else { return unknown }
      let text = Self.text(value, metric, numbers)
      switch standing {
      case .best: return StyledText(text + "*", style: theme.good)
      case .withinInterval: return StyledText(text + "+", style: theme.emphasis)
      case .behind: return StyledText(text + " ")
      }
    }
  }
}
