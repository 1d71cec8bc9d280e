import ExplorerModel
import TerminalRendering

extension Explorer {
  static func drawFrame(
    of state: ExplorerState, layout: FrameLayout, on canvas: inout Canvas, appearance: Appearance
  ) {
    HeaderLine(state: state, appearance: appearance).draw(on: &canvas, rect: layout.header)
    TabLine(state: state, width: layout.tabs.width, appearance: appearance)
      .draw(on: &canvas, rect: layout.tabs)
    drawFooter(of: state, layout: layout, on: &canvas, appearance: appearance)
  }

  private static func drawFooter(
    of state: ExplorerState, layout: FrameLayout, on canvas: inout Canvas, appearance: Appearance
  ) {
    let isOccupied = state.notice != nil || state.isAsking
    if !(layout.sharesLine && isOccupied) {
      KeyBindings.hints(for: state, glyphs: appearance.glyphs)
        .draw(into: &canvas, rect: layout.hints, appearance: appearance)
    }
    if case .prompt(let prompt) = state.overlay {
      PromptLine.draw(prompt, on: &canvas, rect: layout.message, appearance: appearance)
    } else if let notice = state.notice {
      MessageLine.draw(notice, on: &canvas, layout: layout, appearance: appearance)
    }
  }
}

extension ExplorerState {
  /// Whether a line of text is being asked for at the foot of the screen.
  fileprivate var isAsking: Bool {
    if case .prompt = overlay { true } else { false }
  }
}
