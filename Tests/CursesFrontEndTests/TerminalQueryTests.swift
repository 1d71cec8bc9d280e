import TerminalRendering
import Testing

@testable import CursesFrontEnd

@Suite struct TerminalQueryTests {
  private func reply(_ text: String, _ introducer: Character) -> TerminalReply? {
    TerminalQuery.reply(inString: Array(text.utf8), introducer: introducer.asciiValue ?? 0)
  }

  @Test(arguments: [
    ("11;rgb:1616/1818/1d1d", TerminalBackground.dark), ("11;rgb:ffff/ffff/ffff", .light),
    ("11;rgb:fd/f6/e3", .light), ("11;rgb:0/0/0", .dark), ("11;rgba:ffff/fdfd/fafa/ffff", .light),
    ("11;#282c34", .dark), ("11;#fff", .light),
  ])
  func backgroundIsRead(text: String, background: TerminalBackground) {
    #expect(reply(text, "]") == .background(background))
  }

  @Test(arguments: [
    "11;?", "11;", "10;rgb:0/0/0", "11;rgb:0/0", "11;rgb:x/y/z", "11;#12345", "52;c;aWQ=",
    "11;rgb:123456789/0/0",
  ])
  func otherStringsAreNoBackground(text: String) { #expect(reply(text, "]") == nil) }

  @Test func trueColorIsRead() {
    for text in ["1+r524742=382F382F38", "1+r5463", "1$r48:2::1:2:3m", "1$r0;48;2;1;2;3m", "1$r48:2:1:2:3m"] {
      #expect(reply(text, "P") == .trueColor, "\(text)")
    }
    for text in ["0+r524742", "0$r", "1$r0m", "1$r48;5;16m", "1+r"] {
      #expect(reply(text, "P") == nil, "\(text)")
    }
  }

  @Test func environmentNamesColors() {
    func depth(_ term: String, _ colorTerm: String = "", tmux: Bool = false, count: Int) -> ColorDepth {
      ColorEnvironment(term: term, isTmux: tmux, colorTerm: colorTerm, colorFgBg: "").depth(
        ofColorCount: count)
    }
    #expect(depth("xterm-256color", "truecolor", count: 256) == .trueColor)
    #expect(depth("xterm", "24bit", count: 8) == .trueColor)
    #expect(depth("xterm-256color", "yes", count: 256) == .indexed256)
    #expect(depth("xterm-direct", count: 1 << 24) == .trueColor)
    // GNU screen keeps the variable of the terminal around it, and cannot pass the colors on.
    #expect(depth("screen-256color", "truecolor", count: 256) == .indexed256)
    #expect(depth("screen-256color", "truecolor", tmux: true, count: 256) == .trueColor)
    #expect(depth("vt100", count: -1) == .none)
  }

  @Test func environmentNamesTheBackground() {
    func background(_ text: String) -> TerminalBackground? {
      ColorEnvironment(term: "rxvt", isTmux: false, colorTerm: "", colorFgBg: text).background
    }
    #expect(background("15;0") == .dark)
    #expect(background("0;default;15") == .light)
    #expect(background("0;7") == .light)
    #expect(background("12;8") == .dark)
    #expect(background("") == nil)
    #expect(background("0;default") == nil)
  }

  // MARK: Answers among input

  private let now = ContinuousClock.now

  @Test func answersAreKeptApartFromKeys() {
    var decoder = InputDecoder(keys: [:])
    let bytes = Array("j\u{1B}]11;rgb:ffff/ffff/ffff\u{1B}\\k\u{1B}P1+r5463\u{1B}\\\u{1B}[?62;22cl".utf8)
    // However the bytes are cut, nothing of the answers becomes a key.
    for cut in 0...bytes.count {
      decoder.expectReplies(until: now + .seconds(5))
      var inputs = decoder.decode(bytes[..<cut], at: now)
      // A pause that is longer than the delay of Esc.
      if let deadline = decoder.deadline, deadline <= now + .milliseconds(100) { inputs += decoder.expire() }
      inputs += decoder.decode(bytes[cut...], at: now + .milliseconds(100))
      #expect(inputs == "jkl".map { .key(.character($0)) }, "cut at \(cut)")
      #expect(decoder.takeReplies() == [.background(.light), .trueColor, .attributes], "cut at \(cut)")
    }
  }

  @Test func escapeIsQuickAgainAfterTheLastAnswer() {
    var decoder = InputDecoder(keys: [:])
    decoder.expectReplies(until: now + .seconds(5))
    _ = decoder.decode([0x1B], at: now)
    #expect(decoder.deadline == now + InputDecoder.escapeDelayBeforeReply)
    _ = decoder.expire()
    _ = decoder.decode(Array("\u{1B}[?1;2c\u{1B}".utf8), at: now)
    #expect(decoder.deadline == now + InputDecoder.escapeDelay)
    _ = decoder.expire()
    // Without an answer, the wait ends.
    decoder.expectReplies(until: now + .seconds(5))
    _ = decoder.decode([0x1B], at: now + .seconds(6))
    #expect(decoder.deadline == now + .seconds(6) + InputDecoder.escapeDelay)
  }

  @Test func endlessStringUsesLittleMemoryAndIsNoAnswer() {
    var decoder = InputDecoder(keys: [:])
    let long = Array("\u{1B}]11;rgb:".utf8) + [UInt8](repeating: 0x66, count: 100_000) + [0x07]
    #expect(decoder.decode(long, at: now) == [])
    #expect(decoder.takeReplies() == [])
  }
}
