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
      state.screen.view.draw(state, on: &canvas, appearance: appearance)
    }
    return canvas
  }

  /// What an input does, to be applied in order. `size` is what was drawn last.
  public static func actions(
    for input: TerminalInput, in state: ExplorerState, size: Size, capabilities: TerminalCapabilities
  ) -> [Action] {
    []
  }

  /// What a key asks of the terminal itself rather than of the state.
  public static func frontEndCommand(for input: TerminalInput) -> FrontEndCommand? {
    switch input {
    case .key(.control("l")): .redraw
    case .key(.control("z")): .suspend
    default: nil
    }
  }
}

/// What only the owner of the terminal can do.
public enum FrontEndCommand: Sendable, Equatable {
  /// Draw everything anew, whatever the terminal shows now.
  case redraw
  /// Give the terminal back to the shell until the job is continued.
  case suspend
}
