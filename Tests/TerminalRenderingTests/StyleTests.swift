import Testing

@testable import TerminalRendering

@Suite struct StyleTests {
  @Test func colorsReduceToTheNearestAvailable() {
    #expect(Color.rgb(255, 0, 0).reduced(to: .indexed256) == .indexed(196))
    #expect(Color.rgb(128, 128, 128).reduced(to: .indexed256) == .indexed(244))
    #expect(Color.rgb(255, 0, 0).reduced(to: .ansi16) == .ansi(9))
    #expect(Color.indexed(196).reduced(to: .ansi16) == .ansi(9))
    #expect(Color.indexed(3).reduced(to: .ansi16) == .ansi(3))
    #expect(Color.indexed(196).reduced(to: .indexed256) == .indexed(196))
    #expect(Color.ansi(3).reduced(to: .trueColor) == .ansi(3))
    #expect(Color.ansi(3).reduced(to: .none) == .terminalDefault)
  }

  @Test func reducingTwiceEqualsReducingOnce() {
    for index in UInt8.min...UInt8.max {
      for depth in ColorDepth.allCases {
        let once = Color.indexed(index).reduced(to: depth)
        #expect(once.reduced(to: depth) == once)
      }
      let rgb = XtermPalette.rgb(index)
      if index >= 16 {
        let nearest = Color.rgb(rgb.red, rgb.green, rgb.blue).reduced(to: .indexed256)
        guard case .indexed(let found) = nearest else {
          Issue.record("not an index")
          continue
        }
        #expect(XtermPalette.rgb(found) == rgb)
      }
    }
  }

  @Test func backgroundBecomesReverseVideoWithoutColors() {
    let style = Style(foreground: .ansi(1), background: .indexed(24), attributes: .bold)
    #expect(style.reduced(to: .none) == Style(attributes: [.bold, .reverse]))
    #expect(Style(foreground: .ansi(1)).reduced(to: .none) == .plain)
  }

  @Test func textHasTheColorOfTheTerminal() { #expect(Theme(colorDepth: .ansi16).text == .plain) }

  @Test func meaningsStayDistinctWithoutColors() {
    let theme = Theme(colorDepth: .none)
    #expect(Set([theme.good, theme.warning, theme.bad]).count == 3)
    #expect(Set([theme.text, theme.selection, theme.inactiveSelection, theme.muted]).count == 4)
    for style in [theme.good, theme.selection, theme.key, theme.series[1], theme.threshold] {
      #expect(style == style.reduced(to: .none))
    }
  }

  @Test func asciiGlyphsAreASCII() {
    for child in Mirror(reflecting: Glyphs.ascii).children {
      let text = "\(child.value)"
      #expect(text.allSatisfy { $0.isASCII }, "\(child.label ?? "") is \(text)")
    }
  }

  @Test(arguments: [
    (KeyPress.control("c"), "^C", "^C"), (.enter, "Enter", "⏎"), (.character(" "), "Space", "Space"),
    (.pageUp, "PgUp", "PgUp"), (.up, "Up", "↑"), (.shiftLeft, "S-Left", "⇧←"), (.function(1), "F1", "F1"),
    (.character("\u{1B}"), "␛", "␛"),
  ])
  func keyNames(_ key: KeyPress, _ ascii: String, _ unicode: String) {
    #expect(key.description == ascii)
    #expect(key.name(glyphs: .unicode) == unicode)
  }
}
