import TerminalRendering

extension Explorer {
  /// Draws the required and the actual terminal size.
  static func drawTooSmallNotice(on canvas: inout Canvas, appearance: Appearance) {
    let times = appearance.glyphs.times
    func text(_ size: Size) -> String { "\(size.width)\(times)\(size.height)" }
    let lines = [
      "gmmscope needs \(text(minimumSize)) cells.", "This terminal has \(text(canvas.size)).",
      "Enlarge it, or press q to quit.",
    ]
    let block = canvas.bounds.centered(Size(width: canvas.size.width, height: lines.count))
    for (row, line) in lines.prefix(block.height).enumerated() {
      canvas.write(
        line, at: Point(x: 0, y: block.y + row), style: row == 0 ? appearance.theme.emphasis : .plain,
        alignment: .center, ellipsis: appearance.glyphs.ellipsis)
    }
  }
}
