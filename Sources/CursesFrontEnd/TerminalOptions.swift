/// What the user allows the explorer to use of the terminal.
public nonisolated struct TerminalOptions: Hashable, Sendable {
  /// Colours, where the terminal has them and `NO_COLOR` is not set.
  public var color: Bool
  /// Braille and block characters, where the locale is UTF-8.
  public var unicode: Bool
  /// Clicks, drags and the wheel; without them the terminal's own text selection works undisturbed.
  public var mouse: Bool

  public init(color: Bool = true, unicode: Bool = true, mouse: Bool = true) {
    self.color = color
    self.unicode = unicode
    self.mouse = mouse
  }
}

/// Why the event loop ended.
public nonisolated enum ExitReason: Hashable, Sendable {
  /// The delegate was finished.
  case quit
  /// HUP, INT or TERM arrived, or the terminal went away (HUP).
  case interrupted(signal: Int32)

  /// What a shell expects of a program that ended this way: 0, or 128 and the signal's number.
  public var status: Int32 {
    switch self {
    case .quit: 0
    case .interrupted(let signal): 128 + signal
    }
  }
}
