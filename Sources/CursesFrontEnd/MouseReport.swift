import TerminalRendering

/// A mouse report in SGR format (xterm mode 1006): `button;column;row` and `M`, or `m` for a release.
///
/// ncurses does not parse the reports, because it keeps only the last of several that arrive together. Over a
/// slow connection, a click would lose its press.
nonisolated struct MouseReport: Equatable {
  /// The introducer of a report, after the escape character.
  static let introducer = "[<"
  /// The maximum length of a valid report.
  static let longest = 20

  private(set) var code: Int
  private(set) var position: Point
  private(set) var isRelease: Bool

  /// - Parameter text: The text after the introducer, including the final letter.
  init?(_ text: String) {
    guard let final = text.last, final == "M" || final == "m" else { return nil }
    let fields = text.dropLast().split(separator: ";", omittingEmptySubsequences: false).map { Int($0) }
    guard fields.count == 3, let code = fields[0], let column = fields[1], let row = fields[2],
      code >= 0, (1...9999).contains(column), (1...9999).contains(row)
    else { return nil }
    self.code = code
    position = Point(x: column - 1, y: row - 1)
    isRelease = final == "m"
  }

  /// The button: 0 left, 1 middle, 2 right, 3 none, 64 and 65 the wheel; without Shift, Meta and Control.
  var button: Int { code & ~(4 | 8 | 16 | 32) }
  var isMotion: Bool { code & 32 != 0 }
}

/// Converts mouse reports into events. Remembers the last press to recognize double clicks.
nonisolated struct MouseDecoder {
  static let doubleClickTime = Duration.milliseconds(400)

  private var lastPress: (position: Point, time: ContinuousClock.Instant)?

  /// - Returns: `nil` for reports that no screen handles: other buttons, and motion without a pressed button.
  mutating func decode(_ report: MouseReport, time: ContinuousClock.Instant) -> MouseEvent? {
    let kind: MouseEvent.Kind
    switch (report.button, report.isRelease, report.isMotion) {
    case (64, false, _): kind = .wheelUp
    case (65, false, _): kind = .wheelDown
    case (0, true, _): kind = .release
    case (0, false, true): kind = .drag
    case (0, false, false): kind = press(at: report.position, time: time)
    default: return nil
    }
    return MouseEvent(kind, at: report.position)
  }

  private mutating func press(at position: Point, time: ContinuousClock.Instant) -> MouseEvent.Kind {
    if let last = lastPress, last.position == position, last.time.duration(to: time) < Self.doubleClickTime {
      lastPress = nil
      return .doubleClick
    }
    lastPress = (position, time)
    return .press
  }
}
