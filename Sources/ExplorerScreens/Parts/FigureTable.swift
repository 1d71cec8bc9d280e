import TerminalRendering

/// A few named figures beside each other: a name per row, a figure per column, aligned at the right.
struct FigureTable {
  struct Row {
    var name: String
    var cells: [StyledText]
  }

  /// Titles of the columns of figures.
  var titles: [StyledText]
  var rows: [Row]
  /// Of a column of figures; narrower where room is short.
  var columnWidth = 13

  /// How many rows it takes.
  var height: Int { rows.count + (titles.isEmpty ? 0 : 1) }

  func draw(into canvas: inout Canvas, rect: Rect, appearance: Appearance) {
    let names = rows.map { DisplayText.width($0.name) }.max() ?? 0
    let count = max(1, rows.map(\.cells.count).max() ?? 1, titles.count)
    let width = min(columnWidth, max(1, (rect.width - names) / count))
    let ellipsis = appearance.glyphs.ellipsis
    func write(_ cells: [StyledText], row: Rect, on canvas: inout Canvas) {
      for (index, cell) in cells.enumerated() {
        canvas.write(
          cell.text, at: Point(x: row.x + names + index * width + 1, y: row.y), style: cell.style,
          maxWidth: width - 1, alignment: .trailing, ellipsis: ellipsis)
      }
    }
    var column = TextColumn(rect)
    if !titles.isEmpty {
      let row = column.take(1)
      if !row.isEmpty { write(titles, row: row, on: &canvas) }
    }
    for entry in rows {
      let row = column.take(1)
      if row.isEmpty { return }
      canvas.write(
        entry.name, at: row.origin, style: appearance.theme.muted, maxWidth: row.width, ellipsis: ellipsis)
      write(entry.cells, row: row, on: &canvas)
    }
  }
}
