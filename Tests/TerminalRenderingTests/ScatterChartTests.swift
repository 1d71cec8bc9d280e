import Testing

@testable import TerminalRendering

@Suite struct ScatterChartTests {
  private let chart = ScatterChart(
    [
      .init(
        "one", xs: [0, 0.01, 0.02, 1], ys: [0, 0, 0.01, 1], style: Looks.unicode.theme.series[0], mark: "a"),
      .init("two", xs: [0.5, .nan, 9], ys: [0.5, 1, 9], style: Looks.unicode.theme.series[1], mark: "b"),
    ], spots: [.init(x: 0.5, y: 0.5, glyph: "@", label: "here", style: .plain)],
    xAxis: Axis(range: 0...1), yAxis: Axis(range: 0...1))

  @Test func pointsAreMarksInASCIIAndDotsInBraille() {
    for look in [Looks.unicode, Looks.ascii] {
      var canvas = Canvas(size: Size(width: 40, height: 16), unicode: look.capabilities.unicode)
      chart.draw(into: &canvas, rect: canvas.bounds, appearance: look)
      let text = canvas.plainText()
      #expect(text.contains("@ here"))
      // A look without colors tells series apart by their marks.
      #expect(text.contains("a"))
    }
    let colored = Appearance(TerminalCapabilities(unicode: true, colorDepth: .indexed256))
    var canvas = Canvas(size: Size(width: 40, height: 16))
    chart.draw(into: &canvas, rect: canvas.bounds, appearance: colored)
    let braille = canvas.cells.filter { ("\u{2801}"..."\u{28ff}").contains($0.text) }
    // Three points near the origin share a cell, another one is in the far corner, and the spot hides the last.
    #expect((2...3).contains(braille.count))
  }

  @Test func cellsMapToCoordinatesAndBack() throws {
    let rect = Rect(x: 3, y: 2, width: 50, height: 20)
    for look in [Looks.unicode, Looks.ascii] {
      var count = 0
      for y in rect.y..<rect.maxY {
        for x in rect.x..<rect.maxX {
          let point = Point(x: x, y: y)
          guard let found = chart.coordinates(at: point, in: rect, appearance: look) else { continue }
          count += 1
          guard (0...1).contains(found.x), (0...1).contains(found.y) else { continue }
          #expect(chart.place(x: found.x, y: found.y, in: rect, appearance: look) == point)
        }
      }
      #expect(count > 600)
      #expect(chart.place(x: 2, y: 0, in: rect, appearance: look) == nil)
      #expect(chart.coordinates(at: Point(x: 0, y: 0), in: rect, appearance: look) == nil)
    }
  }

  /// A cell that both series share has the style of the one with more points in it.
  @Test func cellsHaveTheStyleOfMostOfTheirPoints() {
    let look = Appearance(TerminalCapabilities(unicode: true, colorDepth: .indexed256))
    let (many, few) = (look.theme.series[0], look.theme.series[1])
    let crowded = ScatterChart(
      [
        .init("", xs: [0.5, 0.5, 0.5], ys: [0.5, 0.5, 0.5], style: many, mark: "a"),
        .init("", xs: [0.5], ys: [0.5], style: few, mark: "b"),
      ], xAxis: Axis(range: 0...1), yAxis: Axis(range: 0...1))
    var canvas = Canvas(size: Size(width: 30, height: 12))
    crowded.draw(into: &canvas, rect: canvas.bounds, appearance: look)
    let styles = canvas.cells.filter { ("\u{2801}"..."\u{28ff}").contains($0.text) }.map(\.style)
    #expect(styles == [many])
  }

  @Test func drawsAtEverySizeAndWithoutData() {
    for look in [Looks.unicode, Looks.ascii] {
      for width in 0...30 {
        for height in 0...14 {
          var canvas = Canvas(size: Size(width: width, height: height), unicode: look.capabilities.unicode)
          chart.draw(into: &canvas, rect: canvas.bounds, appearance: look)
          ScatterChart([.init("", xs: [.nan], ys: [1], style: .plain, mark: "x")])
            .draw(into: &canvas, rect: canvas.bounds, appearance: look)
        }
      }
    }
  }
}
