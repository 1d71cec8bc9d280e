import ExplorerModel
import OODDetection
import TerminalRendering

/// How well the scores separate: histograms with a threshold, what the threshold does, metrics, the ROC curve.
enum ScoresScreen: ScreenView {
  static func draw(_ state: ExplorerState, on canvas: inout Canvas, appearance: Appearance) {
    if let waiting = Waiting(forScoresIn: state) {
      waiting.draw(into: &canvas, rect: canvas.bounds, appearance: appearance)
      return
    }
    let gap = TrainingScoreGap(state)
    let layout = ScoresLayout(size: canvas.size, hasCaution: gap != nil)
    drawCaption(state, into: &canvas, rect: layout.caption, appearance: appearance)
    if let histogram = ScoreHistogramChart(state, rect: layout.histogram, appearance: appearance) {
      histogram.chart.draw(into: &canvas, rect: layout.histogram, appearance: appearance)
      histogram.drawBeyond(into: &canvas, rect: layout.beyond, appearance: appearance)
    } else {
      drawNothingInClass(state, into: &canvas, rect: layout.histogram, appearance: appearance)
    }
    let figures = ScoreFigures(state: state, appearance: appearance)
    if layout.hasSidePane {
      canvas.verticalLine(
        from: layout.divider.origin, length: layout.divider.height, glyph: appearance.glyphs.vertical,
        style: appearance.theme.border)
      figures.draw(into: &canvas, rect: layout.figures)
    } else {
      figures.drawSummary(into: &canvas, rect: layout.figures)
    }
    if let gap {
      canvas.write(paragraph: gap.caution(in: state, appearance: appearance), in: layout.caution)
    }
  }

  static func actions(
    for mouse: MouseEvent, in state: ExplorerState, size: Size, appearance: Appearance
  ) -> [Action] {
    guard [.press, .drag].contains(mouse.kind), state.scoresAreCurrent else { return [] }
    let layout = ScoresLayout(size: size, hasCaution: TrainingScoreGap(state) != nil)
    // A drag that began on the chart may leave it upwards or downwards.
    guard mouse.kind == .drag || layout.histogram.contains(mouse.position),
      let histogram = ScoreHistogramChart(state, rect: layout.histogram, appearance: appearance),
      let value = histogram.chart.value(
        atColumn: mouse.position.x, in: layout.histogram, appearance: appearance)
    else { return [] }
    return [.setThreshold(value)]
  }

  private static func drawCaption(
    _ state: ExplorerState, into canvas: inout Canvas, rect: Rect, appearance: Appearance
  ) {
    let theme = appearance.theme
    let view = state.scoresView
    let separator = StyledText(" \(appearance.glyphs.separator) ", style: theme.muted)
    var runs = [StyledText("\(state.scoreKind.rawValue) scores", style: theme.title)]
    if let index = view.classFilter {
      runs += [separator, StyledText("only samples nearest to \(state.className(index))", style: theme.warning)]
    }
    runs += [
      separator, StyledText(view.usesLogCounts ? "log counts" : "counts", style: theme.muted),
      separator,
      StyledText(view.showsFullRange ? "full range" : "range of nearly all samples", style: theme.muted),
      separator,
      StyledText(
        appearance.glyphs.isUnicode ? "higher is more OOD →" : "higher is more OOD ->", style: theme.muted),
    ]
    canvas.write(runs, at: rect.origin, maxWidth: rect.width)
  }

  private static func drawNothingInClass(
    _ state: ExplorerState, into canvas: inout Canvas, rect: Rect, appearance: Appearance
  ) {
    let text =
      state.scoresView.classFilter.map { "No sample is nearest to \(state.className($0))." }
      ?? "There are no samples to count."
    canvas.write(
      text, at: Point(x: rect.x, y: rect.y + rect.height / 2), style: appearance.theme.muted,
      maxWidth: rect.width, alignment: .center, ellipsis: appearance.glyphs.ellipsis)
  }
}
