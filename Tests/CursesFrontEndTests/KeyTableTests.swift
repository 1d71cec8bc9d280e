import CNCurses
import TerminalRendering
import Testing

@testable import CursesFrontEnd

@Suite struct KeyTableTests {
  @Test(
    arguments: [
      ("\u{03}", KeyPress.control("c")), ("\u{1A}", .control("z")), ("\u{13}", .control("s")),
      ("\u{00}", .control(" ")), ("\u{1C}", .control("\\")), ("\t", .tab), ("\r", .enter), ("\n", .enter),
      ("\u{1B}", .escape), ("\u{7F}", .backspace), ("\u{08}", .backspace), ("q", .character("q")),
      (" ", .character(" ")), ("λ", .character("λ")),
    ] as [(Unicode.Scalar, KeyPress)])
  func aCharacterIsItsKey(scalar: Unicode.Scalar, key: KeyPress) {
    #expect(KeyTable.key(scalar: scalar) == key)
  }

  @Test(
    arguments: [
      (KEY_UP, KeyPress.up), (KEY_SLEFT, .shiftLeft), (KEY_NPAGE, .pageDown), (KEY_HOME, .home),
      (KEY_BTAB, .backTab), (KEY_BACKSPACE, .backspace), (KEY_DC, .delete),
      (cn_function_key(1), .function(1)), (cn_function_key(12), .function(12)),
    ] as [(Int32, KeyPress)])
  func aCodeIsItsKey(code: Int32, key: KeyPress) {
    #expect(KeyTable.key(code: code) == key)
  }

  @Test(arguments: [KEY_RESIZE, KEY_SUSPEND, cn_function_key(0), cn_function_key(25), -1])
  func otherCodesAreNoKeys(code: Int32) {
    #expect(KeyTable.key(code: code) == nil)
  }
}
