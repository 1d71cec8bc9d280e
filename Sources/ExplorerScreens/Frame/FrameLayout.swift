import TerminalRendering

/// The layout of the frame: two or three lines above the screen, one or two below.
struct FrameLayout {
  var header: Rect
  var tabs: Rect
  /// The line between tabs and screen; empty in a low terminal.
  var rule: Rect
  var screen: Rect
  /// Messages and prompts; the same line as `hints` in a low terminal.
  var message: Rect
  var hints: Rect

  /// Returns `nil` below the minimum size.
  init?(size: Size) {
    guard size.width >= Explorer.minimumSize.width, size.height >= Explorer.minimumSize.height else {
      return nil
    }
    // A margin of one column on both sides: text at the edge of a terminal is hard to read.
    let all = Rect(size: size)
    let isTall = size.height >= 20
    let parts = all.split(rows: [
      .fixed(1), .fixed(1), .fixed(isTall ? 1 : 0), .fill, .fixed(isTall ? 1 : 0), .fixed(1),
    ])
    let inner = parts.map { $0.inset(left: 1, right: 1) }
    (header, tabs, rule, screen, hints) = (inner[0], inner[1], parts[2], inner[3], inner[5])
    message = isTall ? inner[4] : hints
  }

  /// Whether a message hides the key hints.
  var sharesLine: Bool { message == hints }
}
