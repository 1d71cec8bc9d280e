/// Styles by meaning: one color, one meaning. The theme for dark terminals and the one for light terminals have a
/// contrast of at least 4.5 (WCAG 2) to their background. Without colors, every meaning has its own attribute or a
/// glyph beside it.
public struct Theme: Hashable, Sendable {
  public var colorDepth: ColorDepth
  /// Whether the terminal is assumed to show light text on a dark ground, or dark text on a light one.
  public var background: TerminalBackground

  public var text: Style
  public var muted: Style
  public var emphasis: Style
  /// The line at the top of the screen.
  public var header: Style
  public var title: Style
  /// The selected one of several names, such as the open screen.
  public var activeTab: Style
  public var inactiveTab: Style
  public var tableHeader: Style
  public var selection: Style
  /// The selection of a pane without keyboard focus.
  public var inactiveSelection: Style
  public var mark: Style
  public var accent: Style
  /// The setting that is shown, such as the current λ.
  public var current: Style
  public var good: Style
  public var warning: Style
  public var bad: Style
  public var train: Style
  public var inDistribution: Style
  public var outOfDistribution: Style
  public var threshold: Style
  public var proposed: Style
  public var pinned: Style
  public var border: Style
  public var axis: Style
  public var key: Style
  public var keyLabel: Style
  public var gaugeFilled: Style
  public var gaugeEmpty: Style
  public var positiveBar: Style
  public var negativeBar: Style
  /// Text that is being typed.
  public var input: Style
  /// Distinct styles for the series of a chart.
  public var series: [Style]
  /// Styles of OOD sets drawn together, to be repeated if there are more.
  public var sets: [Style]

  /// - Parameter selection: The theme that the user chose. Terminals with 16 colors keep the palette of their user.
  public init(
    colorDepth: ColorDepth, background: TerminalBackground = .dark,
    selection choice: ThemeSelection = .automatic
  ) {
    self.colorDepth = colorDepth
    self.background = choice.name.background ?? background
    var palette = Palette(colorDepth, choice.name == .terminal ? nil : self.background)
    if colorDepth != .none { palette.take(choice.colors) }
    func colored(_ color: Color, _ attributes: Style.Attributes = []) -> Style {
      Style(foreground: color, attributes: attributes)
    }
    let bold = Style(attributes: .bold)
    let dim = palette.muted.map { Style(foreground: $0) } ?? Style(attributes: .dim)

    text = .plain
    muted = dim
    emphasis = bold
    header = .plain
    title = bold
    activeTab = colored(palette.accent, [.bold, .underline])
    inactiveTab = dim
    tableHeader = colored(palette.accent, colorDepth == .none ? .underline : .bold)
    selection = palette.selection
    inactiveSelection = Style(attributes: [.bold, .underline])
    mark = colored(palette.outOfDistribution, .bold)
    accent = colored(palette.accent, colorDepth == .none ? .bold : [])
    current = colored(palette.current, .bold)
    good = colored(palette.good)
    warning = colored(palette.warning, colorDepth == .none ? .underline : [])
    bad = colored(palette.bad, .bold)
    train = dim
    inDistribution = colored(palette.inDistribution)
    outOfDistribution = colored(palette.outOfDistribution, colorDepth == .none ? .bold : [])
    threshold = colored(palette.threshold, .bold)
    proposed = colored(palette.proposed, .bold)
    pinned = colored(palette.pinned, colorDepth == .none ? .underline : [])
    border = dim
    axis = dim
    key = colored(palette.accent, .bold)
    keyLabel = .plain
    gaugeFilled = colored(palette.accent)
    gaugeEmpty = dim
    positiveBar = colored(palette.inDistribution)
    negativeBar = colored(palette.outOfDistribution)
    input = Style(attributes: .underline)
    sets = [
      palette.outOfDistribution, palette.good, palette.pinned, palette.warning, palette.accent, palette.bad,
    ]
    .map { colored($0, colorDepth == .none ? .bold : []) }
    series = [
      colored(palette.inDistribution), colored(palette.outOfDistribution, .bold), colored(palette.good),
      colored(palette.pinned),
    ]
  }
}

/// Whether a terminal shows light text on a dark ground, or dark text on a light one.
public enum TerminalBackground: String, Hashable, Sendable, CaseIterable {
  case dark, light

  /// The background of a color with these channels, 0–255 each.
  public init(red: Int, green: Int, blue: Int) {
    let channels = [red, green, blue].map { UInt8(max(0, min($0, 255))) }
    self = RGB(channels[0], channels[1], channels[2]).luminance > 0.5 ? .light : .dark
  }

  /// The text and the ground that a theme is made for. Only pictures, and themes that contradict their terminal, draw
  /// them; other terminals keep their own.
  public var ground: Style {
    switch self {
    case .dark: Style(foreground: .rgb(0xD8, 0xDC, 0xE4), background: .rgb(0x16, 0x18, 0x1D))
    case .light: Style(foreground: .rgb(0x1F, 0x23, 0x2B), background: .rgb(0xFF, 0xFF, 0xFF))
    }
  }
}

/// The theme that a user chose, and colors of theirs.
public struct ThemeSelection: Hashable, Sendable {
  public enum Name: String, Hashable, Sendable, CaseIterable {
    /// The theme for the background of the terminal.
    case automatic = "auto"
    case dark, light
    /// The 16 colors of the terminal's palette.
    case terminal

    var background: TerminalBackground? {
      switch self {
      case .dark: .dark
      case .light: .light
      case .automatic, .terminal: nil
      }
    }
  }

  public var name: Name
  /// Colors that replace those of the theme.
  public var colors: [ColorMeaning: Color]

  public static let automatic = ThemeSelection(.automatic)

  public init(_ name: Name, colors: [ColorMeaning: Color] = [:]) {
    self.name = name
    self.colors = colors
  }
}

/// What a color of a theme stands for.
public enum ColorMeaning: String, Hashable, Sendable, CaseIterable {
  /// Keys, titles of columns, the open screen.
  case accent
  /// The setting that is shown.
  case current
  case threshold, proposed, warning
  /// Errors.
  case bad
  case good, pinned
  /// In-distribution samples.
  case id
  /// Out-of-distribution samples.
  case ood
  /// Text that explains, axes and borders.
  case muted
}

/// The colors of a theme for a color depth.
private struct Palette {
  var accent = Color.terminalDefault
  var current = Color.terminalDefault
  var good = Color.terminalDefault
  var warning = Color.terminalDefault
  var bad = Color.terminalDefault
  var inDistribution = Color.terminalDefault
  var outOfDistribution = Color.terminalDefault
  var threshold = Color.terminalDefault
  var proposed = Color.terminalDefault
  var pinned = Color.terminalDefault
  var muted: Color?
  var selection = Style(attributes: .reverse)

  /// - Parameter background: `nil` for the palette of the terminal.
  init(_ depth: ColorDepth, _ background: TerminalBackground?) {
    switch (depth, background) {
    case (.none, _): break
    case (.ansi16, _), (_, nil):
      take([
        .accent: .ansi(6), .current: .ansi(6), .good: .ansi(2), .proposed: .ansi(2), .warning: .ansi(3),
        .bad: .ansi(1), .threshold: .ansi(1), .id: .ansi(12), .ood: .ansi(5), .pinned: .ansi(13),
      ])
    case (.indexed256, .dark):
      take([
        .accent: .indexed(110), .current: .indexed(80), .good: .indexed(72), .proposed: .indexed(113),
        .warning: .indexed(227), .bad: .indexed(203), .threshold: .indexed(212), .id: .indexed(75),
        .ood: .indexed(208), .pinned: .indexed(141), .muted: .indexed(245),
      ])
      selection = Style(foreground: .indexed(231), background: .indexed(24))
    case (.indexed256, .light):
      take([
        .accent: .indexed(60), .current: .indexed(24), .good: .indexed(29), .proposed: .indexed(28),
        .warning: .indexed(58), .bad: .indexed(160), .threshold: .indexed(162), .id: .indexed(26),
        .ood: .indexed(130), .pinned: .indexed(92), .muted: .indexed(242),
      ])
      selection = Style(foreground: .indexed(16), background: .indexed(153))
    case (.trueColor, .dark):
      take([
        .accent: .rgb(0xA3, 0xBF, 0xE3), .current: .rgb(0x5C, 0xD9, 0xE6), .good: .rgb(0x3E, 0xCF, 0xA0),
        .proposed: .rgb(0x6F, 0xC3, 0x4F), .warning: .rgb(0xF5, 0xD7, 0x6A), .bad: .rgb(0xFF, 0x6B, 0x6B),
        .threshold: .rgb(0xF5, 0x73, 0xC4), .id: .rgb(0x5E, 0xA6, 0xFA), .ood: .rgb(0xF2, 0x91, 0x3D),
        .pinned: .rgb(0xB4, 0x8C, 0xFF), .muted: .rgb(0x8B, 0x93, 0xA1),
      ])
      selection = Style(foreground: .rgb(0xFF, 0xFF, 0xFF), background: .rgb(0x1F, 0x4F, 0x82))
    case (.trueColor, .light):
      take([
        .accent: .rgb(0x3F, 0x5C, 0x86), .current: .rgb(0x00, 0x6F, 0x82), .good: .rgb(0x00, 0x7A, 0x61),
        .proposed: .rgb(0x2F, 0x7D, 0x12), .warning: .rgb(0x87, 0x60, 0x00), .bad: .rgb(0xC4, 0x12, 0x2F),
        .threshold: .rgb(0xC4, 0x16, 0x7C), .id: .rgb(0x15, 0x60, 0xD4), .ood: .rgb(0xB8, 0x45, 0x00),
        .pinned: .rgb(0x7A, 0x35, 0xC9), .muted: .rgb(0x66, 0x70, 0x80),
      ])
      selection = Style(foreground: .rgb(0x10, 0x14, 0x1A), background: .rgb(0xC9, 0xDF, 0xFB))
    }
  }

  mutating func take(_ colors: [ColorMeaning: Color]) {
    for (meaning, color) in colors {
      switch meaning {
      case .accent: accent = color
      case .current: current = color
      case .threshold: threshold = color
      case .proposed: proposed = color
      case .warning: warning = color
      case .bad: bad = color
      case .good: good = color
      case .pinned: pinned = color
      case .id: inDistribution = color
      case .ood: outOfDistribution = color
      case .muted: muted = color
      }
    }
  }
}
