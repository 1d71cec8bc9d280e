extension LineChart {
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
      frame.drawVerticalMarkers(
        verticalMarkers, into: &canvas, glyph: appearance.glyphs.dashedVertical)
      let area = frame.dotArea
      var dots = DotGrid(size: area.size, braille: appearance.capabilities.unicode)
      for (index, series) in series.enumerated() {
        draw(series, mark: mark(index, appearance), frame: frame, dots: &dots)
      }
      dots.draw(into: &canvas, at: area.origin)
      drawHorizontalLabels(frame, into: &canvas, appearance: appearance)
      frame.drawCaptions(
        legend: legend(appearance), markers: verticalMarkers, into: &canvas, appearance: appearance)
    }
  }

  /// The value on the x axis at a column of the canvas; `nil` outside the plot.
  public func xValue(atColumn column: Int, in rect: Rect, appearance: Appearance) -> Double? {
    frame(in: rect, appearance: appearance)?.value(atColumn: column - rect.x)
  }

  /// The layout of the chart in coordinates of `rect`.
  private func frame(in rect: Rect, appearance: Appearance) -> PlotFrame? {
    // Only drawable points count: an x with a missing y must not stretch the axis.
    var xs: [Double] = []
    var ys: [Double] = []
    for series in series {
      for (x, y) in zip(series.xs, series.ys) where isDrawable(x, xAxis.scale) && isDrawable(y, yAxis.scale) {
        xs.append(x)
        ys.append(y)
      }
    }
    if yAxis.range == nil { ys += horizontalMarkers.map(\.value).filter { isDrawable($0, yAxis.scale) } }
    guard let x = ScaledAxis(xAxis, values: xs), let y = ScaledAxis(yAxis, values: ys) else { return nil }
    let hasCaption = verticalMarkers.contains { !$0.label.isEmpty } || (showsLegend && !series.isEmpty)
    return PlotFrame(
      rect: Rect(size: rect.size), x: x, y: y, xAxis: xAxis, yAxis: yAxis, hasCaption: hasCaption,
      appearance: appearance)
  }

  private func isDrawable(_ value: Double, _ scale: AxisScale) -> Bool {
    value.isFinite && (scale != .log || value > 0)
  }

  private func mark(_ index: Int, _ appearance: Appearance) -> Character {
    appearance.glyphs.seriesMarks[index % appearance.glyphs.seriesMarks.count]
  }

  private func draw(_ series: Series, mark: Character, frame: PlotFrame, dots: inout DotGrid) {
    guard dots.width > 0, dots.height > 0 else { return }
    let isBraille = dots.isBraille
    let isDrawn: (Int) -> Bool =
      switch series.pattern {
      case .solid: { _ in true }
      case .dashed: { isBraille ? $0 % 8 < 5 : $0 % 4 < 3 }
      case .dotted: { isBraille ? $0 % 3 == 0 : $0 % 2 == 0 }
      }
    func dot(_ place: (x: Double, y: Double)) -> (x: Int, y: Int) {
      dots.dot(
        x: frame.columns(at: place.x) + Double(frame.plot.x - frame.dotArea.x), y: frame.rows(at: place.y))
    }
    var last: (x: Double, y: Double)?
    for (x, y) in zip(series.xs, series.ys) {
      guard let x = frame.x.position(x), let y = frame.y.position(y) else {
        last = nil
        continue
      }
      let place = (x: x, y: y)
      if let visible = clipped(from: last ?? place, to: place) {
        dots.line(
          from: dot(visible.start), to: dot(visible.end), style: series.style, mark: mark, isDrawn: isDrawn)
      }
      last = place
    }
  }

  /// The part of a line inside the unit square (Liang–Barsky).
  private func clipped(
    from start: (x: Double, y: Double), to end: (x: Double, y: Double)
  ) -> (start: (x: Double, y: Double), end: (x: Double, y: Double))? {
    let width = end.x - start.x
    let height = end.y - start.y
    guard width.isFinite, height.isFinite else { return nil }
    var first = 0.0
    var last = 1.0
    for (step, distance) in [
      (-width, start.x), (width, 1 - start.x), (-height, start.y), (height, 1 - start.y),
    ] {
      // A small tolerance keeps the points that define the range.
      if step == 0 {
        if distance < -1e-9 { return nil }
      } else if step < 0 {
        first = max(first, distance / step)
      } else {
        last = min(last, distance / step)
      }
    }
    guard first <= last + 1e-12 else { return nil }
    func place(_ part: Double) -> (x: Double, y: Double) {
      (min(max(0, start.x + part * width), 1), min(max(0, start.y + part * height), 1))
    }
    return (place(first), place(last))
  }

  /// Draws labels at the right ends of their lines, or at the left if curves are in the way.
  private func drawHorizontalLabels(
    _ frame: PlotFrame, into canvas: inout Canvas, appearance: Appearance
  ) {
    for marker in horizontalMarkers where !marker.label.isEmpty {
      guard let row = frame.row(marker.value) else { continue }
      let label = DisplayText.truncated(
        marker.label, to: frame.plot.width - 1, ellipsis: appearance.glyphs.ellipsis)
      let width = DisplayText.width(label) + 1
      let right = frame.plot.maxX - width
      func isFree(_ start: Int) -> Bool {
        (start..<start + width).allSatisfy {
          canvas[$0, row].text == appearance.glyphs.dashedHorizontal
        }
      }
      let isLeft = !isFree(right) && isFree(frame.plot.x)
      canvas.write(
        isLeft ? label + " " : " " + label, at: Point(x: isLeft ? frame.plot.x : right, y: row),
        style: marker.style)
    }
  }

  private func legend(_ appearance: Appearance) -> [StyledText] {
    guard showsLegend else { return [] }
    var runs: [StyledText] = []
    for (index, series) in series.enumerated() where !series.name.isEmpty {
      let sample =
        if !appearance.capabilities.unicode {
          String(mark(index, appearance))
        } else {
          switch series.pattern {
          case .solid: "⠤⠤"
          case .dashed: "⠤⠄"
          case .dotted: "⠄⠄"
          }
        }
      if !runs.isEmpty { runs.append(StyledText("  ")) }
      runs.append(StyledText(sample + " ", style: series.style))
      runs.append(StyledText(series.name))
    }
    return runs
  }
}

extension Canvas {
  /// Draws "no data" in the middle of a chart.
  mutating func writeNoData(in rect: Rect, appearance: Appearance) {
    draw(in: rect) { canvas in
      canvas.write(
        "no data", at: Point(x: 0, y: rect.height / 2), style: appearance.theme.muted, maxWidth: rect.width,
        alignment: .center)
    }
  }
}
