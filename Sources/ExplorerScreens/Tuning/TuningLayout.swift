import TerminalRendering

/// The layout of curves and numbers: side by side on a wide screen, else with the curves above.
struct TuningLayout: Equatable {
  var hasSidePane: Bool
  var curveArea: Rect
  /// The area of curves and map together.
  var paneArea: Rect
  /// From top to bottom; not all curves fit on a low screen.
  var curves: [Rect]
  /// The map below the curves; `nil` if it does not fit.
  var map: Rect?
  var divider: Rect
  var figures: Rect

  /// The height of the numbers below the curves.
  private static let figureHeight = 8
  /// The minimum heights. The first curve has captions above it.
  private static let leastHeights = (first: 5, other: 3)

  /// The number of curves that fit.
  static func curveLimit(size: Size, mapHeight: Int, prefersMap: Bool = false) -> Int {
    let height = TuningLayout(size: size, curveCount: 0, mapHeight: mapHeight, prefersMap: prefersMap)
      .curveArea.height
    // The last curve has the axis below it.
    return height < leastHeights.first ? 0 : 1 + max(0, height - leastHeights.first - 1) / leastHeights.other
  }

  /// - Parameters:
  ///   - mapHeight: The height of the map; 0 if there is none.
  ///   - prefersMap: Whether the map replaces the curves if not both fit.
  init(size: Size, curveCount: Int, mapHeight: Int, prefersMap: Bool = false) {
    let all = Rect(size: size)
    hasSidePane = size.width >= 100
    if hasSidePane {
      let paneWidth = min(64, size.width * 45 / 100)
      let columns = all.split(columns: [.fill, .fixed(1), .fixed(paneWidth)], spacing: 1)
      (curveArea, divider, figures) = (columns[0], columns[1], columns[2])
    } else {
      let below = min(Self.figureHeight, max(0, size.height - Self.leastHeights.first))
      let rows = all.split(rows: [.fill, .fixed(below)])
      (curveArea, figures) = (rows[0], rows[1])
      divider = Rect(size: .zero)
    }
    paneArea = curveArea
    // The map needs the first curve with its axis above it.
    if mapHeight > 0, curveArea.height >= mapHeight + 1 + Self.leastHeights.first + 2 {
      let rows = curveArea.split(rows: [.fill, .fixed(mapHeight)], spacing: 1)
      (curveArea, map) = (rows[0], rows[1])
    } else if mapHeight > 0, prefersMap, curveArea.height >= mapHeight {
      map = curveArea
      curveArea = Rect(x: curveArea.x, y: curveArea.y, width: curveArea.width, height: 0)
    }
    curves = Self.curves(in: curveArea, count: curveCount)
  }

  /// Makes the first curve twice as high as the others if there is room. The last has the axis below it.
  private static func curves(in area: Rect, count: Int) -> [Rect] {
    guard count > 0 else { return [] }
    let axisHeight = min(2, max(0, area.height - leastHeights.first - leastHeights.other * (count - 1)))
    let plots = area.height - axisHeight
    let other = max(leastHeights.other, plots / (count + 1))
    var rows = Array(repeating: Extent.fixed(other), count: count)
    rows[0] = .fixed(plots - other * (count - 1))
    rows[count - 1] = .fill
    return area.split(rows: rows)
  }
}
