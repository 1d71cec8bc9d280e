@testable import TerminalRendering

/// Small drawings that tests compare with text.
enum Samples {
  static func picture(
    _ width: Int, _ height: Int, _ look: Appearance, _ draw: (inout Canvas, Rect) -> Void
  ) -> String {
    var canvas = Canvas(size: Size(width: width, height: height), unicode: look.capabilities.unicode)
    draw(&canvas, canvas.bounds)
    return canvas.plainText()
  }

  static func spectrum(_ look: Appearance) -> String {
    var ys = [1000, 300, 90, 30, 10, 3, 1, 0.3, 0.1, 0.03, 0.01, 0]
    ys[5] = .nan
    let chart = LineChart(
      [.init("spectrum", ys: ys, style: look.theme.series[0])], yAxis: Axis(.log),
      horizontalMarkers: [ChartMarker(1, label: look.glyphs.lambda, style: look.theme.threshold)])
    return picture(44, 9, look) { chart.draw(into: &$0, rect: $1, appearance: look) }
  }

  static func curves(_ look: Appearance) -> String {
    let xs = [1e-6, 1e-5, 1e-4, 1e-3, 1e-2, 1e-1, 1]
    let chart = LineChart(
      [
        .init("held out", xs: xs, ys: [9, 7, 5, 3, 2, 4, 8], style: look.theme.series[0]),
        .init("AUROC", xs: xs, ys: [2, 3, 5, 8, 9, 7, 6], style: look.theme.series[1], pattern: .dotted),
      ], xAxis: Axis(.log),
      verticalMarkers: [
        ChartMarker(1e-4, label: "now", style: look.theme.emphasis),
        ChartMarker(1e-2, label: "proposed", style: look.theme.proposed),
      ], showsLegend: true)
    return picture(60, 10, look) { chart.draw(into: &$0, rect: $1, appearance: look) }
  }

  static func histogram(_ look: Appearance) -> String {
    let chart = HistogramChart(
      binEdges: (0...20).map(Double.init),
      series: [
        .init(
          "train", counts: [0, 2, 6, 9, 7, 4, 2, 1], style: look.theme.train, form: .dotted),
        .init(
          "ID", counts: [1, 3, 6, 10, 12, 9, 6, 4, 3, 2, 1, 1], style: look.theme.inDistribution,
          form: .filled),
        .init(
          "OOD", counts: [0, 0, 0, 0, 0, 1, 2, 4, 7, 9, 9, 8, 6, 4, 3, 2, 1, 1, 0, 1],
          style: look.theme.outOfDistribution, form: .outline),
      ], threshold: ChartMarker(8, label: "threshold", style: look.theme.threshold))
    return picture(48, 11, look) { chart.draw(into: &$0, rect: $1, appearance: look) }
  }

  static func bars(_ look: Appearance) -> String {
    let chart = BarList([
      .init("317", value: 18.1, valueText: "18.1 %"), .init("204", value: 12.9, valueText: "12.9 %"),
      .init("7", value: -4.5, valueText: look.numbers.fixed(-4.5, places: 1) + " %"),
      .init("missing", value: .nan, valueText: "NaN"),
    ])
    return picture(40, 4, look) { chart.draw(into: &$0, rect: $1, appearance: look) }
  }

  static func profile(_ look: Appearance, signed: Bool, height: Int) -> String {
    let values = (0..<256).map { index in
      let height = Double((index * 37) % 64) * (index > 128 ? 0.25 : 1)
      return signed && index.isMultiple(of: 50) ? -64 : height
    }
    let chart = ProfileChart(values, style: look.theme.inDistribution)
    return picture(32, height, look) { chart.draw(into: &$0, rect: $1, appearance: look) }
  }

  static func heatMap(_ look: Appearance) -> String {
    let map = HeatMap(
      rowCount: 5, columnCount: 5, rowLabels: ["a", "b", "c", "d", "e"],
      columnLabels: ["a", "b", "c", "d", "e"], cursor: (1, 3)
    ) { row, column in row == 4 && column == 0 ? .nan : Double(abs(row - column)) }
    return picture(30, 7, look) { map.draw(into: &$0, rect: $1, appearance: look) }
  }

  static func image(_ look: Appearance) -> String {
    let pixels: [UInt8] = [0, 64, 128, 192, 255].flatMap { [$0, 255 - $0, 0, 255] }
    let image = ImageView(width: 4, height: 5, pixels: pixels)
    return picture(8, 5, look) { image.draw(into: &$0, rect: $1, appearance: look) }
  }

  static func table(_ look: Appearance, width: Int) -> String {
    let names = ["4", "Q", "漢字", "a class with a long name"]
    let table = TableView(
      columns: [
        .init("class", minimumWidth: 6, idealWidth: 12, priority: 9, isFlexible: true),
        .init("n", alignment: .trailing, minimumWidth: 5, priority: 8),
        .init("rank", alignment: .trailing, minimumWidth: 4, priority: 1),
        .init("condition", alignment: .trailing, minimumWidth: 11, priority: 7),
        .init("health", minimumWidth: 8, idealWidth: 14, priority: 3),
      ], rowCount: 1_000_000, selectedRow: 999_999, sort: .init(column: 3, isAscending: false),
      isMarked: { $0 == 999_997 }
    ) { row in
      [
        StyledText(names[row % 4]), StyledText(look.numbers.grouped(row)), StyledText("119"),
        StyledText(look.numbers.scientific(3.1e5)), StyledText("rank-deficient", style: look.theme.bad),
      ]
    }
    return picture(width, 5, look) { table.draw(into: &$0, rect: $1, appearance: look) }
  }
}
