import ExplorerModel
import OODData
import OODDetection
import TerminalRendering

extension ExplanationView {
  private func drawNeighborTitle(into canvas: inout Canvas, column: inout TextColumn) {
    let title = "nearest training samples"
    let unit = "  Euclidean distance"
    let fits = DisplayText.width(title) + DisplayText.width(unit) <= column.rest.width
    column.line(
      [StyledText(title, style: theme.tableHeader), StyledText(fits ? unit : "", style: theme.muted)],
      on: &canvas)
  }

  /// Draws the nearest training samples side by side, each as a small picture with class and distance below.
  /// Without pictures, draws one sample per line.
  func drawNeighborPictures(
    of sample: ExplainedSample, pictureHeight: Int, into canvas: inout Canvas, column: inout TextColumn
  ) {
    guard let first = sample.neighbors.first else { return }
    guard let picture = first.picture, column.rest.height >= pictureHeight + 3 else {
      drawNeighborLines(of: sample, into: &canvas, column: &column)
      return
    }
    drawNeighborTitle(into: &canvas, column: &column)
    let pictureHeight = self.pictureHeight(picture, limit: pictureHeight)
    let width = max(pictureWidth(picture, height: pictureHeight), 8)
    let count = min(sample.neighbors.count, max(1, (column.rest.width + 1) / (width + 1)))
    let pictures = column.take(pictureHeight)
    let captions = column.take(2)
    for (place, neighbor) in sample.neighbors.prefix(count).enumerated() {
      let x = pictures.x + place * (width + 1)
      if let picture = neighbor.picture {
        ImageView(picture).draw(
          into: &canvas, rect: Rect(x: x, y: pictures.y, width: width, height: pictures.height),
          appearance: appearance)
      }
      canvas.write(
        state.data.name(ofLabel: neighbor.label), at: Point(x: x, y: captions.y), style: theme.emphasis,
        maxWidth: width, ellipsis: appearance.glyphs.ellipsis)
      canvas.write(
        numbers.significant(neighbor.distance), at: Point(x: x, y: captions.y + 1), style: theme.muted,
        maxWidth: width)
    }
  }

  /// Draws one line per neighbor: distance, class and name.
  func drawNeighborLines(
    of sample: ExplainedSample, hasTitle: Bool = true, into canvas: inout Canvas, column: inout TextColumn
  ) {
    guard !sample.neighbors.isEmpty else { return }
    if hasTitle { drawNeighborTitle(into: &canvas, column: &column) }
    let nameWidth = sample.neighbors.map { DisplayText.width(state.data.name(ofLabel: $0.label)) }.max() ?? 0
    for neighbor in sample.neighbors {
      column.line(
        [
          StyledText(
            DisplayText.padded(numbers.significant(neighbor.distance), to: 7, alignment: .trailing) + "  "),
          StyledText(
            DisplayText.padded(state.data.name(ofLabel: neighbor.label), to: min(10, nameWidth)),
            style: theme.emphasis),
          StyledText("  " + neighbor.name, style: theme.muted),
        ], on: &canvas)
    }
  }
}
