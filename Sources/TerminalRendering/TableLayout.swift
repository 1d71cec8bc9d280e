/// Where the columns of a table go.
struct TableLayout {
  struct Slot: Equatable {
    /// Within the table's columns.
    var column: Int
    var x: Int
    var width: Int
  }

  /// From left to right; columns without room are missing.
  let slots: [Slot]
  /// For the cursor and the marks, with a space after it.
  let gutter: Int
  let headerHeight: Int
  let visibleRowCount: Int
  /// At the right edge, where not all rows are in view.
  let hasScrollBar: Bool

  init(_ table: TableView, size: Size) {
    headerHeight = table.showsHeader && size.height > 1 ? 1 : 0
    visibleRowCount = max(0, size.height - headerHeight)
    hasScrollBar = table.rowCount > visibleRowCount && visibleRowCount > 1 && size.width >= 8
    gutter = size.width >= 8 && (table.selectedRow != nil || table.isMarked != nil) ? 2 : 0
    let room = size.width - gutter - (hasScrollBar ? 2 : 0)
    let chosen = Self.fitting(table, width: room)
    let widths = Self.widths(table, chosen: chosen, width: room)
    var x = gutter
    slots = zip(chosen, widths).compactMap { column, width in
      let slot = Slot(column: column, x: x, width: min(width, max(0, size.width - x)))
      x += width + table.spacing
      return slot.width > 0 ? slot : nil
    }
  }

  /// The columns whose least widths fit, without those of the lowest priority; one always stays.
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

  /// Least widths, then up to the ideal ones by priority, then what is left to flexible columns.
  private static func widths(_ table: TableView, chosen: [Int], width: Int) -> [Int] {
    var widths = chosen.map { table.columns[$0].minimumWidth }
    var left = width - widths.reduce(0, +) - table.spacing * max(0, chosen.count - 1)
    guard left > 0 else { return widths.map { min($0, max(0, width)) } }
    let order = chosen.indices.sorted {
      (table.columns[chosen[$0]].priority, $1) > (table.columns[chosen[$1]].priority, $0)
    }
    for place in order {
      let more = min(left, table.columns[chosen[place]].idealWidth - widths[place])
      widths[place] += more
      left -= more
    }
    let flexible = chosen.indices.filter { table.columns[chosen[$0]].isFlexible }
    for (order, place) in flexible.enumerated() {
      let more = left / (flexible.count - order)
      widths[place] += more
      left -= more
    }
    return widths
  }
}
