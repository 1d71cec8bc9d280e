extension Canvas {
  /// The characters without styles: one line per row, without trailing spaces.
  public func plainText() -> String {
    lines.joined(separator: "\n")
  }

  /// The rows of ``plainText()``.
  public var lines: [String] {
    (0..<size.height).map { y in
      var line = ""
      for x in 0..<size.width {
        let cell = self[x, y]
        if cell.width > 0 { line.append(cell.text) }
      }
      while line.last == " " { line.removeLast() }
      return line
    }
  }

  /// The characters with escape sequences for their styles, one line per row, for `cat`.
  public func ansi(depth: ColorDepth) -> String {
    (0..<size.height).map { y in
      var line = ""
      var current = Style.plain
      for x in 0..<size.width {
        let cell = self[x, y]
        guard cell.width > 0 else { continue }
        let style = cell.style.reduced(to: depth)
        if style != current {
          line += style.escapeSequence
          current = style
        }
        line.append(cell.text)
      }
      return current == .plain ? line : line + "\u{1B}[0m"
    }.joined(separator: "\n")
  }

}

extension Style {
  /// The sequence that sets the style regardless of the previous one (ECMA-48 SGR).
  public var escapeSequence: String {
    var codes = ["0"]
    let known: [(Attributes, String)] = [
      (.bold, "1"), (.dim, "2"), (.italic, "3"), (.underline, "4"), (.reverse, "7"),
    ]
    codes += known.filter { attributes.contains($0.0) }.map(\.1)
    codes += Self.colorCodes(foreground, base: 30)
    codes += Self.colorCodes(background, base: 40)
    return "\u{1B}[" + codes.joined(separator: ";") + "m"
  }

  private static func colorCodes(_ color: Color, base: Int) -> [String] {
    switch color {
    case .terminalDefault: []
    case .ansi(let index) where index < 8: [String(base + Int(index))]
    case .ansi(let index): [String(base + 60 + Int(index % 16) - 8)]
    case .indexed(let index): [String(base + 8), "5", String(index)]
    case .rgb(let red, let green, let blue):
      [String(base + 8), "2", String(red), String(green), String(blue)]
    }
  }
}
