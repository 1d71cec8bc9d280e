import CNCurses
import TerminalRendering

/// ncurses wants every combination of two colours registered under a number: done here when one is first drawn.
struct ColorPairs {
  private struct Pair: Hashable {
    var foreground: Int32
    var background: Int32
  }

  private let depth: ColorDepth
  private let capacity: Int
  private let defaults: Pair
  private var numbers: [Pair: Int32] = [:]

  /// - Parameters:
  ///   - capacity: How many pairs the terminal has, number 0 included.
  ///   - hasDefaultColors: Whether −1 stands for the terminal's own colours; otherwise they are taken to be
  ///     white on black.
  init(depth: ColorDepth, capacity: Int, hasDefaultColors: Bool) {
    self.depth = depth
    self.capacity = capacity
    defaults =
      hasDefaultColors
      ? Pair(foreground: -1, background: -1) : Pair(foreground: COLOR_WHITE, background: COLOR_BLACK)
  }

  /// True when the next drawings could run out of numbers.
  var isNearlyFull: Bool { numbers.count > capacity / 4 * 3 }

  /// Frees all numbers. Whatever was drawn with them must be drawn again.
  mutating func forgetAll() { numbers = [:] }

  /// The number of a style's colours. When none is left, of the foreground alone, and at last 0, the
  /// terminal's own.
  mutating func number(foreground: Color, background: Color) -> Int32 {
    guard depth != .none else { return 0 }
    let pair = Pair(
      foreground: code(foreground) ?? defaults.foreground, background: code(background) ?? defaults.background
    )
    if pair == defaults { return 0 }
    if let number = numbers[pair] { return number }
    let next = Int32(numbers.count + 1)
    guard next < capacity, init_extended_pair(next, pair.foreground, pair.background) == OK else {
      return numbers[Pair(foreground: pair.foreground, background: defaults.background)] ?? 0
    }
    numbers[pair] = next
    return next
  }

  /// ncurses' number for a colour; nil for the terminal's own.
  private func code(_ color: Color) -> Int32? {
    switch color {
    case .terminalDefault: nil
    case .ansi(let index): Int32(index) % paletteSize
    case .indexed(let index): depth == .trueColor ? Self.directCode(ofIndex: Int32(index)) : Int32(index)
    case .rgb(let red, let green, let blue): Self.directCode(Int32(red), Int32(green), Int32(blue))
    }
  }

  /// Direct-colour terminals keep 8 colours of the palette, like those that have no more.
  private var paletteSize: Int32 { depth == .indexed256 || depth == .ansi16 && cn_colors() >= 16 ? 16 : 8 }

  /// True where a bright colour of the user's palette only comes as bold.
  func needsBold(for foreground: Color) -> Bool {
    guard depth != .none, case .ansi(let index) = foreground else { return false }
    return index >= paletteSize
  }

  /// A direct-colour terminal's numbers are 24-bit RGB, but for 0–7, which are the palette.
  private static func directCode(_ red: Int32, _ green: Int32, _ blue: Int32) -> Int32 {
    let code = red << 16 | green << 8 | blue
    return code < 8 ? 0 : code
  }

  private static func directCode(ofIndex index: Int32) -> Int32 {
    switch index {
    case ..<16: return index % 8
    case ..<232:
      func level(_ step: Int32) -> Int32 { step == 0 ? 0 : 55 + 40 * step }
      let cube = index - 16
      return directCode(level(cube / 36), level(cube / 6 % 6), level(cube % 6))
    default:
      let gray = 8 + 10 * (index - 232)
      return directCode(gray, gray, gray)
    }
  }
}
