extension Canvas {
  /// A picture of the screen in a window frame, as an SVG document.
  ///
  /// Blocks, shades, lines and braille are drawn as shapes, so that they meet without gaps in any font.
  ///
  /// - Parameter background: Whether the window is dark or light, as the theme that the canvas was drawn with.
  public func svg(title: String, background: TerminalBackground = .dark) -> String {
    var picture = SVGPicture(size: size, palette: SVGPalette(background))
    for y in 0..<size.height {
      var x = 0
      while x < size.width {
        let cell = self[x, y]
        var run = [cell]
        // Adjacent cells of the same look are drawn as one shape.
        while x + run.count < size.width {
          let next = self[x + run.count, y]
          guard next.style == cell.style, SVGPicture.belongs(next, after: run[run.count - 1]) else { break }
          run.append(next)
        }
        picture.draw(run, x: x, y: y)
        x += run.count
      }
    }
    return picture.document(title: title)
  }
}

/// Collects the shapes of a screen's cells.
struct SVGPicture {
  static let cell = (width: 9.0, height: 18.0)
  static let padding = 14.0
  static let barHeight = 34.0

  let size: Size
  let palette: SVGPalette
  private var backgrounds: [String] = []
  private var shapes: [String] = []

  init(size: Size, palette: SVGPalette) {
    self.size = size
    self.palette = palette
  }

  /// Whether a cell is drawn as one shape with the previous one.
  static func belongs(_ next: Cell, after last: Cell) -> Bool {
    CellShape(next.text).kind == CellShape(last.text).kind && next.width == last.width && next.width < 2
  }

  mutating func draw(_ run: [Cell], x: Int, y: Int) {
    let first = run[0]
    guard first.width > 0 else { return }
    let width = run.reduce(0) { $0 + max(1, $1.width) }
    let left = Self.padding + Double(x) * Self.cell.width
    let top = Self.barHeight + Self.padding + Double(y) * Self.cell.height
    let colors = palette.colors(of: first.style)
    if let background = colors.background {
      backgrounds.append(
        Self.rect(left, top, Double(width) * Self.cell.width, Self.cell.height, fill: background))
    }
    let dim = first.style.attributes.contains(.dim) ? " opacity=\"0.62\"" : ""
    var path = ""
    for (index, cell) in run.enumerated() {
      path += CellShape(cell.text).path(
        x: left + Double(index) * Self.cell.width, y: top, width: Self.cell.width, height: Self.cell.height)
    }
    switch CellShape(first.text).kind {
    case .empty: break
    case .text: drawText(run, left: left, top: top, color: colors.foreground, dim: dim)
    case .fill(let opacity):
      let shade = opacity < 1 ? " fill-opacity=\"\(Self.number(opacity))\"" : ""
      shapes.append(
        "<path d=\"\(path)\" fill=\"\(colors.foreground)\"\(shade)\(dim) shape-rendering=\"crispEdges\"/>")
    case .stroke:
      shapes.append(
        "<path d=\"\(path)\" fill=\"none\" stroke=\"\(colors.foreground)\" stroke-width=\"1.2\"\(dim)/>")
    case .dashes:
      shapes.append(
        "<path d=\"\(path)\" fill=\"none\" stroke=\"\(colors.foreground)\" stroke-width=\"1.2\"\(dim)"
          + " stroke-dasharray=\"2.5 2\"/>")
    case .dots:
      shapes.append("<path d=\"\(path)\" fill=\"\(colors.foreground)\"\(dim)/>")
    }
    if first.style.attributes.contains(.underline) {
      shapes.append(
        Self.rect(left, top + 15.6, Double(width) * Self.cell.width, 1.2, fill: colors.foreground))
    }
  }

  /// Draws each word and each non-ASCII character separately, so that font widths do not add up to an offset.
  private mutating func drawText(
    _ run: [Cell], left: Double, top: Double, color: String, dim: String
  ) {
    let style = run[0].style
    let weight = style.attributes.contains(.bold) ? " font-weight=\"bold\"" : ""
    let slant = style.attributes.contains(.italic) ? " font-style=\"italic\"" : ""
    var start = 0
    while start < run.count {
      var end = start + 1
      while run[start].text.isASCII, end < run.count, run[end].text.isASCII { end += 1 }
      let text = String(run[start..<end].map(\.text))
      let x = Self.number(left + Double(start) * Self.cell.width)
      let length = Double(end - start) * Self.cell.width
      let fit = end - start > 1 ? " textLength=\"\(Self.number(length))\"" : ""
      shapes.append(
        "<text x=\"\(x)\" y=\"\(Self.number(top + 13.5))\" fill=\"\(color)\"\(weight)\(slant)\(dim)\(fit)>"
          + Self.escaped(text) + "</text>")
      start = end
    }
  }

  func document(title: String) -> String {
    let width = Double(size.width) * Self.cell.width + Self.padding * 2
    let height = Double(size.height) * Self.cell.height + Self.padding * 2 + Self.barHeight
    let name = Self.escaped(DisplayText.sanitized(title))
    let buttons = ["#ff5f57", "#febc2e", "#28c840"].enumerated().map { index, color in
      "<circle cx=\"\(20 + 18 * index)\" cy=\"17\" r=\"5.5\" fill=\"\(color)\"/>"
    }
    let lines =
      [
        "<svg xmlns=\"http://www.w3.org/2000/svg\" width=\"\(Self.number(width))\""
          + " height=\"\(Self.number(height))\" viewBox=\"0 0 \(Self.number(width)) \(Self.number(height))\""
          + " font-family=\"ui-monospace, 'SF Mono', 'JetBrains Mono', Menlo, Consolas, 'DejaVu Sans Mono',"
          + " monospace\" font-size=\"14.9\" xml:space=\"preserve\">",
        "<title>\(name)</title>",
        "<rect x=\"0.5\" y=\"0.5\" width=\"\(Self.number(width - 1))\" height=\"\(Self.number(height - 1))\""
          + " rx=\"10\" fill=\"\(palette.background)\" stroke=\"\(palette.bar.border)\"/>",
        "<path d=\"M1 34V11A10 10 0 0 1 11 1H\(Self.number(width - 11))"
          + "A10 10 0 0 1 \(Self.number(width - 1)) 11V34Z\" fill=\"\(palette.bar.fill)\"/>",
      ] + buttons + [
        "<text x=\"\(Self.number(width / 2))\" y=\"22\" fill=\"\(palette.bar.text)\" font-size=\"13\""
          + " text-anchor=\"middle\">\(name)</text>"
      ] + backgrounds + shapes + ["</svg>"]
    return lines.joined(separator: "\n") + "\n"
  }

  private static func rect(
    _ x: Double, _ y: Double, _ width: Double, _ height: Double, fill: String
  ) -> String {
    "<rect x=\"\(number(x))\" y=\"\(number(y))\" width=\"\(number(width))\" height=\"\(number(height))\""
      + " fill=\"\(fill)\" shape-rendering=\"crispEdges\"/>"
  }

  /// Formats a number with at most two decimals and without trailing zeros.
  static func number(_ value: Double) -> String {
    var text = NumberFormat(unicode: false).fixed(value, places: 2)
    while text.last == "0" { text.removeLast() }
    if text.last == "." { text.removeLast() }
    return text
  }

  private static func escaped(_ text: String) -> String {
    var result = ""
    for character in text {
      switch character {
      case "&": result += "&amp;"
      case "<": result += "&lt;"
      case ">": result += "&gt;"
      case "\"": result += "&quot;"
      default: result.append(character)
      }
    }
    return result
  }
}
