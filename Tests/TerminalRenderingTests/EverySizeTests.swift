import Testing

@testable import TerminalRendering

/// All drawings at every size from zero up, with extreme data.
@Suite struct EverySizeTests {
  typealias Drawing = @Sendable (inout Canvas, Rect, Appearance) -> Void

  static let badData: [[Double]] = [
    [], [3], [.nan], [.infinity, -.infinity, .nan], [0, 0, 0], [5, 5, 5], [-1, 0, 1], [1e308, -1e308, 0],
    [.leastNonzeroMagnitude, 1e308], [1, .nan, 3, .infinity, -5], (0..<500).map { Double($0 % 37) - 9 },
    [1, 1.0000000000000002], [-3, -2, -1],
  ]

  static let axes: [Axis] = [
    Axis(), Axis(.log), Axis(range: 0...0), Axis(.log, range: -1...1), Axis(range: -1e308...1e308),
    Axis(.linear, showsLabels: false), Axis(.log, range: 1e-300...1e300) { _ in "a label 漢" },
  ]

  private func check(_ drawing: Drawing, sizes: [Size] = EverySizeTests.sizes) {
    for look in [Looks.all[0], Looks.all[1], Looks.all[3], Looks.all[4]] {
      for size in sizes {
        let rect = Rect(x: 3, y: 2, width: size.width, height: size.height)
        var canvas = Canvas(
          size: Size(width: size.width + 6, height: size.height + 4), unicode: look.capabilities.unicode)
        let sentinel = Cell("~", style: Style(attributes: .italic))
        canvas.fill(canvas.bounds, with: "~", style: sentinel.style)
        drawing(&canvas, rect, look)
        for y in 0..<canvas.size.height {
          for x in 0..<canvas.size.width where !rect.contains(Point(x: x, y: y)) {
            if canvas[x, y] != sentinel { Issue.record("drew outside at \(x),\(y) of \(size)") }
          }
        }
        if !look.capabilities.unicode, !canvas.plainText().allSatisfy(\.isASCII) {
          Issue.record("not ASCII at \(size): \(canvas.plainText())")
        }
      }
    }
  }

  static let sizes: [Size] =
    [0, 1, 2, 3, 5, 9, 14, 31].flatMap { width in
      [0, 1, 2, 3, 5, 8, 13].map { Size(width: width, height: $0) }
    }

  @Test(arguments: badData) func lineCharts(_ data: [Double]) {
    for axis in Self.axes {
      check(
        { canvas, rect, look in
          LineChart(
            [
              .init("one", ys: data, style: look.theme.series[0]),
              .init("two", xs: data, ys: data.reversed(), style: look.theme.series[1], pattern: .dashed),
            ], xAxis: axis, yAxis: axis,
            verticalMarkers: [
              ChartMarker(1, label: "now", style: look.theme.threshold),
              ChartMarker(1, label: "proposed", style: look.theme.proposed), ChartMarker(.nan, style: .plain),
            ], horizontalMarkers: [ChartMarker(2, label: "漢字", style: look.theme.threshold)],
            showsLegend: true
          ).draw(into: &canvas, rect: rect, appearance: look)
        }, sizes: [(0, 3), (1, 1), (3, 2), (9, 5), (31, 13)].map { Size(width: $0.0, height: $0.1) })
    }
  }

  @Test(arguments: badData) func histograms(_ data: [Double]) {
    for isLogarithmic in [false, true] {
      check { canvas, rect, look in
        let edges = data.isEmpty ? [] : (0...data.count).map { Double($0) * 3 }
        let chart = HistogramChart(
          binEdges: edges,
          series: [
            .init("ID", counts: data, style: look.theme.inDistribution, form: .filled),
            .init("OOD", counts: data.reversed(), style: look.theme.outOfDistribution, form: .outline),
            .init("train", counts: data + data, style: look.theme.train, form: .dotted),
          ], hasLogarithmicCounts: isLogarithmic,
          threshold: ChartMarker(2, label: "threshold", style: look.theme.threshold))
        chart.draw(into: &canvas, rect: rect, appearance: look)
        for column in -1...40 {
          if let value = chart.value(atColumn: column, in: rect, appearance: look) {
            #expect(value.isFinite && rect.x <= column && column < rect.maxX)
          }
        }
      }
    }
  }

  @Test(arguments: badData) func barsAndProfiles(_ data: [Double]) {
    for scale in [nil, 0, 2, -4, .infinity, 1e-300] as [Double?] {
      check { canvas, rect, look in
        BarList(
          data.prefix(20).map { .init("label 漢字", value: $0, valueText: "12.9 %") }, scale: scale,
          selectedIndex: 1
        ).draw(into: &canvas, rect: rect, appearance: look)
      }
      check { canvas, rect, look in
        ProfileChart(data, style: look.theme.inDistribution, scale: scale, highlightedIndex: 2)
          .draw(into: &canvas, rect: rect, appearance: look)
      }
    }
  }

  @Test(arguments: badData) func heatMaps(_ data: [Double]) {
    for ramp in [HeatMap.Ramp.sequential, .diverging] {
      for isLogarithmic in [false, true] {
        for columnCount in [0, 1, 2, 7, 40] {
          check(
            { canvas, rect, look in
              let map = HeatMap(
                rowCount: data.count, columnCount: columnCount, ramp: ramp, isLogarithmic: isLogarithmic,
                rowLabels: data.indices.map { "row \($0)" }, columnLabels: ["漢", "b"], cursor: (1, 1)
              ) { row, column in data[(row + column) % data.count] }
              map.draw(into: &canvas, rect: rect, appearance: look)
              for y in 0..<canvas.size.height {
                if let element = map.element(at: Point(x: 6, y: y), in: rect, appearance: look) {
                  #expect(element.row < data.count && element.column < columnCount)
                }
              }
            }, sizes: [(0, 0), (1, 1), (2, 3), (14, 5), (31, 13)].map { Size(width: $0.0, height: $0.1) })
        }
      }
    }
  }

  @Test(arguments: [(0, 0), (1, 1), (8, 8), (28, 28), (1, 50), (200, 2), (3, 3)])
  func images(_ width: Int, _ height: Int) {
    for channelCount in [1, 2, 3, 4] {
      check { canvas, rect, look in
        let pixels = (0..<width * height * channelCount / 2).map { UInt8($0 % 256) }
        let image = ImageView(width: width, height: height, channelCount: channelCount, pixels: pixels)
        let fitted = image.fittedSize(in: rect.size)
        #expect(fitted.width <= rect.width && fitted.height <= rect.height)
        image.draw(into: &canvas, rect: rect, appearance: look)
      }
    }
  }

  @Test func tables() {
    for rowCount in [0, 1, 5, 1_000_000] {
      check { canvas, rect, look in
        let table = TableView(
          columns: [
            .init("class", minimumWidth: 4, idealWidth: 8, priority: 3),
            .init("漢字", alignment: .trailing, minimumWidth: 3, priority: 1, isFlexible: true),
            .init("condition", alignment: .trailing, minimumWidth: 9, idealWidth: 12, priority: 2),
          ], rowCount: rowCount, selectedRow: rowCount / 2, offset: -5,
          sort: .init(column: 2, isAscending: true), emptyText: "nothing matches", isMarked: { $0 % 2 == 0 }
        ) { row in [StyledText("class 漢字 \(row)"), StyledText("\u{1B}[31m")] }
        table.draw(into: &canvas, rect: rect, appearance: look)
      }
    }
  }

  @Test func textAndFrames() {
    check { canvas, rect, look in
      canvas.write(paragraph: [StyledText("some 漢字 words that wrap over lines")], in: rect)
      Gauge("label", completed: 3, total: 7).draw(into: &canvas, rect: rect, appearance: look)
      KeyHints([.init("a", "label"), .init("b", "")]).draw(into: &canvas, rect: rect, appearance: look)
      canvas.draw(in: rect) { part in
        Overlay(title: "title", contentSize: Size(width: 9, height: 3)).draw(on: &part, appearance: look) {
          $0.fill($0.bounds, with: "#")
        }
      }
    }
  }
}
