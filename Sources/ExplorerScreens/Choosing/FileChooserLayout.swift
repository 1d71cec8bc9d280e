import ExplorerModel
import TerminalRendering

/// The layout of the file chooser, from the top: input line, recent files, folder, counts.
struct FileChooserLayout {
  var input: Rect
  /// Includes its header; empty if there are no recent files.
  var recent: Rect
  /// Includes its header.
  var folder: Rect
  var counts: Rect

  init(size: Size, recentCount: Int) {
    let all = Rect(size: size)
    let isTall = size.height >= 15
    // The folder keeps two thirds of the height.
    let recentRows = min(recentCount, max(2, (size.height - 6) / 3))
    let rows = all.split(rows: [
      .fixed(1), .fixed(isTall ? 1 : 0), .fixed(recentCount > 0 ? recentRows + 1 : 0),
      .fixed(isTall && recentCount > 0 ? 1 : 0), .fill, .fixed(1),
    ])
    (input, recent, folder, counts) = (rows[0], rows[2], rows[4], rows[5])
  }
}
