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
    func reach(isBelow: Bool) -> Double {
      let highest = series.filter { $0.isBelow == isBelow }.flatMap(\.counts).filter(\.isFinite).max()
      return highest.flatMap(y.position) ?? 0
    }
    return PlotFrame(
      rect: Rect(size: rect.size), x: x, y: y, xAxis: xAxis, yAxis: yAxis,
      hasCaption: showsLegend || !(threshold?.label.isEmpty ?? true), bins: true,
      mirrored: series.contains(where: \.isBelow) ? (reach(isBelow: false), reach(isBelow: true)) : nil,
      appearance: appearance)
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
    // Blocks that hang from the upper edge of a cell come in halves and as a thin line.
    let steps: [Character] =
      !appearance.capabilities.unicode
      ? [" ", "#"]
      : series.isBelow ? [" ", "▀", "█"] : appearance.glyphs.verticalSteps
    let top = steps.count - 1
    /// The first row, and the edge from which the bar grows.
    let (first, edge) =
      series.isBelow
      ? (frame.middleRow.map { $0 + 1 } ?? 0, Double(frame.middleRow.map { $0 + 1 } ?? 0))
      : ((frame.middleRow ?? plot.height) - 1, Double(frame.middleRow ?? plot.height))
    for (column, height) in heights(series, columns: plot.width, frame: frame).enumerated() {
      guard let height else { continue }
      let end = frame.rows(at: height, isBelow: series.isBelow)
      let level = max(1, Int(((series.isBelow ? end - edge : edge - end) * Double(top)).rounded()))
      for place in 0..<plot.height {
        let part = min(max(0, level - place * top), top)
        let row = series.isBelow ? first + place : first - place
        if part == 0 || !(0..<plot.height).contains(row) { break }
        let isThin = series.isBelow && end - edge < 0.25 && appearance.capabilities.unicode
        canvas[plot.x + column, plot.y + row] = Cell(isThin ? "▔" : steps[part], style: series.style)
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
    // The row next to those on the side of the series, where empty bins end.
    let perRow = dots.height / max(1, dots.rows)
    let axis = frame.middleRow.map { series.isBelow ? ($0 + 1) * perRow - 1 : $0 * perRow } ?? dots.height
    let ends = heights(series, columns: dots.width, frame: frame).map { height -> Int? in
      guard let height else { return nil }
      let end = dots.dot(x: 0, y: frame.rows(at: height, isBelow: series.isBelow)).y
      return series.isBelow ? max(end, axis + 1) : min(end, axis - 1)
    }
    var last: Int?
    for (column, end) in ends.enumerated() {
      let isGap = isDotted && !column.isMultiple(of: 2) || isDashed && column % 5 > 2
      if let end, !isGap || !dots.isBraille {
        dots.set(column, end, style: series.style, mark: mark)
      }
      // Draw the step to the neighbor, or to the axis if the neighbor is empty, in the column of the longer bar.
      if column > 0, last != end, last != nil || end != nil {
        let from = last ?? axis
        let to = end ?? axis
        let isLonger = abs(from - axis) > abs(to - axis)
        let inner = (isLonger ? column - 1 : column, min(from, to) + 1, max(from, to) - 1)
        if inner.1 <= inner.2 {
          dots.vertical(
            inner.0, from: inner.1, to: inner.2, every: isDotted ? 2 : 1, style: series.style, mark: mark)
        }
      }
      last = end
    }
    overlay(dots, at: plot.origin, on: &canvas, appearance: appearance)
  }

  /// Draws a line over solid areas. An area that fills its cell becomes the background of the dots, or
  /// reverse video without colors.
  private func overlay(
    _ dots: DotGrid, at point: Point, on canvas: inout Canvas, appearance: Appearance
  ) {
    let full = appearance.glyphs.verticalSteps.suffix(4) + ["▀"]
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
        case (.filled, true): series.isBelow ? "▀" : "▆"
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
