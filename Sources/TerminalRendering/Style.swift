/// The style of a cell: two colors and attributes.
public struct Style: Hashable, Sendable {
  public struct Attributes: OptionSet, Hashable, Sendable {
    public let rawValue: UInt8

    public init(rawValue: UInt8) { self.rawValue = rawValue }

    public static let bold = Attributes(rawValue: 1)
    public static let dim = Attributes(rawValue: 2)
    public static let underline = Attributes(rawValue: 4)
    public static let reverse = Attributes(rawValue: 8)
    public static let italic = Attributes(rawValue: 16)
  }

  public var foreground: Color
  public var background: Color
  public var attributes: Attributes

  public init(
    foreground: Color = .terminalDefault, background: Color = .terminalDefault,
    attributes: Attributes = []
  ) {
    self.foreground = foreground
    self.background = background
    self.attributes = attributes
  }

  /// The default colors of the terminal, without attributes.
  public static let plain = Style()

  /// The style with additional attributes.
  public func adding(_ attributes: Attributes) -> Style {
    Style(foreground: foreground, background: background, attributes: self.attributes.union(attributes))
  }

  /// The style with another background.
  public func on(_ background: Color) -> Style {
    Style(foreground: foreground, background: background, attributes: attributes)
  }

  /// The nearest style of a terminal with this depth. Without colors, a colored background becomes reverse
  /// video, so that the text still stands out.
  public func reduced(to depth: ColorDepth) -> Style {
    var reduced = Style(
      foreground: foreground.reduced(to: depth), background: background.reduced(to: depth),
      attributes: attributes)
    if depth == .none, background != .terminalDefault { reduced.attributes.insert(.reverse) }
    return reduced
  }
}

/// The capabilities of a terminal.
public struct TerminalCapabilities: Hashable, Sendable {
  /// Whether the terminal shows UTF-8 with braille and block characters; if not, ASCII only.
  public var unicode: Bool
  public var colorDepth: ColorDepth
  /// `nil` if the terminal does not say; it is taken for dark.
  public var background: TerminalBackground?
  /// Whether the terminal draws pictures over placeholders; see ``PlacedImage``.
  public var drawsImages: Bool

  public init(
    unicode: Bool, colorDepth: ColorDepth, background: TerminalBackground? = nil, drawsImages: Bool = false
  ) {
    self.unicode = unicode
    self.colorDepth = colorDepth
    self.background = background
    self.drawsImages = drawsImages
  }
}

/// Everything that drawing needs to know about the terminal: capabilities, styles and glyphs.
public struct Appearance: Sendable {
  public var capabilities: TerminalCapabilities
  public var theme: Theme
  public var glyphs: Glyphs
  public var numbers: NumberFormat

  /// The text and the ground to draw where the terminal's own may not fit the chosen theme; `nil` to keep them.
  public var ground: Style?

  public init(_ capabilities: TerminalCapabilities, theme selection: ThemeSelection = .automatic) {
    self.capabilities = capabilities
    let theme = Theme(
      colorDepth: capabilities.colorDepth, background: capabilities.background ?? .dark, selection: selection)
    self.theme = theme
    // A theme that was chosen is legible on a terminal that does not name its background, too.
    let contradicts = selection.name.background != nil && capabilities.background != theme.background
    ground = contradicts && capabilities.colorDepth >= .indexed256 ? theme.background.ground : nil
    glyphs = capabilities.unicode ? .unicode : .ascii
    numbers = NumberFormat(unicode: capabilities.unicode)
  }
}
