public import ExplorerModel
public import TerminalRendering

/// The explorer as pure functions: what a state looks like, and what an input means in it.
public enum Explorer {
  /// The smallest terminal that the screens are laid out for.
  public static let minimumSize = Size(width: 60, height: 16)

  /// The whole terminal as cells, exactly `size` of them. Below ``minimumSize`` a notice that says so.
  public static func draw(
    _ state: ExplorerState, size: Size, capabilities: TerminalCapabilities
  ) -> Canvas {
    var canvas = Canvas(size: size, unicode: capabilities.unicode)
    let appearance = Appearance(capabilities)
    guard let layout = FrameLayout(size: size) else {
      drawTooSmallNotice(on: &canvas, appearance: appearance)
      return canvas
    }
    canvas.draw(in: layout.screen) { canvas in
      state.view.draw(state, on: &canvas, appearance: appearance)
    }
    drawFrame(of: state, layout: layout, on: &canvas, appearance: appearance)
    switch state.overlay {
    case .help(let scroll):
      HelpOverlay.draw(
        scroll: scroll, only: state.chooserGroup, on: &canvas, appearance: appearance)
    case .palette(let query, let selected):
      PaletteOverlay(query: query, selected: selected, state: state).draw(on: &canvas, appearance: appearance)
    case .prompt, nil: break
    }
    return canvas
  }
}

/// What only the owner of the terminal can do.
public enum FrontEndCommand: Sendable, Equatable {
  /// Draw everything anew, whatever the terminal shows now.
  case redraw
  /// Give the terminal back to the shell until the job is continued.
  case suspend
}
