/// A color ramp for values from 0 to 1: from the background of the terminal to what stands out most on it, in one
/// direction or in two.
struct ColorRamp {
  private let stops: [RGB]
  private let ansi: [UInt8]

  /// From the background to light yellow on a dark ground, and to dark violet on a light one. Lightness changes evenly,
  /// so the ramp also works in gray.
  static func rising(on background: TerminalBackground) -> ColorRamp {
    let stops: [RGB] =
      switch background {
      case .dark:
        [
          RGB(22, 24, 29), RGB(32, 52, 94), RGB(26, 100, 134), RGB(52, 152, 126), RGB(134, 190, 96),
          RGB(226, 214, 98), RGB(255, 247, 200),
        ]
      case .light:
        [
          RGB(255, 255, 255), RGB(212, 228, 238), RGB(146, 196, 212), RGB(70, 150, 172), RGB(36, 104, 144),
          RGB(48, 58, 116), RGB(40, 16, 68),
        ]
      }
    // Of the eight colors that all such terminals have as backgrounds, those from dark to bright, or the other way.
    return ColorRamp(
      stops: stops, ansi: background == .dark ? [4, 2, 6, 3, 7] : [7, 6, 2, 4, 0], neutral: 0)
  }

  /// Blue below the middle, orange above it, and the background at the middle.
  static func diverging(on background: TerminalBackground) -> ColorRamp {
    let stops: [RGB] =
      switch background {
      case .dark:
        [
          RGB(96, 190, 255), RGB(38, 122, 196), RGB(28, 66, 108), RGB(22, 24, 29), RGB(110, 60, 24),
          RGB(204, 110, 36), RGB(255, 186, 104),
        ]
      case .light:
        [
          RGB(8, 52, 128), RGB(48, 118, 190), RGB(164, 202, 234), RGB(255, 255, 255), RGB(246, 208, 170),
          RGB(214, 124, 52), RGB(140, 50, 0),
        ]
      }
    return ColorRamp(stops: stops, ansi: [6, 6, 4, 4, 3, 3, 1, 1], neutral: 0.5)
  }

  /// The value that is the background of the terminal.
  private let neutral: Double

  private init(stops: [RGB], ansi: [UInt8], neutral: Double) {
    (self.stops, self.ansi, self.neutral) = (stops, ansi, neutral)
  }

  /// The color of a value from 0 to 1. A diverging ramp is neutral at 0.5.
  func rgb(_ part: Double) -> RGB {
    let place = min(max(0, part.isFinite ? part : 0), 1) * Double(stops.count - 1)
    let index = min(Int(place), stops.count - 2)
    return RGB.mix(stops[index], stops[index + 1], place - Double(index))
  }

  /// - Returns: The terminal's own background for values next to the neutral one.
  func color(_ part: Double, depth: ColorDepth) -> Color {
    // Colors so near to the ground would only reveal that it is not quite that of the terminal.
    if abs(part - neutral) < (depth == .ansi16 ? 0.12 : 0.03) { return .terminalDefault }
    let color = rgb(part)
    switch depth {
    case .none: return .terminalDefault
    case .ansi16:
      let index = Int(min(max(0, part.isFinite ? part : 0), 1) * Double(ansi.count))
      return .ansi(ansi[min(index, ansi.count - 1)])
    case .indexed256: return .indexed(XtermPalette.nearestIndex(color))
    case .trueColor: return .rgb(color.red, color.green, color.blue)
    }
  }
}
