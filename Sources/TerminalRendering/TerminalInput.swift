/// User input in a terminal.
public enum TerminalInput: Hashable, Sendable {
  case key(KeyPress)
  case mouse(MouseEvent)
  case resize(Size)
  /// Text pasted in one piece.
  case paste(String)
}

/// One key, as a terminal reports it.
public enum KeyPress: Hashable, Sendable {
  case character(Character)
  /// Control and a lowercase letter: `.control("c")` is ^C.
  case control(Character)
  case enter, escape, tab, backTab, backspace, delete
  case up, down, left, right
  case shiftLeft, shiftRight
  case home, end, pageUp, pageDown
  /// F1 is `.function(1)`.
  case function(Int)
}

extension KeyPress: CustomStringConvertible {
  /// The name in the help, in ASCII: `^C`, `PgUp`, `Space`, `Enter`.
  public var description: String { name(glyphs: .ascii) }

  /// The name in the help, in these glyphs: `⏎` or `Enter`.
  public func name(glyphs: Glyphs) -> String {
    switch self {
    case .character(" "): "Space"
    case .character(let character): DisplayText.sanitized(String(character))
    case .control(let character): "^" + DisplayText.sanitized(character.uppercased())
    case .enter: glyphs.enter
    case .escape: "Esc"
    case .tab: "Tab"
    case .backTab: glyphs.shift + "Tab"
    case .backspace: "Bksp"
    case .delete: "Del"
    case .up: glyphs.arrowUp
    case .down: glyphs.arrowDown
    case .left: glyphs.arrowLeft
    case .right: glyphs.arrowRight
    case .shiftLeft: glyphs.shift + glyphs.arrowLeft
    case .shiftRight: glyphs.shift + glyphs.arrowRight
    case .home: "Home"
    case .end: "End"
    case .pageUp: "PgUp"
    case .pageDown: "PgDn"
    case .function(let number): "F\(number)"
    }
  }
}

extension KeyPress {
  /// The key with a name as ``description`` writes it, ignoring case: `^C` or `Ctrl-C`, `PgUp`, `Space`, `S-Left`, `F2`,
  /// or a single character; `nil` if there is none.
  public init?(name: String) {
    let lowercase = name.lowercased()
    if let character = name.first, name.count == 1 {
      guard !character.isWhitespace else { return nil }
      self = .character(character)
    } else if let key = Self.named[lowercase] {
      self = key
    } else if let letter = lowercase.last, letter.isASCII,
      lowercase.dropLast() == "^" || ["ctrl-", "c-"].contains(lowercase.dropLast())
    {
      self = .control(letter)
    } else if lowercase.first == "f", let number = Int(lowercase.dropFirst()), (1...24).contains(number) {
      self = .function(number)
    } else {
      return nil
    }
  }

  private static let named: [String: KeyPress] = [
    "enter": .enter, "esc": .escape, "escape": .escape, "tab": .tab, "s-tab": .backTab, "bksp": .backspace,
    "backspace": .backspace, "del": .delete, "delete": .delete, "up": .up, "down": .down, "left": .left,
    "right": .right, "s-left": .shiftLeft, "s-right": .shiftRight, "home": .home, "end": .end,
    "pgup": .pageUp, "pgdn": .pageDown, "space": .character(" "),
  ]
}

/// A mouse event in canvas coordinates.
public struct MouseEvent: Hashable, Sendable {
  public enum Kind: Hashable, Sendable { case press, release, drag, doubleClick, wheelUp, wheelDown }

  public var kind: Kind
  public var position: Point

  public init(_ kind: Kind, at position: Point) {
    self.kind = kind
    self.position = position
  }
}
