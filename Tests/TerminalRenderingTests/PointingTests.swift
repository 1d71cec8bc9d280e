import Testing

@testable import TerminalRendering

/// Mapping of cells to drawn elements, scrolling and axes.
@Suite struct PointingTests {
  @Test func selectionIsVisibleAndNoRowIsWasted() {
    for rowCount in 0...12 {
      for visible in 0...6 {
        for selection in -1...13 {
          for start in [-3, 0, 4, 50] {
            let first = TableView.offset(
              start, showing: selection, rowCount: rowCount, visibleRowCount: visible)
            guard rowCount > 0, visible > 0 else {
              #expect(first == 0)
              continue
            }
            let selected = min(max(0, selection), rowCount - 1)
            #expect(first >= 0 && selected >= first && selected < first + visible)
            #expect(first == 0 || first + visible <= rowCount)
          }
        }
      }
    }
    #expect(TableView.offset(10, showing: 12, rowCount: 100, visibleRowCount: 5) == 10)
    #expect(TableView.offset(10, showing: 15, rowCount: 100, visibleRowCount: 5) == 11)
    #expect(TableView.offset(10, showing: 9, rowCount: 100, visibleRowCount: 5) == 9)
    #expect(TableView.offset(10, showing: nil, rowCount: 100, visibleRowCount: 5) == 10)
  }

  @Test func clicksFindRowsAndColumns() {
    let table = TableView(
      columns: [.init("a", minimumWidth: 4), .init("b", minimumWidth: 4)], rowCount: 100, selectedRow: 50,
      offset: 48
    ) { _ in [] }
    let rect = Rect(x: 10, y: 5, width: 20, height: 6)
    #expect(table.visibleRowCount(in: rect) == 5)
    #expect(table.isHeader(at: Point(x: 12, y: 5), in: rect))
    #expect(table.row(at: Point(x: 12, y: 5), in: rect) == nil)
    #expect(table.row(at: Point(x: 12, y: 6), in: rect) == 48)
    #expect(table.row(at: Point(x: 12, y: 10), in: rect) == 52)
    #expect(table.row(at: Point(x: 12, y: 11), in: rect) == nil)
    #expect(table.column(at: Point(x: 12, y: 5), in: rect) == 0)
    #expect(table.column(at: Point(x: 16, y: 5), in: rect) == nil)
    #expect(table.column(at: Point(x: 18, y: 7), in: rect) == 1)
  }

  @Test func onlyVisibleRowsAreRequested() {
    let table = TableView(
      columns: [.init("a", minimumWidth: 4)], rowCount: 1_000_000, selectedRow: 700_000, offset: 699_990
    ) { row in
      #expect((699_990..<700_010).contains(row))
      return [StyledText("\(row)")]
    }
    var canvas = Canvas(size: Size(width: 20, height: 20))
    table.draw(into: &canvas, rect: canvas.bounds, appearance: Looks.unicode)
    #expect(canvas.lines[11] == "▸ 700000")
    let thumbs = canvas.lines.indices.filter { canvas[19, $0].text == "▐" }
    #expect(thumbs == [14])
  }

  @Test func heatMapCellsMapToTheirElements() {
    let map = HeatMap(rowCount: 7, columnCount: 7) { row, column in Double(row * column) }
    let rect = Rect(x: 3, y: 1, width: 20, height: 9)
    #expect(map.element(at: Point(x: 2, y: 1), in: rect, appearance: Looks.unicode) == nil)
    var found = Set<[Int]>()
    for y in 1..<10 {
      for x in 3..<23 {
        if let element = map.element(at: Point(x: x, y: y), in: rect, appearance: Looks.unicode) {
          found.insert([element.row, element.column])
        }
      }
    }
    #expect(found.count == 49)
  }

  /// A column becomes as wide as its longest visible number, and names lose their middle.
  @Test func numbersAreNeverCut() {
    let values = ["3", "1,234,567.25"]
    let table = TableView(
      columns: [
        .init("name", minimumWidth: 6, priority: 2, keepsEnds: true),
        .init("n", alignment: .trailing, minimumWidth: 3, priority: 1),
      ], rowCount: 2
    ) { row in [StyledText("a-very-long-name-\(row)"), StyledText(values[row])] }
    for width in 0...40 {
      var canvas = Canvas(size: Size(width: width, height: 3))
      table.draw(into: &canvas, rect: canvas.bounds, appearance: Looks.unicode)
      let text = canvas.plainText()
      #expect(text.contains("1,234,567.25") || !text.contains("1,2"), "\(text)")
      if width == 22 { #expect(canvas.lines[2].hasPrefix("a-ve…e-1")) }
    }
  }

  /// Every cell of the room belongs to an element, whose sizes differ by at most one cell.
  @Test(arguments: [(3, 3), (7, 7), (20, 20), (31, 50), (200, 200)])
  func heatMapsFillTheirRoom(_ rows: Int, _ columns: Int) {
    let map = HeatMap(rowCount: rows, columnCount: columns, showsScale: false) { Double($0 + $1) }
    let rect = Rect(x: 0, y: 0, width: 61, height: 23)
    var counts: [Int: Int] = [:]
    for y in 0..<23 {
      for x in 0..<61 {
        let element = map.element(at: Point(x: x, y: y), in: rect, appearance: Looks.unicode)
        #expect(element != nil, "\(x) \(y)")
        if let element, y == 0 { counts[element.column, default: 0] += 1 }
      }
    }
    let sizes = counts.values
    #expect((sizes.max() ?? 0) - (sizes.min() ?? 0) <= 1)
  }

  @Test func draggedThresholdIsDrawnUnderThePointer() throws {
    for look in [Looks.unicode, Looks.ascii] {
      for axis in [Axis(range: 1...1000), Axis(.log, range: 1...1000)] {
        var chart = HistogramChart(
          binEdges: [1, 10, 100, 1000],
          series: [.init("ID", counts: [3, 2, 1], style: .plain, form: .filled)], xAxis: axis,
          showsLegend: false)
        let rect = Rect(x: 5, y: 2, width: 50, height: 12)
        for column in [9, 20, 33, 54] {
          let value = try #require(chart.value(atColumn: column, in: rect, appearance: look))
          chart.threshold = ChartMarker(value, style: .plain)
          var canvas = Canvas(size: Size(width: 60, height: 16), unicode: look.capabilities.unicode)
          chart.draw(into: &canvas, rect: rect, appearance: look)
          #expect(canvas[column, 3].text == look.glyphs.vertical)
        }
        #expect(chart.value(atColumn: 5, in: rect, appearance: look) == nil)
      }
    }
  }

  @Test(arguments: [
    (-1.0, 1.0), (0, 36), (0, 0.001), (-5e5, 1e6), (1e9, 2e9), (-1e308, 1e308), (3, 3.0000001), (0, 1e-300),
  ])
  func linearTicksAreRoundAscendingAndInside(_ lower: Double, _ upper: Double) throws {
    let axis = try #require(ScaledAxis(Axis(range: lower...upper), values: []))
    for count in 1...8 {
      let ticks = axis.ticks(count, numbers: NumberFormat())
      #expect(ticks.count <= 2 * count + 2)
      #expect(zip(ticks, ticks.dropFirst()).allSatisfy { $0.value < $1.value })
      for tick in ticks {
        let position = try #require(axis.position(tick.value))
        #expect(position > -1e-6 && position < 1 + 1e-6)
      }
    }
  }

  @Test func decadesAreTheTicksOfALogarithmicAxis() throws {
    let axis = try #require(ScaledAxis(Axis(.log, range: 1e-10...1e4), values: []))
    #expect(axis.ticks(5, numbers: NumberFormat()).map(\.label) == ["1e−9", "1e−6", "1e−3", "1e0", "1e3"])
    #expect(axis.ticks(99, numbers: NumberFormat(unicode: false)).first?.label == "1e-10")
    #expect(abs((axis.position(1e-3) ?? 0) - 0.5) < 1e-12)
    #expect(axis.position(0) == nil)
    #expect(axis.position(-1) == nil)
    #expect(abs(axis.value(at: 0.5) / 1e-3 - 1) < 1e-9)
  }

  @Test(arguments: [(-1200.0, 4.2e6, 500.0), (0, 3, 0.01), (99.5, 100.5, 10), (-8e9, 1e12, 1)])
  func ticksAboveTheLowerEndAreRoundAscendAndLieWithin(lower: Double, upper: Double, unit: Double) throws {
    let axis = try #require(ScaledAxis(Axis(.logAboveLowerEnd(unit: unit), range: lower...upper), values: []))
    for count in [1, 2, 5, 9] {
      let ticks = axis.ticks(count, numbers: NumberFormat())
      #expect(ticks.count == count)
      #expect(zip(ticks, ticks.dropFirst()).allSatisfy { $0.value < $1.value })
      for tick in ticks {
        let position = try #require(axis.position(tick.value))
        #expect((0...1).contains(position))
        #expect(abs(axis.value(at: position) - tick.value) <= 1e-9 * max(tick.value.magnitude, upper - lower))
      }
    }
    #expect(abs((axis.position(axis.value(at: 0.3)) ?? 0) - 0.3) < 1e-9)
    #expect(axis.position(lower) == 0)
    #expect(abs((axis.position(upper) ?? 0) - 1) < 1e-12)
    #expect(axis.position(lower - unit) == nil)
  }

  @Test func ticksOfManyDecadesAreWrittenShort() throws {
    let axis = try #require(
      ScaledAxis(Axis(.logAboveLowerEnd(unit: 500), range: -1200...4.2e6), values: []))
    #expect(
      axis.ticks(6, numbers: NumberFormat()).map(\.label) == [
        "0", "5,000", "20,000", "100,000", "500,000", "2e+06",
      ])
  }

  @Test func constantDataGetsARangeAroundIt() throws {
    for value in [0, 5, -5, 1e300, 1e-300] {
      let axis = try #require(ScaledAxis(Axis(), values: [value, value]))
      #expect(axis.lower < value && value < axis.upper)
    }
    let axis = try #require(ScaledAxis(Axis(.log), values: [5, 5]))
    #expect(axis.lower < 5 && 5 < axis.upper)
    #expect(ScaledAxis(Axis(.log), values: [0, -1, .nan]) == nil)
  }
}
