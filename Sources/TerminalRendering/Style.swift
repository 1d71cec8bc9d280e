/// How a cell looks: two colours and attributes.
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

  /// The terminal's own colours, no attributes.
  public static let plain = Style()

  /// With these attributes besides its own.
  public func adding(_ attributes: Attributes) -> Style {
    Style(foreground: foreground, background: background, attributes: self.attributes.union(attributes))
  }

  /// With another background.
  public func on(_ background: Color) -> Style {
    Style(foreground: foreground, background: background, attributes: attributes)
  }

  /// The nearest style that a terminal of this depth can show. Without colours a coloured background
  /// becomes reverse video, so that what stood out still does.
  public func reduced(to depth: ColorDepth) -> Style {
    var reduced = Style(
      foreground: foreground.reduced(to: depth), background: background.reduced(to: depth),
      attributes: attributes)
    if depth == .none, background != .terminalDefault { reduced.attributes.insert(.reverse) }
    return reduced
  }
}

/// What a terminal can show.
public struct TerminalCapabilities: Hashable, Sendable {
  /// UTF-8 with braille and block characters; otherwise ASCII only.
  public var unicode: Bool
  public var colorDepth: ColorDepth

  public init(unicode: Bool, colorDepth: ColorDepth) {
    self.unicode = unicode
    self.colorDepth = colorDepth
  }
}

/// Everything a drawing needs to know about the terminal: what it can show, in which styles and glyphs.
public struct Appearance: Sendable {
  public var capabilities: TerminalCapabilities
  public var theme: Theme
  public var glyphs: Glyphs
  public var numbers: NumberFormat

  public init(_ capabilities: TerminalCapabilities) {
    self.capabilities = capabilities
    theme = Theme(colorDepth: capabilities.colorDepth)
    glyphs = capabilities.unicode ? .unicode : .ascii
    numbers = NumberFormat(unicode: capabilities.unicode)
  }
}
