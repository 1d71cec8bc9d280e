import TerminalRendering

/// The layout of the scores screen. The numbers are beside the histogram on a wide screen, else in a few
/// lines below it.
struct ScoresLayout: Equatable {
  var caption: Rect
  var histogram: Rect
  /// Counts the samples outside the shown range.
  var beyond: Rect
  var divider: Rect
  var figures: Rect
  var caution: Rect
  var hasSidePane: Bool

  init(size: Size, cautionHeight: Int) {
    hasSidePane = size.width >= 76 && size.height >= 15
    let rows = Rect(size: size).split(rows: [.fixed(1), .fill, .fixed(cautionHeight)])
    caution = rows[2]
    caption = rows[0]
    if hasSidePane {
      let paneWidth = min(46, max(32, size.width * 34 / 100))
      let columns = rows[1].split(columns: [.fill, .fixed(1), .fixed(paneWidth)], spacing: 1)
      let parts = columns[0].split(rows: [.fill, .fixed(1)])
      (histogram, beyond, divider, figures) = (parts[0], parts[1], columns[1], columns[2])
    } else {
      let parts = rows[1].split(rows: [.fill, .fixed(1), .fixed(3)])
      (histogram, beyond, figures) = (parts[0], parts[1], parts[2])
      divider = Rect(size: .zero)
    }
  }
}
