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
