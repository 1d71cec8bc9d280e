extension Theme {
  /// Distinct styles for classes that are drawn together, to be repeated if there are more. The hues are near the middle
  /// of the lightness scale, so that they are legible on light and dark backgrounds.
  public var classes: [Style] {
    let colors: [Color] =
      switch colorDepth {
      case .none: [.terminalDefault]
      case .ansi16: [4, 2, 6, 3].map { .ansi($0) }
      case .indexed256, .trueColor: [38, 136, 71, 104, 131, 73, 139, 101, 33, 35].map { .indexed($0) }
      }
    return colors.map { Style(foreground: $0) }
  }
}
