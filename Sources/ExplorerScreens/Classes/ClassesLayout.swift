import TerminalRendering

/// The layout of the class table and the selected class.
struct ClassesLayout {
  /// Empty while the detail fills the screen.
  var table: Rect
  /// The line below the table that counts the classes.
  var counts: Rect
  /// The line between table and detail; empty if only one of them is shown.
  var border: Rect
  /// Beside the table, or below it on a narrow screen.
  var detail: Rect

  /// The minimum width that fits table and detail side by side.
  static let wideWidth = 104

  /// - Parameter rowCount: The number of rows of the table, which leave the rest of a narrow screen to the class.
  init(size: Size, isDetailOpen: Bool, rowCount: Int) {
    let all = Rect(size: size)
    let nothing = Rect(x: 0, y: 0, width: 0, height: 0)
    guard !isDetailOpen else {
      (table, counts, border, detail) = (nothing, nothing, nothing, all)
      return
    }
    let isWide = size.width >= Self.wideWidth
    guard isWide else {
      // The reasons stand below the table, where they matter more than further rows.
      let least = size.height >= 18 ? 6 : size.height >= 12 ? 4 : size.height >= 9 ? 2 : 0
      let below = max(least, size.height - rowCount - 2)
      let rows = all.split(rows: [.fill, .fixed(1), .fixed(min(below, size.height))])
      (table, counts, border, detail) = (rows[0], rows[1], nothing, rows[2])
      return
    }
    // The table takes at most what its columns need. The plots need a third of the width, at least 36 cells.
    let detailWidth = max(36, size.width * 32 / 100)
    let columns = all.split(columns: [.fixed(min(96, size.width - 3 - detailWidth)), .fixed(3), .fill])
    let rows = columns[0].split(rows: [.fill, .fixed(1)])
    (table, counts) = (rows[0], rows[1])
    border = Rect(x: columns[1].x + 1, y: 0, width: 1, height: size.height)
    detail = columns[2]
  }
}
