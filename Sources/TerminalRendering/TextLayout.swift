/// Wraps styled text to a width.
public enum TextLayout {
  /// Breaks a paragraph into lines of at most `width` cells, at spaces or inside words longer than a line. A
  /// newline starts a new line. Returns no lines for width 0, and ignores the part of a run that no terminal
  /// could show. O(characters).
  public static func wrap(_ runs: [StyledText], width: Int) -> [[StyledText]] {
    guard width > 0 else { return [] }
    var lines = LineBuilder(width: width)
    for run in runs {
      for (index, paragraph) in DisplayText.bounded(run.text, to: longestRun).split(
        omittingEmptySubsequences: false, whereSeparator: \.isNewline
      ).enumerated() {
        if index > 0 { lines.breakLine() }
        for piece in pieces(of: String(paragraph)) { lines.append(piece, style: run.style) }
      }
    }
    return lines.finished()
  }

  /// The lines of a text in one style.
  public static func wrap(_ text: String, width: Int, style: Style = .plain) -> [[StyledText]] {
    wrap([StyledText(text, style: style)], width: width)
  }

  /// A length in scalars, more than a terminal has cells.
  private static let longestRun = 16_384

  /// Words and the spaces between them, alternating.
  private static func pieces(of text: String) -> [String] {
    var pieces: [String] = []
    var rest = DisplayText.sanitized(text)[...]
    while let first = rest.first {
      let piece = rest.prefix { ($0 == " ") == (first == " ") }
      pieces.append(String(piece))
      rest = rest[piece.endIndex...]
    }
    return pieces
  }
}

/// Collects pieces into lines. A word can consist of several runs; only a space allows a break.
private struct LineBuilder {
  let width: Int
  var lines: [[StyledText]] = [[]]
  var used = 0
  /// The current word, and the space before it.
  var word: [StyledText] = []
  var space: StyledText?

  init(width: Int) { self.width = width }

  mutating func append(_ piece: String, style: Style) {
    if piece.hasPrefix(" ") {
      endWord()
      space = StyledText(piece, style: style)
    } else {
      word.append(StyledText(piece, style: style))
    }
  }

  mutating func breakLine() {
    endWord()
    space = nil
    startLine()
  }

  mutating func finished() -> [[StyledText]] {
    endWord()
    return lines
  }

  private mutating func startLine() {
    lines.append([])
    used = 0
  }

  private mutating func endWord() {
    guard !word.isEmpty else { return }
    let wordWidth = word.reduce(0) { $0 + DisplayText.width($1.text) }
    let spaceWidth = space.map { DisplayText.width($0.text) } ?? 0
    if used > 0, used + spaceWidth + wordWidth > width {
      startLine()
    } else if let space, used + spaceWidth + wordWidth <= width {
      lines[lines.count - 1].append(space)
      used += spaceWidth
    }
    space = nil
    for run in word { place(run) }
    word = []
  }

  /// Adds a run to the line, and breaks it if it is longer than the line.
  private mutating func place(_ run: StyledText) {
    var rest = run.text[...]
    while !rest.isEmpty {
      // Every character takes at least one cell.
      let fitting = DisplayText.truncated(String(rest.prefix(max(0, width - used))), to: width - used)
      if fitting.isEmpty {
        if used == 0 { return }
        startLine()
        continue
      }
      lines[lines.count - 1].append(StyledText(fitting, style: run.style))
      used += DisplayText.width(fitting)
      rest = rest.dropFirst(fitting.count)
      if !rest.isEmpty { startLine() }
    }
  }
}

extension Canvas {
  /// Writes a wrapped paragraph into `rect`, clipped at the last row.
  ///
  /// - Returns: The number of rows written.
  @discardableResult
  public mutating func write(paragraph runs: [StyledText], in rect: Rect) -> Int {
    let lines = TextLayout.wrap(runs, width: rect.width).prefix(rect.height)
    draw(in: rect) { canvas in
      for (row, line) in lines.enumerated() { canvas.write(line, at: Point(x: 0, y: row)) }
    }
    return lines.count
  }
}
