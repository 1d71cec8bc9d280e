extension Canvas {
  /// Writes one line of text.
  ///
  /// - Parameters:
  ///   - point: The start of the text, or of the field of `maxWidth` cells in which it is aligned.
  ///   - maxWidth: The width of the field in cells; `nil` for the rest of the row.
  ///   - ellipsis: The end of a truncated text.
  /// - Returns: The number of cells of the truncated text, including clipped cells.
  @discardableResult
  public mutating func write(
    _ text: String, at point: Point, style: Style = .plain, maxWidth: Int? = nil,
    alignment: DisplayText.Alignment = .leading, ellipsis: String = ""
  ) -> Int {
    let field = min(max(0, maxWidth ?? (size.width - point.x)), size.width - min(point.x, size.width))
    let drawn: String
    var x = point.x
    if alignment == .leading, ellipsis.isEmpty {
      drawn = text
    } else {
      drawn = DisplayText.truncated(text, to: field, ellipsis: ellipsis)
      let space = field - DisplayText.width(drawn)
      switch alignment {
      case .leading: break
      case .center: x += space / 2
      case .trailing: x += space
      }
    }
    let start = x
    let end = point.x + field
    DisplayText.forEachCluster(of: drawn) { cluster, width in
      guard x < end else { return false }
      if x + width > end {
        put(" ", width: 1, style: style, x: x, y: point.y)
        x += 1
        return false
      }
      put(cluster, width: width, style: style, x: x, y: point.y)
      x += width
      return true
    }
    return x - start
  }

  /// Writes pieces of text, each in its own style, one after the other.
  ///
  /// - Parameter ellipsis: The end of text that does not fit.
  /// - Returns: The total number of cells.
  @discardableResult
  public mutating func write(
    _ runs: [StyledText], at point: Point, maxWidth: Int? = nil, ellipsis: String = ""
  ) -> Int {
    let limit = maxWidth ?? (size.width - point.x)
    var left = ellipsis.isEmpty ? 0 : runs.reduce(0) { $0 + DisplayText.width($1.text) }
    var used = 0
    for run in runs where used < limit {
      let room = limit - used
      let width = DisplayText.width(run.text)
      left -= width
      // The run that does not fit, or leaves no room for the sign that others do not, ends with it.
      let isCut = !ellipsis.isEmpty && (width > room || left > 0 && width >= room)
      let text = isCut ? DisplayText.truncated(run.text + ellipsis, to: room, ellipsis: ellipsis) : run.text
      used += write(
        text, at: Point(x: point.x + used, y: point.y), style: run.style, maxWidth: room)
    }
    return used
  }

  /// Fills a rectangle with one character, by default with spaces.
  public mutating func fill(_ rect: Rect, with character: Character = " ", style: Style = .plain) {
    let cell = Cell(character, style: style)
    let visible = rect.intersection(bounds)
    for y in visible.y..<visible.maxY {
      for x in visible.x..<visible.maxX where cell.width == 1 || (x - rect.x) % 2 == 0 {
        put(cell.text, width: cell.width, style: style, x: x, y: y)
      }
    }
  }

  /// Draws a horizontal line to the right, clipped.
  public mutating func horizontalLine(from point: Point, length: Int, glyph: Character, style: Style = .plain)
  {
    fill(Rect(x: point.x, y: point.y, width: length, height: 1), with: glyph, style: style)
  }

  /// Draws a vertical line downwards, clipped.
  public mutating func verticalLine(from point: Point, length: Int, glyph: Character, style: Style = .plain) {
    fill(Rect(x: point.x, y: point.y, width: 1, height: length), with: glyph, style: style)
  }

  /// Draws a frame along the edge of `rect` with an optional title in its top line.
  ///
  /// - Returns: The rectangle inside the frame.
  @discardableResult
  public mutating func box(
    _ rect: Rect, title: String = "", style: Style = .plain, titleStyle: Style? = nil, glyphs: Glyphs
  ) -> Rect {
    guard rect.width >= 2, rect.height >= 2 else { return rect.inset(by: 1) }
    let right = rect.maxX - 1
    let bottom = rect.maxY - 1
    for y in [rect.y, bottom] {
      horizontalLine(
        from: Point(x: rect.x + 1, y: y), length: rect.width - 2, glyph: glyphs.horizontal, style: style)
    }
    for x in [rect.x, right] {
      verticalLine(
        from: Point(x: x, y: rect.y + 1), length: rect.height - 2, glyph: glyphs.vertical, style: style)
    }
    self[rect.x, rect.y] = Cell(glyphs.topLeft, style: style)
    self[right, rect.y] = Cell(glyphs.topRight, style: style)
    self[rect.x, bottom] = Cell(glyphs.bottomLeft, style: style)
    self[right, bottom] = Cell(glyphs.bottomRight, style: style)
    if !title.isEmpty, rect.width > 6 {
      let shown = DisplayText.truncated(title, to: rect.width - 6, ellipsis: glyphs.ellipsis)
      write(" \(shown) ", at: Point(x: rect.x + 2, y: rect.y), style: titleStyle ?? style)
    }
    return rect.inset(by: 1)
  }
}

/// A piece of text in one style.
public struct StyledText: Hashable, Sendable {
  public var text: String
  public var style: Style

  public init(_ text: String, style: Style = .plain) {
    self.text = text
    self.style = style
  }
}
