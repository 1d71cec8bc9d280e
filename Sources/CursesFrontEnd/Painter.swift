import CNCurses
import TerminalRendering

/// Draws canvases with ncurses, in up to 256 colors.
struct Painter: ScreenPainter {
  private let depth: ColorDepth
  private var pairs: ColorPairs
  private let gatherer: OutputGatherer?
  private var shown: Canvas?

  /// - Parameter gatherer: Sends each frame at once; `nil` to let ncurses send it row by row.
  init(depth: ColorDepth, pairs: ColorPairs, gatherer: OutputGatherer? = nil) {
    self.depth = depth
    self.pairs = pairs
    self.gatherer = gatherer
  }

  mutating func forgetScreen() {
    shown = nil
    _ = clearok(cn_stdscr(), true)
  }

  @discardableResult
  mutating func paint(_ canvas: Canvas) -> Int {
    if pairs.isNearlyFull {
      pairs.forgetAll()
      shown = nil
    }
    if shown?.size != canvas.size {
      _ = werase(cn_stdscr())
      shown = nil
    }
    let width = canvas.size.width
    var drawnCount = 0
    for (index, cell) in canvas.cells.enumerated() where cell != shown?.cells[index] {
      drawnCount += 1
      // The second half of a wide character is drawn with the first.
      if cell.width > 0 { draw(cell, row: Int32(index / width), column: Int32(index % width)) }
    }
    shown = canvas
    if let gatherer {
      gatherer.gather { _ = wrefresh(cn_stdscr()) }
    } else {
      _ = wrefresh(cn_stdscr())
    }
    return drawnCount
  }

  private mutating func draw(_ cell: Cell, row: Int32, column: Int32) {
    let style = cell.style.reduced(to: depth)
    var attributes = Self.attributes(style.attributes)
    if pairs.needsBold(for: style.foreground) { attributes |= cn_bold() }
    let pair = pairs.number(foreground: style.foreground, background: style.background)
    _ = cn_set_style(cn_stdscr(), attributes, pair)
    // The C library can consider the character narrower than the canvas does, so clear both cells first.
    if cell.width == 2 { _ = mvwaddnstr(cn_stdscr(), row, column, "  ", 2) }
    let text = String(cell.text)
    _ = mvwaddnstr(cn_stdscr(), row, column, text, Int32(text.utf8.count))
  }

  private static func attributes(_ attributes: Style.Attributes) -> attr_t {
    let known: [(Style.Attributes, attr_t)] = [
      (.bold, cn_bold()), (.dim, cn_dim()), (.underline, cn_underline()),
      (.reverse, cn_reverse()), (.italic, cn_italic()),
    ]
    return known.reduce(0) { attributes.contains($1.0) ? $0 | $1.1 : $0 }
  }
}
