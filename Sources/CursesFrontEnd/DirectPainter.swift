import TerminalRendering

/// Draws canvases on the screen, and sends only the cells that changed.
protocol ScreenPainter {
  /// Discards the known screen content, so that the next canvas is drawn completely.
  mutating func forgetScreen()

  /// Updates the screen to show `canvas`.
  ///
  /// - Returns: The number of cells that changed and were drawn.
  @discardableResult
  mutating func paint(_ canvas: Canvas) -> Int

  /// Deletes the pictures in the terminal. Those of the next canvas are sent again.
  mutating func deleteImages()
}

extension ScreenPainter {
  mutating func deleteImages() {}
}

/// Draws canvases in 24-bit colors.
///
/// ncurses draws 24-bit colors only where the description of the terminal names them, and almost none does. The
/// terminals that have them agree on how to move the cursor and to set a style (ECMA-48, ISO 8613-6), so this painter
/// sends the sequences itself. ncurses still sets the terminal up and restores it.
struct DirectPainter: ScreenPainter {
  private let send: ([UInt8]) -> Void
  private var shown: Canvas?
  private var sequences: [Style: [UInt8]] = [:]
  /// The number of styles whose sequences are kept.
  private static let longestSequences = 4096

  /// - Parameter send: Receives the bytes of a frame.
  init(send: @escaping ([UInt8]) -> Void) { self.send = send }

  mutating func forgetScreen() { shown = nil }

  @discardableResult
  mutating func paint(_ canvas: Canvas) -> Int {
    let width = canvas.size.width
    var frame: [UInt8] = []
    var (drawnCount, style, cursor) = (0, Style.plain, -1)
    var known = shown
    if shown?.size != canvas.size {
      frame += Self.clear
      known = Canvas(size: canvas.size, unicode: canvas.allowsUnicode)
    }
    for (index, cell) in canvas.cells.enumerated() where cell != known?.cells[index] {
      drawnCount += 1
      // The second half of a wide character is drawn with the first.
      guard cell.width > 0 else { continue }
      if cursor != index { frame += Self.move(from: cursor, to: index, width: width) }
      if cell.style != style {
        style = cell.style
        frame += sequence(of: style)
      }
      // The terminal can consider the character narrower than the canvas does, so clear both cells first.
      if cell.width == 2 { frame += Array("  ".utf8) + Self.move(from: -1, to: index, width: width) }
      frame += cell.text.utf8
      let isSure = cell.width == 1 && cell.text.unicodeScalars.count == 1
      // After the last column, terminals differ in where the cursor is.
      cursor = isSure && (index + 1) % width != 0 ? index + 1 : -1
    }
    shown = canvas
    guard !frame.isEmpty else { return 0 }
    if style != .plain { frame += Self.plain }
    send(frame)
    return drawnCount
  }

  private static let plain = Array("\u{1B}[m".utf8)
  private static let clear = plain + Array("\u{1B}[2J".utf8)

  private static func move(from cursor: Int, to index: Int, width: Int) -> [UInt8] {
    let (row, column) = (index / width, index % width)
    if cursor >= 0, cursor / width == row, cursor < index {
      return Array("\u{1B}[\(index - cursor)C".utf8)
    }
    return Array("\u{1B}[\(row + 1);\(column + 1)H".utf8)
  }

  private mutating func sequence(of style: Style) -> [UInt8] {
    if let known = sequences[style] { return known }
    if sequences.count >= Self.longestSequences { sequences = [:] }
    let sequence = Array(style.escapeSequence.utf8)
    sequences[style] = sequence
    return sequence
  }
}
