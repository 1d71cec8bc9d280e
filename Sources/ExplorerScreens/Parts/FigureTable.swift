import TerminalRendering

/// A small table with one name per row and right-aligned values.
struct FigureTable {
  struct Row {
    var name: String
    var cells: [StyledText]
  }

  /// The title of the name column.
  var nameTitle = ""
  /// The titles of the value columns.
  var titles: [StyledText]
  var rows: [Row]
  /// The minimum width of the names, which aligns tables below each other.
  var nameWidth = 0
  /// The preferred width of a value column.
  var columnWidth = 13

  /// The width at which no text is cut.
  var neededWidth: Int {
    let count = max(titles.count, rows.map(\.cells.count).max() ?? 0)
    let names = max(
      nameWidth, DisplayText.width(nameTitle), rows.map { DisplayText.width($0.name) }.max() ?? 0)
    return (0..<count).reduce(names) { sum, index in
      let texts = ([titles] + rows.map(\.cells)).compactMap { index < $0.count ? $0[index].text : nil }
      return sum + (texts.map(DisplayText.width).max() ?? 0) + 1
    }
  }

  /// The height in rows.
  var height: Int { rows.count + (titles.isEmpty ? 0 : 1) }

  func draw(into canvas: inout Canvas, rect: Rect, appearance: Appearance) {
    let names = max(
      nameWidth, DisplayText.width(nameTitle), rows.map { DisplayText.width($0.name) }.max() ?? 0)
    let ends = columnEnds(from: names, width: rect.width)
    var column = TextColumn(rect)
    func write(_ cells: [StyledText], row: Rect, on canvas: inout Canvas) {
      for (index, cell) in cells.enumerated() where index < ends.count {
        let start = index == 0 ? names : ends[index - 1]
        canvas.write(
          cell.text, at: Point(x: row.x + start + 1, y: row.y), style: cell.style,
          maxWidth: ends[index] - start - 1, alignment: .trailing, ellipsis: appearance.glyphs.ellipsis)
      }
    }
    if !titles.isEmpty {
      let row = column.take(1)
      if !row.isEmpty {
        canvas.write(
          nameTitle, at: row.origin, style: appearance.theme.tableHeader, maxWidth: min(names, row.width))
        write(titles, row: row, on: &canvas)
      }
    }
    for entry in rows {
      let row = column.take(1)
      if row.isEmpty { return }
      canvas.write(
        entry.name, at: row.origin, style: appearance.theme.muted, maxWidth: min(names, row.width),
        ellipsis: appearance.glyphs.ellipsis)
      write(entry.cells, row: row, on: &canvas)
    }
  }

  /// The end of each value column. A column gets the width of its texts plus two cells, then a share of the
  /// rest.
  private func columnEnds(from start: Int, width: Int) -> [Int] {
    let count = max(titles.count, rows.map(\.cells.count).max() ?? 0)
    var widths = (0..<count).map { index in
      let texts = ([titles] + rows.map(\.cells)).compactMap { index < $0.count ? $0[index].text : nil }
      return (texts.map(DisplayText.width).max() ?? 0) + 2
    }
    var left = width - start - widths.reduce(0, +)
    while left < 0, let widest = widths.indices.max(by: { widths[$0] < widths[$1] }), widths[widest] > 2 {
      widths[widest] -= 1
      left += 1
    }
    while left > 0, let narrowest = widths.indices.min(by: { widths[$0] < widths[$1] }),
      widths[narrowest] < columnWidth
    {
      widths[narrowest] += 1
      left -= 1
    }
    var end = start
    return widths.map { width in
      end += width
      return end
    }
  }
}
