/// Points in a plane in braille dots, or in marks of one cell each where colors or braille are missing. Outlines such as
/// ellipses lie below the points, and single spots with labels above them.
public struct ScatterChart: Sendable {
  /// Points that belong together. A cell has the style of the series with the most points in it.
  public struct Series: Sendable, Hashable {
    public var name: String
    public var xs: [Double]
    public var ys: [Double]
    public var style: Style
    /// The mark where series cannot be told apart by color.
    public var mark: Character

    public init(_ name: String, xs: [Double], ys: [Double], style: Style, mark: Character) {
      self.name = name
      self.xs = xs
      self.ys = ys
      self.style = style
      self.mark = mark
    }
  }

  /// A line through points, such as an ellipse.
  public struct Outline: Sendable, Hashable {
    public var xs: [Double]
    public var ys: [Double]
    public var style: Style
    public var isDashed: Bool

    public init(xs: [Double], ys: [Double], style: Style, isDashed: Bool = false) {
      self.xs = xs
      self.ys = ys
      self.style = style
      self.isDashed = isDashed
    }
  }

  /// One place with a glyph, a label beside it, or both.
  public struct Spot: Sendable, Hashable {
    public var x: Double
    public var y: Double
    public var glyph: String
    public var label: String
    public var style: Style

    public init(x: Double, y: Double, glyph: String = "", label: String = "", style: Style) {
      self.x = x
      self.y = y
      self.glyph = glyph
      self.label = label
      self.style = style
    }
  }

  public var series: [Series]
  public var outlines: [Outline]
  /// The last one is drawn on top.
  public var spots: [Spot]
  public var xAxis: Axis
  public var yAxis: Axis
  public var verticalMarkers: [ChartMarker]
  public var horizontalMarkers: [ChartMarker]
  public var showsLegend: Bool

  public init(
    _ series: [Series], outlines: [Outline] = [], spots: [Spot] = [], xAxis: Axis = Axis(),
    yAxis: Axis = Axis(), verticalMarkers: [ChartMarker] = [], horizontalMarkers: [ChartMarker] = [],
    showsLegend: Bool = false
  ) {
    self.series = series
    self.outlines = outlines
    self.spots = spots
    self.xAxis = xAxis
    self.yAxis = yAxis
    self.verticalMarkers = verticalMarkers
    self.horizontalMarkers = horizontalMarkers
    self.showsLegend = showsLegend
  }
}

extension ScatterChart {
  public func draw(into canvas: inout Canvas, rect: Rect, appearance: Appearance) {
    guard !rect.isEmpty else { return }
    guard let frame = frame(in: rect, appearance: appearance) else {
      canvas.writeNoData(in: rect, appearance: appearance)
      return
    }
    canvas.draw(in: rect) { canvas in
      frame.drawAxes(into: &canvas, appearance: appearance)
      frame.drawHorizontalMarkers(
        horizontalMarkers, into: &canvas, glyph: appearance.glyphs.dashedHorizontal)
      frame.drawVerticalMarkers(verticalMarkers, into: &canvas, glyph: appearance.glyphs.dashedVertical)
      drawDots(frame, into: &canvas, appearance: appearance)
      for spot in spots { draw(spot, frame, into: &canvas) }
      frame.drawCaptions(
        legend: legend(appearance), markers: verticalMarkers, into: &canvas, appearance: appearance)
    }
  }

  /// The place on the canvas of a point; `nil` outside the plot.
  public func place(x: Double, y: Double, in rect: Rect, appearance: Appearance) -> Point? {
    guard let frame = frame(in: rect, appearance: appearance), let column = frame.column(x),
      let row = frame.row(y)
    else { return nil }
    return Point(x: rect.x + column, y: rect.y + row)
  }

  /// The coordinates at the middle of a cell of the canvas; `nil` outside the plot.
  public func coordinates(at point: Point, in rect: Rect, appearance: Appearance) -> (x: Double, y: Double)? {
    guard let frame = frame(in: rect, appearance: appearance),
      let x = frame.value(atColumn: point.x - rect.x), let y = frame.value(atRow: point.y - rect.y)
    else { return nil }
    return (x, y)
  }

  private func frame(in rect: Rect, appearance: Appearance) -> PlotFrame? {
    let xs = series.map(\.xs) + outlines.map(\.xs) + [spots.map(\.x)]
    let ys = series.map(\.ys) + outlines.map(\.ys) + [spots.map(\.y)]
    guard let x = ScaledAxis(xAxis, values: xAxis.range == nil ? Array(xs.joined()) : []),
      let y = ScaledAxis(yAxis, values: yAxis.range == nil ? Array(ys.joined()) : [])
    else { return nil }
    return PlotFrame(
      rect: Rect(size: rect.size), x: x, y: y, xAxis: xAxis, yAxis: yAxis,
      hasCaption: showsLegend || verticalMarkers.contains { !$0.label.isEmpty }, appearance: appearance)
  }

  /// Whether points are marks of one cell.
  private func usesMarks(_ appearance: Appearance) -> Bool {
    !appearance.capabilities.unicode || appearance.capabilities.colorDepth == .none
  }

  /// The place of a point in cells from the corner of the area of dots; `nil` outside it.
  private func cells(_ x: Double, _ y: Double, _ frame: PlotFrame) -> (x: Double, y: Double)? {
    guard let across = frame.x.position(x), let up = frame.y.position(y),
      (-1e-9...1.000000001).contains(across),
      (-1e-9...1.000000001).contains(up)
    else { return nil }
    return (
      frame.columns(at: across) + Double(frame.plot.x - frame.dotArea.x), frame.rows(at: up)
    )
  }

  /// Draws outlines and points: in one grid of dots, so that a cell can show both, or marks over outlines.
  private func drawDots(_ frame: PlotFrame, into canvas: inout Canvas, appearance: Appearance) {
    let area = frame.dotArea
    guard !area.isEmpty else { return }
    var lines = DotGrid(size: area.size, braille: appearance.capabilities.unicode)
    drawOutlines(frame, dots: &lines)
    var dots = lines
    if usesMarks(appearance) {
      lines.draw(into: &canvas, at: area.origin)
      dots = DotGrid(size: area.size, braille: false)
    }
    drawPoints(frame, dots: &dots)
    dots.draw(into: &canvas, at: area.origin)
  }

  private func drawPoints(_ frame: PlotFrame, dots: inout DotGrid) {
    // The points of each series in each cell, and the most frequent series.
    var counts = [UInt32](repeating: 0, count: dots.columns * dots.rows * max(1, series.count))
    var most = [Int](repeating: -1, count: dots.columns * dots.rows)
    let perCell = dots.isBraille ? (x: 2, y: 4) : (x: 1, y: 1)
    for (index, series) in series.enumerated() {
      for (x, y) in zip(series.xs, series.ys) {
        guard let corner = cells(x, y, frame) else { continue }
        let dot = dots.dot(x: corner.x, y: corner.y)
        let cell = dot.y / perCell.y * dots.columns + dot.x / perCell.x
        let place = cell * self.series.count
        counts[place + index] += 1
        if most[cell] < 0 || counts[place + index] >= counts[place + most[cell]] { most[cell] = index }
        dots.set(
          dot.x, dot.y, style: self.series[most[cell]].style, mark: self.series[most[cell]].mark)
      }
    }
  }

  private func drawOutlines(_ frame: PlotFrame, dots: inout DotGrid) {
    for outline in outlines {
      var last: (x: Int, y: Int)?
      var drawn = 0
      for (x, y) in zip(outline.xs, outline.ys) {
        guard let place = cells(x, y, frame) else {
          last = nil
          continue
        }
        let dot = dots.dot(x: place.x, y: place.y)
        drawn += 1
        if !outline.isDashed || drawn % 4 < 2 {
          dots.line(from: last ?? dot, to: dot, style: outline.style, mark: ".")
        }
        last = dot
      }
    }
  }

  /// Draws the glyph of a spot, and its label to the right of it, or to the left near the edge.
  private func draw(_ spot: Spot, _ frame: PlotFrame, into canvas: inout Canvas) {
    guard let column = frame.column(spot.x), let row = frame.row(spot.y) else { return }
    let glyphWidth = DisplayText.width(spot.glyph)
    if glyphWidth > 0 { canvas.write(spot.glyph, at: Point(x: column, y: row), style: spot.style) }
    guard !spot.label.isEmpty else { return }
    let width = DisplayText.width(spot.label)
    // A label without a glyph is centred on the place.
    let wanted = glyphWidth > 0 ? column + glyphWidth + 1 : column - width / 2
    let right = frame.plot.maxX - width
    let start = wanted <= right ? wanted : glyphWidth > 0 ? column - width - 1 : right
    canvas.write(
      spot.label, at: Point(x: max(frame.plot.x, start), y: row), style: spot.style,
      maxWidth: frame.plot.width)
  }

  private func legend(_ appearance: Appearance) -> [StyledText] {
    guard showsLegend else { return [] }
    var runs: [StyledText] = []
    for series in series where !series.name.isEmpty {
      if !runs.isEmpty { runs.append(StyledText("  ")) }
      runs.append(StyledText("\(usesMarks(appearance) ? series.mark : "⣿") ", style: series.style))
      runs.append(StyledText(series.name))
    }
    return runs
  }
}
