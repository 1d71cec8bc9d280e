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
  func characterIsItsKey(scalar: Unicode.Scalar, key: KeyPress) {
    #expect(KeyTable.key(scalar: scalar) == key)
  }
}
