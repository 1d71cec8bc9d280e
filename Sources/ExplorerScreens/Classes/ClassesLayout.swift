import TerminalRendering

/// The layout of the class table and the selected class.
struct ClassesLayout {
  /// Empty while the detail fills the screen.
  var table: Rect
  /// The line below the table that counts the classes.
  var counts: Rect
  /// The line between table and detail; empty if only one of them is shown.
  var border: Rect
  /// Empty if there is no room beside the table.
  var detail: Rect

  /// The minimum width that fits table and detail side by side.
  static let wideWidth = 104

  init(size: Size, isDetailOpen: Bool) {
    let all = Rect(size: size)
    let nothing = Rect(x: 0, y: 0, width: 0, height: 0)
    guard !isDetailOpen else {
      (table, counts, border, detail) = (nothing, nothing, nothing, all)
      return
    }
    let isWide = size.width >= Self.wideWidth
    // The table takes at most what its columns need. The plots need a third of the width, at least 36 cells.
    let detailWidth = max(36, size.width * 32 / 100)
    let tableWidth = isWide ? min(96, size.width - 3 - detailWidth) : size.width
    let columns = all.split(columns: [.fixed(tableWidth), .fixed(isWide ? 3 : 0), .fill])
    let rows = columns[0].split(rows: [.fill, .fixed(1)])
    (table, counts) = (rows[0], rows[1])
    border = isWide ? Rect(x: columns[1].x + 1, y: 0, width: 1, height: size.height) : nothing
    detail = isWide ? columns[2] : nothing
  }
}
