import ExplorerModel
import TerminalRendering

/// The open files and all messages as one scrollable text.
enum DataScreen: ScreenView {
  static func draw(_ state: ExplorerState, on canvas: inout Canvas, appearance: Appearance) {
    guard state.data.dataSet != nil || !state.messages.all.isEmpty else {
      _ = Placeholder.draw(for: .data, of: state, on: &canvas, appearance: appearance)
      return
    }
    let lines = DataText(state: state, width: canvas.size.width, appearance: appearance).lines
    let height = textHeight(lines, canvas.size)
    let first = min(state.data.scroll, max(0, lines.count - height))
    for (row, line) in lines.dropFirst(first).prefix(height).enumerated() {
      canvas.write(line, at: Point(x: 0, y: row), maxWidth: canvas.size.width)
    }
    guard lines.count > height else { return }
    canvas.write(
      "lines \(first + 1)-\(first + height) of \(lines.count)", at: Point(x: 0, y: canvas.size.height - 1),
      style: appearance.theme.muted, maxWidth: canvas.size.width, alignment: .trailing)
  }

  static func pageHeight(in state: ExplorerState, size: Size) -> Int { max(1, size.height - 2) }

  static func actions(
    for mouse: MouseEvent, in state: ExplorerState, size: Size, appearance: Appearance
  ) -> [Action] {
    let context = KeyContext(state: state, screenSize: size)
    switch mouse.kind {
    case .wheelUp: return [context.move(.lines(-3))].compactMap(\.self)
    case .wheelDown: return [context.move(.lines(3))].compactMap(\.self)
    case .press, .release, .drag, .doubleClick: return []
    }
  }

  /// The largest scroll offset, at which the last line is visible. Line breaks depend only on the width.
  static func lastScroll(in state: ExplorerState, size: Size) -> Int {
    let appearance = Appearance(TerminalCapabilities(unicode: true, colorDepth: .none))
    let lines = DataText(state: state, width: size.width, appearance: appearance).lines
    return max(0, lines.count - textHeight(lines, size))
  }

  /// If the text does not fit, the last row shows the range of visible lines.
  private static func textHeight(_ lines: [[StyledText]], _ size: Size) -> Int {
    lines.count > size.height ? max(0, size.height - 1) : size.height
  }
}
