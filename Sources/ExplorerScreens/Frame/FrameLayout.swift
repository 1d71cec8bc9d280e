import TerminalRendering

/// Where the parts of the frame stand: two or three lines above the screen, one or two below.
struct FrameLayout {
  var header: Rect
  var tabs: Rect
  /// A line between tabs and screen; empty where height is scarce.
  var rule: Rect
  var screen: Rect
  /// Messages and prompts; where height is scarce the same line as `hints`.
  var message: Rect
  var hints: Rect

  /// Nil below the smallest size.
  init?(size: Size) {
    guard size.width >= Explorer.minimumSize.width, size.height >= Explorer.minimumSize.height else {
      return nil
    }
    // A column of air on both sides: text against a terminal's edge is hard to read.
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
