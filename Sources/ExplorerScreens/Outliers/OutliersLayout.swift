import TerminalRendering

/// The layout of the outlier screen.
struct OutliersLayout: Equatable {
  enum Style { case tableOnly, verdictBelow, paneBeside }

  var style: Style
  var caption: Rect
  var table: Rect
  var divider: Rect
  /// The pane, or the lines below the table.
  var explanation: Rect

  init(size: Size) {
    let rows = Rect(size: size).split(rows: [.fixed(1), .fill])
    caption = rows[0]
    if size.width >= 96 {
      style = .paneBeside
      let paneWidth = min(66, size.width * 41 / 100)
      let columns = rows[1].split(columns: [.fill, .fixed(1), .fixed(paneWidth)], spacing: 1)
      (table, divider, explanation) = (columns[0], columns[1], columns[2])
    } else if size.height >= 12 {
      style = .verdictBelow
      let parts = rows[1].split(rows: [.fill, .fixed(1), .fixed(size.height >= 18 ? 3 : 2)])
      (table, divider, explanation) = (parts[0], parts[1], parts[2])
    } else {
      style = .tableOnly
      (table, divider, explanation) = (rows[1], Rect(size: .zero), Rect(size: .zero))
    }
  }
}
