import TerminalRendering
import Testing

@testable import CursesFrontEnd

/// Decoding of terminal input that arrives in pieces of any size and at any time.
@Suite struct InputDecoderTests {
  private static let keys: [[UInt8]: KeyPress] = Dictionary(
    uniqueKeysWithValues: [
      ("\u{1B}[A", KeyPress.up), ("\u{1B}OA", .up), ("\u{1B}[5~", .pageUp), ("\u{1B}[1;2C", .shiftRight),
      ("\u{1B}OP", .function(1)), ("\u{1B}[15~", .function(5)),
      // Keys of the Linux console, a VT52 and a Wyse terminal.
      ("\u{1B}[[A", .function(1)), ("\u{1B}H", .home), ("\u{01}@\r", .function(2)),
    ].map { (Array($0.0.utf8), $0.1) })

  private func decoder(_ encoding: InputDecoder.Encoding = .utf8) -> InputDecoder {
    InputDecoder(keys: Self.keys, encoding: encoding)
  }

  /// The inputs from bytes that arrive together, followed by silence.
  private func inputs(_ bytes: [UInt8], _ encoding: InputDecoder.Encoding = .utf8) -> [TerminalInput] {
    var decoder = decoder(encoding)
    return decoder.decode(bytes, at: .now) + (decoder.deadline == nil ? [] : decoder.expire())
  }

  private func inputs(_ text: String) -> [TerminalInput] { inputs(Array(text.utf8)) }

  private func keys(_ text: String) -> [TerminalInput] { text.map { .key(.character($0)) } }

  @Test func keysOfTheTerminalDescriptionAreDecoded() {
    for (bytes, key) in Self.keys { #expect(inputs(bytes) == [.key(key)]) }
  }

  @Test(
    arguments: [
      // Keys with modifiers, of other terminals, and of the kitty and xterm protocols.
      "\u{1B}[1;5C", "\u{1B}[1;3A", "\u{1B}[1;2A", "\u{1B}[24;5~", "\u{1B}[97;5u", "\u{1B}[97;;229u",
      "\u{1B}[27;5;97~",
      "\u{1B}[57441;1:3u", "\u{1B}[17^", "\u{1B}[23$", "\u{1B}O5C", "\u{1B}Ow", "\u{1B}[[E",
      // Focus in and out, and replies: device attributes, cursor, status, modes, size, version.
      "\u{1B}[I", "\u{1B}[O", "\u{1B}[?62;c", "\u{1B}[>41;354;0c", "\u{1B}[=1c", "\u{1B}[12;40R", "\u{1B}[0n",
      "\u{1B}[?2026;2$y", "\u{1B}[8;24;80t", "\u{1B}[?997;1n",
      // Strings with either terminator: colors, clipboard, termcap, tmux, version, and an empty one.
      "\u{1B}]11;rgb:1e1e/1e1e/1e1e\u{1B}\\", "\u{1B}]10;rgb:ffff/ffff/ffff\u{07}",
      "\u{1B}]52;c;cXVpdA==\u{07}",
      "\u{1B}P1+r544e=78\u{1B}\\", "\u{1B}P>|tmux 3.3a\u{1B}\\", "\u{1B}_Gi=31;OK\u{1B}\\",
      "\u{1B}^private\u{1B}\\",
      "\u{1B}Xstring\u{1B}\\", "\u{1B}]\u{1B}\\", "\u{1B}]0;größe λ\u{07}",
      // Unsupported mouse reports: X10, urxvt, malformed SGR, other buttons.
      "\u{1B}[M !!", "\u{1B}[Mq??", "\u{1B}[35;20;7M", "\u{1B}[<0;0;3M", "\u{1B}[<;;M", "\u{1B}[<2;5;3M",
      "\u{1B}[<0;1m",
      "\u{1B}[<99999999999999999999;1;1M",
      // Alt and a character, a control character, a multibyte character, a key.
      "\u{1B}q", "\u{1B}Q", "\u{1B}1", "\u{1B}[", "\u{1B}O", "\u{1B}]", "\u{1B}P", "\u{1B}\r", "\u{1B}\u{7F}",
      "\u{1B}\u{03}",
      "\u{1B}é", "\u{1B}日", "\u{1B}😀", "\u{1B}\u{1B}[A", "\u{1B}\u{1B}OP",
      // Single-byte controls (C1) in UTF-8.
      "\u{9B}1;5C", "\u{9D}11;rgb:0/0/0\u{9C}", "\u{8F}w",
      // Longer than any known sequence.
      "\u{1B}[" + String(repeating: "1;", count: 5000) + "m",
    ])
  func unknownSequenceIsDroppedCompletely(sequence: String) {
    #expect(inputs(sequence) == [])
    // It does not consume input that arrives with it.
    #expect(inputs("j" + sequence).first == .key(.character("j")))
  }

  @Test(
    arguments: [
      "\u{1B}[1;5C", "\u{1B}[I", "\u{1B}[?62;c", "\u{1B}]11;rgb:1e1e/1e1e/1e1e\u{1B}\\", "\u{1B}]0;q\u{07}",
      "\u{1B}P1+r54\u{1B}\\", "\u{1B}[M !!", "\u{1B}[[E", "\u{1B}[<0;0;3M", "\u{1B}OA",
      "\u{1B}[A",
      "\u{1B}[1;2C", "\u{1B}\u{1B}[A",
    ])
  func followingKeyIsDecodedForAnySplit(sequence: String) {
    let bytes = Array((sequence + "kq").utf8)
    let whole = inputs(bytes)
    #expect(Array(whole.suffix(2)) == keys("kq"))
    // A delay between the pieces, shorter than the delay for the Esc key.
    for cut in 1..<bytes.count {
      var decoder = decoder()
      let now = ContinuousClock.now
      #expect(
        decoder.decode(bytes[..<cut], at: now) + decoder.decode(bytes[cut...], at: now + .milliseconds(20))
          == whole)
    }
    var decoder = decoder()
    #expect(bytes.flatMap { decoder.decode([$0], at: .now) } == whole)
  }

  @Test func stalledSequenceTimesOut() {
    var decoder = decoder()
    let start = ContinuousClock.now
    #expect(decoder.decode(Array("\u{1B}".utf8), at: start) == [])
    #expect(decoder.deadline == start + InputDecoder.escapeDelay)
    #expect(decoder.decode(Array("[".utf8), at: start) == [])
    #expect(decoder.deadline == start + InputDecoder.introducerDelay)
    #expect(decoder.decode(Array("1;".utf8), at: start) == [])
    #expect(decoder.deadline == start + InputDecoder.sequenceDelay)
    // The sequence is dropped, and later bytes start a new one.
    #expect(decoder.expire() == [])
    #expect(decoder.deadline == nil)
    #expect(decoder.decode(Array("5C".utf8), at: start) == keys("5C"))
  }

  @Test(arguments: ["q", "é", "日", "\r", "1", "\u{03}"]) func separateCharacterAfterEscapeIsNotAlt(
    text: String
  ) {
    #expect(inputs("\u{1B}" + text) == [])
    var decoder = decoder()
    #expect(decoder.decode([0x1B], at: .now) == [])
    #expect(decoder.decode(Array(text.utf8), at: .now) == [.key(.escape)] + inputs(text))
  }

  @Test func escapeAloneIsAKey() {
    #expect(inputs("\u{1B}") == [.key(.escape)])
    #expect(inputs("\u{1B}\u{1B}") == [.key(.escape), .key(.escape)])
    #expect(inputs("\u{1B}\u{1B}\u{1B}") == [.key(.escape), .key(.escape), .key(.escape)])
    // The first is the Esc key, the second is Alt with a character.
    #expect(inputs("\u{1B}\u{1B}q") == [.key(.escape)])
    var decoder = decoder()
    #expect(decoder.decode([0x1B], at: .now) == [])
    #expect(decoder.expire() == [.key(.escape)])
    #expect(decoder.decode(Array("q".utf8), at: .now) == keys("q"))
  }

  @Test func controlEndsASequenceWithoutEnd() {
    #expect(inputs("\u{1B}[12\u{03}q") == [.key(.control("c"))] + keys("q"))
    #expect(inputs("\u{1B}]52;c;\u{03}q") == [.key(.control("c"))] + keys("q"))
    #expect(inputs("\u{1B}[1\u{1B}[Aq") == [.key(.up)] + keys("q"))
    #expect(inputs("\u{1B}]0;t\u{1B}[Aq") == [.key(.up)] + keys("q"))
    #expect(inputs("\u{1B}]0;t\u{18}q") == keys("q"))
  }

  @Test func charactersFollowTheEncoding() {
    #expect(inputs("λ日😀e\u{301}") == ["λ", "日", "😀", "e", "\u{301}"].map { .key(.character($0)) })
    // Truncated and overlong encodings, surrogates and lone bytes are ignored.
    #expect(inputs([0xE2, 0x82, 0x71, 0xC0, 0xAF, 0xED, 0xA0, 0x80, 0xFF, 0x71]) == keys("qq"))
    var decoder = decoder()
    #expect([0xE6, 0x97, 0xA5].flatMap { decoder.decode([$0], at: .now) } == keys("日"))
  }

  @Test func incompleteKeyIsItsFirstControl() {
    #expect(inputs("\u{01}") == [.key(.control("a"))])
    #expect(inputs("\u{01}@") == [.key(.control("a")), .key(.character("@"))])
    #expect(inputs("\u{01}x") == [.key(.control("a")), .key(.character("x"))])
  }

  @Test func pastedTextIsOnePiece() {
    #expect(inputs("\u{1B}[200~two\rlines q\u{1B}[201~q") == [.paste("two\nlines q")] + keys("q"))
    #expect(inputs("\u{1B}[200~\u{1B}[201~") == [.paste("")])
    // Partial end markers and sequences in pasted text are text.
    #expect(inputs("\u{1B}[200~a\u{1B}[20\u{1B}[201\u{1B}[201~") == [.paste("a\u{1B}[20\u{1B}[201")])
    // ^C ends a paste whose end was lost.
    #expect(inputs("\u{1B}[200~abc\u{03}q") == [.key(.control("c"))] + keys("q"))
    let long = String(repeating: "λ", count: InputDecoder.longestPaste + 100)
    #expect(
      inputs("\u{1B}[200~\(long)\u{1B}[201~q") == [.paste(String(long.prefix(InputDecoder.longestPaste)))]
        + keys("q"))
    var decoder = decoder()
    let bytes = Array("\u{1B}[200~größe\u{1B}[201~".utf8)
    #expect(bytes.flatMap { decoder.decode([$0], at: .now) } == [.paste("größe")])
  }

  @Test func mouseReportsAreEvents() {
    #expect(
      inputs("\u{1B}[<0;5;3M\u{1B}[<0;5;3mq")
        == [
          .mouse(MouseEvent(.press, at: Point(x: 4, y: 2))),
          .mouse(MouseEvent(.release, at: Point(x: 4, y: 2))),
        ] + keys("q"))
  }

  /// After any bytes and a silence, the next key is decoded.
  @Test(arguments: 0..<20) func decoderRecoversFromAnyBytes(seed: UInt64) {
    var state = seed &* 0x9E37_79B9_7F4A_7C15 | 1
    func random(_ count: Int) -> Int {
      state = state &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
      return Int(state >> 33) % count
    }
    let alphabet: [UInt8] = [
      0x1B, 0x1B, 0x5B, 0x4F, 0x5D, 0x50, 0x4D, 0x3C, 0x3B, 0x31, 0x7E, 0x07, 0x5C, 0xC2, 0x9B, 0xE6, 0x71,
      0x03, 0x00,
    ]
    var decoder = decoder(seed % 2 == 0 ? .utf8 : .locale)
    for _ in 0..<2000 {
      _ = decoder.decode(
        (0..<random(12)).map { _ in random(3) == 0 ? UInt8(random(256)) : alphabet[random(alphabet.count)] },
        at: .now)
    }
    // ^C ends a paste.
    _ = decoder.decode([0x03, 0x03], at: .now)
    if decoder.deadline != nil { _ = decoder.expire() }
    #expect(decoder.deadline == nil)
    #expect(decoder.decode(Array("j".utf8), at: .now) == keys("j"))
  }
}

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
