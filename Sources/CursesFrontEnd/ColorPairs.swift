import CNCurses
import TerminalRendering

/// Registers color pairs with ncurses, which needs a number for every combination of two colors. A pair is
/// registered when it is first drawn.
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
  ///   - capacity: The number of pairs of the terminal, including number 0.
  ///   - hasDefaultColors: Whether −1 means the default colors of the terminal. If not, the defaults are
  ///     assumed to be white on black.
  init(depth: ColorDepth, capacity: Int, hasDefaultColors: Bool) {
    self.depth = depth
    self.capacity = capacity
    defaults =
      hasDefaultColors
      ? Pair(foreground: -1, background: -1) : Pair(foreground: COLOR_WHITE, background: COLOR_BLACK)
  }

  /// Whether the next frame could run out of numbers.
  var isNearlyFull: Bool { numbers.count > capacity / 4 * 3 }

  /// Frees all numbers. Everything drawn with them must be redrawn.
  mutating func forgetAll() { numbers = [:] }

  /// The pair number for the colors of a style. If none is left, the number for the foreground alone, or else
  /// 0, the default colors.
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

  /// The ncurses number of a color; `nil` for the default color.
  private func code(_ color: Color) -> Int32? {
    switch color {
    case .terminalDefault: nil
    case .ansi(let index): Int32(index) % paletteSize
    case .indexed(let index): Int32(index)
    // Styles are reduced to the depth before they are drawn.
    case .rgb: nil
    }
  }

  private var paletteSize: Int32 { depth == .indexed256 || depth == .ansi16 && cn_colors() >= 16 ? 16 : 8 }

  /// Whether the terminal shows a bright palette color only with the bold attribute.
  func needsBold(for foreground: Color) -> Bool {
    guard depth != .none, case .ansi(let index) = foreground else { return false }
    return index >= paletteSize
  }
}
