/// A color ramp for values from 0 to 1: sequential from dark to light, or diverging from a neutral middle.
struct ColorRamp {
  private let stops: [RGB]
  private let ansi: [UInt8]

  /// From dark blue through teal to light yellow. Lightness rises evenly, so the ramp also works in gray.
  static let sequential = ColorRamp(
    stops: [
      RGB(24, 22, 58), RGB(36, 62, 114), RGB(26, 108, 134), RGB(52, 152, 126), RGB(134, 190, 96),
      RGB(226, 214, 98), RGB(255, 247, 200),
    ], ansi: [4, 6, 2, 3, 11, 15])

  /// Blue below the middle, orange above it.
  static let diverging = ColorRamp(
    stops: [
      RGB(96, 190, 255), RGB(38, 122, 196), RGB(28, 66, 108), RGB(30, 32, 38), RGB(110, 60, 24),
      RGB(204, 110, 36), RGB(255, 186, 104),
    ], ansi: [14, 6, 4, 0, 1, 3, 11])

  /// The color of a value from 0 to 1. A diverging ramp is neutral at 0.5.
  func rgb(_ part: Double) -> RGB {
    let place = min(max(0, part.isFinite ? part : 0), 1) * Double(stops.count - 1)
    let index = min(Int(place), stops.count - 2)
    return RGB.mix(stops[index], stops[index + 1], place - Double(index))
  }

  func color(_ part: Double, depth: ColorDepth) -> Color {
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
