import ExplorerModel
import OODData
import OODDetection
import TerminalRendering

extension ExplanationView {
  /// Draws the sample on the whole screen: identity, dimensions, directions and neighbors.
  func drawDetail(into canvas: inout Canvas, rect: Rect) {
    guard let row = state.outliers.shown, rect.width >= 100, rect.height >= 18, let sample else {
      draw(into: &canvas, rect: rect)
      return
    }
    var top = TextColumn(rect)
    drawTitle(row, into: &canvas, column: &top)
    let columns = top.rest.split(columns: [.fraction(0.28), .fraction(0.40), .fill], spacing: 3)
    drawIdentity(of: sample, row: row, into: &canvas, rect: columns[0])
    drawFeatures(of: sample, into: &canvas, rect: columns[1])
    drawSurroundings(of: sample, into: &canvas, rect: columns[2])
  }

  private func drawIdentity(
    of sample: ExplainedSample, row: OutlierRow, into canvas: inout Canvas, rect: Rect
  ) {
    var column = TextColumn(rect)
    if let picture = sample.picture {
      let height = pictureHeight(picture, limit: min(rect.height / 2, 14))
      let area = column.take(height)
      let width = min(area.width, pictureWidth(picture, height: height))
      ImageView(picture).draw(
        into: &canvas, rect: Rect(x: area.x, y: area.y, width: width, height: area.height),
        appearance: appearance)
      column.gap()
    }
    column.paragraph(verdict(of: sample, row: row), on: &canvas)
    column.gap()
    column.line(
      [
        StyledText("rank ", style: theme.muted), StyledText("\(row.rank)"),
        StyledText("  index ", style: theme.muted), StyledText("\(row.index)"),
      ], on: &canvas)
    column.line(
      [
        StyledText("\(state.setting.score.rawValue) score ", style: theme.muted),
        StyledText(numbers.score(row.score)),
      ], on: &canvas)
    if let origin = sample.origin {
      column.line([StyledText("from ", style: theme.muted), StyledText(origin)], on: &canvas)
    }
    for entry in sample.columns {
      column.line(
        [StyledText("\(entry.name) ", style: theme.muted), StyledText(entry.value)], on: &canvas)
    }
    column.gap()
    drawClasses(of: sample, into: &canvas, column: &column)
  }

  /// Draws the most probable classes, highest log-density first.
  private func drawClasses(
    of sample: ExplainedSample, into canvas: inout Canvas, column: inout TextColumn
  ) {
    let explanation = sample.explanation
    let densities = explanation.logDensities
    let order = TopK.indices(ofLargest: max(0, min(8, column.rest.height - 1)), in: densities)
    guard !order.isEmpty else { return }
    let rows = order.map { index in
      FigureTable.Row(
        name: DisplayText.truncated(
          state.classes.name(of: index), to: 10, ellipsis: appearance.glyphs.ellipsis),
        cells: [
          StyledText(numbers.distance(explanation.squaredDistances[index])),
          StyledText(numbers.part(explanation.responsibilities[index])),
        ])
    }
    FigureTable(
      nameTitle: "class",
      titles: [
        StyledText("d\(appearance.glyphs.superscriptTwo)", style: theme.tableHeader),
        StyledText("responsibility", style: theme.tableHeader),
      ], rows: rows, columnWidth: 16
    ).draw(into: &canvas, rect: column.take(rows.count + 1), appearance: appearance)
  }

  private func drawFeatures(of sample: ExplainedSample, into canvas: inout Canvas, rect: Rect) {
    var column = TextColumn(rect)
    let profileHeight = rect.height >= 24 ? 6 : 0
    let isRelative = sample.explanation.backgroundShares != nil
    let backgroundHeight = isRelative ? min(6, rect.height / 4) : 0
    drawDimensions(
      of: sample, limit: rect.height - 2 - (profileHeight > 0 ? profileHeight + 2 : 0) - backgroundHeight,
      into: &canvas, column: &column)
    drawBackground(of: sample, limit: backgroundHeight - 1, into: &canvas, column: &column)
    guard profileHeight > 0 else { return }
    column.gap()
    let explanation = sample.explanation
    column.line(
      [
        StyledText("value minus class mean", style: theme.tableHeader),
        StyledText("  over \(sample.features.count) dimensions", style: theme.muted),
      ], on: &canvas)
    ProfileChart(
      zip(sample.features, explanation.mean).map { $0 - $1 }, style: theme.accent,
      highlightedIndex: topDimensions(of: sample, limit: 1).first
    ).draw(into: &canvas, rect: column.take(profileHeight), appearance: appearance)
  }

  private func drawSurroundings(of sample: ExplainedSample, into canvas: inout Canvas, rect: Rect) {
    var column = TextColumn(rect)
    let pictured = sample.neighbors.first?.picture != nil && rect.height >= 24
    let neighborHeight = sample.neighbors.isEmpty ? 0 : sample.neighbors.count + 2 + (pictured ? 8 : 0)
    let free = rect.height - neighborHeight - 4 - min(12, sample.features.count)
    let pictureHeight =
      sample.neighbors.first?.picture.map {
        roomyHeight($0, least: 5, free: max(0, free), width: (rect.width + 1) / leastNeighborCount - 1)
      } ?? 5
    drawDirections(
      of: sample, limit: max(1, min(12, rect.height - neighborHeight - 4)), into: &canvas, column: &column)
    column.gap()
    if pictured {
      drawNeighborPictures(of: sample, pictureHeight: pictureHeight, into: &canvas, column: &column)
      column.gap()
    }
    drawNeighborLines(of: sample, hasTitle: !pictured, into: &canvas, column: &column)
  }
}
