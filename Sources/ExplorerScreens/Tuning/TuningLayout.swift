import TerminalRendering

/// Where curves and figures stand: beside each other where the screen is wide enough, else curves above.
struct TuningLayout: Equatable {
  var hasSidePane: Bool
  var curveArea: Rect
  /// One below the other; fewer than there are curves where height is scarce.
  var curves: [Rect]
  var divider: Rect
  var figures: Rect

  /// Rows that the figures take below the curves.
  private static let figureHeight = 8
  /// A curve of fewer rows shows nothing.
  private static let leastCurveHeight = 3

  init(size: Size, curveCount: Int) {
    let all = Rect(size: size)
    hasSidePane = size.width >= 100
    if hasSidePane {
      let paneWidth = min(64, size.width * 45 / 100)
      let columns = all.split(columns: [.fill, .fixed(1), .fixed(paneWidth)], spacing: 1)
      (curveArea, divider, figures) = (columns[0], columns[1], columns[2])
    } else {
      let below = min(Self.figureHeight, max(0, size.height - 2 * Self.leastCurveHeight))
      let rows = all.split(rows: [.fill, .fixed(below)])
      (curveArea, figures) = (rows[0], rows[1])
      divider = Rect(size: .zero)
    }
    let count = min(max(0, curveCount), curveArea.height / Self.leastCurveHeight)
    // The last one carries the axis below it: two rows more.
    let extra = count > 0 ? min(2, curveArea.height - count * Self.leastCurveHeight) : 0
    curves = []
    var y = curveArea.y
    for place in 0..<count {
      let left = curveArea.maxY - extra - y
      let height = left / (count - place) + (place == count - 1 ? extra : 0)
      curves.append(Rect(x: curveArea.x, y: y, width: curveArea.width, height: height))
      y += height
    }
  }
}
