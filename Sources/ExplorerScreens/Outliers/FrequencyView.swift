import ExplorerModel
import TerminalRendering

/// The values of a column by how often they occur among the listed samples.
struct FrequencyView {
  let view: TableView

  /// `nil` until the values are counted.
  init?(_ state: ExplorerState, rect: Rect, appearance: Appearance) {
    guard let table = state.outliers.frequencies else { return nil }
    let (numbers, theme) = (appearance.numbers, appearance.theme)
    let most = table.rows.map(\.count).max() ?? 1
    let barWidth = max(8, min(40, rect.width - 60))
    @Sendable func title(_ value: FrequencyTable.Value) -> StyledText {
      switch value {
      case .text(let text): StyledText(text)
      case .number(let number):
        StyledText(Int(exactly: number).map(numbers.grouped) ?? numbers.significant(number))
      case .range(let low, let high):
        StyledText("\(numbers.significant(low)) \(appearance.glyphs.ellipsis) \(numbers.significant(high))")
      case .missing: StyledText("none", style: theme.muted)
      }
    }
    view = TableView(
      columns: [
        .init(table.column.name, minimumWidth: 12, idealWidth: 24, priority: 3, isFlexible: true),
        .init("count", alignment: .trailing, minimumWidth: 9, priority: 3),
        .init("share", alignment: .trailing, minimumWidth: 7, priority: 2),
        .init("", minimumWidth: barWidth, priority: 0),
        .init("mean score", alignment: .trailing, minimumWidth: 11, priority: 1),
      ], rowCount: table.rows.count, selectedRow: table.selectedRow,
      offset: table.selectedRow - rect.height / 2,
      cells: { place in
        let row = table.rows[place]
        return [
          title(row.value), StyledText(numbers.grouped(row.count), style: theme.emphasis),
          StyledText(numbers.percent(Double(row.count) / Double(max(1, table.sampleCount)))),
          StyledText(
            Self.bar(Double(row.count) / Double(most), width: barWidth, glyphs: appearance.glyphs),
            style: theme.positiveBar),
          StyledText(numbers.score(row.meanScore)),
        ]
      })
  }

  private static func bar(_ share: Double, width: Int, glyphs: Glyphs) -> String {
    let steps = glyphs.horizontalSteps
    let parts = steps.count - 1
    let length = max(1, Int((share * Double(width * parts)).rounded()))
    return String(repeating: steps[parts], count: length / parts)
      + (length % parts == 0 ? "" : String(steps[length % parts]))
  }
}
