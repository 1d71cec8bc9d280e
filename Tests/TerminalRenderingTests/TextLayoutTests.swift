import Testing

@testable import TerminalRendering

@Suite struct TextLayoutTests {
  private func texts(_ lines: [[StyledText]]) -> [String] { lines.map { $0.map(\.text).joined() } }

  @Test func wrapsAtSpacesAndCutsLongWords() {
    #expect(texts(TextLayout.wrap("turn it and watch", width: 8)) == ["turn it", "and", "watch"])
    #expect(texts(TextLayout.wrap("abcdefghij k", width: 4)) == ["abcd", "efgh", "ij k"])
    #expect(texts(TextLayout.wrap("one\n\ntwo", width: 9)) == ["one", "", "two"])
    #expect(texts(TextLayout.wrap("漢字かな", width: 3)) == ["漢", "字", "か", "な"])
    #expect(TextLayout.wrap("x", width: 0).isEmpty)
    #expect(texts(TextLayout.wrap("", width: 3)) == [""])
  }

  @Test func wordsKeepTheirStylesAndCanHaveTwo() {
    let bold = Style(attributes: .bold)
    let lines = TextLayout.wrap(
      [StyledText("press "), StyledText("Ent", style: bold), StyledText("er now")], width: 8)
    #expect(texts(lines) == ["press", "Enter", "now"])
    #expect(lines[1] == [StyledText("Ent", style: bold), StyledText("er")])
  }

  @Test func linesFitTheWidthAndKeepEveryLetter() {
    let text = "the covariance of a class with 120 samples 漢字 in 512 dimensions e\u{301}👍 has rank 119"
    for width in 1...60 {
      let lines = TextLayout.wrap(text, width: width)
      for line in lines {
        #expect(line.reduce(0) { $0 + DisplayText.width($1.text) } <= width)
      }
      if width >= 2 {
        #expect(texts(lines).joined().filter { $0 != " " } == text.filter { $0 != " " })
      }
    }
  }

  @Test func keyHintsDropFromTheEndExceptKeptOnes() {
    let hints = KeyHints([
      .init("+/-", "reg"), .init("o", "proposed"), .init("/", "find"), .init("?", "help", isKept: true),
    ])
    func shown(_ width: Int) -> String {
      var canvas = Canvas(size: Size(width: width, height: 1))
      let used = hints.draw(
        into: &canvas, rect: canvas.bounds, appearance: Looks.ascii)
      #expect(used <= width)
      return canvas.plainText()
    }
    #expect(shown(60) == "+/- reg   o proposed   / find   ? help")
    #expect(shown(30) == "+/- reg   o proposed   ? help")
    #expect(shown(16) == "+/- reg   ? help")
    #expect(shown(15) == "? help")
    #expect(shown(5) == "")
    #expect(shown(0) == "")
  }

  @Test func gaugesShrinkTheirBarFirst() {
    func shown(_ gauge: Gauge, _ width: Int, _ look: Appearance = Looks.unicode) -> String {
      var canvas = Canvas(size: Size(width: width, height: 1))
      gauge.draw(into: &canvas, rect: canvas.bounds, appearance: look)
      return canvas.plainText()
    }
    let gauge = Gauge("spectra", completed: 27, total: 36)
    #expect(shown(gauge, 40) == "spectra ▓▓▓▓▓▓░░ 27/36")
    #expect(shown(gauge, 18) == "spectra ▓▓▓░ 27/36")
    #expect(shown(gauge, 10) == "spectra 27")
    #expect(shown(gauge, 40, Looks.ascii) == "spectra ######.. 27/36")
    #expect(shown(Gauge("", completed: 999, total: 1000, barWidth: 4), 20) == "▓▓▓░ 999/1,000")
    #expect(shown(Gauge("load", completed: 5, total: 0, barWidth: 3), 20) == "load ░░░")
    #expect(shown(Gauge("", completed: 9, total: 3, barWidth: 2, valueText: "done"), 20) == "▓▓ done")
  }

  @Test func overlaysStayInsideAndDimTheRest() {
    let overlay = Overlay(title: "Help", contentSize: Size(width: 8, height: 1))
    var canvas = Canvas(size: Size(width: 16, height: 5))
    canvas.fill(canvas.bounds, with: "x", style: Style(attributes: .bold))
    overlay.draw(on: &canvas, appearance: Looks.unicode) { $0.write("too long a text", at: .zero) }
    #expect(
      canvas.lines == [
        "xxxxxxxxxxxxxxxx", "xx╭─ Help ───╮xx", "xx│ too long │xx", "xx╰──────────╯xx", "xxxxxxxxxxxxxxxx",
      ])
    #expect(canvas[0, 0].style == Looks.unicode.theme.muted)
    let colored = Looks.all[2]
    canvas.fill(canvas.bounds, with: "▀", style: Style(foreground: .indexed(231), background: .indexed(16)))
    overlay.draw(on: &canvas, appearance: colored) { _ in }
    #expect(canvas[0, 0].style == Style(foreground: .indexed(244), background: .indexed(16)))
  }
}

/// Terminals with different capabilities.
enum Looks {
  static let unicode = Appearance(TerminalCapabilities(unicode: true, colorDepth: .none))
  static let ascii = Appearance(TerminalCapabilities(unicode: false, colorDepth: .none))
  static let all: [Appearance] = [true, false].flatMap { unicode in
    ColorDepth.allCases.map { Appearance(TerminalCapabilities(unicode: unicode, colorDepth: $0)) }
  }
}
