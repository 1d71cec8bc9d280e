import TerminalRendering

extension Glyphs {
  /// Spells a text of the program for this terminal: `λ ≥ 1e-3` in Unicode, `reg >= 1e-3` in ASCII.
  func spelled(_ text: String) -> String {
    guard !isUnicode, !text.utf8.allSatisfy({ $0 < 0x80 }) else { return text }
    return text.reduce(into: "") { $0 += asciiSpelling(of: $1) ?? String($1) }
  }

  private func asciiSpelling(of character: Character) -> String? {
    switch character {
    case "λ": lambda
    case "α": "a"
    case "β": "b"
    case "↑": "Up"
    case "↓": "/Down"
    case "χ": "chi"
    case "≥": atLeast
    case "≤": atMost
    case "≈": approximately
    case "²": superscriptTwo
    case "−", "–": minus
    case "×": times
    case "±": plusMinus
    case "∞": infinity
    case "…": "..."
    case "·": separator
    case "“", "”": "\""
    case "‘", "’": "'"
    default: nil
    }
  }
}
