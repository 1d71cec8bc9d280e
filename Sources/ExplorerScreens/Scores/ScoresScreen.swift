import ExplorerModel
import OODData
import OODDetection
import TerminalRendering

/// Answers how well the scores separate: histograms with a threshold, its counts, metrics and the ROC curve.
enum ScoresScreen: ScreenView {
  static func draw(_ state: ExplorerState, on canvas: inout Canvas, appearance: Appearance) {
    guard !Placeholder.draw(for: .scores, of: state, on: &canvas, appearance: appearance) else { return }
    let caution = caution(state, width: canvas.size.width, appearance: appearance)
    let layout = ScoresLayout(size: canvas.size, cautionHeight: caution.count)
    drawCaption(state, into: &canvas, rect: layout.caption, appearance: appearance)
    if state.scores.showsScatter {
      let scatter = ScoreScatterView(state: state, appearance: appearance)
      scatter.draw(into: &canvas, rect: layout.histogram)
      scatter.drawNote(into: &canvas, rect: layout.beyond)
    } else if let histogram = ScoreHistogramChart(state, rect: layout.histogram, appearance: appearance) {
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
    var column = TextColumn(layout.caution)
    for line in caution { column.line(line, on: &canvas) }
  }

  static func actions(
    for mouse: MouseEvent, in state: ExplorerState, size: Size, appearance: Appearance
  ) -> [Action] {
    guard [.press, .drag].contains(mouse.kind), state.scoresAreCurrent else { return [] }
    let caution = caution(state, width: size.width, appearance: appearance)
    let layout = ScoresLayout(size: size, cautionHeight: caution.count)
    if layout.hasSidePane, layout.figures.contains(mouse.position) {
      return curveActions(at: mouse.position, in: state, layout, size: size, appearance: appearance)
    }
    // A drag that starts on the chart may leave it vertically.
    guard mouse.kind == .drag || layout.histogram.contains(mouse.position) else { return [] }
    if state.scores.showsScatter {
      let chart = ScoreScatterView(state: state, appearance: appearance).chart
      let row = min(max(mouse.position.y, layout.histogram.y + 1), layout.histogram.maxY - 3)
      return chart?.coordinates(
        at: Point(x: mouse.position.x, y: row), in: layout.histogram, appearance: appearance
      ).map { [.setThreshold($0.x)] } ?? []
    }
    guard let histogram = ScoreHistogramChart(state, rect: layout.histogram, appearance: appearance),
      let value = histogram.chart.value(
        atColumn: mouse.position.x, in: layout.histogram, appearance: appearance)
    else { return [] }
    return [.setThreshold(value)]
  }

  /// A point of the curves sets the threshold to its rate.
  private static func curveActions(
    at position: Point, in state: ExplorerState, _ layout: ScoresLayout, size: Size, appearance: Appearance
  ) -> [Action] {
    // Where the chart is depends on what is written above it.
    var canvas = Canvas(size: size, unicode: appearance.capabilities.unicode)
    let drawn = ScoreFigures(state: state, appearance: appearance).draw(into: &canvas, rect: layout.figures)
    guard let (chart, rect) = drawn, rect.contains(position),
      let rate = chart.xValue(atColumn: position.x, in: rect, appearance: appearance)
    else { return [] }
    let share = min(max(rate, 0), 1)
    return [
      .aimThreshold(state.scores.showsPrecisionRecall ? .truePositiveRate(share) : .falsePositiveRate(share))
    ]
  }

  /// The histograms with the columns that are drawn; `nil` if there is nothing to count.
  static func histogram(_ state: ExplorerState, size: Size, appearance: Appearance) -> ScoreHistogram? {
    let caution = caution(state, width: size.width, appearance: appearance)
    let layout = ScoresLayout(size: size, cautionHeight: caution.count)
    return ScoreHistogramChart(state, rect: layout.histogram, appearance: appearance)?.histogram
  }

  /// A warning about misleading training scores, at most two lines.
  private static func caution(
    _ state: ExplorerState, width: Int, appearance: Appearance
  ) -> [[StyledText]] {
    guard let gap = TrainingScoreGap(state) else { return [] }
    for isShort in [false, true] {
      let lines = TextLayout.wrap(
        gap.caution(in: state, isShort: isShort, appearance: appearance), width: width)
      if isShort || lines.count <= 2 { return Array(lines.prefix(2)) }
    }
    return []
  }

  private static func drawCaption(
    _ state: ExplorerState, into canvas: inout Canvas, rect: Rect, appearance: Appearance
  ) {
    let theme = appearance.theme
    let view = state.scores
    var parts = [StyledText("\(state.setting.score.rawValue) scores", style: theme.title)]
    if let note = appearance.interpolationNote(state) { parts.append(note) }
    if let index = view.classFilter {
      parts.append(
        StyledText("only samples nearest to \(state.classes.name(of: index))", style: theme.warning))
    }
    if let set = view.shownSet {
      parts.append(StyledText("only OOD set \(set.set.fullName)", style: theme.warning))
    }
    if view.showsScatter {
      let other = view.scatterScore(beside: state.setting.score).rawValue
      parts.append(StyledText("against \(other)", style: theme.muted))
    } else {
      parts.append(StyledText(heightTitle(view), style: theme.muted))
    }
    parts += [
      StyledText(state.scores.shownRange?.title ?? "", style: theme.muted),
      StyledText("higher is more OOD \(appearance.glyphs.toTheRight)", style: theme.muted),
    ]
    let separator = StyledText(" \(appearance.glyphs.separator) ", style: theme.muted)
    canvas.write(
      parts.map { [$0] }.fitting(rect.width, separator: [separator]), at: rect.origin, maxWidth: rect.width,
      ellipsis: appearance.glyphs.ellipsis)
  }

  /// What the heights of the histograms are.
  private static func heightTitle(_ scores: ScoresState) -> String {
    (scores.usesLogCounts ? "log " : "") + (scores.showsCounts ? "counts" : "% of samples per bin")
  }

  private static func drawNothingInClass(
    _ state: ExplorerState, into canvas: inout Canvas, rect: Rect, appearance: Appearance
  ) {
    let text =
      state.scores.classFilter.map { "No sample is nearest to \(state.classes.name(of: $0))." }
      ?? "There are no samples to count."
    canvas.write(
      text, at: Point(x: rect.x, y: rect.y + rect.height / 2), style: appearance.theme.muted,
      maxWidth: rect.width, alignment: .center, ellipsis: appearance.glyphs.ellipsis)
  }
}

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
