/// Why the explorer cannot take over the terminal.
public nonisolated enum TerminalError: Error, Equatable, CustomStringConvertible {
  public enum Stream: String, Sendable { case input, output }

  /// Standard input or output is a file or a pipe.
  case notATerminal(Stream)
  /// `TERM` is unset or names a terminal on which nothing can be placed.
  case dumbTerminal(String)
  /// ncurses has no description of the terminal that `TERM` names, or could not set it up.
  case cannotInitialise(String)
  /// Another program has the terminal, and nothing could stop this one until it is its turn.
  case inBackground

  public var description: String {
    switch self {
    case .notATerminal(let stream):
      "the explorer needs a terminal, and standard \(stream.rawValue) is none: " + Self.headlessTwin
    case .dumbTerminal(""):
      "the explorer needs to know its terminal, and TERM is not set: " + Self.headlessTwin
    case .dumbTerminal(let name):
      "the explorer cannot place text on a terminal of type \"\(name)\" (TERM): " + Self.headlessTwin
    case .cannotInitialise(let name):
      "this machine does not know the terminal type \"\(name)\" (TERM): try TERM=xterm-256color, or "
        + Self.headlessTwin
    case .inBackground:
      "the explorer runs in the background of its terminal: start it in the foreground, or "
        + Self.headlessTwin
    }
  }

  private static let headlessTwin =
    "use \"gmmscope classes\" for the numbers or \"gmmscope snapshot\" for the screens"
}
