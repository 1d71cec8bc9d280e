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
            norm.part(values[layout.rowBucket(at: half) * layout.columnBuckets + column])
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
    guard layout.plot.contains(inside) else { return nil }
    let row = layout.rowBucket(at: (inside.y - layout.plot.y) * 2)
    let column = layout.columnBucket(at: inside.x - layout.plot.x)
    return (min(row * layout.rowBucket, rowCount - 1), min(column * layout.columnBucket, columnCount - 1))
  }

  private func layout(_ rect: Rect, _ appearance: Appearance) -> HeatMapLayout? {
    HeatMapLayout(self, size: rect.size, usesHalves: usesColors(appearance))
  }

  private func usesColors(_ appearance: Appearance) -> Bool {
    appearance.capabilities.unicode && appearance.capabilities.colorDepth > .none
  }

  private func colors(_ appearance: Appearance) -> ColorRamp {
    let background = appearance.theme.background
    return ramp == .diverging ? .diverging(on: background) : .rising(on: background)
  }

  /// Draws the cells of one element in one row. `parts` are the values of the upper and lower half, from 0 to
  /// 1, or NaN for no value.
  private func drawElement(
    _ parts: [Double], column: Int, y: Int, layout: HeatMapLayout, into canvas: inout Canvas,
    appearance: Appearance
  ) {
    let depth = appearance.capabilities.colorDepth
    let cell: Cell
    if usesColors(appearance) {
      let colors = colors(appearance)
      let halves = parts.map { $0.isNaN ? nil : colors.color($0, depth: depth) }
      switch (halves[0], halves[1]) {
      case (nil, nil): cell = Cell("·", style: appearance.theme.muted)
      case (let upper, let lower) where upper == lower:
        cell = Cell(" ", style: Style(background: upper ?? .terminalDefault))
      case (let upper?, let lower) where upper != .terminalDefault:
        cell = Cell("▀", style: Style(foreground: upper, background: lower ?? .terminalDefault))
      case (_, let lower): cell = Cell("▄", style: Style(foreground: lower ?? .terminalDefault))
      }
    } else if !parts[0].isNaN {
      cell = Cell(shade(parts[0], appearance), style: shadeStyle(parts[0]))
    } else {
      cell = Cell("?", style: appearance.theme.muted)
    }
    for x in layout.columns(column) { canvas[layout.plot.x + x, layout.plot.y + y] = cell }
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
    if layout.rowBucket == 1, layout.gutter > 1, !rowLabels.isEmpty {
      for (row, label) in rowLabels.prefix(rowCount).enumerated() {
        // If two elements share a row of cells, the label of the first one is drawn.
        let y = layout.labelRow(row)
        guard row == 0 || layout.labelRow(row - 1) < y else { continue }
        canvas.write(
          label, at: Point(x: 0, y: y), style: appearance.theme.muted, maxWidth: layout.gutter - 1,
          alignment: .trailing, ellipsis: appearance.glyphs.ellipsis)
      }
    }
    if layout.columnBucket == 1, layout.top > 0 {
      for (column, label) in columnLabels.prefix(columnCount).enumerated() {
        drawColumnLabel(label, column, layout, style: appearance.theme.muted, into: &canvas, appearance)
      }
    }
  }

  private func drawColumnLabel(
    _ label: String, _ bucket: Int, _ layout: HeatMapLayout, style: Style, into canvas: inout Canvas,
    _ appearance: Appearance
  ) {
    let cells = layout.columns(bucket)
    // A gap keeps long labels apart; short ones have room for no more than a letter or two.
    let width = cells.count > 3 ? cells.count - 1 : cells.count
    canvas.write(
      label, at: Point(x: layout.plot.x + cells.lowerBound, y: 0), style: style, maxWidth: width,
      alignment: cells.count > 3 ? .center : .leading,
      ellipsis: cells.count > 3 ? appearance.glyphs.ellipsis : "")
  }

  private func drawCursor(_ layout: HeatMapLayout, into canvas: inout Canvas, appearance: Appearance) {
    guard let cursor, (0..<rowCount).contains(cursor.row), (0..<columnCount).contains(cursor.column)
    else { return }
    let (column, row) = (cursor.column / layout.columnBucket, cursor.row / layout.rowBucket)
    let cells = layout.columns(column)
    let halves = layout.halfRows(row)
    let x = layout.plot.x + cells.lowerBound
    let y = layout.labelRow(row)
    let hasLabels = layout.rowBucket == 1 && !rowLabels.isEmpty
    if layout.gutter > 1 {
      let label = hasLabels && cursor.row < rowLabels.count ? rowLabels[cursor.row] : appearance.glyphs.cursor
      canvas.fill(Rect(x: 0, y: y, width: layout.gutter - 1, height: 1))
      canvas.write(
        label, at: Point(x: 0, y: y), style: appearance.theme.selection, maxWidth: layout.gutter - 1,
        alignment: .trailing, ellipsis: appearance.glyphs.ellipsis)
    }
    if layout.top > 0 {
      let hasLabel = layout.columnBucket == 1 && cursor.column < columnLabels.count
      let label = hasLabel ? columnLabels[cursor.column] : appearance.glyphs.cursorDown
      canvas.fill(Rect(x: x, y: 0, width: cells.count, height: 1))
      drawColumnLabel(label, column, layout, style: appearance.theme.selection, into: &canvas, appearance)
    }
    if cells.count >= 2 {
      frame(x, y, "[", into: &canvas)
      frame(x + cells.count - 1, y, "]", into: &canvas)
    } else if halves.count == 1 {
      let isUpper = halves.lowerBound.isMultiple(of: 2)
      let cell = canvas[x, y]
      let (above, below) =
        switch cell.text {
        case "▀": (cell.style.foreground, cell.style.background)
        case "▄": (Color.terminalDefault, cell.style.foreground)
        default: (cell.style.background, cell.style.background)
        }
      let style = Style(
        foreground: appearance.theme.selection.background, background: isUpper ? below : above,
        attributes: .bold)
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
      ? .terminalDefault : below.background.contrasting
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
    let ramp = colors(appearance)
    var x = layout.plot.x
    x += canvas.write(low, at: Point(x: x, y: y), style: appearance.theme.muted)
    for step in 0..<width {
      let place = Double(step) / Double(width - 1)
      let part = self.ramp == .descending ? 1 - place : place
      canvas[x, y] =
        usesColors(appearance)
        ? scaleCell(ramp.color(part, depth: appearance.capabilities.colorDepth))
        : Cell(shade(part, appearance), style: shadeStyle(part))
      x += 1
    }
    canvas.write(high, at: Point(x: x, y: y), style: appearance.theme.muted)
  }

  /// A step of the scale. A neutral one is the background.
  private func scaleCell(_ color: Color) -> Cell {
    color == .terminalDefault ? Cell(" ") : Cell("▄", style: Style(foreground: color))
  }
}

extension HeatMapLayout {
  /// The row of the label of a row of buckets: the middle of its cells.
  fileprivate func labelRow(_ bucket: Int) -> Int {
    let halves = halfRows(bucket)
    return plot.y + (halves.lowerBound + max(halves.lowerBound, halves.upperBound - 1)) / 2 / 2
  }
}

extension Color {
  /// Black or white, whichever contrasts with the color better. In front of a color of the terminal's palette it is of
  /// that palette too. Otherwise it is not: the white of a palette for light backgrounds may be dark.
  var contrasting: Color {
    if case .ansi = self { return isBright ? .ansi(0) : .ansi(15) }
    return isBright ? .indexed(16) : .indexed(231)
  }

  private var isBright: Bool {
    switch self {
    case .terminalDefault: false
    case .indexed(let index), .ansi(let index): XtermPalette.rgb(index).luminance > 0.45
    case .rgb(let red, let green, let blue): RGB(red, green, blue).luminance > 0.45
    }
  }
}
