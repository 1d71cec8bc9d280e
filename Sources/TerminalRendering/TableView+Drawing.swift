extension TableView {
  public func draw(into canvas: inout Canvas, rect: Rect, appearance: Appearance) {
    guard !rect.isEmpty else { return }
    let layout = TableLayout(self, size: rect.size)
    canvas.draw(in: rect) { canvas in
      if layout.headerHeight > 0 { drawHeader(layout, into: &canvas, appearance: appearance) }
      let first = firstVisibleRow(layout)
      for y in 0..<min(layout.visibleRowCount, rowCount - first) {
        drawRow(first + y, y: y + layout.headerHeight, layout, into: &canvas, appearance: appearance)
      }
      if rowCount == 0 {
        canvas.write(
          emptyText, at: Point(x: layout.gutter, y: layout.headerHeight), style: appearance.theme.muted,
          ellipsis: appearance.glyphs.ellipsis)
      }
      if layout.hasScrollBar { drawScrollBar(layout, into: &canvas, appearance: appearance) }
    }
  }

  /// The row under a cell of the canvas.
  public func row(at point: Point, in rect: Rect) -> Int? {
    guard rect.contains(point) else { return nil }
    let layout = TableLayout(self, size: rect.size)
    let y = point.y - rect.y - layout.headerHeight
    let row = firstVisibleRow(layout) + y
    return y >= 0 && row < rowCount ? row : nil
  }

  /// Whether a cell of the canvas is in the header.
  public func isHeader(at point: Point, in rect: Rect) -> Bool {
    rect.contains(point) && point.y - rect.y < TableLayout(self, size: rect.size).headerHeight
  }

  /// The column whose header or cells are under a cell of the canvas.
  public func column(at point: Point, in rect: Rect) -> Int? {
    guard rect.contains(point) else { return nil }
    let x = point.x - rect.x
    return TableLayout(self, size: rect.size).slots.first { $0.x <= x && x < $0.x + $0.width }?.column
  }

  /// The number of visible rows.
  public func visibleRowCount(in rect: Rect) -> Int {
    TableLayout(self, size: rect.size).visibleRowCount
  }

  /// The first visible row. It moves as little as possible to keep the selection visible, and leaves no room
  /// below the last row.
  public static func offset(
    _ offset: Int, showing selection: Int?, rowCount: Int, visibleRowCount: Int
  ) -> Int {
    guard rowCount > 0, visibleRowCount > 0 else { return 0 }
    var first = offset
    if let selection {
      let selection = min(max(0, selection), rowCount - 1)
      first = min(max(first, selection - (visibleRowCount - 1)), selection)
    }
    return min(max(0, first), max(0, rowCount - visibleRowCount))
  }

  private func firstVisibleRow(_ layout: TableLayout) -> Int {
    Self.offset(offset, showing: selectedRow, rowCount: rowCount, visibleRowCount: layout.visibleRowCount)
  }

  private func drawHeader(_ layout: TableLayout, into canvas: inout Canvas, appearance: Appearance) {
    let style = appearance.theme.tableHeader
    let ellipsis = appearance.glyphs.ellipsis
    for slot in layout.slots {
      let column = columns[slot.column]
      var title = column.title
      if let sort, sort.column == slot.column {
        let mark = sort.isAscending ? appearance.glyphs.sortAscending : appearance.glyphs.sortDescending
        let room = slot.width - DisplayText.width(mark) - 1
        title = room > 0 ? DisplayText.truncated(title, to: room, ellipsis: ellipsis) + " " + mark : mark
      }
      canvas.write(
        title, at: Point(x: slot.x, y: 0), style: style, maxWidth: slot.width, alignment: column.alignment,
        ellipsis: ellipsis)
    }
  }

  private func drawRow(
    _ row: Int, y: Int, _ layout: TableLayout, into canvas: inout Canvas, appearance: Appearance
  ) {
    let cells = cells(row)
    let isSelected = row == selectedRow
    for slot in layout.slots where slot.column < cells.count {
      let cell = cells[slot.column]
      let text =
        columns[slot.column].keepsEnds
        ? DisplayText.truncatedInMiddle(cell.text, to: slot.width, ellipsis: appearance.glyphs.ellipsis)
        : cell.text
      canvas.write(
        text, at: Point(x: slot.x, y: y), style: cell.style, maxWidth: slot.width,
        alignment: columns[slot.column].alignment, ellipsis: appearance.glyphs.ellipsis)
    }
    let marked = isMarked?(row) == true
    if layout.gutter > 0, marked {
      canvas.write(appearance.glyphs.mark, at: Point(x: 0, y: y), style: appearance.theme.mark)
    } else if layout.gutter > 0, isSelected {
      canvas.write(appearance.glyphs.cursor, at: Point(x: 0, y: y), style: appearance.theme.accent)
    }
    guard isSelected else { return }
    let width = canvas.size.width - (layout.hasScrollBar ? 2 : 0)
    let selection = isActive ? appearance.theme.selection : appearance.theme.inactiveSelection
    let keepsColors = selection.background == .terminalDefault && !selection.attributes.contains(.reverse)
    canvas.restyle(Rect(x: 0, y: y, width: width, height: 1)) { style in
      keepsColors ? style.adding(selection.attributes) : selection
    }
  }

  private func drawScrollBar(_ layout: TableLayout, into canvas: inout Canvas, appearance: Appearance) {
    let height = layout.visibleRowCount
    let length = max(1, min(height - 1, Int(Double(height) * Double(height) / Double(rowCount))))
    let last = rowCount - height
    let first = firstVisibleRow(layout)
    // The thumb is at an end only if the table is.
    let free = height - length
    var start = Int((Double(free) * Double(first) / Double(max(1, last))).rounded())
    if free > 1, first > 0, first < last { start = min(max(1, start), free - 1) }
    for y in 0..<height {
      let isThumb = y >= start && y < start + length
      canvas[canvas.size.width - 1, layout.headerHeight + y] = Cell(
        isThumb ? appearance.glyphs.scrollThumb : appearance.glyphs.scrollTrack,
        style: appearance.theme.border)
    }
  }
}
