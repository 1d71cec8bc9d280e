import Testing

@testable import TerminalRendering

@Suite struct CanvasTests {
  @Test func textIsClippedAtEveryEdge() {
    var canvas = Canvas(size: Size(width: 4, height: 2))
    canvas.write("abcdef", at: Point(x: -2, y: 0))
    canvas.write("xyz", at: Point(x: 2, y: 1))
    canvas.write("below", at: Point(x: 0, y: 2))
    canvas.write("above", at: Point(x: 0, y: -1))
    #expect(canvas.lines == ["cdef", "  xy"])
  }

  @Test func wideCharacterClippedAtAnEdgeBecomesASpace() {
    var canvas = Canvas(size: Size(width: 3, height: 2))
    canvas.write("漢字", at: .zero)
    canvas.write("漢字", at: Point(x: -1, y: 1))
    #expect(canvas.lines == ["漢", " 字"])
    #expect(canvas[2, 0].width == 1)
    #expect(canvas.cells.map(\.width) == [2, 0, 1, 1, 2, 0])
  }

  @Test func overwritingHalfOfAWideCharacterClearsTheOther() {
    var canvas = Canvas(size: Size(width: 4, height: 1))
    canvas.write("漢字", at: .zero)
    canvas.write("x", at: Point(x: 1, y: 0))
    canvas.write("y", at: Point(x: 2, y: 0))
    #expect(canvas.lines == [" xy"])
    #expect(canvas.cells.allSatisfy { $0.width == 1 })
    canvas.write("漢", at: Point(x: 1, y: 0))
    canvas.write("字", at: Point(x: 2, y: 0))
    #expect(canvas.cells.map(\.width) == [1, 1, 2, 0])
  }

  @Test func writeReturnsTheNumberOfCells() {
    var canvas = Canvas(size: Size(width: 10, height: 1))
    #expect(canvas.write("漢字", at: .zero) == 4)
    #expect(canvas.write("abcdef", at: .zero, maxWidth: 3) == 3)
    #expect(canvas.write("abcdef", at: Point(x: 8, y: 0)) == 2)
    #expect(canvas.write("ab", at: .zero, maxWidth: 6, alignment: .trailing) == 2)
    #expect(canvas.write("", at: .zero) == 0)
    #expect(canvas.write("ab", at: Point(x: 20, y: 0)) == 0)
  }

  @Test func alignmentAndEllipsis() {
    var canvas = Canvas(size: Size(width: 8, height: 3))
    canvas.write("ab", at: .zero, maxWidth: 8, alignment: .trailing)
    canvas.write("ab", at: Point(x: 0, y: 1), maxWidth: 8, alignment: .center)
    canvas.write("abcdefghij", at: Point(x: 0, y: 2), maxWidth: 5, ellipsis: "…")
    #expect(canvas.lines == ["      ab", "   ab", "abcd…"])
  }

  @Test func partHasItsOwnCoordinatesAndIsClipped() {
    var canvas = Canvas(size: Size(width: 8, height: 4))
    let size = canvas.draw(in: Rect(x: 2, y: 1, width: 4, height: 2)) { part in
      part.write("longer than this", at: .zero)
      part.fill(Rect(x: -5, y: 1, width: 50, height: 50), with: "#")
      part.draw(in: Rect(x: 3, y: 0, width: 9, height: 9)) { $0.write("!!", at: .zero) }
      return part.size
    }
    #expect(size == Size(width: 4, height: 2))
    #expect(canvas.lines == ["", "  lon!", "  ####", ""])
    #expect(canvas.size == Size(width: 8, height: 4))
  }

  @Test func canvasWithoutUnicodeContainsOnlyASCII() {
    var canvas = Canvas(size: Size(width: 8, height: 1), unicode: false)
    canvas.write("aж漢\u{1B}z", at: .zero)
    #expect(canvas.lines == ["a????z"])
  }

  @Test func cellsCannotHoldControlCharacters() {
    #expect(Cell("\u{1B}").text == "␛")
    #expect(Cell("\n").text == "␊")
    #expect(Cell("漢").width == 2)
    var canvas = Canvas(size: Size(width: 2, height: 1))
    canvas[0, 0] = Cell("漢")
    canvas[5, 5] = Cell("x")
    #expect(canvas.lines == ["漢"])
    #expect(canvas[5, 5] == .blank)
  }

  @Test func boxesAtEverySizeStayInside() {
    for width in 0...8 {
      for height in 0...5 {
        var canvas = Canvas(size: Size(width: 10, height: 7))
        let inside = canvas.box(
          Rect(x: 1, y: 1, width: width, height: height), title: "a title", glyphs: .unicode)
        #expect(inside.width >= 0 && inside.height >= 0)
        for y in 0..<7 {
          for x in 0..<10 where !Rect(x: 1, y: 1, width: width, height: height).contains(Point(x: x, y: y)) {
            #expect(canvas[x, y] == .blank)
          }
        }
      }
    }
    var canvas = Canvas(size: Size(width: 12, height: 3))
    canvas.box(canvas.bounds, title: "title", glyphs: .ascii)
    #expect(canvas.lines == ["+- title --+", "|          |", "+----------+"])
    canvas.box(canvas.bounds, title: "a longer one", glyphs: .unicode)
    #expect(canvas.lines == ["╭─ a lon… ─╮", "│          │", "╰──────────╯"])
  }

  @Test func ansiSetsStylesAndResetsThem() {
    var canvas = Canvas(size: Size(width: 3, height: 2))
    canvas.write("ab", at: .zero, style: Style(foreground: .indexed(38), attributes: .bold))
    canvas.write("c", at: Point(x: 0, y: 1), style: Style(foreground: .ansi(9), background: .rgb(1, 2, 3)))
    #expect(
      canvas.ansi(depth: .trueColor)
        == "\u{1B}[0;1;38;5;38mab\u{1B}[0m \n\u{1B}[0;91;48;2;1;2;3mc\u{1B}[0m  ")
    #expect(canvas.ansi(depth: .none) == "\u{1B}[0;1mab\u{1B}[0m \n\u{1B}[0;7mc\u{1B}[0m  ")
  }
}
