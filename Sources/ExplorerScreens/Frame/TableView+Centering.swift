import TerminalRendering

extension TableView {
  /// The table scrolled so that the selection is centered, as far as there are rows. Drawing keeps no state,
  /// so the scroll position follows from the selection alone.
  func centered(in rect: Rect) -> TableView {
    var table = self
    table.offset = (selectedRow ?? 0) - visibleRowCount(in: rect) / 2
    return table
  }
}
