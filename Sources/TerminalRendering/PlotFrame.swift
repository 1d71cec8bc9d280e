/// The layout of a chart with two axes: captions above, values at the left, the plot, and ticks below.
struct PlotFrame {
  let x: ScaledAxis
  let y: ScaledAxis
  /// The area of the data.
  let plot: Rect
  /// The marker labels and the legend above the plot. Empty if there is no room.
  let caption: Rect
  private let hasAxisLine: Bool
  private let xTicks: [ScaledAxis.Tick]
  private let yTicks: [ScaledAxis.Tick]
  private let gutter: Int

  /// Creates a layout. If room is short, the plot takes precedence over ticks and captions.
  init(
    rect: Rect, x: ScaledAxis, y: ScaledAxis, xAxis: Axis, yAxis: Axis, hasCaption: Bool,
    appearance: Appearance
  ) {
    self.x = x
    self.y = y
    let showsX = xAxis.showsLabels && rect.height >= 3
    hasAxisLine = showsX && rect.height >= 8
    let top = hasCaption && rect.height >= 5 ? 1 : 0
    let bottom = (showsX ? 1 : 0) + (hasAxisLine ? 1 : 0)
    let plotHeight = rect.height - top - bottom
    let ticks =
      yAxis.showsLabels
      ? y.ticks(max(2, (plotHeight + 1) / 3), numbers: appearance.numbers) : []
    let labelWidth = ticks.map { DisplayText.width($0.label) }.max() ?? 0
    let fits = labelWidth > 0 && labelWidth + 2 + 8 <= rect.width
    yTicks = fits ? ticks : []
    gutter = fits ? labelWidth + 2 : 0
    plot = rect.inset(left: gutter, top: top, bottom: bottom)
    caption = top > 0 ? Rect(x: plot.x, y: rect.y, width: plot.width, height: 1) : plot.row(-1)
    xTicks = showsX ? x.ticks(max(1, plot.width / 12), numbers: appearance.numbers) : []
  }

  /// The column of the canvas where a value is drawn; `nil` outside the plot.
  func column(_ value: Double) -> Int? {
    guard plot.width > 0, let position = x.position(value), (-1e-9...1.000000001).contains(position)
    else { return nil }
    return plot.x + min(max(0, Int(position * Double(plot.width))), plot.width - 1)
  }

  func row(_ value: Double) -> Int? {
    guard plot.height > 0, let position = y.position(value), (-1e-9...1.000000001).contains(position)
    else { return nil }
    return plot.y + min(max(0, Int((1 - position) * Double(plot.height))), plot.height - 1)
  }

  /// The value at the middle of a column of the canvas.
  func value(atColumn column: Int) -> Double? {
    guard plot.width > 0, column >= plot.x, column < plot.maxX else { return nil }
    return x.value(at: (Double(column - plot.x) + 0.5) / Double(plot.width))
  }

  /// Draws axis lines and tick labels.
  func drawAxes(into canvas: inout Canvas, appearance: Appearance) {
    let style = appearance.theme.axis
    let glyphs = appearance.glyphs
    if gutter > 0 {
      canvas.verticalLine(
        from: Point(x: plot.x - 1, y: plot.y), length: plot.height, glyph: glyphs.vertical, style: style)
      for tick in yTicks {
        guard let row = row(tick.value) else { continue }
        canvas.write(
          tick.label, at: Point(x: plot.x - gutter, y: row), style: style, maxWidth: gutter - 2,
          alignment: .trailing)
        canvas[plot.x - 1, row] = Cell(glyphs.teeRight, style: style)
      }
    }
    if hasAxisLine {
      canvas.horizontalLine(
        from: Point(x: plot.x, y: plot.maxY), length: plot.width, glyph: glyphs.horizontal, style: style)
      if gutter > 0 { canvas[plot.x - 1, plot.maxY] = Cell(glyphs.bottomLeft, style: style) }
    }
    drawXTicks(into: &canvas, appearance: appearance)
  }

  /// Draws labels centered under their ticks, without those that would touch their neighbor.
  private func drawXTicks(into canvas: inout Canvas, appearance: Appearance) {
    let row = plot.maxY + (hasAxisLine ? 1 : 0)
    var free = plot.x - gutter
    for tick in xTicks {
      guard let column = column(tick.value) else { continue }
      let width = DisplayText.width(tick.label)
      let start = max(free, min(column - width / 2, plot.maxX - width))
      guard start + width <= plot.maxX, abs(start + width / 2 - column) <= max(2, width / 2 + 1)
      else { continue }
      canvas.write(tick.label, at: Point(x: start, y: row), style: appearance.theme.axis)
      free = start + width + 2
      if hasAxisLine {
        canvas[column, plot.maxY] = Cell(appearance.glyphs.teeDown, style: appearance.theme.axis)
      }
    }
  }

  /// Draws the lines of markers; their labels follow with ``drawCaptions(legend:markers:into:appearance:)``.
  func drawVerticalMarkers(
    _ markers: [ChartMarker], into canvas: inout Canvas, glyph: Character
  ) {
    for marker in markers {
      guard let column = column(marker.value) else { continue }
      canvas.verticalLine(
        from: Point(x: column, y: plot.y), length: plot.height, glyph: glyph, style: marker.style)
    }
  }

  /// Draws the legend at the right, or at the left if a marker is in the way, and labels beside the tops of
  /// their lines. A label is above the plot, or inside it if the legend or another label is in the way.
  func drawCaptions(
    legend: [StyledText], markers: [ChartMarker], into canvas: inout Canvas, appearance: Appearance
  ) {
    var taken = CaptionRows(caption: caption, plot: plot)
    let columns = markers.filter { !$0.label.isEmpty }.compactMap { column($0.value) }
    let width = legend.reduce(0) { $0 + DisplayText.width($1.text) }
    if !caption.isEmpty, width > 0, width <= plot.width {
      let places = [plot.maxX - width, plot.x]
      let free = places.first { start in !columns.contains { (start - 2...start + width).contains($0) } }
      let start = free ?? places[0]
      canvas.write(legend, at: Point(x: start, y: caption.y))
      taken.take(row: 0, from: start, width: width + 1)
    }
    for marker in markers where !marker.label.isEmpty {
      guard let column = column(marker.value) else { continue }
      let label = DisplayText.truncated(
        marker.label, to: plot.width, ellipsis: appearance.glyphs.ellipsis)
      guard let place = taken.place(beside: column, width: DisplayText.width(label)) else { continue }
      canvas.write(label, at: place, style: marker.style)
    }
  }
}

/// The cells above and at the top of a plot that already contain a label.
private struct CaptionRows {
  let caption: Rect
  let plot: Rect
  private var taken: [[Range<Int>]] = [[], [], []]

  init(caption: Rect, plot: Rect) {
    self.caption = caption
    self.plot = plot
  }

  mutating func take(row: Int, from start: Int, width: Int) {
    taken[row].append(start..<start + width)
  }

  func isFree(row: Int, from start: Int, to end: Int) -> Bool {
    !taken[row].contains { $0.lowerBound < end && start < $0.upperBound }
  }

  mutating func place(beside column: Int, width: Int) -> Point? {
    for row in 0..<3 {
      if row == 0, caption.isEmpty { continue }
      if row > 0, row > plot.height { continue }
      // A label above the plot starts at its line; a label inside the plot is beside it.
      let after = row == 0 ? column : column + 1
      // Near the right edge, the label can also cross its line.
      let edge = min(after, plot.maxX - width)
      for start in [after, column - width, edge] {
        guard start >= plot.x, start + width <= plot.maxX,
          isFree(row: row, from: start - 1, to: start + width + 1)
        else { continue }
        take(row: row, from: start, width: width)
        return Point(x: start, y: row == 0 ? caption.y : plot.y + row - 1)
      }
    }
    return nil
  }
}
