extension HistogramChart {
  public func draw(into canvas: inout Canvas, rect: Rect, appearance: Appearance) {
    guard !rect.isEmpty else { return }
    guard let frame = frame(in: rect, appearance: appearance) else {
      canvas.writeNoData(in: rect, appearance: appearance)
      return
    }
    canvas.draw(in: rect) { canvas in
      frame.drawAxes(into: &canvas, appearance: appearance)
      // Draw solid areas first, so that they do not hide lines.
      for series in series where series.form == .filled {
        drawFilled(series, frame: frame, into: &canvas, appearance: appearance)
      }
      for series in series where series.form != .filled {
        drawLine(series, frame: frame, into: &canvas, appearance: appearance)
      }
      let markers = threshold.map { [$0] } ?? []
      frame.drawVerticalMarkers(markers, into: &canvas, glyph: appearance.glyphs.vertical)
      frame.drawCaptions(
        legend: legend(appearance), markers: markers, into: &canvas, appearance: appearance)
    }
  }

  /// The value at the middle of a column of the canvas, for moving the threshold; `nil` outside the plot.
  public func value(atColumn column: Int, in rect: Rect, appearance: Appearance) -> Double? {
    frame(in: rect, appearance: appearance)?.value(atColumn: column - rect.x)
  }

  /// The layout of the chart in coordinates of `rect`.
  private func frame(in rect: Rect, appearance: Appearance) -> PlotFrame? {
    let counts = series.flatMap(\.counts).filter { $0.isFinite && $0 > 0 }
    guard binEdges.count >= 2, let most = counts.max(), let least = counts.min(),
      let x = ScaledAxis(xAxis, values: binEdges)
    else { return nil }
    // On a logarithmic axis, the smallest count still needs some height.
    var yAxis = Axis(hasLogarithmicCounts ? .log : .linear)
    yAxis.range = hasLogarithmicCounts ? max(least / 2, .leastNormalMagnitude)...most : 0...most
    guard let y = ScaledAxis(yAxis, values: counts) else { return nil }
    return PlotFrame(
      rect: Rect(size: rect.size), x: x, y: y, xAxis: xAxis, yAxis: yAxis,
      hasCaption: showsLegend || !(threshold?.label.isEmpty ?? true), appearance: appearance)
  }

  /// The height of each column, from 0 to 1: that of the highest bin in the column. Returns `nil` if all bins
  /// are empty.
  private func heights(_ series: Series, columns: Int, frame: PlotFrame) -> [Double?] {
    var heights = [Double?](repeating: nil, count: columns)
    guard columns > 0 else { return heights }
    let edges = binEdges.map { frame.x.position($0).map { min(max(-1, $0), 2) * Double(columns) } }
    for (bin, count) in series.counts.prefix(binEdges.count - 1).enumerated() {
      guard count > 0, let height = frame.y.position(count), let start = edges[bin],
        let end = edges[bin + 1], start < end
      else { continue }
      let first = max(0, Int((start + 1e-6).rounded(.down)))
      let last = min(columns - 1, Int((end - 1e-6).rounded(.up)) - 1)
      guard first <= last else { continue }
      for column in first...last { heights[column] = max(heights[column] ?? 0, min(height, 1)) }
    }
    return heights
  }

  private func drawFilled(
    _ series: Series, frame: PlotFrame, into canvas: inout Canvas, appearance: Appearance
  ) {
    let plot = frame.plot
    let steps = appearance.capabilities.unicode ? appearance.glyphs.verticalSteps : [" ", "#"]
    let top = steps.count - 1
    for (column, height) in heights(series, columns: plot.width, frame: frame).enumerated() {
      guard let height else { continue }
      let level = max(1, Int((height * Double(plot.height * top)).rounded()))
      for row in 0..<plot.height {
        let part = min(max(0, level - row * top), top)
        if part == 0 { break }
        canvas[plot.x + column, plot.maxY - 1 - row] = Cell(steps[part], style: series.style)
      }
    }
  }

  private func drawLine(
    _ series: Series, frame: PlotFrame, into canvas: inout Canvas, appearance: Appearance
  ) {
    let plot = frame.plot
    var dots = DotGrid(size: plot.size, braille: appearance.capabilities.unicode)
    guard dots.height > 0 else { return }
    let isDotted = series.form == .dotted
    let isDashed = series.form == .dashed
    let mark = lineMark(series)
    let tops = heights(series, columns: dots.width, frame: frame).map { height in
      height.map { dots.height - 1 - Int(($0 * Double(dots.height - 1)).rounded()) }
    }
    var last: Int?
    for (column, top) in tops.enumerated() {
      let isGap = isDotted && !column.isMultiple(of: 2) || isDashed && column % 5 > 2
      if let top, !isGap || !dots.isBraille {
        dots.set(column, top, style: series.style, mark: mark)
      }
      // Draw the step to the neighbor, or down to the axis if the neighbor is empty.
      if column > 0, last != top, last != nil || top != nil {
        let from = last ?? dots.height
        let to = top ?? dots.height
        let inner = from < to ? (column - 1, from + 1, to - 1) : (column, to + 1, from - 1)
        if inner.1 <= inner.2 {
          dots.vertical(
            inner.0, from: inner.1, to: inner.2, every: isDotted ? 2 : 1, style: series.style, mark: mark)
        }
      }
      last = top
    }
    overlay(dots, at: plot.origin, on: &canvas, appearance: appearance)
  }

  /// Draws a line over solid areas. An area that fills its cell becomes the background of the dots, or
  /// reverse video without colors.
  private func overlay(
    _ dots: DotGrid, at point: Point, on canvas: inout Canvas, appearance: Appearance
  ) {
    let full = appearance.glyphs.verticalSteps.suffix(4)
    for row in 0..<dots.rows {
      for column in 0..<dots.columns {
        guard let cell = dots.cell(column, row) else { continue }
        let below = canvas[point.x + column, point.y + row]
        var style = cell.style
        if dots.isBraille, full.contains(below.text) {
          if appearance.capabilities.colorDepth == .none {
            style.attributes.insert(.reverse)
          } else {
            style.background = below.style.foreground
          }
        } else if below.text != " " {
          // If two lines cross over an area, the area stays behind both.
          style.background = below.style.background
          style.attributes.formUnion(below.style.attributes.intersection(.reverse))
        }
        canvas[point.x + column, point.y + row] = Cell(cell.character, style: style)
      }
    }
  }

  private func lineMark(_ series: Series) -> Character {
    switch series.form {
    case .dotted: "."
    case .dashed: "+"
    case .filled, .outline: "o"
    }
  }

  private func legend(_ appearance: Appearance) -> [StyledText] {
    guard showsLegend else { return [] }
    var runs: [StyledText] = []
    for series in series where !series.name.isEmpty {
      let sample =
        switch (series.form, appearance.capabilities.unicode) {
        case (.filled, true): "▆"
        case (.filled, false): "#"
        case (.outline, true): "⠤⠤"
        case (.dashed, true): "⠤⠄"
        case (.dotted, true): "⠄⠄"
        case (_, false): String(lineMark(series))
        }
      if !runs.isEmpty { runs.append(StyledText("  ")) }
      runs.append(StyledText(sample + " ", style: series.style))
      runs.append(StyledText(series.name))
    }
    return runs
  }
}
