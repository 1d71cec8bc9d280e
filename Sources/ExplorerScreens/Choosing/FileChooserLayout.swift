import ExplorerModel
import TerminalRendering

/// Where the parts of the file chooser stand, from the top: what is typed, recent openings, the folder, counts.
struct FileChooserLayout {
  var input: Rect
  /// With its header; empty where there is nothing recent.
  var recent: Rect
  /// With its header.
  var folder: Rect
  var counts: Rect

  init(size: Size, recentCount: Int) {
    let all = Rect(size: size)
    let isTall = size.height >= 15
    // The folder keeps two thirds.
    let recentRows = min(recentCount, max(2, (size.height - 6) / 3))
    let rows = all.split(rows: [
      .fixed(1), .fixed(isTall ? 1 : 0), .fixed(recentCount > 0 ? recentRows + 1 : 0),
      .fixed(isTall && recentCount > 0 ? 1 : 0), .fill, .fixed(1),
    ])
    (input, recent, folder, counts) = (rows[0], rows[2], rows[4], rows[5])
  }
}
