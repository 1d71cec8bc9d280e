import CNCurses

/// Modes that ncurses does not switch by itself, and the way back to an ordinary terminal from anywhere.
enum TerminalModes {
  /// Pasted text comes between marks; clicks, the wheel and motion while a button is down come as SGR reports.
  private static let pasteModes = [2004]
  private static let mouseModes = [1000, 1002, 1006]

  static func enter(mouse: Bool) -> String { modes(mouse: mouse).map { "\u{1B}[?\($0)h" }.joined() }

  static func leave(mouse: Bool) -> String {
    modes(mouse: mouse).reversed().map { "\u{1B}[?\($0)l" }.joined()
  }

  private static func modes(mouse: Bool) -> [Int] { pasteModes + (mouse ? mouseModes : []) }

  /// All that a crashed program has to send: modes, attributes, colours, keypad, cursor, main screen.
  static func reset(mouse: Bool) -> String {
    leave(mouse: mouse) + ["sgr0", "op", "rmkx", "cnorm", "rmcup"].map(capability).joined()
  }

  /// A string from the terminal's description, without the pauses old terminals needed; empty if it has none.
  static func capability(_ name: String) -> String {
    guard let value = tigetstr(name), Int(bitPattern: value) != -1 else { return "" }
    return String(cString: value).replacing(/\$<[0-9.]+[*\/]*>/, with: "")
  }
}
