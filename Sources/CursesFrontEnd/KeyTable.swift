import TerminalRendering

/// The byte sequences that terminals send for keys.
enum KeyTable {
  /// Keys by their capability names in the terminal description.
  private static let described: [(String, KeyPress)] =
    [
      ("kcuu1", .up), ("kcud1", .down), ("kcub1", .left), ("kcuf1", .right), ("kLFT", .shiftLeft),
      ("kRIT", .shiftRight), ("khome", .home), ("kend", .end), ("kll", .end), ("kpp", .pageUp),
      ("knp", .pageDown),
      ("ka1", .home), ("kc1", .end), ("ka3", .pageUp), ("kc3", .pageDown), ("kent", .enter),
      ("kbs", .backspace),
      ("kdch1", .delete), ("kcbt", .backTab),
    ] + (1...24).map { ("kf\($0)", .function($0)) }

  /// Common sequences that terminals send regardless of their description.
  private static let common: [(String, KeyPress)] = [
    ("[A", .up), ("[B", .down), ("[C", .right), ("[D", .left),
    ("OA", .up), ("OB", .down), ("OC", .right), ("OD", .left),
    ("[H", .home), ("OH", .home), ("[1~", .home), ("[7~", .home),
    ("[F", .end), ("OF", .end), ("[4~", .end), ("[8~", .end),
    ("[3~", .delete), ("[5~", .pageUp), ("[6~", .pageDown), ("[Z", .backTab),
    ("[1;2C", .shiftRight), ("[1;2D", .shiftLeft),
  ]

  /// The sequences of all multibyte keys of the terminal that ncurses is set up for.
  static func sequences() -> [[UInt8]: KeyPress] {
    let described = described.map { (Array(TerminalModes.capability($0.0).utf8), $0.1) }
    let common = common.map { (Array(("\u{1B}" + $0.0).utf8), $0.1) }
    return Dictionary((described + common).filter { $0.0.count > 1 }) { first, _ in first }
  }

  /// The key of a character, including control characters.
  nonisolated static func key(scalar: Unicode.Scalar) -> KeyPress {
    switch scalar.value {
    case 0x09: .tab
    case 0x0A, 0x0D: .enter
    case 0x1B: .escape
    case 0x08, 0x7F: .backspace
    case 0x00: .control(" ")
    case 0x01...0x1A: .control(Character(Unicode.Scalar(UInt8(scalar.value) + 0x60)))
    case 0x1C...0x1F: .control(Character(Unicode.Scalar(UInt8(scalar.value) + 0x40)))
    default: .character(Character(scalar))
    }
  }
}
