import TerminalRendering

/// Where the parts of the frame stand: two lines above the screen, one or two below.
struct FrameLayout {
  var header: Rect
  var tabs: Rect
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
    let hasMessageLine = size.height >= 20
    let parts = all.split(rows: [.fixed(1), .fixed(1), .fill, .fixed(hasMessageLine ? 1 : 0), .fixed(1)])
    header = parts[0].inset(left: 1, right: 1)
    tabs = parts[1].inset(left: 1, right: 1)
    screen = parts[2].inset(left: 1, right: 1)
    hints = parts[4].inset(left: 1, right: 1)
    message = hasMessageLine ? parts[3].inset(left: 1, right: 1) : hints
  }

  /// Whether a message hides the key hints.
  var sharesLine: Bool { message == hints }
}
