import TerminalRendering

extension TableView {
  /// With the selection amid the rows in view, as far as there are rows: drawing keeps no state, so what is in
  /// view follows from the selection alone.
  func centered(in rect: Rect) -> TableView {
    var table = self
    table.offset = (selectedRow ?? 0) - visibleRowCount(in: rect) / 2
    return table
  }
}
