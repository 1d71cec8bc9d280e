import ExplorerModel
import TerminalRendering

extension Appearance {
  /// The appearance that the user chose, on a terminal.
  init(_ capabilities: TerminalCapabilities, _ preferences: DisplayPreferences) {
    let colors = preferences.colors.compactMap { name, color in
      ColorMeaning(rawValue: name).map { ($0, Color(color).reduced(to: capabilities.colorDepth)) }
    }
    self.init(
      capabilities,
      theme: ThemeSelection(
        ThemeSelection.Name(rawValue: preferences.theme.rawValue) ?? .automatic,
        colors: Dictionary(uniqueKeysWithValues: colors)))
  }
}

/// A part of a screen that draws with the styles and the number formats of an appearance.
protocol StyledPart {
  var appearance: Appearance { get }
}

extension StyledPart {
  var theme: Theme { appearance.theme }
  var numbers: NumberFormat { appearance.numbers }
  var glyphs: Glyphs { appearance.glyphs }
}

extension Color {
  fileprivate init(_ color: ThemeColor) {
    switch color {
    case .rgb(let red, let green, let blue): self = .rgb(red, green, blue)
    case .indexed(let index): self = .indexed(index)
    }
  }
}
