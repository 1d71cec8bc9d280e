import ExplorerModel
import OODData
import OODDetection
import TerminalRendering

/// Answers which λ to use: curves over the path, settings side by side, advice and rank changes since A.
enum TuningScreen: ScreenView {
  static func draw(_ state: ExplorerState, on canvas: inout Canvas, appearance: Appearance) {
    guard !Placeholder.draw(for: .classes, of: state, on: &canvas, appearance: appearance) else { return }
    let (curves, layout) = curves(state, size: canvas.size, appearance: appearance)
    if state.tuning.pane == .histograms {
      PinHistograms(state: state, appearance: appearance).draw(into: &canvas, rect: layout.paneArea)
    } else if state.tuning.pane == .classes, state.tuning.sweep != nil {
      ClassOptimaView(state: state, appearance: appearance).draw(into: &canvas, rect: layout.paneArea)
    } else if state.tuning.sweep == nil {
      drawProgress(state, into: &canvas, rect: layout.curveArea, appearance: appearance)
    } else {
      for (place, rect) in layout.curves.enumerated() {
        curves.draw(
          place, isFirst: place == 0, isLast: place == layout.curves.count - 1, into: &canvas, rect: rect)
      }
      if let rect = layout.map {
        PoolingMapView(state: state, appearance: appearance).draw(into: &canvas, rect: rect)
      }
    }
    if layout.hasSidePane {
      canvas.verticalLine(
        from: layout.divider.origin, length: layout.divider.height, glyph: appearance.glyphs.vertical,
        style: appearance.theme.border)
    }
    var column = TextColumn(layout.figures)
    let settings = TuningSettings(state: state, appearance: appearance)
    let table = settings.table(isShort: !layout.hasSidePane, width: layout.figures.width)
    table.draw(into: &canvas, rect: column.take(table.height), appearance: appearance)
    if layout.hasSidePane { column.gap() }
    let advice = TuningAdvice(state: state, appearance: appearance)
    for line in advice.lines.prefix(layout.hasSidePane ? 6 : 2) {
      column.paragraph(line, limit: layout.hasSidePane ? 4 : 1, on: &canvas)
    }
    if layout.hasSidePane { column.gap() }
    TuningMoves(state: state, appearance: appearance).draw(into: &canvas, column: &column)
  }

  static func actions(
    for mouse: MouseEvent, in state: ExplorerState, size: Size, appearance: Appearance
  ) -> [Action] {
    guard let sweep = state.tuning.sweep else { return [] }
    let (curves, layout) = curves(state, size: size, appearance: appearance)
    if state.tuning.pane != .curves {
      return paneActions(for: mouse, in: state, rect: layout.paneArea, appearance: appearance)
    }
    guard [.press, .drag, .doubleClick].contains(mouse.kind) else { return [] }
    if let rect = layout.map, rect.contains(mouse.position),
      let cell = PoolingMapView(state: state, appearance: appearance).cell(at: mouse.position, rect: rect)
    {
      return [.placeMapCursor(cell)] + (mouse.kind == .doubleClick ? [.enter] : [])
    }
    guard let place = layout.curves.firstIndex(where: { $0.contains(mouse.position) }),
      let value = curves.regularization(
        atColumn: mouse.position.x, place: place, isFirst: place == 0,
        isLast: place == layout.curves.count - 1, rect: layout.curves[place]),
      let nearest = nearest(to: value, in: sweep.path), nearest != state.setting.regularization
    else { return [] }
    return [.setRegularization(nearest)]
  }

  /// The actions of a mouse event on the classes.
  private static func paneActions(
    for mouse: MouseEvent, in state: ExplorerState, rect: Rect, appearance: Appearance
  ) -> [Action] {
    guard state.tuning.pane == .classes, rect.contains(mouse.position) else { return [] }
    switch mouse.kind {
    case .wheelUp: return [.move(.lines(-1))]
    case .wheelDown: return [.move(.lines(1))]
    case .doubleClick: return [.enter]
    case .release: return []
    case .press, .drag:
      let view = ClassOptimaView(state: state, appearance: appearance)
      return view.element(at: mouse.position, rect: rect).map { [.selectRow($0.row)] } ?? []
    }
  }

  static func pageHeight(in state: ExplorerState, size: Size) -> Int {
    ClassOptimaView.rowCount(
      in: TuningLayout(size: size, curveCount: 0, mapHeight: 0).paneArea.height)
  }

  /// The curves that fit, and their layout.
  private static func curves(
    _ state: ExplorerState, size: Size, appearance: Appearance
  ) -> (TuningCurves, TuningLayout) {
    let map = PoolingMapView(state: state, appearance: appearance)
    let mapHeight = state.data.dataSet?.train?.labels == nil || state.tuning.sweep == nil ? 0 : map.height
    let prefersMap = state.tuning.mapCursor != nil
    let limit = TuningLayout.curveLimit(size: size, mapHeight: mapHeight, prefersMap: prefersMap)
    let curves = TuningCurves(state: state, limit: limit, appearance: appearance)
    return (
      curves,
      TuningLayout(size: size, curveCount: curves.curves.count, mapHeight: mapHeight, prefersMap: prefersMap)
    )
  }

  /// The λ of the path that is nearest on a logarithmic axis.
  static func nearest(to value: Double, in path: [Regularization]) -> Regularization? {
    guard value > 0 else { return path.first }
    return path.filter { $0.value > 0 }.min { ratio($0.value, value) < ratio($1.value, value) }
  }

  private static func ratio(_ first: Double, _ second: Double) -> Double {
    max(first / second, second / first)
  }

  /// Draws why there are no curves yet.
  private static func drawProgress(
    _ state: ExplorerState, into canvas: inout Canvas, rect: Rect, appearance: Appearance
  ) {
    let numbers = appearance.numbers
    let fraction = state.tasks[.sweep]?.fraction
    let symbol = state.setting.fit.ridgeRule.symbol
    let text =
      fraction != nil
      ? "Computing scores and leave-one-out likelihood at \(state.tuning.path.count) values of \(symbol) …"
      : [.fit, .score, .spectra].contains { state.tasks[$0] != nil }
        ? "The \(symbol) path starts once the scores at this \(symbol) and the spectra are computed."
        : state.classes.spectraObstacle.map {
          "The \(symbol) path needs spectra, which are not available: \($0)"
        }
          ?? (state.data.dataSet?.train == nil && state.data.dataSet?.test == nil
            ? "The \(symbol) path needs samples: name the files to score on the command line."
            : "The \(symbol) path was not computed. Change \(symbol) to resume, or press ^R to reload the files.")
    var column = TextColumn(rect.inset(left: 1, top: rect.height / 3, right: 1))
    column.paragraph(
      [StyledText(appearance.glyphs.spelled(text), style: appearance.theme.muted)], on: &canvas)
    guard let fraction else { return }
    Gauge(
      "", completed: Int(fraction * 100), total: 100, barWidth: 24,
      valueText: numbers.percent(fraction, places: 0)
    ).draw(into: &canvas, rect: column.take(1), appearance: appearance)
  }
}
