import ExplorerModel
import TerminalRendering

extension Explorer {
  static func drawFrame(
    of state: ExplorerState, layout: FrameLayout, on canvas: inout Canvas, appearance: Appearance
  ) {
    HeaderLine(state: state, appearance: appearance).draw(on: &canvas, rect: layout.header)
    if state.choosing.isOpen {
      ChooserLine(state: state, appearance: appearance).draw(on: &canvas, rect: layout.tabs)
    } else {
      TabLine(state: state, width: layout.tabs.width, appearance: appearance)
        .draw(on: &canvas, rect: layout.tabs)
    }
    canvas.horizontalLine(
      from: layout.rule.origin, length: layout.rule.height * layout.rule.width,
      glyph: appearance.glyphs.horizontal, style: appearance.theme.border)
    drawFooter(of: state, layout: layout, on: &canvas, appearance: appearance)
  }

  private static func drawFooter(
    of state: ExplorerState, layout: FrameLayout, on canvas: inout Canvas, appearance: Appearance
  ) {
    if state.showsHints(in: layout) {
      KeyBindings.hints(for: state, glyphs: appearance.glyphs)
        .draw(into: &canvas, rect: layout.hints, appearance: appearance)
    }
    if case .prompt(let prompt) = state.overlay {
      PromptLine.draw(prompt, on: &canvas, rect: layout.message, appearance: appearance)
    } else if let notice = state.messages.notice, !state.screenShows(notice) {
      MessageLine.draw(notice, on: &canvas, layout: layout, appearance: appearance)
    }
  }
}

extension ExplorerState {
  /// Whether the screen already shows the message: the failure that left it with nothing to show.
  fileprivate func screenShows(_ message: Message) -> Bool {
    message == messages.failure && classes.outlines.isEmpty && screen != .data && !choosing.isOpen
  }

  /// Whether the key hints are shown, and no message is in their place.
  func showsHints(in layout: FrameLayout) -> Bool {
    let isOccupied = isAsking || messages.notice.map { !screenShows($0) } ?? false
    return !(layout.sharesLine && isOccupied)
  }

  /// Whether a prompt is open at the bottom of the screen.
  fileprivate var isAsking: Bool {
    if case .prompt = overlay { true } else { false }
  }
}

extension Explorer {
  /// Draws the required and the actual terminal size.
  static func drawTooSmallNotice(on canvas: inout Canvas, appearance: Appearance) {
    let times = appearance.glyphs.times
    func text(_ size: Size) -> String { "\(size.width)\(times)\(size.height)" }
    let lines = [
      "gmmscope needs \(text(minimumSize)) cells.", "This terminal has \(text(canvas.size)).",
      "Enlarge it, or press q to quit.",
    ]
    let block = canvas.bounds.centered(Size(width: canvas.size.width, height: lines.count))
    for (row, line) in lines.prefix(block.height).enumerated() {
      canvas.write(
        line, at: Point(x: 0, y: block.y + row), style: row == 0 ? appearance.theme.emphasis : .plain,
        alignment: .center, ellipsis: appearance.glyphs.ellipsis)
    }
  }
}

/// The latest message, above the key hints. Errors and warnings take up to five lines, because their end says
/// what to try.
enum MessageLine {
  static func draw(_ message: Message, on canvas: inout Canvas, layout: FrameLayout, appearance: Appearance) {
    let (theme, glyphs) = (appearance.theme, appearance.glyphs)
    let (sign, style) = theme.sign(of: message.severity, glyphs: glyphs)
    let indent = DisplayText.width(sign) + 1
    let width = layout.message.width - indent
    let limit = message.severity == .info ? 1 : 5
    var lines = TextLayout.wrap(glyphs.spelled(message.text), width: width)
    if lines.count > limit {
      let rest = lines[(limit - 1)...].map { $0.map(\.text).joined() }.joined(separator: " ")
      lines =
        lines.prefix(limit - 1) + [
          [StyledText(DisplayText.truncated(rest, to: width, ellipsis: glyphs.ellipsis))]
        ]
    }
    let bottom = layout.message
    let rect = Rect(x: bottom.x, y: bottom.maxY - lines.count, width: bottom.width, height: lines.count)
    canvas.fill(Rect(x: rect.x - 1, y: rect.y, width: rect.width + 2, height: rect.height))
    canvas.write(sign, at: rect.origin, style: style)
    for (row, line) in lines.enumerated() {
      canvas.write(line, at: Point(x: rect.x + indent, y: rect.y + row))
    }
  }
}
