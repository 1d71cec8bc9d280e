extension HeatMap {
  public func draw(into canvas: inout Canvas, rect: Rect, appearance: Appearance) {
    guard !rect.isEmpty else { return }
    guard let layout = layout(rect, appearance) else {
      canvas.writeNoData(in: rect, appearance: appearance)
      return
    }
    let values = layout.values(self)
    let norm = HeatMapNorm(values: values, range: range, ramp: ramp, isLogarithmic: isLogarithmic)
    canvas.draw(in: rect) { canvas in
      for y in 0..<layout.plot.height {
        for column in 0..<layout.columnBuckets {
          let parts = [y * 2, y * 2 + 1].map { half in
            layout.rowBucket(halfRow: half).map { norm.part(values[$0 * layout.columnBuckets + column]) }
          }
          drawElement(parts, column: column, y: y, layout: layout, into: &canvas, appearance: appearance)
        }
      }
      drawLabels(layout, into: &canvas, appearance: appearance)
      drawCursor(layout, into: &canvas, appearance: appearance)
      if showsScale { drawScale(norm, layout, into: &canvas, appearance: appearance) }
    }
  }

  /// The matrix element under a cell of the canvas. If elements share the cell, the first one.
  public func element(
    at point: Point, in rect: Rect, appearance: Appearance
  ) -> (row: Int, column: Int)? {
    guard let layout = layout(rect, appearance) else { return nil }
    let inside = Point(x: point.x - rect.x, y: point.y - rect.y)
    guard layout.plot.contains(inside),
      let row = layout.rowBucket(halfRow: (inside.y - layout.plot.y) * 2)
    else { return nil }
    let column = (inside.x - layout.plot.x) / layout.cellWidth
    return (min(row * layout.bucket, rowCount - 1), min(column * layout.bucket, columnCount - 1))
  }

  private func layout(_ rect: Rect, _ appearance: Appearance) -> HeatMapLayout? {
    HeatMapLayout(self, size: rect.size, usesHalves: usesColors(appearance))
  }

  private func usesColors(_ appearance: Appearance) -> Bool {
    appearance.capabilities.unicode && appearance.capabilities.colorDepth > .none
  }

  private var colors: ColorRamp { ramp == .diverging ? .diverging : .sequential }

  /// Draws the cells of one element in one row. `parts` are the values of the upper and lower half, from 0 to
  /// 1, or NaN for no value.
  private func drawElement(
    _ parts: [Double?], column: Int, y: Int, layout: HeatMapLayout, into canvas: inout Canvas,
    appearance: Appearance
  ) {
    let depth = appearance.capabilities.colorDepth
    let start = Point(x: layout.plot.x + column * layout.cellWidth, y: layout.plot.y + y)
    let cell: Cell
    if usesColors(appearance) {
      let halves = parts.map { part in
        part.flatMap { $0.isNaN ? nil : colors.color($0, depth: depth) }
      }
      switch (halves[0], halves[1]) {
      case (let upper?, let lower?) where upper == lower: cell = Cell(" ", style: Style(background: lower))
      case (let upper?, let lower):
        cell = Cell("▀", style: Style(foreground: upper, background: lower ?? .terminalDefault))
      case (nil, let lower?): cell = Cell("▄", style: Style(foreground: lower))
      case (nil, nil): cell = Cell("·", style: appearance.theme.muted)
      }
    } else if let part = parts[0], !part.isNaN {
      cell = Cell(shade(part, appearance), style: shadeStyle(part))
    } else {
      cell = Cell("?", style: appearance.theme.muted)
    }
    for x in 0..<layout.cellWidth { canvas[start.x + x, start.y] = cell }
  }

  private func shade(_ part: Double, _ appearance: Appearance) -> Character {
    // Without colors, the sides of a diverging map differ in shape: shades for positive values, minus signs
    // for negative.
    let shades = appearance.glyphs.shades
    let strength = ramp == .diverging ? abs(part - 0.5) * 2 : part
    if ramp == .diverging, part < 0.5, strength > 0.1 {
      let negative: [Character] = appearance.capabilities.unicode ? ["−", "=", "≡"] : ["-", "=", "E"]
      return negative[min(Int(strength * 3), 2)]
    }
    return shades[min(max(0, Int((strength * Double(shades.count - 1)).rounded())), shades.count - 1)]
  }

  private func shadeStyle(_ part: Double) -> Style {
    ramp == .diverging && part < 0.5 ? Style(attributes: .bold) : .plain
  }

  private func drawLabels(_ layout: HeatMapLayout, into canvas: inout Canvas, appearance: Appearance) {
    guard layout.bucket == 1 else { return }
    if layout.gutter > 1, !rowLabels.isEmpty {
      for (row, label) in rowLabels.prefix(rowCount).enumerated() {
        // If two elements share a row of half cells, the label of the first one is drawn.
        guard layout.halfRows > 1 || row.isMultiple(of: 2) else { continue }
        canvas.write(
          label, at: Point(x: 0, y: layout.plot.y + row * layout.halfRows / 2),
          style: appearance.theme.muted, maxWidth: layout.gutter - 1, alignment: .trailing,
          ellipsis: appearance.glyphs.ellipsis)
      }
    }
    if layout.top > 0 {
      for (column, label) in columnLabels.prefix(columnCount).enumerated() {
        canvas.write(
          label, at: Point(x: layout.plot.x + column * layout.cellWidth, y: 0),
          style: appearance.theme.muted, maxWidth: layout.cellWidth)
      }
    }
  }

  private func drawCursor(_ layout: HeatMapLayout, into canvas: inout Canvas, appearance: Appearance) {
    guard let cursor, (0..<rowCount).contains(cursor.row), (0..<columnCount).contains(cursor.column)
    else { return }
    let column = cursor.column / layout.bucket
    let half = cursor.row / layout.bucket * layout.halfRows
    let x = layout.plot.x + column * layout.cellWidth
    let y = layout.plot.y + half / 2
    guard x < layout.plot.maxX, y < layout.plot.maxY else { return }
    let hasLabels = layout.bucket == 1 && !rowLabels.isEmpty
    if layout.gutter > 1 {
      let label = hasLabels && cursor.row < rowLabels.count ? rowLabels[cursor.row] : appearance.glyphs.cursor
      canvas.fill(Rect(x: 0, y: y, width: layout.gutter - 1, height: 1))
      canvas.write(
        label, at: Point(x: 0, y: y), style: appearance.theme.selection, maxWidth: layout.gutter - 1,
        alignment: .trailing, ellipsis: appearance.glyphs.ellipsis)
    }
    if layout.top > 0 {
      let hasLabel = layout.bucket == 1 && cursor.column < columnLabels.count
      canvas.write(
        hasLabel ? columnLabels[cursor.column] : appearance.glyphs.cursorDown, at: Point(x: x, y: 0),
        style: appearance.theme.selection, maxWidth: layout.cellWidth)
    }
    if layout.cellWidth >= 2 {
      let middle = y + (layout.halfRows / 2 - 1) / 2
      frame(x, middle, "[", into: &canvas)
      frame(x + layout.cellWidth - 1, middle, "]", into: &canvas)
    } else if layout.halfRows == 1 {
      let isUpper = half.isMultiple(of: 2)
      var style = canvas[x, y].style
      let below = canvas[x, y].text == " " ? style.background : style.foreground
      let other = isUpper ? style.background : below
      style = Style(foreground: .ansi(15), background: other, attributes: .bold)
      canvas[x, y] = Cell(isUpper ? "▀" : "▄", style: style)
    } else {
      canvas.restyle(Rect(x: x, y: y, width: 1, height: 1)) { $0.adding(.reverse) }
    }
  }

  /// Draws one bracket of the cursor in black or white, whichever contrasts with the color under it.
  private func frame(_ x: Int, _ y: Int, _ bracket: Character, into canvas: inout Canvas) {
    let below = canvas[x, y].style
    let foreground: Color =
      below.background == .terminalDefault
      ? .terminalDefault : below.background.isBright ? .ansi(0) : .ansi(15)
    let attributes: Style.Attributes = below.background == .terminalDefault ? [.bold, .reverse] : .bold
    canvas[x, y] = Cell(
      bracket, style: Style(foreground: foreground, background: below.background, attributes: attributes))
  }

  private func drawScale(
    _ norm: HeatMapNorm, _ layout: HeatMapLayout, into canvas: inout Canvas, appearance: Appearance
  ) {
    let y = layout.plot.maxY
    guard y < canvas.size.height, layout.plot.height > 0, canvas.size.height >= 6, let ends = norm.ends
    else { return }
    let numbers = appearance.numbers
    let low = numbers.significant(ends.lowerBound, digits: 2) + " "
    let high = " " + numbers.significant(ends.upperBound, digits: 2)
    let width = min(24, canvas.size.width - layout.plot.x - DisplayText.width(low + high))
    guard width >= 4 else { return }
    var x = layout.plot.x
    x += canvas.write(low, at: Point(x: x, y: y), style: appearance.theme.muted)
    for step in 0..<width {
      let part = Double(step) / Double(width - 1)
      canvas[x, y] =
        usesColors(appearance)
        ? Cell("▄", style: Style(foreground: colors.color(part, depth: appearance.capabilities.colorDepth)))
        : Cell(shade(part, appearance), style: shadeStyle(part))
      x += 1
    }
    canvas.write(high, at: Point(x: x, y: y), style: appearance.theme.muted)
  }
}

extension Color {
  /// Whether black contrasts with the color better than white. False for the terminal's own colors.
  var isBright: Bool {
    switch self {
    case .terminalDefault: false
    case .indexed(let index), .ansi(let index): XtermPalette.rgb(index).luminance > 0.45
    case .rgb(let red, let green, let blue): RGB(red, green, blue).luminance > 0.45
    }
  }
}
