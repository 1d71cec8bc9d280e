/// A terminal color.
public enum Color: Hashable, Sendable {
  /// The default color of the terminal.
  case terminalDefault
  /// 0–15: the user's palette.
  case ansi(UInt8)
  /// 0–255: the xterm palette; 16–231 a 6×6×6 cube, 232–255 grays.
  case indexed(UInt8)
  case rgb(UInt8, UInt8, UInt8)
}

/// The number of colors of a terminal.
public enum ColorDepth: Int, Hashable, Sendable, Comparable, CaseIterable {
  /// No colors, only attributes, as NO_COLOR requires.
  case none
  case ansi16
  case indexed256
  case trueColor

  public static func < (left: Self, right: Self) -> Bool { left.rawValue < right.rawValue }
}

extension Color {
  /// The nearest color of a terminal with this depth.
  public func reduced(to depth: ColorDepth) -> Color {
    switch (self, depth) {
    case (.terminalDefault, _), (_, .none): .terminalDefault
    case (.ansi, _): self
    case (.rgb, .trueColor), (.indexed, .trueColor), (.indexed, .indexed256): self
    case (.rgb(let red, let green, let blue), .indexed256):
      .indexed(XtermPalette.nearestIndex(RGB(red, green, blue)))
    case (.indexed(let index), .ansi16) where index < 16: .ansi(index)
    case (.indexed(let index), .ansi16):
      .ansi(XtermPalette.nearestANSI(XtermPalette.rgb(index)))
    case (.rgb(let red, let green, let blue), .ansi16):
      .ansi(XtermPalette.nearestANSI(RGB(red, green, blue)))
    }
  }
}

/// Red, green and blue, 0–255 each.
struct RGB: Hashable, Sendable {
  var red: UInt8
  var green: UInt8
  var blue: UInt8

  init(_ red: UInt8, _ green: UInt8, _ blue: UInt8) {
    self.red = red
    self.green = green
    self.blue = blue
  }

  /// The luminance, from 0 for black to 1 for white (Rec. 709).
  var luminance: Double {
    (0.2126 * Double(red) + 0.7152 * Double(green) + 0.0722 * Double(blue)) / 255
  }

  func squaredDistance(to other: RGB) -> Int {
    let red = Int(self.red) - Int(other.red)
    let green = Int(self.green) - Int(other.green)
    let blue = Int(self.blue) - Int(other.blue)
    return red * red + green * green + blue * blue
  }

  /// Interpolates between two colors; `part` is from 0 to 1.
  static func mix(_ first: RGB, _ second: RGB, _ part: Double) -> RGB {
    func channel(_ start: UInt8, _ end: UInt8) -> UInt8 {
      UInt8((Double(start) + (Double(end) - Double(start)) * min(max(0, part), 1)).rounded())
    }
    return RGB(
      channel(first.red, second.red), channel(first.green, second.green), channel(first.blue, second.blue))
  }
}

/// The 256 colors of xterm. The first 16 are only its defaults.
enum XtermPalette {
  private static let levels: [UInt8] = [0, 95, 135, 175, 215, 255]

  static let ansi: [RGB] = [
    RGB(0, 0, 0), RGB(205, 0, 0), RGB(0, 205, 0), RGB(205, 205, 0),
    RGB(0, 0, 238), RGB(205, 0, 205), RGB(0, 205, 205), RGB(229, 229, 229),
    RGB(127, 127, 127), RGB(255, 0, 0), RGB(0, 255, 0), RGB(255, 255, 0),
    RGB(92, 92, 255), RGB(255, 0, 255), RGB(0, 255, 255), RGB(255, 255, 255),
  ]

  static func rgb(_ index: UInt8) -> RGB {
    switch index {
    case 0..<16: return ansi[Int(index)]
    case 16..<232:
      let cube = Int(index) - 16
      return RGB(levels[cube / 36], levels[cube / 6 % 6], levels[cube % 6])
    default:
      let gray = 8 + 10 * (index - 232)
      return RGB(gray, gray, gray)
    }
  }

  /// The nearest color of the cube and the grays. The first 16 colors are user-defined and not considered.
  static func nearestIndex(_ color: RGB) -> UInt8 {
    func level(_ value: UInt8) -> Int {
      levels.indices.min {
        abs(Int(levels[$0]) - Int(value)) < abs(Int(levels[$1]) - Int(value))
      } ?? 0
    }
    let cube = UInt8(16 + 36 * level(color.red) + 6 * level(color.green) + level(color.blue))
    let mean = (Int(color.red) + Int(color.green) + Int(color.blue)) / 3
    let gray = UInt8(232 + min(max(0, (mean - 3) / 10), 23))
    return color.squaredDistance(to: rgb(gray)) < color.squaredDistance(to: rgb(cube)) ? gray : cube
  }

  static func nearestANSI(_ color: RGB) -> UInt8 {
    let nearest = ansi.indices.min {
      color.squaredDistance(to: ansi[$0]) < color.squaredDistance(to: ansi[$1])
    }
    return UInt8(nearest ?? 0)
  }
}
