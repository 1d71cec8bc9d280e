import Testing

@testable import TerminalRendering

@Suite("Rows of values as colors") struct HeatRowsTests {
  private let rows = HeatRows(
    rows: [
      .init(label: "a", values: [0, 5, 10]), .init(label: "bb", values: [.nan, 10, 0]),
    ], ends: (10, 0))
  private let plain = Appearance(TerminalCapabilities(unicode: false, colorDepth: .none))

  @Test func valuesAreStretchedToTheWidth() {
    var canvas = Canvas(size: Size(width: 9, height: 3))
    rows.draw(into: &canvas, rect: Rect(size: canvas.size), appearance: plain)
    let lines = canvas.plainText().split(separator: "\n", omittingEmptySubsequences: false).map(String.init)
    // Three values over six columns: each takes two around its place. The strong end is 0, the neutral one 10.
    let shades = plain.glyphs.shades
    let (neutral, strong) = (shades[0], shades[shades.count - 1])
    #expect(lines[0].hasPrefix(" a ") && lines[1].hasPrefix("bb "))
    let first = Array(lines[0].dropFirst(3)), second = Array(lines[1].dropFirst(3))
    #expect(first.prefix(2).allSatisfy { $0 == strong })
    #expect(second.prefix(2).allSatisfy { $0 == "." } && second.suffix(2).allSatisfy { $0 == strong })
    #expect(first.count < 5 || first[4] == neutral)
  }

  @Test func pointsAreThoseOfTheDrawnCells() {
    let rect = Rect(x: 2, y: 1, width: 9, height: 2)
    #expect(rows.element(at: Point(x: 4, y: 1), in: rect) == nil)
    #expect(rows.element(at: Point(x: 5, y: 1), in: rect).map { [$0.row, $0.column] } == [0, 0])
    #expect(rows.element(at: Point(x: 10, y: 2), in: rect).map { [$0.row, $0.column] } == [1, 2])
    #expect(rows.element(at: Point(x: 10, y: 3), in: rect) == nil)
  }

  @Test func everySizeIsFine() {
    for width in 0...14 {
      for height in 0...4 {
        var canvas = Canvas(size: Size(width: width, height: height))
        var marked = rows
        marked.cursor = (1, 2)
        marked.marks = [.init(row: 0, column: 1, glyph: "o", style: .plain)]
        marked.draw(into: &canvas, rect: Rect(size: canvas.size), appearance: plain)
        #expect(canvas.size == Size(width: width, height: height))
      }
    }
  }
}
