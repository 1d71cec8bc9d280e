import Foundation
import Testing

@testable import CursesFrontEnd

@Suite struct ClipboardSequenceTests {
  @Test(arguments: ["", "a", "ab", "abc", "Lato-Hairline:Q#0", "ж#3 λ ≥ 2"])
  func carriesTheTextAsBase64(text: String) throws {
    let bytes = try #require(ClipboardSequence.bytes(copying: text, insideTmux: false))
    let payload = Data(text.utf8).base64EncodedString()
    #expect(String(decoding: bytes, as: UTF8.self) == "\u{1B}]52;c;\(payload)\u{07}")
  }

  @Test func tmuxPassthroughDoublesEscapes() throws {
    let bytes = try #require(ClipboardSequence.bytes(copying: "id", insideTmux: true))
    let sequence = "\u{1B}]52;c;aWQ=\u{07}"
    #expect(String(decoding: bytes, as: UTF8.self) == sequence + "\u{1B}Ptmux;\u{1B}" + sequence + "\u{1B}\\")
  }

  @Test func textTooLongForTerminalsIsRejected() {
    let longest = String(repeating: "x", count: ClipboardSequence.longestText)
    #expect(ClipboardSequence.bytes(copying: longest, insideTmux: false) != nil)
    #expect(ClipboardSequence.bytes(copying: longest + "x", insideTmux: false) == nil)
  }

  @Test(
    arguments: [
      (["TERM": "xterm-kitty"], true), (["TERM": "xterm-256color", "KITTY_WINDOW_ID": "1"], true),
      (["TERM": "alacritty"], true), (["TERM": "foot-extra"], true), (["TERM": "xterm-256color"], false),
      (["TERM": "footer"], false), (["TERM": "xterm-256color", "WT_SESSION": "a"], true),
      (["TERM": "tmux-256color", "TMUX": "/tmp/tmux-0/default,1,0", "KITTY_WINDOW_ID": "1"], false),
      (["TERM": "screen", "STY": "1.tty", "TERM_PROGRAM": "WezTerm"], false), ([:], false),
    ] as [([String: String], Bool)])
  func onlyKnownTerminalsTakeText(_ environment: [String: String], _ isTaken: Bool) {
    #expect(ClipboardSequence.isTaken(by: environment) == isTaken)
  }
}
