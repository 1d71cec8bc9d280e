/// The positions of the columns of a table.
struct TableLayout {
  struct Slot: Equatable {
    /// The index of the column in the table.
    var column: Int
    var x: Int
    var width: Int
  }

  /// The visible columns from left to right.
  let slots: [Slot]
  /// The width of the cursor and the marks, including a space.
  let gutter: Int
  let headerHeight: Int
  let visibleRowCount: Int
  /// Whether there is a scroll bar at the right edge, because not all rows are visible.
  let hasScrollBar: Bool

  init(_ table: TableView, size: Size) {
    var table = table
    headerHeight = table.showsHeader && size.height > 1 ? 1 : 0
    visibleRowCount = max(0, size.height - headerHeight)
    hasScrollBar = table.rowCount > visibleRowCount && visibleRowCount > 1 && size.width >= 8
    gutter = size.width >= 8 && (table.selectedRow != nil || table.isMarked != nil) ? 2 : 0
    let room = size.width - gutter - (hasScrollBar ? 2 : 0)
    let contents = table.contentWidths(visibleRowCount: visibleRowCount)
    for (place, width) in contents.enumerated() where table.columns[place].alignment == .trailing {
      // Numbers are never cut.
      table.columns[place].minimumWidth = max(table.columns[place].minimumWidth, min(width, 28))
      table.columns[place].idealWidth = max(
        table.columns[place].idealWidth, table.columns[place].minimumWidth)
    }
    let chosen = Self.fitting(table, width: room)
    let widths = Self.widths(table, contents, chosen: chosen, width: room)
    var x = gutter
    slots = zip(chosen, widths).compactMap { column, width in
      let slot = Slot(column: column, x: x, width: min(width, max(0, size.width - x)))
      x += width + table.spacing
      return slot.width > 0 ? slot : nil
    }
  }

  /// The columns whose minimum widths fit. Columns of the lowest priority are dropped first; one column
  /// always stays.
  private static func fitting(_ table: TableView, width: Int) -> [Int] {
    var chosen = Array(table.columns.indices)
    func needed() -> Int {
      chosen.reduce(0) { $0 + table.columns[$1].minimumWidth } + table.spacing * max(0, chosen.count - 1)
    }
    while chosen.count > 1, needed() > width {
      let lowest = chosen.map { table.columns[$0].priority }.min()
      guard let last = chosen.lastIndex(where: { table.columns[$0].priority == lowest }) else { break }
      chosen.remove(at: last)
    }
    return chosen
  }

  /// The column widths: at least the minimum, then up to the ideal width by priority, then up to what the visible cells
  /// need. Flexible columns share the rest.
  private static func widths(_ table: TableView, _ contents: [Int], chosen: [Int], width: Int) -> [Int] {
    var widths = chosen.map { table.columns[$0].minimumWidth }
    var left = width - widths.reduce(0, +) - table.spacing * max(0, chosen.count - 1)
    guard left > 0 else { return widths.map { min($0, max(0, width)) } }
    let order = chosen.indices.sorted {
      (table.columns[chosen[$0]].priority, $1) > (table.columns[chosen[$1]].priority, $0)
    }
    func grow(_ place: Int, to wanted: Int) {
      let more = max(0, min(left, wanted - widths[place]))
      widths[place] += more
      left -= more
    }
    for place in order { grow(place, to: table.columns[chosen[place]].idealWidth) }
    for place in order { grow(place, to: contents[chosen[place]]) }
    let flexible = chosen.indices.filter { table.columns[chosen[$0]].isFlexible }
    for (order, place) in flexible.enumerated() {
      let more = left / (flexible.count - order)
      widths[place] += more
      left -= more
    }
    return widths
  }
}

extension TableView {
  /// The widths of the visible cells by column. A longer name has no need for all of its width.
  fileprivate func contentWidths(visibleRowCount: Int) -> [Int] {
    var widths = columns.map { _ in 0 }
    let first = Self.offset(
      offset, showing: selectedRow, rowCount: rowCount, visibleRowCount: visibleRowCount)
    for row in first..<max(first, min(rowCount, first + visibleRowCount)) {
      for (place, cell) in zip(columns.indices, cells(row)) {
        widths[place] = max(widths[place], min(DisplayText.width(cell.text), 48))
      }
    }
    return widths
  }
}
