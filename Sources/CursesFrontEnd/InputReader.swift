import CNCurses
import TerminalRendering

/// Reads what ncurses has received, without waiting.
struct InputReader {
  /// Pasted text beyond this many characters is dropped.
  static let longestPaste = 65_536

  /// Input that comes in several characters, some of which may not have arrived yet.
  private enum Unfinished {
    case paste([Unicode.Scalar])
    case mouse(String)
  }

  private var unfinished: Unfinished?
  private var mouse = MouseDecoder()

  /// The next input, nil when nothing more has arrived. What means nothing to any screen is skipped.
  mutating func next() -> TerminalInput? {
    var character: wint_t = 0
    while true {
      let status = wget_wch(cn_stdscr(), &character)
      guard status != ERR else { return nil }
      let input =
        status == KEY_CODE_YES
        ? decode(code: Int32(bitPattern: character))
        : Unicode.Scalar(UInt32(character)).flatMap { decode(scalar: $0) }
      if let input { return input }
    }
  }

  private mutating func decode(code: Int32) -> TerminalInput? {
    switch (code, unfinished) {
    case (KeyTable.pasteEnd, .paste(let scalars)):
      unfinished = nil
      var text = String.UnicodeScalarView()
      text.append(contentsOf: scalars)
      return .paste(String(text))
    case (_, .paste): return nil
    case (KeyTable.pasteBegin, _): unfinished = .paste([])
    case (KeyTable.mouseReport, _): unfinished = .mouse("")
    default:
      unfinished = nil
      return KeyTable.key(code: code).map { .key($0) }
    }
    return nil
  }

  private mutating func decode(scalar: Unicode.Scalar) -> TerminalInput? {
    switch unfinished {
    case .paste(var scalars) where scalar != "\u{03}":
      unfinished = nil
      if scalars.count < Self.longestPaste { scalars.append(scalar == "\r" ? "\n" : scalar) }
      unfinished = .paste(scalars)
      return nil
    case .mouse(let text):
      let longer = text + String(scalar)
      let isWhole = scalar == "M" || scalar == "m"
      unfinished = isWhole || longer.count == MouseReport.longest ? nil : .mouse(longer)
      guard isWhole, let report = MouseReport(longer) else { return nil }
      return mouse.decode(report, time: .now).map { .mouse($0) }
    case .paste, nil:
      // No terminal pastes ^C: it is the user's way out where the closing mark got lost.
      unfinished = nil
      return .key(KeyTable.key(scalar: scalar))
    }
  }
}
