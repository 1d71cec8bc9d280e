import ExplorerModel
import OODData
import OODDetection
import TerminalRendering

/// The outlier table. It hides values that belong to another λ than the current one.
struct OutlierTable {
  let view: TableView
  /// The columns of the table, in order.
  let columns: [OutlierColumn]

  init(_ state: ExplorerState, rect: Rect, appearance: Appearance) {
    let rows = state.outliers.rows
    let columns = state.shownSampleColumns
    let sort = state.outliers.sort
    let marks = state.outliers.marks
    let isCurrent =
      state.scoresAreCurrent && rows.setting?.regularization == state.setting.regularization
      && rows.setting?.score == state.setting.score
    self.columns = columns
    let hasIDs = columns.contains(.id)
    var view = TableView(
      columns: columns.map { column in
        var described = Self.column(column, hasIDs: hasIDs, rowCount: rows.count)
        // Names that need less leave the rest to the columns of the files.
        described.idealWidth = min(
          described.idealWidth, max(described.minimumWidth, Self.textWidth(of: column, in: state) ?? .max))
        // The rows would jump without a reason if the column that orders them were left out.
        if column == sort.column { described.priority = 11 }
        return described
      }, rowCount: rows.count,
      selectedRow: state.outliers.selectedRow,
      sort: columns.firstIndex(of: sort.column).map {
        TableView.Sort(column: $0, isAscending: sort.isAscending)
      },
      spacing: 1, isMarked: { marks[rows[$0].reference] != nil },
      cells: { place in
        let row = rows[place]
        return columns.map {
          Self.cell($0, of: row, isCurrent: isCurrent, state: state, appearance: appearance)
        }
      })
    // The table scrolls by pages, so that a clicked row stays under the pointer.
    let page = max(1, view.visibleRowCount(in: rect))
    view.offset = state.outliers.selectedRow / page * page
    self.view = view
  }

  /// The title of a column.
  static func title(of column: OutlierColumn) -> String {
    Self.column(column, hasIDs: true, rowCount: 0).title
  }

  private static func column(_ column: OutlierColumn, hasIDs: Bool, rowCount: Int) -> TableView.Column {
    switch column {
    case .rank:
      .init("rank", alignment: .trailing, minimumWidth: max(6, String(rowCount).count), priority: 8)
    case .index:
      .init("index", alignment: .trailing, minimumWidth: 7, priority: hasIDs ? 1 : 9, isFlexible: !hasIDs)
    case .id: .init("id", minimumWidth: 12, idealWidth: 24, priority: 9, isFlexible: true, keepsEnds: true)
    case .label: .init("label", minimumWidth: 5, idealWidth: 8, priority: 6, keepsEnds: true)
    case .score: .init("score", alignment: .trailing, minimumWidth: 9, idealWidth: 10, priority: 10)
    case .percentile: .init("pctl", alignment: .trailing, minimumWidth: 5, priority: 2)
    case .pValue: .init("p", alignment: .trailing, minimumWidth: 7, priority: 4)
    case .nearest: .init("nearest", minimumWidth: 7, idealWidth: 8, priority: 7, keepsEnds: true)
    case .second: .init("2nd", minimumWidth: 4, idealWidth: 7, priority: 3, keepsEnds: true)
    case .margin: .init("margin", alignment: .trailing, minimumWidth: 8, priority: 5)
    case .suggested: .init("suggested", minimumWidth: 9, idealWidth: 11, priority: 8, keepsEnds: true)
    case .labelMargin: .init("margin/D", alignment: .trailing, minimumWidth: 10, priority: 10)
    case .group: .init("group", alignment: .trailing, minimumWidth: 7, priority: 8)
    case .split: .init("split", minimumWidth: 5, idealWidth: 7, priority: 7)
    case .distance: .init("distance", alignment: .trailing, minimumWidth: 10, priority: 10)
    case .tag: .init("tag", minimumWidth: 6, idealWidth: 12, priority: 9)
    case .set: .init("set", minimumWidth: 7, idealWidth: 14, priority: 5, keepsEnds: true)
    case .thresholdDistance: .init("|s - t|", alignment: .trailing, minimumWidth: 9, priority: 7)
    case .squaredDistance: .init("d²", alignment: .trailing, minimumWidth: 8, idealWidth: 9, priority: 1)
    case .ownDistance: .init("own d²", alignment: .trailing, minimumWidth: 8, idealWidth: 9, priority: 2)
    case .file(let name):
      .init(name, minimumWidth: 6, idealWidth: 14, keepsEnds: true)
    }
  }

  /// The widest of some texts of a column of the files; `nil` for other columns. Some of many say how wide they are, and
  /// the same ones wherever the table is scrolled to.
  private static func textWidth(of column: OutlierColumn, in state: ExplorerState) -> Int? {
    let splits = [state.data.dataSet?.train, state.data.dataSet?.test].compactMap(\.self)
    let texts: [[String]]
    switch column {
    case .id: texts = splits.compactMap(\.ids)
    case .file(let name): texts = splits.compactMap { $0.columns[name] }
    default: return nil
    }
    return texts.flatMap { texts in
      stride(from: 0, to: texts.count, by: max(1, texts.count / 128)).map { DisplayText.width(texts[$0]) }
    }.max()
  }

  /// `99.7`, in percent. Only what no ID sample reaches is 100, and only what none is below is 0.
  private static func percentile(_ share: Double, _ numbers: NumberFormat) -> String {
    let percent = 100 * share
    if percent > 99.94, percent < 100 { return ">99.9" }
    if percent > 0, percent < 0.05 { return "<0.1" }
    return numbers.fixed(percent, places: 1)
  }

  private static func cell(
    _ column: OutlierColumn, of row: OutlierRow, isCurrent: Bool, state: ExplorerState, appearance: Appearance
  ) -> StyledText {
    let theme = appearance.theme
    let numbers = appearance.numbers
    let unknown = StyledText(appearance.mark(forSpectraOf: state), style: theme.muted)
    switch column {
    case .index: return StyledText("\(row.index)", style: theme.muted)
    case .id: return StyledText(row.name)
    case .tag: return StyledText(state.outliers.marks[row.reference] ?? "", style: theme.mark)
    case .set:
      let sets = state.data.dataSet?[row.reference.split]?.oodSets
      let set = sets.map { Int($0.indices[row.reference.index]) } ?? -1
      return StyledText(set < 0 ? "" : sets?.sets[set].fullName ?? "", style: theme.outOfDistribution)
    case .file(let name):
      return StyledText(state.data.dataSet?[row.reference.split]?.columns[name]?[row.reference.index] ?? "")
    case .label:
      guard let label = row.label else { return StyledText("") }
      return StyledText(
        state.data.name(ofLabel: label), style: label < 0 ? theme.outOfDistribution : theme.inDistribution)
    default: break
    }
    guard isCurrent else { return StyledText(appearance.glyphs.ellipsis, style: theme.muted) }
    switch column {
    case .rank: return StyledText("\(row.rank)", style: theme.muted)
    case .score: return StyledText(numbers.score(row.score), style: theme.emphasis)
    case .percentile:
      return StyledText(row.percentile.map { Self.percentile($0, numbers) } ?? "-", style: theme.muted)
    case .suggested:
      return StyledText(
        row.suggestion.map { state.classes.name(of: $0.classIndex) } ?? "", style: theme.warning)
    case .labelMargin:
      return StyledText(row.suggestion.map { numbers.significant($0.margin) } ?? "", style: theme.emphasis)
    case .group: return StyledText(row.duplicate.map { "\($0.group)" } ?? "", style: theme.muted)
    case .split: return StyledText(row.reference.split.rawValue)
    case .distance:
      return StyledText(row.duplicate.map { numbers.significant($0.distance) } ?? "", style: theme.emphasis)
    case .nearest:
      let isOther = row.label.map { $0 >= 0 && $0 != state.classes.label(of: row.nearestClass) } ?? false
      return StyledText(state.classes.name(of: row.nearestClass), style: isOther ? theme.warning : theme.text)
    case .pValue:
      guard let detail = row.detail else { return unknown }
      return detail.pValue.map { StyledText(numbers.pValue($0.value)) } ?? StyledText("-", style: theme.muted)
    case .second:
      guard let detail = row.detail else { return unknown }
      return StyledText(detail.secondClass.map(state.classes.name(of:)) ?? "", style: theme.muted)
    case .margin:
      guard let detail = row.detail else { return unknown }
      return StyledText(detail.margin.map(numbers.distance) ?? "")
    case .thresholdDistance:
      return StyledText(state.scores.threshold.map { numbers.significant(abs(row.score - $0)) } ?? "")
    case .squaredDistance: return StyledText(numbers.significant(row.squaredDistance), style: theme.muted)
    case .ownDistance:
      guard let detail = row.detail else { return unknown }
      return StyledText(detail.ownSquaredDistance.map { numbers.significant($0) } ?? "", style: theme.muted)
    case .index, .id, .label, .set, .tag, .file: return unknown
    }
  }
}
