import TerminalRendering
import Testing

@testable import CursesFrontEnd

@Suite struct DirectPainterTests {
  /// A terminal that understands what the painter sends.
  private final class Emulator {
    let size: Size
    var text: [[String]]
    var styles: [[String]]
    var (row, column) = (0, 0)
    var style = ""
    var byteCount = 0

    init(size: Size) {
      self.size = size
      text = Array(repeating: Array(repeating: " ", count: size.width), count: size.height)
      styles = Array(repeating: Array(repeating: "", count: size.width), count: size.height)
    }

    func receive(_ bytes: [UInt8]) {
      byteCount += bytes.count
      var rest = Substring(String(decoding: bytes, as: UTF8.self))
      while let character = rest.popFirst() {
        guard character == "\u{1B}" else {
          put(character)
          continue
        }
        #expect(rest.popFirst() == "[")
        let parameters = rest.prefix { !$0.isLetter }
        rest = rest.dropFirst(parameters.count)
        let numbers = parameters.split(separator: ";").compactMap { Int($0) }
        switch rest.popFirst() {
        case "H": (row, column) = (numbers[0] - 1, numbers[1] - 1)
        case "C": column += numbers[0]
        case "m": style = parameters == "0" ? "" : String(parameters)
        case "J":
          text = text.map { $0.map { _ in " " } }
          styles = styles.map { $0.map { _ in "" } }
        default: Issue.record("unknown sequence")
        }
      }
    }

    private func put(_ character: Character) {
      guard row < size.height, column < size.width else {
        Issue.record("drawn outside the screen")
        return
      }
      text[row][column] = String(character)
      styles[row][column] = style
      let isWide = character == "語"
      if isWide, column + 1 < size.width {
        text[row][column + 1] = ""
        styles[row][column + 1] = style
      }
      column += isWide ? 2 : 1
    }
  }

  private func expected(_ canvas: Canvas) -> (text: [[String]], styles: [[String]]) {
    let rows = (0..<canvas.size.height).map { y in (0..<canvas.size.width).map { canvas[$0, y] } }
    return (
      rows.map { $0.map { $0.width == 0 ? "" : String($0.text) } },
      rows.map { row in
        row.map { $0.style == .plain ? "" : String($0.style.escapeSequence.dropFirst(2).dropLast()) }
      }
    )
  }

  @Test func screenEqualsTheCanvasAfterManyFrames() {
    let size = Size(width: 23, height: 7)
    let emulator = Emulator(size: size)
    var painter = DirectPainter { emulator.receive($0) }
    var generator = SystemRandomNumberGenerator()
    var canvas = Canvas(size: size)
    for frame in 0..<200 {
      if frame == 100 { painter.forgetScreen() }
      for _ in 0..<12 {
        let style = Style(
          foreground: [.terminalDefault, .rgb(1, 20, 255), .ansi(12), .indexed(200)].randomElement(
            using: &generator)!,
          background: [.terminalDefault, .rgb(9, 9, 9)].randomElement(using: &generator)!,
          attributes: [[], .bold, [.underline, .reverse]].randomElement(using: &generator)!)
        let point = Point(
          x: Int.random(in: 0..<size.width, using: &generator),
          y: Int.random(in: 0..<size.height, using: &generator))
        canvas.write(
          ["ab", "語", "⣿▀", " ", "x語y"].randomElement(using: &generator)!, at: point, style: style)
      }
      painter.paint(canvas)
      let (text, styles) = expected(canvas)
      #expect(emulator.text == text)
      #expect(emulator.styles == styles)
    }
  }

  @Test func unchangedFrameSendsNothing() {
    var sent: [[UInt8]] = []
    var painter = DirectPainter { sent.append($0) }
    var canvas = Canvas(size: Size(width: 12, height: 2))
    canvas.write("AUROC .957", at: .zero)
    #expect(painter.paint(canvas) == 9)
    #expect(painter.paint(canvas) == 0)
    #expect(sent.count == 1)
    canvas.write("AUROC .988", at: .zero, style: Style(foreground: .rgb(255, 128, 0)))
    canvas.write("AUROC ", at: .zero)
    painter.paint(canvas)
    #expect(
      String(decoding: sent[1], as: UTF8.self)
        == "\u{1B}[1;7H\u{1B}[0;38;2;255;128;0m.988\u{1B}[m")
  }
}
