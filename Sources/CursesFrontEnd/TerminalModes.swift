import CNCurses

/// Terminal modes that ncurses does not set, and the sequence that restores an ordinary terminal.
enum TerminalModes {
  /// Enables bracketed paste and SGR mouse reports of clicks, the wheel and drags.
  private static let pasteModes = [2004]
  private static let mouseModes = [1000, 1002, 1006]

  static func enter(mouse: Bool) -> String { modes(mouse: mouse).map { "\u{1B}[?\($0)h" }.joined() }

  static func leave(mouse: Bool) -> String {
    modes(mouse: mouse).reversed().map { "\u{1B}[?\($0)l" }.joined()
  }

  private static func modes(mouse: Bool) -> [Int] { pasteModes + (mouse ? mouseModes : []) }

  /// The complete reset after a crash: modes, attributes, colors, keypad, cursor and main screen.
  static func reset(mouse: Bool) -> String {
    leave(mouse: mouse) + ["sgr0", "op", "rmkx", "cnorm", "rmcup"].map(capability).joined()
  }

  /// A string capability of the terminal description, without padding; empty if it is absent.
  static func capability(_ name: String) -> String {
    guard let value = tigetstr(name), Int(bitPattern: value) != -1 else { return "" }
    return String(cString: value).replacing(/\$<[0-9.]+[*\/]*>/, with: "")
  }
}
