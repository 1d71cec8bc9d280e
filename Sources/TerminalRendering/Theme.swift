/// Styles by meaning. Text uses the default foreground of the terminal, and every color is legible on light
/// and dark backgrounds. Without colors, every meaning has its own attribute or a glyph beside it.
public struct Theme: Hashable, Sendable {
  public var colorDepth: ColorDepth

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

  public init(colorDepth: ColorDepth) {
    self.colorDepth = colorDepth
    let palette = Palette(colorDepth)
    func colored(_ color: Color, _ attributes: Style.Attributes = []) -> Style {
      Style(foreground: color, attributes: attributes)
    }
    let bold = Style(attributes: .bold)
    let dim = palette.gray.map { Style(foreground: $0) } ?? Style(attributes: .dim)

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
    good = colored(palette.good)
    warning = colored(palette.warning, colorDepth == .none ? .underline : [])
    bad = colored(palette.bad, .bold)
    train = dim
    inDistribution = colored(palette.inDistribution)
    outOfDistribution = colored(palette.outOfDistribution, colorDepth == .none ? .bold : [])
    threshold = colored(palette.threshold, .bold)
    proposed = colored(palette.good, .bold)
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

/// The hues of a theme for a color depth. The 256-color hues are near the middle of the lightness scale, with
/// a contrast of about 4 to both black and white.
private struct Palette {
  var accent: Color
  var good: Color
  var warning: Color
  var bad: Color
  var inDistribution: Color
  var outOfDistribution: Color
  var threshold: Color
  var pinned: Color
  var gray: Color?
  var selection: Style

  init(_ depth: ColorDepth) {
    switch depth {
    case .none:
      accent = .terminalDefault
      good = .terminalDefault
      warning = .terminalDefault
      bad = .terminalDefault
      inDistribution = .terminalDefault
      outOfDistribution = .terminalDefault
      threshold = .terminalDefault
      pinned = .terminalDefault
      selection = Style(attributes: .reverse)
    case .ansi16:
      accent = .ansi(6)
      good = .ansi(2)
      warning = .ansi(3)
      bad = .ansi(1)
      inDistribution = .ansi(6)
      outOfDistribution = .ansi(5)
      threshold = .ansi(1)
      pinned = .ansi(5)
      selection = Style(attributes: .reverse)
    case .indexed256, .trueColor:
      accent = .indexed(32)
      good = .indexed(35)
      warning = .indexed(172)
      bad = .indexed(167)
      inDistribution = .indexed(38)
      outOfDistribution = .indexed(173)
      threshold = .indexed(168)
      pinned = .indexed(140)
      gray = .indexed(244)
      selection = Style(foreground: .indexed(231), background: .indexed(24))
    }
  }
}
