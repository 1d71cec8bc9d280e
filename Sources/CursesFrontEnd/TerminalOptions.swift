/// The terminal features that the user allows.
public nonisolated struct TerminalOptions: Hashable, Sendable {
  /// Colors, if the terminal has them and `NO_COLOR` is not set.
  public var color: Bool
  /// Braille and block characters, if the locale is UTF-8.
  public var unicode: Bool
  /// Clicks, drags and the wheel. Without them, the text selection of the terminal works as usual.
  public var mouse: Bool
  /// Pictures at full resolution, if the terminal is known to draw them.
  public var graphics: Bool

  public init(color: Bool = true, unicode: Bool = true, mouse: Bool = true, graphics: Bool = true) {
    self.color = color
    self.unicode = unicode
    self.mouse = mouse
    self.graphics = graphics
  }
}

/// Why the event loop ended.
public nonisolated enum ExitReason: Hashable, Sendable {
  /// The delegate is finished.
  case quit
  /// SIGHUP, SIGINT or SIGTERM arrived, or the terminal closed (SIGHUP).
  case interrupted(signal: Int32)

  /// The exit status that shells expect: 0, or 128 plus the signal number.
  public var status: Int32 {
    switch self {
    case .quit: 0
    case .interrupted(let signal): 128 + signal
    }
  }
}
