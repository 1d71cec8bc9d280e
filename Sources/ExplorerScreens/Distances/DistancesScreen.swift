import ExplorerModel
import LinearAlgebra
import OODDetection
import TerminalRendering

/// Answers which classes are close: a map of all pairs with the selected pair beside it.
enum DistancesScreen: ScreenView {
  static func draw(_ state: ExplorerState, on canvas: inout Canvas, appearance: Appearance) {
    guard !Placeholder.draw(for: .spectra, of: state, on: &canvas, appearance: appearance) else { return }
    if state.distances.plane.isOpen {
      return PlaneView(state: state, appearance: appearance).draw(on: &canvas)
    }
    let parts = layout(canvas.size)
    let pair = PairPane(state: state, appearance: appearance)
    guard let map = DistanceMap(state: state, size: parts.map.size) else { return }
    let caption =
      map.showsAll ? "distances between class means" : windowText(map, state, appearance: appearance)
    let earlier = appearance.earlierNumbers(in: state).map { "   " + $0 } ?? ""
    canvas.write(
      [
        StyledText(caption, style: appearance.theme.tableHeader),
        StyledText(earlier, style: appearance.theme.warning),
      ], at: parts.caption.origin, maxWidth: parts.caption.width, ellipsis: appearance.glyphs.ellipsis)
    map.heatMap().draw(into: &canvas, rect: parts.map, appearance: appearance)
    canvas.verticalLine(
      from: parts.border.origin, length: parts.border.height, glyph: appearance.glyphs.vertical,
      style: appearance.theme.border)
    pair.draw(on: &canvas, rect: parts.pane, map: map)
  }

  static func actions(
    for mouse: MouseEvent, in state: ExplorerState, size: Size, appearance: Appearance
  ) -> [Action] {
    if state.distances.plane.isOpen {
      return PlaneView(state: state, appearance: appearance).actions(for: mouse, size: size)
    }
    switch mouse.kind {
    case .wheelUp: return [.move(.lines(-1))]
    case .wheelDown: return [.move(.lines(1))]
    case .release: return []
    case .press, .drag, .doubleClick: break
    }
    let rect = layout(size).map
    let opening: [Action] = mouse.kind == .doubleClick ? [.jumpToClass] : []
    if mouse.kind != .drag, let map = DistanceMap(state: state, size: rect.size),
      let pair = PairPane(state: state, appearance: appearance).pair(
        at: mouse.position, in: layout(size).pane, map: map)
    {
      return [.selectPair(row: pair.first, column: pair.second)] + opening
    }
    guard let map = DistanceMap(state: state, size: rect.size),
      let element = map.heatMap().element(at: mouse.position, in: rect, appearance: appearance)
    else { return [] }
    // The window follows the selected pair, so a drag over a partial map would scroll without end.
    if mouse.kind == .drag && !map.showsAll { return [] }
    return [
      .selectPair(row: map.rows.lowerBound + element.row, column: map.columns.lowerBound + element.column)
    ] + opening
  }

  static func pageHeight(in state: ExplorerState, size: Size) -> Int {
    DistanceMap(state: state, size: layout(size).map.size)?.rows.count ?? 1
  }

  private static func layout(_ size: Size) -> (caption: Rect, map: Rect, border: Rect, pane: Rect) {
    let paneWidth = min(46, max(24, size.width * 2 / 5))
    let parts = Rect(size: size).split(columns: [.fill, .fixed(3), .fixed(paneWidth)])
    let rows = parts[0].split(rows: [.fixed(1), .fill])
    return (rows[0], rows[1], Rect(x: parts[1].x + 1, y: 0, width: 1, height: size.height), parts[2])
  }

  private static func windowText(_ map: DistanceMap, _ state: ExplorerState, appearance: Appearance) -> String
  {
    let count = state.distances.separations?.rowCount ?? 0
    func text(_ range: Range<Int>) -> String { "\(range.lowerBound + 1)-\(range.upperBound)" }
    return "distances: rows \(text(map.rows)), columns \(text(map.columns)) of \(count)"
  }
}
