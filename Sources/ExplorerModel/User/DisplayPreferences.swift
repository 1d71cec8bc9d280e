/// How the user wants screens to look, from the settings file and the palette.
public struct DisplayPreferences: Sendable, Equatable {
  public enum Theme: String, CaseIterable, Sendable {
    /// The theme for the background of the terminal.
    case automatic = "auto"
    case dark, light
    /// The colors of the terminal's own palette.
    case terminal
  }

  public var theme = Theme.automatic
  /// Colors that replace those of the theme, by what they stand for.
  public var colors: [String: ThemeColor] = [:]
  /// The keys of commands, by the names of the commands.
  public var keys: [String: [String]] = [:]

  public init() {}
}

/// A color in the settings file.
public enum ThemeColor: Sendable, Hashable {
  /// Red, green and blue.
  case rgb(UInt8, UInt8, UInt8)
  /// A color of the 256-color palette.
  case indexed(UInt8)

  /// - Parameter text: `#rrggbb`, or a number from 0 to 255.
  init?(_ text: String) {
    if let index = UInt8(text) {
      self = .indexed(index)
    } else if text.first == "#", text.count == 7, let value = UInt32(text.dropFirst(), radix: 16) {
      self = .rgb(UInt8(value >> 16), UInt8(value >> 8 & 0xFF), UInt8(value & 0xFF))
    } else {
      return nil
    }
  }
}
