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
