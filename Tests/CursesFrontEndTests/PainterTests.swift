import CNCurses
import TerminalRendering
import Testing

@testable import CursesFrontEnd

extension CursesTests {
  @Suite struct PainterTests {
    private func canvas(_ rows: [String], style: Style = .plain, width: Int = 12) -> Canvas {
      var canvas = Canvas(size: Size(width: width, height: rows.count))
      for (y, row) in rows.enumerated() { canvas.write(row, at: Point(x: 0, y: y), style: style) }
      return canvas
    }

    @Test func screenEqualsTheCanvas() throws {
      let terminal = try OffscreenTerminal(size: Size(width: 12, height: 3))
      var painter = terminal.makePainter()
      painter.paint(canvas(["λ 1.0e-03 ⡠⠊", "┌────┐", "▐█▀▀▀█▌  end"]))
      #expect((0..<3).map(terminal.row) == ["λ 1.0e-03 ⡠⠊", "┌────┐", "▐█▀▀▀█▌  end"])
    }

    @Test func onlyCellsThatDifferAreDrawn() throws {
      let terminal = try OffscreenTerminal(size: Size(width: 12, height: 2))
      var painter = terminal.makePainter()
      #expect(painter.paint(canvas(["AUROC .957", "idle"])) == 24)
      #expect(painter.paint(canvas(["AUROC .957", "idle"])) == 0)
      #expect(painter.paint(canvas(["AUROC .988", "idle"])) == 2)
      #expect(terminal.row(0) == "AUROC .988")
      #expect(painter.paint(canvas(["AUROC .988", "idle"], style: Style(attributes: .bold))) == 14)
    }

    @Test func invalidatedScreenIsDrawnCompletely() throws {
      let terminal = try OffscreenTerminal(size: Size(width: 12, height: 1))
      var painter = terminal.makePainter()
      painter.paint(canvas(["same"]))
      painter.forgetScreen()
      #expect(painter.paint(canvas(["same"])) == 12)
    }

    @Test func wideCharactersLeaveNoHalvesBehind() throws {
      let terminal = try OffscreenTerminal(size: Size(width: 12, height: 1))
      var painter = terminal.makePainter()
      for row in ["語ab語", "a語b語", "xyz語語", "abcdef", "語語語", ""] {
        painter.paint(canvas([row]))
        #expect(terminal.row(0) == row)
      }
    }

    @Test func canvasLargerThanTheScreenIsClipped() throws {
      let terminal = try OffscreenTerminal(size: Size(width: 4, height: 1))
      var painter = terminal.makePainter()
      painter.paint(canvas(["abcdefgh", "second"]))
      #expect(terminal.row(0) == "abcd")
    }

    @Test func colorsAndAttributesArriveAtTheTerminal() throws {
      let terminal = try OffscreenTerminal(size: Size(width: 12, height: 1))
      var painter = terminal.makePainter()
      let style = Style(foreground: .indexed(208), background: .ansi(4), attributes: [.bold, .underline])
      painter.paint(canvas(["x"], style: style))
      #expect(
        terminal.style(x: 0, y: 0)
          == .init(attributes: cn_bold() | cn_underline(), foreground: 208, background: 4))
      #expect(terminal.style(x: 1, y: 0) == .init(attributes: 0, foreground: -1, background: -1))
    }

    @Test func eightColorTerminalShowsBrightColorsAsBold() throws {
      let terminal = try OffscreenTerminal(size: Size(width: 12, height: 1), terminal: "xterm")
      var painter = terminal.makePainter(depth: .ansi16)
      painter.paint(canvas(["x"], style: Style(foreground: .ansi(9))))
      #expect(terminal.style(x: 0, y: 0) == .init(attributes: cn_bold(), foreground: 1, background: -1))
    }

    @Test func withoutColorsABackgroundBecomesReverse() throws {
      let terminal = try OffscreenTerminal(size: Size(width: 12, height: 1))
      var painter = terminal.makePainter(depth: .none)
      painter.paint(canvas(["x"], style: Style(foreground: .ansi(1), background: .ansi(4))))
      #expect(terminal.style(x: 0, y: 0).attributes == cn_reverse())
    }

    @Test func moreThan256PairsKeepTheirColors() throws {
      let terminal = try OffscreenTerminal(size: Size(width: 20, height: 20))
      var painter = terminal.makePainter()
      var heat = Canvas(size: terminal.size)
      func style(_ x: Int, _ y: Int) -> Style {
        Style(foreground: .indexed(UInt8(16 + x)), background: .indexed(UInt8(100 + y)))
      }
      for y in 0..<20 {
        for x in 0..<20 { heat[x, y] = Cell("▀", style: style(x, y)) }
      }
      painter.paint(heat)
      for (x, y) in [(0, 0), (19, 0), (3, 14), (19, 19)] {
        #expect(
          terminal.style(x: x, y: y)
            == .init(attributes: 0, foreground: Int32(16 + x), background: Int32(100 + y)))
      }
    }

    @Test func terminalWithoutFreePairsKeepsTheForegroundAndRestartsWithTheNextFrame() throws {
      let terminal = try OffscreenTerminal(size: Size(width: 12, height: 1))
      var painter = terminal.makePainter(capacity: 8)
      var full = Canvas(size: terminal.size)
      for x in 0..<12 { full[x, 0] = Cell("x", style: Style(foreground: .ansi(UInt8(x)))) }
      painter.paint(full)
      #expect(terminal.style(x: 6, y: 0).foreground == 6)
      #expect(terminal.style(x: 11, y: 0).foreground == -1)
      painter.paint(canvas(["y"], style: Style(foreground: .ansi(11))))
      #expect(terminal.style(x: 0, y: 0).foreground == 11)
    }
  }
}
