import ExplorerModel
import OODData
import OODDetection
import TerminalRendering

/// The explanation of the selected outlier: as a pane, as a few lines, or on the whole screen.
struct ExplanationView {
  let state: ExplorerState
  let appearance: Appearance

  var theme: Theme { appearance.theme }
  var numbers: NumberFormat { appearance.numbers }

  /// The explanation of the selected row at the current setting; `nil` while it is being computed.
  var sample: ExplainedSample? {
    guard let row = state.outliers.shown, let sample = state.outliers.explained,
      sample.reference == row.reference,
      sample.regularization == state.setting.regularization,
      sample.explanation.scoreKind == state.setting.score,
      state.scoresAreCurrent
    else { return nil }
    return sample
  }

  /// Draws the pane beside the table.
  func draw(into canvas: inout Canvas, rect: Rect) {
    guard let row = state.outliers.shown else { return }
    var column = TextColumn(rect)
    drawTitle(row, into: &canvas, column: &column)
    guard let sample else {
      column.paragraph(verdictWhileWaiting(row), on: &canvas)
      return
    }
    let directionHeight = rect.height >= 22 ? 8 : 0
    var neighborHeight = rect.height >= 30 && !sample.neighbors.isEmpty ? 8 : 0
    // Rows that no other part needs go to the picture, then to those of the neighbors.
    let dimensionHeight = min(12, sample.features.count) + 2
    var free = max(0, column.rest.height - headHeight - dimensionHeight - directionHeight - neighborHeight)
    let pictureHeight = sample.picture.map {
      roomyHeight($0, least: headHeight, free: free, width: rect.width * 3 / 5)
    }
    free -= (pictureHeight ?? headHeight) - headHeight
    drawHead(
      of: sample, row: row, pictureHeight: pictureHeight ?? headHeight, into: &canvas, column: &column)
    let neighborPicture =
      sample.neighbors.first?.picture.map {
        roomyHeight(
          $0, least: 4, free: neighborHeight > 0 ? free : 0, width: (rect.width + 1) / leastNeighborCount - 1)
      } ?? 4
    if neighborHeight > 0 { neighborHeight += neighborPicture - 4 }
    // The dimensions get the rows that the other parts leave.
    let dimensionCount = column.rest.height - neighborHeight - directionHeight - 2
    drawDimensions(of: sample, limit: min(12, dimensionCount), into: &canvas, column: &column)
    if directionHeight > 0 {
      column.gap()
      drawDirections(of: sample, limit: 3, into: &canvas, column: &column)
    }
    if neighborHeight > 0 {
      column.gap()
      drawNeighborPictures(of: sample, pictureHeight: neighborPicture, into: &canvas, column: &column)
    }
  }

  /// Draws a few lines below the table.
  func drawVerdict(into canvas: inout Canvas, rect: Rect) {
    guard let row = state.outliers.shown else { return }
    var column = TextColumn(rect)
    guard let sample else {
      column.paragraph(verdictWhileWaiting(row), on: &canvas)
      return
    }
    let runs =
      [StyledText("\(row.name): ", style: theme.emphasis)] + verdict(of: sample, row: row, isBrief: true)
    let top = topDimensions(of: sample, limit: 3)
    let total = sample.explanation.dimensionShares.reduce(0, +)
    let shares = top.map {
      "\($0) (\(numbers.percent(sample.explanation.dimensionShares[$0] / total, places: 0)))"
    }
    let dimensions = StyledText(" Dimensions: " + shares.joined(separator: ", ") + ".", style: theme.muted)
    let fits = TextLayout.wrap(runs + [dimensions], width: rect.width).count <= rect.height
    column.paragraph(total > 0 && fits ? runs + [dimensions] : runs, on: &canvas)
  }

  /// Draws the name and the label of the sample.
  func drawTitle(_ row: OutlierRow, into canvas: inout Canvas, column: inout TextColumn) {
    let line = column.take(1)
    guard !line.isEmpty else { return }
    let followed = state.outliers.followed.isEmpty ? "" : "a neighbor, "
    let label = row.label.map { followed + ($0 < 0 ? "" : "labelled ") + state.data.name(ofLabel: $0) } ?? ""
    let labelWidth = min(DisplayText.width(label), line.width / 2)
    let nameWidth = canvas.write(
      DisplayText.truncated(
        row.name, to: line.width - labelWidth - 2, ellipsis: appearance.glyphs.ellipsis),
      at: line.origin, style: theme.title)
    canvas.write(
      label, at: Point(x: line.x + nameWidth + 2, y: line.y),
      style: (row.label ?? 0) < 0 ? theme.outOfDistribution : theme.inDistribution, maxWidth: labelWidth,
      ellipsis: appearance.glyphs.ellipsis)
  }

  /// Draws the picture, if there is one, with the verdict and additional columns beside it.
  func drawHead(
    of sample: ExplainedSample, row: OutlierRow, pictureHeight: Int, into canvas: inout Canvas,
    column: inout TextColumn
  ) {
    let text = verdict(of: sample, row: row) + further(sample)
    guard let picture = sample.picture else {
      column.paragraph(text, limit: pictureHeight, on: &canvas)
      return
    }
    let rect = column.take(pictureHeight)
    let width = min(rect.width * 3 / 5, pictureWidth(picture, height: pictureHeight))
    ImageView(picture).draw(
      into: &canvas, rect: Rect(x: rect.x, y: rect.y, width: width, height: rect.height),
      appearance: appearance)
    canvas.write(paragraph: text, in: rect.inset(left: width + 2))
  }

  /// The height of the picture and the text beside it, and the fewest neighbors whose pictures are drawn side by side.
  private var headHeight: Int { 6 }
  var leastNeighborCount: Int { 3 }

  /// The height in rows of a picture that takes free rows, until it is drawn at full size or is as wide as permitted.
  func roomyHeight(_ picture: Picture, least: Int, free: Int, width: Int) -> Int {
    let native = (picture.height + 1) / 2
    guard picture.width > 0, native > least else { return least }
    return max(least, min(native, least + free, width * picture.height / (2 * picture.width)))
  }

  /// The height in rows that shows the whole picture. A small picture gets whole half cells per pixel.
  func pictureHeight(_ picture: Picture, limit: Int) -> Int {
    let rows = max(1, (picture.height + 1) / 2)
    return rows > limit ? limit : limit / rows * rows
  }

  /// The width in cells of a picture of this height. A cell is twice as high as wide.
  func pictureWidth(_ picture: Picture, height: Int) -> Int {
    guard picture.height > 0 else { return 0 }
    return max(1, min(height * 4, (height * 2 * picture.width + picture.height - 1) / picture.height))
  }

  /// The responsibilities and the additional columns of the sample.
  private func further(_ sample: ExplainedSample) -> [StyledText] {
    var runs = [StyledText("\n" + responsibilityText(sample, limit: 3), style: theme.muted)]
    for column in sample.columns where !column.value.isEmpty {
      runs += [StyledText("\n\(column.name) ", style: theme.muted), StyledText(column.value)]
    }
    return runs
  }

  /// `responsibility W 1.000`.
  private func responsibilityText(_ sample: ExplainedSample, limit: Int) -> String {
    let parts = responsibilities(of: sample, limit: limit).map {
      "\(state.classes.name(of: $0.index)): \(numbers.part($0.value))"
    }
    return "responsibility " + parts.joined(separator: "  ")
  }

  /// The classes with the largest responsibilities, without those that round to zero.
  func responsibilities(of sample: ExplainedSample, limit: Int) -> [(index: Int, value: Double)] {
    let values = sample.explanation.responsibilities
    return values.indices.filter { values[$0] >= 0.0005 }.sorted { values[$0] > values[$1] }.prefix(limit)
      .map { ($0, values[$0]) }
  }
}

extension ImageView {
  init(_ picture: Picture) {
    self.init(
      width: picture.width, height: picture.height, channelCount: picture.channelCount,
      pixels: picture.pixels)
  }
}
