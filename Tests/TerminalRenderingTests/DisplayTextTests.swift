import Testing

@testable import TerminalRendering

@Suite struct DisplayTextTests {
  @Test(arguments: [
    ("", 0), ("abc", 3), ("ж", 1), ("漢字", 4), ("ｱ", 1), ("Ａ", 2), ("한", 2), ("e\u{301}", 1),
    ("👍🏽", 2), ("👨‍👩‍👧", 2), ("🇩🇪", 2), ("❤️", 1), ("क्षि", 3), ("\u{301}", 1), ("ᄒ\u{1161}\u{11AB}", 2),
    ("\u{200B}", 0), ("\u{202E}abc", 3), ("\u{1B}[31m", 5), ("a\tb", 3), ("\r\n", 2), ("\u{3000}", 2),
    ("λ ⠿ █ ─ …", 9),
  ])
  func widths(_ text: String, _ width: Int) {
    #expect(DisplayText.width(text) == width)
    #expect(DisplayText.width(DisplayText.sanitized(text)) == width)
  }

  @Test func cursorAndBidirectionalControlsAreNotDrawn() {
    let hostile =
      "\u{0}a\u{7}\u{8}\n\r\t\u{1B}]52;c;AA\u{7}\u{7F}\u{85}\u{9B}31m\u{202E}\u{2066}\u{200D}\u{FEFF}\u{2028}"
    let safe = DisplayText.sanitized(hostile)
    for scalar in safe.unicodeScalars {
      #expect(scalar.value >= 0x20 && !(0x7F...0x9F).contains(scalar.value))
      #expect(scalar.properties.generalCategory != .format)
      #expect(scalar.value != 0x2028)
    }
    #expect(DisplayText.sanitized("a\u{1B}[1mb") == "a␛[1mb")
    #expect(DisplayText.sanitized("line\nbreak") == "line␊break")
    #expect(DisplayText.sanitized("a\u{A0}b") == "a b")
  }

  @Test func everyScalarIsSafeAndItsWidthIsStable() {
    for value in UInt32(0)..<0x32000 {
      guard let scalar = Unicode.Scalar(value) else { continue }
      let safe = DisplayText.sanitized(String(Character(scalar)))
      let width = DisplayText.width(safe)
      guard safe.unicodeScalars.allSatisfy({ $0.properties.generalCategory != .control }), width <= 2,
        DisplayText.sanitized(safe) == safe
      else {
        Issue.record("U+\(String(value, radix: 16)) is drawn as \(safe.debugDescription)")
        continue
      }
    }
  }

  @Test func excessCombiningMarksAreDropped() {
    let tower = "a" + String(repeating: "\u{301}", count: 50)
    #expect(DisplayText.sanitized(tower).unicodeScalars.count == 5)
  }

  @Test func truncatingAtTheFrontKeepsTheEnd() {
    for text in ["", "abc", "漢字かな", "a漢b字c", "👍👍👍"] {
      for width in -1...10 {
        let cut = DisplayText.truncatedAtFront(text, to: width, ellipsis: "…")
        #expect(DisplayText.width(cut) <= max(0, width))
        if DisplayText.width(text) <= width { #expect(cut == text) }
      }
    }
    #expect(DisplayText.truncatedAtFront("abcdef", to: 4, ellipsis: "…") == "…def")
    #expect(DisplayText.truncatedAtFront("漢字かな", to: 4, ellipsis: "…") == "…な")
  }

  @Test func truncatingInTheMiddleKeepsBothEnds() {
    for text in ["", "abc", "漢字かな", "a漢b字c", "a-long-name-of-a-class"] {
      for width in -1...24 {
        let cut = DisplayText.truncatedInMiddle(text, to: width, ellipsis: "…")
        #expect(DisplayText.width(cut) <= max(0, width))
        if DisplayText.width(text) <= width { #expect(cut == text) }
      }
    }
    #expect(DisplayText.truncatedInMiddle("abcdefgh", to: 6, ellipsis: "…") == "abc…gh")
    #expect(DisplayText.truncatedInMiddle("abcdefgh", to: 2, ellipsis: "…") == "a…")
    #expect(DisplayText.truncatedInMiddle("漢字かな", to: 6, ellipsis: "…") == "漢…な")
  }

  @Test func truncatingNeverExceedsAndMarksTheCut() {
    for text in ["", "abc", "漢字かな", "a漢b字c", "👍👍👍"] {
      for width in -1...10 {
        let cut = DisplayText.truncated(text, to: width, ellipsis: "…")
        #expect(DisplayText.width(cut) <= max(0, width))
        if DisplayText.width(text) <= width { #expect(cut == text) }
        #expect(DisplayText.width(DisplayText.padded(text, to: width, ellipsis: "…")) == max(0, width))
      }
    }
    #expect(DisplayText.truncated("abcdef", to: 4, ellipsis: "…") == "abc…")
    #expect(DisplayText.truncated("漢字かな", to: 4, ellipsis: "…") == "漢…")
    #expect(DisplayText.padded("ab", to: 5, alignment: .center) == " ab  ")
    #expect(DisplayText.padded("ab", to: 5, alignment: .trailing) == "   ab")
  }

  /// Only the displayable part of a name of megabytes is processed. Processing all of it would take minutes.
  @Test(.timeLimit(.minutes(10)), arguments: ["x", "漢", "e\u{301}", "\u{301}", "\u{1B}", "\n", "👩‍👩‍👧 ", "x "])
  func longTextCostsNoMoreThanShortText(piece: String) {
    let long = String(repeating: piece, count: 4_000_000)
    let short = String(repeating: piece, count: 5000)
    for width in [0, 1, 80, 1000] {
      for _ in 0..<20 {
        #expect(
          DisplayText.truncated(long, to: width, ellipsis: "…")
            == DisplayText.truncated(short, to: width, ellipsis: "…"))
        #expect(
          DisplayText.padded(long, to: width, alignment: .trailing)
            == DisplayText.padded(short, to: width, alignment: .trailing))
        #expect(
          DisplayText.truncatedAtFront(long, to: width) == DisplayText.truncatedAtFront(short, to: width))
      }
      #expect(TextLayout.wrap(long, width: width).first == TextLayout.wrap(short, width: width).first)
    }
    #expect(DisplayText.width(long) == DisplayText.width(short))
  }

  @Test func printableLineReplacesControls() {
    #expect(DisplayText.visible("größe 漢 👩‍👩‍👧 e\u{301} ‘x’") == "größe 漢 👩‍👩‍👧 e\u{301} ‘x’")
    #expect(DisplayText.visible("a\u{1B}[31m\u{07}\r\n\tb\u{0}\u{7F}") == "a␛[31m␇␍␊␉b␀␡")
    #expect(DisplayText.visible("\u{9B}31m\u{85}\u{9D}") == "\u{FFFD}31m\u{FFFD}\u{FFFD}")
    #expect(
      DisplayText.visible("\u{202E}a\u{2066}b\u{200F}c\u{61C}d") == "\u{FFFD}a\u{FFFD}b\u{FFFD}c\u{FFFD}d")
    #expect(DisplayText.visible("a\u{2028}b\u{2029}c") == "a␤b␤c")
    // Undecodable bytes of a file name.
    #expect(DisplayText.visible("caf\u{10FFE9}") == "caf\u{FFFD}")
    #expect(DisplayText.sanitized("caf\u{10FFE9}") == "caf\u{FFFD}")
    for value in (0...0x10FFFF as ClosedRange<UInt32>) {
      guard let scalar = Unicode.Scalar(value) else { continue }
      let shown = DisplayText.visible(String(scalar)).unicodeScalars
      #expect(shown.count == 1)
      if scalar.properties.generalCategory == .control { #expect(shown.first != scalar) }
    }
  }
}
