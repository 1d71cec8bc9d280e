/// The terminal colors of a picture: light on dark, or dark on light.
struct SVGPalette {
  let background: String
  let foreground: String
  /// The title bar of the window, its text and the border.
  let bar: (fill: String, text: String, border: String)
  private let ansi: [String]

  init(_ theme: TerminalBackground) {
    background = Self.color(theme.ground.background) ?? ""
    foreground = Self.color(theme.ground.foreground) ?? ""
    switch theme {
    case .dark:
      bar = ("#232730", "#9aa2b1", "#3a3f4b")
      ansi = [
        "#23262e", "#e06c6c", "#7fb86a", "#d7a65a", "#5f9be8", "#c083d8", "#53b3bd", "#c6ccd7",
        "#6b7280", "#f08a84", "#98cf83", "#e8c27a", "#82b4f5", "#d49ee8", "#74cfd8", "#ffffff",
      ]
    case .light:
      bar = ("#eceff4", "#5b6472", "#c5ccd6")
      ansi = [
        "#1f232b", "#b3261e", "#2f7d12", "#876000", "#1560d4", "#8a2fa8", "#006f82", "#5b6472",
        "#667080", "#c4122f", "#2a7010", "#7a5600", "#2450b8", "#7a35c9", "#00687a", "#1f232b",
      ]
    }
  }

  /// A `nil` background is that of the window.
  func colors(of style: Style) -> (foreground: String, background: String?) {
    let foreground = named(style.foreground) ?? self.foreground
    let background = named(style.background)
    guard style.attributes.contains(.reverse) else { return (foreground, background) }
    return (background ?? self.background, foreground)
  }

  private func named(_ color: Color) -> String? {
    switch color {
    case .ansi(let index): ansi[Int(index % 16)]
    case .indexed(let index) where index < 16: ansi[Int(index)]
    default: Self.color(color)
    }
  }

  private static func color(_ color: Color) -> String? {
    switch color {
    case .terminalDefault, .ansi: nil
    case .indexed(let index): hex(XtermPalette.rgb(index))
    case .rgb(let red, let green, let blue): hex(RGB(red, green, blue))
    }
  }

  private static func hex(_ color: RGB) -> String {
    "#"
      + [color.red, color.green, color.blue].map { channel in
        let digits = String(channel, radix: 16)
        return channel < 16 ? "0" + digits : digits
      }.joined()
  }
}
