public import ExplorerModel
public import TerminalRendering

/// The explorer as pure functions: `draw` renders a state, and `actions` interprets an input.
public enum Explorer {
  /// The smallest supported terminal size.
  public static let minimumSize = Size(width: 60, height: 16)

  /// Draws the whole terminal on a canvas of exactly `size` cells. Below ``minimumSize``, draws a notice
  /// instead.
  public static func draw(
    _ state: ExplorerState, size: Size, capabilities: TerminalCapabilities
  ) -> Canvas {
    var canvas = Canvas(size: size, unicode: capabilities.unicode)
    let appearance = Appearance(capabilities, state.preferences)
    guard let layout = FrameLayout(size: size) else {
      drawTooSmallNotice(on: &canvas, appearance: appearance)
      return canvas
    }
    canvas.draw(in: layout.screen) { canvas in
      state.view.draw(state, on: &canvas, appearance: appearance)
    }
    drawFrame(of: state, layout: layout, on: &canvas, appearance: appearance)
    switch state.overlay {
    case .help(let help):
      HelpOverlay(help, of: state, size: size, appearance: appearance).draw(on: &canvas)
    case .palette(let query, let selected):
      PaletteOverlay(query: query, selected: selected, state: state).draw(on: &canvas, appearance: appearance)
    case .columns(let list):
      ColumnsOverlay(list: list, state: state, appearance: appearance).draw(on: &canvas)
    case .prompt, nil: break
    }
    if let ground = appearance.ground { canvas.replaceDefaultColors(by: ground) }
    return canvas
  }
}

extension Explorer {
  /// The screen of a state as it is drawn, without overlay and message, for exports.
  public static func shown(
    _ state: ExplorerState, size: Size, capabilities: TerminalCapabilities
  ) -> ShownScreen {
    // A file has no terminal that could draw the pictures.
    var capabilities = capabilities
    capabilities.drawsImages = false
    let histogram = FrameLayout(size: size).flatMap {
      state.screen == .scores
        ? ScoresScreen.histogram(state, size: $0.screen.size, appearance: Appearance(capabilities)) : nil
    }
    var shown = state
    _ = shown.apply(.closeOverlay)
    _ = shown.apply(.dismissNotice)
    let (state, drawn) = (shown, capabilities)
    return ShownScreen(
      drawing: { draw(state, size: size, capabilities: drawn).text(as: $0) }, histogram: histogram)
  }
}

extension Canvas {
  /// The drawing in the format of a file.
  public func text(as format: ScreenFormat) -> String {
    switch format {
    case .svg: svg(title: "gmmscope")
    case .txt: plainText()
    }
  }
}

/// A command that only the front end can carry out.
public enum FrontEndCommand: Sendable, Equatable {
  /// Redraw the whole terminal.
  case redraw
  /// Suspend the program and return to the shell until the job is continued.
  case suspend
}
