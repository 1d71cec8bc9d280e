import TerminalRendering

/// Fills a rectangle from its top downwards: lines, paragraphs, and rows handed out for charts.
struct TextColumn {
  /// What is still free.
  private(set) var rest: Rect

  init(_ rect: Rect) { rest = rect }

  /// Hands out the next rows, or as many as are left.
  mutating func take(_ rows: Int) -> Rect {
    let taken = min(max(0, rows), rest.height)
    defer { rest = rest.inset(top: taken) }
    return Rect(x: rest.x, y: rest.y, width: rest.width, height: taken)
  }

  /// Writes one line, cut at the right edge.
  mutating func line(_ runs: [StyledText], on canvas: inout Canvas) {
    let row = take(1)
    if !row.isEmpty { canvas.write(runs, at: row.origin, maxWidth: row.width) }
  }

  mutating func line(_ text: String, style: Style = .plain, on canvas: inout Canvas) {
    line([StyledText(text, style: style)], on: &canvas)
  }

  /// Writes a paragraph in as many rows as it needs, at most `limit`.
  mutating func paragraph(_ runs: [StyledText], limit: Int = .max, on canvas: inout Canvas) {
    let room = Rect(x: rest.x, y: rest.y, width: rest.width, height: min(limit, rest.height))
    _ = take(canvas.write(paragraph: runs, in: room))
  }

  /// Leaves a row empty, unless nothing follows.
  mutating func gap() { _ = take(1) }
}
