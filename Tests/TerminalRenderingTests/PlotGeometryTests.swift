import Testing

@testable import TerminalRendering

/// Bars, curves, markers and ticks share one mapping.
@Suite struct PlotGeometryTests {
  private func canvas(_ look: Appearance, _ draw: (inout Canvas, Rect) -> Void) -> Canvas {
    var canvas = Canvas(size: Size(width: 40, height: 23), unicode: look.capabilities.unicode)
    draw(&canvas, canvas.bounds)
    return canvas
  }

  /// The row of a tick by its label.
  private func tickRow(_ label: String, in canvas: Canvas) -> Int? {
    // The first of two ticks is the one above the axis.
    canvas.lines.firstIndex { line in
      line.split(whereSeparator: { "│┤├┼┴╰+| ".contains($0) }).first.map(String.init) == label
    }
  }

  @Test func barsEndInTheMiddleOfTheirTick() throws {
    let chart = HistogramChart(
      binEdges: [0, 1, 2, 3], series: [.init("", counts: [10, 4, 0], style: .plain, form: .filled)],
      showsLegend: false)
    let canvas = canvas(Looks.unicode) { chart.draw(into: &$0, rect: $1, appearance: Looks.unicode) }
    let first = try #require(Array(canvas.lines[0]).firstIndex(of: "▄"))
    for (label, column) in [("10", first), ("4", first + 15)] {
      let row = try #require(tickRow(label, in: canvas))
      // In the cell beside the tick, and nothing above it.
      #expect(canvas[column, row].text != " " && canvas[column, row].text != "█", "\(label)")
      if row > 0 { #expect(canvas[column, row - 1].text == " ") }
    }
    // The end of the axis is the middle of its cell.
    #expect(canvas[first, 0].text == "▄")
    // The tick of 0 is on the axis line, where the bars stand.
    let zero = try #require(tickRow("0", in: canvas))
    #expect(canvas.lines[zero].contains("─"))
    #expect(canvas[first, zero - 1].text == "█")
  }

  @Test(arguments: [(10.0, 5.0), (3, 30), (10, 10)])
  func mirroredBarsShareTheScaleAndTheAxis(up: Double, down: Double) throws {
    let chart = HistogramChart(
      binEdges: [0, 1, 2],
      series: [
        .init("", counts: [up, 0], style: .plain, form: .filled),
        .init("", counts: [0, down], style: .plain, form: .filled, isBelow: true),
      ], showsLegend: false)
    let canvas = canvas(Looks.ascii) { chart.draw(into: &$0, rect: $1, appearance: Looks.ascii) }
    let axis = try #require(tickRow("0", in: canvas))
    func length(_ column: Int) -> (above: Int, below: Int) {
      let rows = (0..<canvas.size.height).filter { canvas[column, $0].text == "#" }
      return (rows.count { $0 < axis }, rows.count { $0 > axis })
    }
    let (left, right) = (length(12), length(36))
    #expect(left.below == 0 && right.above == 0)
    // Equal heights per unit, to within a cell on either side.
    let perUnit = Double(max(left.above, right.below)) / max(up, down)
    #expect(abs(Double(left.above) - perUnit * up) <= 1.5)
    #expect(abs(Double(right.below) - perUnit * down) <= 1.5)
    #expect(canvas[12, axis - 1].text == "#" && canvas[36, axis + 1].text == "#")
  }

  @Test func curvesEndAtTheirTicks() throws {
    for look in [Looks.unicode, Looks.ascii] {
      let chart = LineChart(
        [.init(xs: [0, 0, 1], ys: [0, 1, 1], style: .plain)], xAxis: Axis(range: 0...1),
        yAxis: Axis(range: 0...1), verticalMarkers: [ChartMarker(0.5, style: .plain)])
      let canvas = canvas(look) { chart.draw(into: &$0, rect: $1, appearance: look) }
      let top = try #require(tickRow("1.0", in: canvas))
      let line = Array(canvas.lines[top])
      let last = try #require(line.lastIndex { $0 != " " })
      // The curve at 1 runs along the row of the tick, to the column of the tick 1 below.
      let labels = canvas.lines[canvas.size.height - 1]
      #expect(labels.hasSuffix("1.0"))
      #expect(last == canvas.size.width - 1)
      #expect(canvas[last, top].text != " ")
      let bottom = try #require(tickRow("0.0", in: canvas))
      #expect(bottom == canvas.size.height - 2)
    }
  }

  @Test(arguments: [(0.0, 1.0), (47.7091, 47.7094), (1e6, 1e6 + 1), (-3e-9, 4e-9), (0, 1e12)])
  func noTwoTicksReadAlike(lower: Double, upper: Double) throws {
    for scale in [AxisScale.linear, .logAboveLowerEnd(unit: (upper - lower) / 50)] {
      let axis = try #require(ScaledAxis(Axis(scale, range: lower...upper), values: []))
      for count in 1...12 {
        let labels = axis.ticks(count, numbers: NumberFormat()).map(\.label)
        #expect(Set(labels).count == labels.count, "\(labels)")
        if count > 1 { #expect(!labels.isEmpty) }
      }
    }
    let coarse = try #require(
      ScaledAxis(Axis(range: lower...upper) { _ in "same" }, values: []))
    #expect(coarse.ticks(9, numbers: NumberFormat()).count == 1)
  }

  /// A dotted line of any slope has a dot for every three places along it, so that steep parts are not lost.
  @Test(arguments: [(30, 0), (30, 12), (30, 30), (12, 30), (0, 30), (1, 30)])
  func dottedLinesHaveEvenGaps(width: Int, height: Int) {
    var dots = DotGrid(size: Size(width: 20, height: 10), braille: true)
    dots.line(from: (0, 0), to: (width, height), style: .plain, mark: "x") { $0 % 3 == 0 }
    let drawn = (0..<10).flatMap { row in
      (0..<20).compactMap { dots.cell($0, row)?.character.unicodeScalars.first }
    }
    #expect(drawn.map { ($0.value - 0x2800).nonzeroBitCount }.reduce(0, +) == max(width, height) / 3 + 1)
  }
}
