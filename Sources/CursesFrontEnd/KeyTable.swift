import CNCurses
import TerminalRendering

/// ncurses' numbers and characters as keys.
enum KeyTable {
  /// Codes of our own, above those of ncurses: the marks around pasted text, the start of a mouse report.
  static let pasteBegin: Int32 = 0o2000
  static let pasteEnd: Int32 = 0o2001
  static let mouseReport: Int32 = 0o2002

  private static let special: [Int32: KeyPress] = [
    KEY_UP: .up, KEY_DOWN: .down, KEY_LEFT: .left, KEY_RIGHT: .right,
    KEY_SLEFT: .shiftLeft, KEY_SRIGHT: .shiftRight,
    KEY_HOME: .home, KEY_END: .end, KEY_LL: .end, KEY_PPAGE: .pageUp, KEY_NPAGE: .pageDown,
    KEY_A1: .home, KEY_C1: .end, KEY_A3: .pageUp, KEY_C3: .pageDown,
    KEY_ENTER: .enter, KEY_BACKSPACE: .backspace, KEY_DC: .delete, KEY_BTAB: .backTab,
  ]

  /// The key behind one of ncurses' key codes, nil for those nobody binds.
  static func key(code: Int32) -> KeyPress? {
    if let key = special[code] { return key }
    let number = code - cn_function_key(0)
    return (1...24).contains(number) ? .function(Int(number)) : nil
  }

  /// The key that types a character, control characters included.
  static func key(scalar: Unicode.Scalar) -> KeyPress {
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

  /// Tells ncurses our own codes, and the sequences that terminals send although their description names others.
  static func defineCommonSequences() {
    let sequences: [(String, Int32)] = [
      ("[A", KEY_UP), ("[B", KEY_DOWN), ("[C", KEY_RIGHT), ("[D", KEY_LEFT),
      ("OA", KEY_UP), ("OB", KEY_DOWN), ("OC", KEY_RIGHT), ("OD", KEY_LEFT),
      ("[H", KEY_HOME), ("OH", KEY_HOME), ("[1~", KEY_HOME), ("[7~", KEY_HOME),
      ("[F", KEY_END), ("OF", KEY_END), ("[4~", KEY_END), ("[8~", KEY_END),
      ("[3~", KEY_DC), ("[5~", KEY_PPAGE), ("[6~", KEY_NPAGE), ("[Z", KEY_BTAB),
      ("[1;2C", KEY_SRIGHT), ("[1;2D", KEY_SLEFT),
    ]
    for (suffix, code) in sequences {
      let sequence = "\u{1B}" + suffix
      if key_defined(sequence) == 0 { _ = define_key(sequence, code) }
    }
    _ = define_key("\u{1B}[200~", pasteBegin)
    _ = define_key("\u{1B}[201~", pasteEnd)
    _ = define_key("\u{1B}" + MouseReport.introducer, mouseReport)
  }
}
