/// The terminal colors of a picture: light on dark.
enum SVGPalette {
  static let background = "#16181d"
  static let foreground = "#d8dce4"

  private static let ansi = [
    "#23262e", "#e06c6c", "#7fb86a", "#d7a65a", "#5f9be8", "#c083d8", "#53b3bd", "#c6ccd7",
    "#6b7280", "#f08a84", "#98cf83", "#e8c27a", "#82b4f5", "#d49ee8", "#74cfd8", "#ffffff",
  ]

  /// A `nil` background is that of the window.
  static func colors(of style: Style) -> (foreground: String, background: String?) {
    let foreground = color(style.foreground) ?? self.foreground
    let background = color(style.background)
    guard style.attributes.contains(.reverse) else { return (foreground, background) }
    return (background ?? self.background, foreground)
  }

  private static func color(_ color: Color) -> String? {
    switch color {
    case .terminalDefault: nil
    case .ansi(let index): ansi[Int(index % 16)]
    case .indexed(let index) where index < 16: ansi[Int(index)]
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
