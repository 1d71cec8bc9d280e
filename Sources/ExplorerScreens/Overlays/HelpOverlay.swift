import ExplorerModel
import TerminalRendering

/// All keys and terms in a box, in two columns on a wide terminal.
enum HelpOverlay {
  static func draw(
    scroll: Int, only group: KeyBinding.Group?, on canvas: inout Canvas, appearance: Appearance
  ) {
    let box = overlay(in: canvas.size)
    let last = lastScroll(in: canvas.size, only: group, appearance: appearance)
    let size = textSize(in: canvas.size, appearance: appearance)
    let columns = columns(in: size, only: group, appearance: appearance)
    let first = min(scroll, last)
    box.draw(on: &canvas, appearance: appearance) { canvas in
      let parts = canvas.bounds.inset(bottom: 1).split(
        columns: Array(repeating: .fill, count: columns.count), spacing: 3)
      for (lines, part) in zip(columns, parts) {
        canvas.draw(in: part) { canvas in
          for (row, line) in lines.dropFirst(first).prefix(canvas.size.height).enumerated() {
            canvas.write(line, at: Point(x: 0, y: row))
          }
        }
      }
      let hint =
        last > 0
        ? "j k PgUp PgDn scroll   \(first + 1)-\(first + size.height) of \(last + size.height)   Esc closes"
        : "Esc closes"
      canvas.write(
        hint, at: Point(x: 0, y: canvas.size.height - 1), style: appearance.theme.muted, alignment: .trailing)
    }
  }

  /// The size of the text, without frame and hint.
  static func textSize(in size: Size, appearance: Appearance) -> Size {
    let frame = overlay(in: size).frame(in: size)
    return Size(width: frame.width - 4, height: frame.height - 3)
  }

  /// The largest scroll offset, at which the last line is visible.
  static func lastScroll(in size: Size, only group: KeyBinding.Group? = nil, appearance: Appearance) -> Int {
    let text = textSize(in: size, appearance: appearance)
    let longest = columns(in: text, only: group, appearance: appearance).map(\.count).max() ?? 0
    return max(0, longest - text.height)
  }

  private static func overlay(in size: Size) -> TerminalRendering.Overlay {
    TerminalRendering.Overlay(
      title: "Help", contentSize: Size(width: min(size.width - 6, 150), height: size.height - 4))
  }

  private static func columns(
    in size: Size, only group: KeyBinding.Group?, appearance: Appearance
  ) -> [[[StyledText]]] {
    let glyphs = appearance.glyphs
    let lines = HelpText(glyphs: glyphs, only: group).lines
    guard size.width >= 110, group == nil else {
      return [styled(lines, width: size.width, appearance: appearance)]
    }
    // Break between groups so that the longer column is as short as possible.
    let width = (size.width - 3) / 2
    let candidates = lines.indices.filter { if case .blank = lines[$0] { true } else { false } }
      .map { place in
        [Array(lines.prefix(place)), Array(lines.dropFirst(place + 1))].map {
          styled($0, width: width, appearance: appearance)
        }
      }
    func height(_ columns: [[[StyledText]]]) -> Int { columns.map(\.count).max() ?? 0 }
    return candidates.min { height($0) < height($1) } ?? []
  }

  private static func styled(_ lines: [HelpText.Line], width: Int, appearance: Appearance) -> [[StyledText]] {
    let (theme, glyphs) = (appearance.theme, appearance.glyphs)
    let keyWidth = 15
    return lines.flatMap { line -> [[StyledText]] in
      switch line {
      case .blank: return [[]]
      case .heading(let text): return [[StyledText(glyphs.spelled(text), style: theme.title)]]
      case .entry(let keys, let text):
        let paragraph = TextLayout.wrap(glyphs.spelled(text), width: max(1, width - keyWidth))
        return paragraph.enumerated().map { row, runs in
          let key = DisplayText.padded(row == 0 ? glyphs.spelled(keys) : "", to: keyWidth)
          return [StyledText(key, style: theme.key)] + runs
        }
      }
    }
  }
}
