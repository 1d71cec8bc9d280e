import ExplorerModel
import OODDetection
import TerminalRendering

extension ExplanationView {
  private func drawNeighborTitle(into canvas: inout Canvas, column: inout TextColumn) {
    column.line(
      [
        StyledText("nearest in training", style: theme.tableHeader),
        StyledText("  Euclidean distance", style: theme.muted),
      ], on: &canvas)
  }

  /// The nearest training samples beside each other, each a small picture with class and distance below; without
  /// pictures one a line.
  func drawNeighborPictures(
    of sample: ExplainedSample, pictureHeight: Int, into canvas: inout Canvas, column: inout TextColumn
  ) {
    guard let first = sample.neighbors.first else { return }
    guard let picture = first.picture, column.rest.height >= pictureHeight + 2 else {
      drawNeighborLines(of: sample, into: &canvas, column: &column)
      return
    }
    drawNeighborTitle(into: &canvas, column: &column)
    let width = max(pictureWidth(picture, height: pictureHeight), 8)
    let count = min(sample.neighbors.count, max(1, (column.rest.width + 1) / (width + 1)))
    let pictures = column.take(pictureHeight)
    let captions = column.take(1)
    for (place, neighbor) in sample.neighbors.prefix(count).enumerated() {
      let x = pictures.x + place * (width + 1)
      if let picture = neighbor.picture {
        ImageView(picture).draw(
          into: &canvas, rect: Rect(x: x, y: pictures.y, width: width, height: pictures.height),
          appearance: appearance)
      }
      canvas.write(
        [
          StyledText(state.name(ofLabel: neighbor.label) + " ", style: theme.emphasis),
          StyledText(numbers.significant(neighbor.distance), style: theme.muted),
        ], at: Point(x: x, y: captions.y), maxWidth: width)
    }
  }

  /// One line each: distance, class and name.
  func drawNeighborLines(
    of sample: ExplainedSample, into canvas: inout Canvas, column: inout TextColumn
  ) {
    guard !sample.neighbors.isEmpty else { return }
    drawNeighborTitle(into: &canvas, column: &column)
    for neighbor in sample.neighbors {
      column.line(
        [
          StyledText(
            DisplayText.padded(numbers.significant(neighbor.distance), to: 8, alignment: .trailing) + "  "),
          StyledText(
            DisplayText.padded(state.name(ofLabel: neighbor.label), to: 8), style: theme.emphasis),
          StyledText(" " + neighbor.name, style: theme.muted),
        ], on: &canvas)
    }
  }
}
