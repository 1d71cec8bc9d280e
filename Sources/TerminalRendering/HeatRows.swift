/// Rows of values as colors, one line each and stretched to a common width, or as shades on a terminal
/// without colors. Unlike a ``HeatMap``, its columns are steps along an axis rather than elements of a matrix.
public struct HeatRows: Sendable {
  /// A row: its label and its values, NaN where unknown. All rows have as many values.
  public struct Row: Sendable, Equatable {
    public var label: String
    public var values: [Double]

    public init(label: String, values: [Double]) {
      self.label = label
      self.values = values
    }
  }

  /// A cell that is marked by a character.
  public struct Mark: Sendable, Equatable {
    public var row: Int
    public var column: Int
    public var glyph: Character
    public var style: Style

    public init(row: Int, column: Int, glyph: Character, style: Style) {
      self.row = row
      self.column = column
      self.glyph = glyph
      self.style = style
    }
  }

  public var rows: [Row]
  /// The values that are the background of the terminal and that stand out most; the first may be the larger one.
  public var ends: (neutral: Double, strong: Double)
  public var marks: [Mark]
  public var cursor: (row: Int, column: Int)?

  public init(
    rows: [Row], ends: (neutral: Double, strong: Double), marks: [Mark] = [],
    cursor: (row: Int, column: Int)? = nil
  ) {
    self.rows = rows
    self.ends = ends
    self.marks = marks
    self.cursor = cursor
  }

  /// The width of the labels with a space.
  public var labelWidth: Int { (rows.map { DisplayText.width($0.label) }.max() ?? 0) + 1 }

  private var columnCount: Int { rows.map(\.values.count).max() ?? 0 }

  public func draw(into canvas: inout Canvas, rect: Rect, appearance: Appearance) {
    let plot = plot(in: rect)
    guard !plot.isEmpty, columnCount > 0 else { return }
    for (index, row) in rows.prefix(plot.height).enumerated() {
      let y = plot.y + index
      let isSelected = cursor?.row == index
      canvas.write(
        row.label, at: Point(x: rect.x, y: y),
        style: isSelected ? appearance.theme.selection : appearance.theme.muted, maxWidth: labelWidth - 1,
        alignment: .trailing, ellipsis: appearance.glyphs.ellipsis)
      for x in 0..<plot.width {
        let column = self.column(at: x, width: plot.width)
        let value = row.values.indices.contains(column) ? row.values[column] : .nan
        canvas[plot.x + x, y] = cell(value, appearance)
      }
    }
    for mark in marks where mark.row < plot.height {
      let point = Point(x: plot.x + position(of: mark.column, width: plot.width), y: plot.y + mark.row)
      canvas[point.x, point.y] = marked(canvas[point.x, point.y], mark.glyph, mark.style)
    }
    if let cursor, cursor.row < plot.height {
      let point = Point(x: plot.x + position(of: cursor.column, width: plot.width), y: plot.y + cursor.row)
      let glyph: Character = appearance.glyphs.isUnicode ? "◆" : "X"
      canvas[point.x, point.y] = Cell(glyph, style: appearance.theme.selection)
    }
  }

  /// The row and the column under a cell of the canvas; `nil` outside the values.
  public func element(at point: Point, in rect: Rect) -> (row: Int, column: Int)? {
    let plot = plot(in: rect)
    guard plot.contains(point), rows.indices.contains(point.y - plot.y), columnCount > 0 else { return nil }
    return (point.y - plot.y, column(at: point.x - plot.x, width: plot.width))
  }

  private func plot(in rect: Rect) -> Rect {
    let whole = rect.inset(left: labelWidth)
    return Rect(x: whole.x, y: whole.y, width: whole.width, height: min(whole.height, rows.count))
  }

  private func column(at x: Int, width: Int) -> Int {
    width > 1 ? (x * (columnCount - 1) + (width - 1) / 2) / (width - 1) : 0
  }

  private func position(of column: Int, width: Int) -> Int {
    columnCount > 1 ? (column * (width - 1) + (columnCount - 1) / 2) / (columnCount - 1) : 0
  }

  private func cell(_ value: Double, _ appearance: Appearance) -> Cell {
    guard value.isFinite else {
      return Cell(appearance.glyphs.isUnicode ? "·" : ".", style: appearance.theme.muted)
    }
    let span = ends.strong - ends.neutral
    return Self.cell(part: span == 0 ? 1 : min(max((value - ends.neutral) / span, 0), 1), appearance)
  }

  /// The colors from the neutral to the strong end, for a legend.
  public static func scale(_ width: Int, appearance: Appearance) -> [StyledText] {
    (0..<width).map { step in
      let cell = cell(part: Double(step) / Double(max(1, width - 1)), appearance)
      return StyledText(String(cell.text), style: cell.style)
    }
  }

  private static func cell(part: Double, _ appearance: Appearance) -> Cell {
    if appearance.capabilities.unicode, appearance.capabilities.colorDepth > .none {
      let color = ColorRamp.rising(on: appearance.theme.background)
        .color(part, depth: appearance.capabilities.colorDepth)
      return Cell(" ", style: Style(background: color))
    }
    let shades = appearance.glyphs.shades
    return Cell(shades[Int((part * Double(shades.count - 1)).rounded())], style: .plain)
  }

  /// A mark in black or white, whichever contrasts with the color under it.
  private func marked(_ cell: Cell, _ glyph: Character, _ style: Style) -> Cell {
    guard cell.style.background != .terminalDefault else { return Cell(glyph, style: style) }
    return Cell(
      glyph,
      style: Style(
        foreground: cell.style.background.contrasting, background: cell.style.background, attributes: .bold))
  }
}
