import TerminalRendering

/// Fills a rectangle from the top with lines, paragraphs and charts.
struct TextColumn {
  /// The part that is still free.
  private(set) var rest: Rect

  init(_ rect: Rect) { rest = rect }

  /// Takes the next rows, or as many as are left.
  mutating func take(_ rows: Int) -> Rect {
    let taken = min(max(0, rows), rest.height)
    defer { rest = rest.inset(top: taken) }
    return Rect(x: rest.x, y: rest.y, width: rest.width, height: taken)
  }

  /// Writes one line, which ends with the ellipsis where it is cut at the right edge.
  mutating func line(_ runs: [StyledText], on canvas: inout Canvas, ellipsis: String = "") {
    let row = take(1)
    if !row.isEmpty { canvas.write(runs, at: row.origin, maxWidth: row.width, ellipsis: ellipsis) }
  }

  /// Writes one line of the first parts that fit as a whole.
  mutating func line(parts: [[StyledText]], separator: String = "  ", on canvas: inout Canvas) {
    line(parts.fitting(rest.width, separator: [StyledText(separator)]), on: &canvas)
  }

  mutating func line(_ text: String, style: Style = .plain, on canvas: inout Canvas) {
    line([StyledText(text, style: style)], on: &canvas)
  }

  /// Writes a wrapped paragraph of at most `limit` rows.
  mutating func paragraph(_ runs: [StyledText], limit: Int = .max, on canvas: inout Canvas) {
    let room = Rect(x: rest.x, y: rest.y, width: rest.width, height: min(limit, rest.height))
    _ = take(canvas.write(paragraph: runs, in: room))
  }

  /// Leaves one row empty.
  mutating func gap() { _ = take(1) }
}

extension [[StyledText]] {
  /// The first parts that fit the width as a whole, but at least one of them.
  func fitting(_ width: Int, separator: [StyledText]) -> [StyledText] {
    func used(_ runs: [StyledText]) -> Int { runs.reduce(0) { $0 + DisplayText.width($1.text) } }
    var line = first ?? []
    for part in dropFirst() {
      let longer = line + separator + part
      guard used(longer) <= width else { break }
      line = longer
    }
    return line
  }
}
