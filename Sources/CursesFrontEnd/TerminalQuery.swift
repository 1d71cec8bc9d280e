import TerminalRendering

/// What a terminal answers about itself.
nonisolated enum TerminalReply: Equatable {
  case background(TerminalBackground)
  /// It shows 24-bit colors.
  case trueColor
  /// Primary device attributes, which every terminal reports. Answers come in order, so no other one follows.
  case attributes
}

/// Asks the terminal for its background and for 24-bit colors.
///
/// Terminals ignore requests that they do not know. The last request is one that all of them answer, so that nothing
/// waits for an answer that never comes.
nonisolated enum TerminalQuery {
  /// How long the first frame waits. Later answers change the colors of a later frame.
  static let patience = Duration.milliseconds(30)
  /// How long an answer may still come.
  static let longestDelay = Duration.seconds(5)

  static let request: [UInt8] = {
    let terminator = "\u{1B}\\"
    return Array(
      [
        // OSC 11: the color of the background.
        "\u{1B}]11;?" + terminator,
        // XTGETTCAP: the capabilities RGB and Tc, in hexadecimal.
        "\u{1B}P+q524742" + terminator, "\u{1B}P+q5463" + terminator,
        // DECRQSS: whether a 24-bit color that is set is still there.
        "\u{1B}[48;2;1;2;3m\u{1B}P$qm" + terminator + "\u{1B}[m",
        // DA1.
        "\u{1B}[c",
      ].joined().utf8)
  }()

  /// The answer in an OSC or DCS string, without introducer and terminator; `nil` for anything else.
  ///
  /// - Parameter introducer: The byte after the escape character.
  static func reply(inString bytes: [UInt8], introducer: UInt8) -> TerminalReply? {
    let text = String(decoding: bytes, as: UTF8.self)
    switch introducer {
    case UInt8(ascii: "]"):
      guard text.hasPrefix("11;") else { return nil }
      return background(ofColor: text.dropFirst(3)).map { .background($0) }
    case UInt8(ascii: "P"):
      let text = text.lowercased()
      if text.hasPrefix("1+r524742") || text.hasPrefix("1+r5463") { return .trueColor }
      guard text.hasPrefix("1$r"), text.hasSuffix("m") else { return nil }
      // 48:2::1:2:3, 48:2:1:2:3 or 48;2;1;2;3, among other attributes.
      let numbers = text.dropFirst(3).dropLast().split { $0 == ":" || $0 == ";" }
      return numbers.joined(separator: " ").contains("48 2 1 2 3") ? .trueColor : nil
    default: return nil
    }
  }

  /// Whether a color as X11 writes it is dark or light: `rgb:1616/1818/1d1d`, `rgba:…` or `#16181d`.
  private static func background(ofColor text: Substring) -> TerminalBackground? {
    var channels: [Substring] = []
    if let colon = text.firstIndex(of: ":"), text.hasPrefix("rgb") {
      channels = Array(text[text.index(after: colon)...].split(separator: "/").prefix(3))
    } else if text.first == "#", (text.count - 1).isMultiple(of: 3) {
      let digits = Array(text.dropFirst())
      let length = digits.count / 3
      channels = (0..<3).map { Substring(digits[$0 * length..<($0 + 1) * length]) }
    }
    let values = channels.compactMap { channel -> Int? in
      guard (1...4).contains(channel.count), let value = Int(channel, radix: 16) else { return nil }
      return value * 255 / ((1 << (4 * channel.count)) - 1)
    }
    guard values.count == 3 else { return nil }
    return TerminalBackground(red: values[0], green: values[1], blue: values[2])
  }
}

/// What the environment says about the colors of the terminal.
nonisolated struct ColorEnvironment {
  var term: String
  /// Whether the terminal is tmux, which translates 24-bit colors for a terminal that has none.
  var isTmux: Bool
  var colorTerm: String
  var colorFgBg: String

  /// GNU screen passes what it does not know to the terminal around it, and has no 24-bit colors.
  private var isScreen: Bool { term.hasPrefix("screen") && !isTmux }

  /// - Parameter count: The number of colors in the description of the terminal.
  func depth(ofColorCount count: Int) -> ColorDepth {
    if !isScreen, ["truecolor", "24bit"].contains(colorTerm.lowercased()) { return .trueColor }
    return switch count {
    case (1 << 24)...: .trueColor
    case 256...: .indexed256
    case 8...: .ansi16
    default: .none
    }
  }

  /// The background as `rxvt` and others name it: the palette indices of text and ground, `15;0`.
  var background: TerminalBackground? {
    guard let ground = colorFgBg.split(separator: ";").last.flatMap({ Int($0) }) else { return nil }
    return switch ground {
    case 0...6, 8: .dark
    case 7, 9...15: .light
    default: nil
    }
  }

  /// Whether to ask a terminal with such colors.
  func allowsQueries(at depth: ColorDepth) -> Bool { depth >= .indexed256 && !isScreen }
}
