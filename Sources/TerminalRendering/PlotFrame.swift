/// The layout of a chart with two axes: captions above, values at the left, the plot, and ticks below.
///
/// All that is drawn shares one mapping, in cells from the top left corner of the plot. The middle of an axis line is the
/// position 0, and the middle of the cell at the other end is 1: a bar of height 0 ends on the axis, and a curve at 1 ends
/// at the tick of 1. Only the bins of a histogram fill whole columns.
struct PlotFrame {
  let x: ScaledAxis
  let y: ScaledAxis
  /// The area of the data, without the axis lines.
  let plot: Rect
  /// The marker labels and the legend above the plot. Empty if there is no room.
  let caption: Rect
  private let hasAxisLine: Bool
  private let xTicks: [ScaledAxis.Tick]
  private let yTicks: [ScaledAxis.Tick]
  private let gutter: Int
  /// Whether columns are bins, so that the plot begins and ends at the edge of a cell.
  private let hasBins: Bool
  /// The row of the line between the parts of a mirrored plot; `nil` if there is only the part above the axis.
  let middleRow: Int?
  /// Where the position 0 of y lies, in rows below the top of the plot, and the rows from there to 1.
  private let zero: Double
  private let unit: Double

  /// Creates a layout. If room is short, the plot takes precedence over ticks and captions.
  ///
  /// - Parameters:
  ///   - bins: Whether whole columns are drawn.
  ///   - reach: The largest positions above and below the axis of a mirrored plot.
  init(
    rect: Rect, x: ScaledAxis, y: ScaledAxis, xAxis: Axis, yAxis: Axis, hasCaption: Bool, bins: Bool = false,
    mirrored reach: (above: Double, below: Double)? = nil, appearance: Appearance
  ) {
    self.x = x
    self.y = y
    hasBins = bins
    let showsX = xAxis.showsLabels && rect.height >= 3
    hasAxisLine = showsX && rect.height >= 8
    let top = hasCaption && rect.height >= 5 ? 1 : 0
    let bottom = (showsX ? 1 : 0) + (hasAxisLine ? 1 : 0)
    let height = max(0, rect.height - top - bottom)
    var tickRows = Double(height)
    if let reach, height >= 3 {
      // The shorter part keeps a quarter of the rows, so that its shape is visible.
      let (above, below) = (max(reach.above, 1 / 3, 1e-9), max(reach.below, 1 / 3))
      let middle = min(max(1, Int((Double(height - 1) * above / (above + below)).rounded())), height - 2)
      middleRow = middle
      zero = Double(middle) + 0.5
      unit = min(Double(middle) / above, Double(height - 1 - middle) / below)
      tickRows = unit
    } else {
      middleRow = nil
      zero = Double(height) + (hasAxisLine ? 0.5 : 0)
      unit = Double(height)
    }
    let ticks =
      yAxis.showsLabels ? y.ticks(max(2, Int(tickRows + 1) / 3), numbers: appearance.numbers) : []
    let labelWidth = ticks.map { DisplayText.width($0.label) }.max() ?? 0
    let fits = labelWidth > 0 && labelWidth + 2 + 8 <= rect.width
    yTicks = fits ? ticks : []
    gutter = fits ? labelWidth + 2 : 0
    plot = rect.inset(left: gutter, top: top, bottom: bottom)
    caption = top > 0 ? Rect(x: plot.x, y: rect.y, width: plot.width, height: 1) : plot.row(-1)
    xTicks = showsX ? x.ticks(max(1, plot.width / 12), numbers: appearance.numbers) : []
  }

  /// The area that dots can lie in: the plot with its axis lines.
  var dotArea: Rect {
    let left = gutter > 0 && !hasBins ? 1 : 0
    let below = hasAxisLine && middleRow == nil ? 1 : 0
    return Rect(
      x: plot.x - left, y: plot.y, width: plot.width + left, height: plot.height + below)
  }

  /// The distance of a position from the left edge of the plot, in columns.
  func columns(at position: Double) -> Double {
    let width = Double(plot.width)
    if hasBins || gutter == 0 { return position * width }
    return position * width - 0.5
  }

  /// The distance of a position from the upper edge of the plot, in rows.
  func rows(at position: Double, isBelow: Bool = false) -> Double {
    isBelow ? zero + position * unit : zero - position * unit
  }

  /// The column of the canvas where a value is drawn; `nil` outside the plot.
  func column(_ value: Double) -> Int? {
    guard plot.width > 0, let position = x.position(value), (-1e-9...1.000000001).contains(position)
    else { return nil }
    let column = Int((columns(at: min(max(0, position), 1)) + 1e-9).rounded(.down))
    return plot.x + min(column, plot.width - 1)
  }

  func row(_ value: Double, isBelow: Bool = false) -> Int? {
    guard plot.height > 0, let position = y.position(value), (-1e-9...1.000000001).contains(position)
    else { return nil }
    let row = Int(rows(at: min(max(0, position), 1), isBelow: isBelow).rounded(.down))
    guard middleRow == nil || (0..<plot.height).contains(row) else { return nil }
    return plot.y + min(max(0, row), plot.height - (hasAxisLine ? 0 : 1))
  }

  /// The value at the middle of a column of the canvas.
  func value(atColumn column: Int) -> Double? {
    guard plot.width > 0, column >= plot.x, column < plot.maxX else { return nil }
    let place = Double(column - plot.x) + 0.5 - columns(at: 0)
    return x.value(at: place / (columns(at: 1) - columns(at: 0)))
  }

  /// The value at the middle of a row of the canvas, above the axis.
  func value(atRow row: Int) -> Double? {
    guard plot.height > 0, row >= plot.y, row < plot.maxY else { return nil }
    return y.value(at: (zero - Double(row - plot.y) - 0.5) / unit)
  }

  /// Draws axis lines and tick labels.
  func drawAxes(into canvas: inout Canvas, appearance: Appearance) {
    let style = appearance.theme.axis
    let glyphs = appearance.glyphs
    if hasAxisLine {
      canvas.horizontalLine(
        from: Point(x: plot.x, y: plot.maxY), length: plot.width, glyph: glyphs.horizontal, style: style)
    }
    if let middleRow {
      canvas.horizontalLine(
        from: Point(x: plot.x, y: plot.y + middleRow), length: plot.width, glyph: glyphs.horizontal,
        style: style)
    }
    if gutter > 0 {
      canvas.verticalLine(
        from: Point(x: plot.x - 1, y: plot.y), length: plot.height, glyph: glyphs.vertical, style: style)
      if hasAxisLine { canvas[plot.x - 1, plot.maxY] = Cell(glyphs.bottomLeft, style: style) }
      for tick in yTicks {
        for isBelow in middleRow == nil ? [false] : [false, true] {
          guard let row = row(tick.value, isBelow: isBelow) else { continue }
          canvas.write(
            tick.label, at: Point(x: plot.x - gutter, y: row), style: style, maxWidth: gutter - 2,
            alignment: .trailing)
          let glyph =
            row == plot.maxY ? glyphs.teeUp : row - plot.y == middleRow ? glyphs.cross : glyphs.teeRight
          canvas[plot.x - 1, row] = Cell(glyph, style: style)
        }
      }
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
      guard hasAxisLine else { continue }
      let glyphs = appearance.glyphs
      let isCorner = column < plot.x
      let hasValue = canvas[column, plot.maxY].text == glyphs.teeUp
      canvas[column, plot.maxY] = Cell(
        !isCorner ? glyphs.teeDown : hasValue ? glyphs.cross : glyphs.teeLeft, style: appearance.theme.axis)
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

  /// Draws the lines of markers of the y axis.
  func drawHorizontalMarkers(
    _ markers: [ChartMarker], into canvas: inout Canvas, glyph: Character
  ) {
    for marker in markers {
      guard let row = row(marker.value) else { continue }
      canvas.horizontalLine(
        from: Point(x: plot.x, y: row), length: plot.width, glyph: glyph, style: marker.style)
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
  var taken: [[Range<Int>]] = [[], [], []]

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
