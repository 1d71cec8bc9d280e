import ExplorerModel
import TerminalRendering

extension TableView {
  /// What a mouse event on a table does, the same on every screen: a click selects a row, a double click opens it, and
  /// a click on a title sorts by its column, or inverts the order of the column that sorts already.
  ///
  /// - Parameter sort: Sorts by the column at a place; `nil` if rows cannot be sorted by it.
  func actions(for mouse: MouseEvent, in rect: Rect, sort: (Int) -> Action?) -> [Action] {
    switch mouse.kind {
    case .wheelUp: return [.move(.lines(-3))]
    case .wheelDown: return [.move(.lines(3))]
    case .drag, .release: return []
    case .press, .doubleClick: break
    }
    if let row = row(at: mouse.position, in: rect) {
      return [.selectRow(row)] + (mouse.kind == .doubleClick ? [.enter] : [])
    }
    // Two quick clicks on a title are two clicks.
    guard isHeader(at: mouse.position, in: rect), let column = column(at: mouse.position, in: rect) else {
      return []
    }
    return [column == self.sort?.column ? .invertSort : sort(column)].compactMap(\.self)
  }
}

extension TableView {
  /// The table scrolled so that the selection is centered, as far as there are rows. Drawing keeps no state,
  /// so the scroll position follows from the selection alone.
  func centered(in rect: Rect) -> TableView {
    var table = self
    table.offset = (selectedRow ?? 0) - visibleRowCount(in: rect) / 2
    return table
  }
}
