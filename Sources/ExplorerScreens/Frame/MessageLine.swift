import ExplorerModel
import TerminalRendering

/// The latest message, above the key hints. Errors and warnings take up to five lines, because their end says
/// what to try.
enum MessageLine {
  static func draw(_ message: Message, on canvas: inout Canvas, layout: FrameLayout, appearance: Appearance) {
    let (theme, glyphs) = (appearance.theme, appearance.glyphs)
    let (sign, style) = theme.sign(of: message.severity, glyphs: glyphs)
    let indent = DisplayText.width(sign) + 1
    let width = layout.message.width - indent
    let limit = message.severity == .info ? 1 : 5
    var lines = TextLayout.wrap(glyphs.spelled(message.text), width: width)
    if lines.count > limit {
      let rest = lines[(limit - 1)...].map { $0.map(\.text).joined() }.joined(separator: " ")
      lines =
        lines.prefix(limit - 1) + [
          [StyledText(DisplayText.truncated(rest, to: width, ellipsis: glyphs.ellipsis))]
        ]
    }
    let bottom = layout.message
    let rect = Rect(x: bottom.x, y: bottom.maxY - lines.count, width: bottom.width, height: lines.count)
    canvas.fill(Rect(x: rect.x - 1, y: rect.y, width: rect.width + 2, height: rect.height))
    canvas.write(sign, at: rect.origin, style: style)
    for (row, line) in lines.enumerated() {
      canvas.write(line, at: Point(x: rect.x + indent, y: rect.y + row))
    }
  }
}
