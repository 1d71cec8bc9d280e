/// Why the explorer cannot take over the terminal.
public nonisolated enum TerminalError: Error, Equatable, CustomStringConvertible {
  public enum Stream: String, Sendable { case input, output }

  /// Standard input or output is a file or a pipe.
  case notATerminal(Stream)
  /// `TERM` is unset or names a terminal that cannot position text.
  case dumbTerminal(String)
  /// ncurses has no description of the terminal in `TERM`, or could not set it up.
  case cannotInitialise(String)
  /// The program runs in the background, and no shell could stop it until it is in the foreground.
  case inBackground

  public var description: String {
    switch self {
    case .notATerminal(let stream):
      "cannot start the explorer: standard \(stream.rawValue) is not a terminal; " + Self.headlessTwin
    case .dumbTerminal(""):
      "cannot start the explorer: TERM is not set; " + Self.headlessTwin
    case .dumbTerminal(let name):
      "cannot start the explorer: terminal type \"\(name)\" (TERM) cannot position text; " + Self.headlessTwin
    case .cannotInitialise(let name):
      "cannot start the explorer: unknown terminal type \"\(name)\" (TERM); try TERM=xterm-256color, or "
        + Self.headlessTwin
    case .inBackground:
      "cannot start the explorer in the background: start it in the foreground, or "
        + Self.headlessTwin
    }
  }

  private static let headlessTwin =
    "use \"gmmscope classes\" for the numbers or \"gmmscope snapshot\" for the screens"
}
