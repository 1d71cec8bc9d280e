import Foundation
import Testing

@testable import TerminalRendering

@Suite struct ThemeTests {
  /// WCAG 2.2: the relative luminance of an sRGB color.
  private func luminance(_ color: RGB) -> Double {
    let channels = [color.red, color.green, color.blue].map { value -> Double in
      let part = Double(value) / 255
      return part <= 0.04045 ? part / 12.92 : pow((part + 0.055) / 1.055, 2.4)
    }
    return 0.2126 * channels[0] + 0.7152 * channels[1] + 0.0722 * channels[2]
  }

  private func contrast(_ one: RGB, _ other: RGB) -> Double {
    let (first, second) = (luminance(one), luminance(other))
    return (max(first, second) + 0.05) / (min(first, second) + 0.05)
  }

  /// Oklab (Ottosson 2020), where distances are about even for the eye: black and white are 1 apart.
  private func lab(_ color: RGB) -> [Double] {
    let linear = [color.red, color.green, color.blue].map { value -> Double in
      let part = Double(value) / 255
      return part <= 0.04045 ? part / 12.92 : pow((part + 0.055) / 1.055, 2.4)
    }
    func product(_ matrix: [[Double]], _ vector: [Double]) -> [Double] {
      matrix.map { row in zip(row, vector).reduce(0) { $0 + $1.0 * $1.1 } }
    }
    let cones = product(
      [
        [0.4122214708, 0.5363325363, 0.0514459929], [0.2119034982, 0.6806995451, 0.1073969566],
        [0.0883024619, 0.2817188376, 0.6299787005],
      ], linear
    ).map { cbrt($0) }
    return product(
      [
        [0.2104542553, 0.7936177850, -0.0040720468], [1.9779984951, -2.4285922050, 0.4505937099],
        [0.0259040371, 0.7827717662, -0.8086757660],
      ], cones)
  }

  private func distance(_ one: RGB, _ other: RGB) -> Double {
    zip(lab(one), lab(other)).reduce(0) { $0 + ($1.0 - $1.1) * ($1.0 - $1.1) }.squareRoot()
  }

  private func rgb(_ color: Color) throws -> RGB {
    switch color {
    case .rgb(let red, let green, let blue): return RGB(red, green, blue)
    case .indexed(let index):
      try #require(index >= 16, "the first 16 colors are the user's")
      return XtermPalette.rgb(index)
    case .ansi, .terminalDefault:
      Issue.record("the color is unknown")
      return RGB(0, 0, 0)
    }
  }

  private static let themes = TerminalBackground.allCases.flatMap { background in
    [ColorDepth.indexed256, .trueColor].map { Theme(colorDepth: $0, background: background) }
  }

  /// Every style in which text is written.
  private func textStyles(_ theme: Theme) -> [Style] {
    [
      theme.muted, theme.activeTab, theme.tableHeader, theme.mark, theme.accent, theme.current, theme.good,
      theme.warning, theme.bad, theme.train, theme.inDistribution, theme.outOfDistribution, theme.threshold,
      theme.proposed, theme.pinned, theme.key,
    ] + theme.sets + theme.series
  }

  @Test(arguments: themes) func textContrastsWithTheBackground(theme: Theme) throws {
    let ground = try rgb(theme.background.ground.background)
    #expect(contrast(try rgb(theme.background.ground.foreground), ground) >= 7)
    for style in textStyles(theme) {
      #expect(contrast(try rgb(style.foreground), ground) >= 4.5, "\(style.foreground)")
    }
    #expect(contrast(try rgb(theme.selection.foreground), try rgb(theme.selection.background)) >= 4.5)
  }

  /// Terminals rarely have exactly the background that the theme is made for.
  @Test(arguments: themes) func marksContrastWithUsualBackgrounds(theme: Theme) throws {
    let usual =
      theme.background == .dark
      ? [RGB(0, 0, 0), RGB(0x1E, 0x1E, 0x1E), RGB(0x28, 0x2C, 0x34), RGB(0x00, 0x2B, 0x36)]
      : [RGB(255, 255, 255), RGB(0xFD, 0xF6, 0xE3), RGB(0xF0, 0xF0, 0xF0)]
    for style in textStyles(theme) + [theme.positiveBar, theme.negativeBar, theme.gaugeFilled] {
      for ground in usual { #expect(contrast(try rgb(style.foreground), ground) >= 3, "\(style.foreground)") }
    }
  }

  /// In pictures too, whose light palette has a dark color 15.
  @Test(arguments: themes) func marksContrastWithTheHeatBelowThem(theme: Theme) throws {
    let palette = SVGPalette(theme.background)
    func channels(_ hex: String) throws -> RGB {
      let number = try #require(Int(hex.dropFirst(), radix: 16))
      return RGB(UInt8(number >> 16), UInt8(number >> 8 & 255), UInt8(number & 255))
    }
    for ramp in [ColorRamp.rising(on: theme.background), .diverging(on: theme.background)] {
      for step in 0...20 {
        let heat = ramp.color(Double(step) / 20, depth: theme.colorDepth)
        guard heat != .terminalDefault else { continue }
        let drawn = palette.colors(of: Style(foreground: heat.contrasting, background: heat))
        let background = try channels(try #require(drawn.background))
        #expect(contrast(try channels(drawn.foreground), background) >= 3, "\(heat)")
      }
    }
    // A cell of the user's palette has a mark of it.
    #expect(Color.ansi(4).contrasting == .ansi(15) && Color.ansi(11).contrasting == .ansi(0))
  }

  @Test(arguments: themes) func meaningsAreToldApart(theme: Theme) throws {
    let meanings = [
      ("current", theme.current), ("threshold", theme.threshold), ("proposed", theme.proposed),
      ("warning", theme.warning), ("pinned", theme.pinned), ("ID", theme.inDistribution),
      ("OOD", theme.outOfDistribution),
    ]
    for (place, (name, style)) in meanings.enumerated() {
      for (other, second) in meanings.dropFirst(place + 1) {
        let apart = distance(try rgb(style.foreground), try rgb(second.foreground))
        #expect(apart >= 0.1, "\(name) and \(other): \(apart)")
      }
    }
  }

  @Test func chosenThemeWinsOverTheTerminal() {
    let light = TerminalCapabilities(unicode: true, colorDepth: .indexed256, background: .light)
    #expect(Appearance(light).theme == Theme(colorDepth: .indexed256, background: .light))
    #expect(Appearance(light).ground == nil)
    let dark = Appearance(light, theme: ThemeSelection(.dark))
    #expect(dark.theme.background == .dark)
    #expect(dark.ground == TerminalBackground.dark.ground)
    var unknown = light
    unknown.background = nil
    #expect(Appearance(unknown).theme.background == .dark)
    #expect(Appearance(unknown).ground == nil)
    #expect(Appearance(unknown, theme: ThemeSelection(.light)).ground == TerminalBackground.light.ground)
  }

  @Test func paletteOfTheTerminalAndOwnColorsAreUsed() {
    let terminal = Theme(colorDepth: .trueColor, selection: ThemeSelection(.terminal))
    #expect(terminal.warning.foreground == .ansi(3))
    let own = ThemeSelection(.automatic, colors: [.threshold: .rgb(1, 2, 3)])
    #expect(Theme(colorDepth: .trueColor, selection: own).threshold.foreground == .rgb(1, 2, 3))
    // NO_COLOR is stronger.
    #expect(Theme(colorDepth: .none, selection: own).threshold.foreground == .terminalDefault)
  }

  @Test func defaultColorsAreReplacedEverywhere() {
    var canvas = Canvas(size: Size(width: 4, height: 2))
    canvas.write("ab", at: .zero, style: Style(foreground: .ansi(1)))
    canvas.replaceDefaultColors(by: TerminalBackground.light.ground)
    #expect(canvas[0, 0].style == Style(foreground: .ansi(1), background: .rgb(255, 255, 255)))
    #expect(canvas[3, 1].style == TerminalBackground.light.ground)
  }

  @Test func pictureHasTheColorsOfItsTheme() {
    let canvas = Canvas(size: Size(width: 4, height: 1))
    #expect(canvas.svg(title: "t").contains("fill=\"#16181d\""))
    #expect(canvas.svg(title: "t", background: .light).contains("fill=\"#ffffff\""))
  }
}
