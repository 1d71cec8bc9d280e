import ExplorerModel
import Testing
import TerminalRendering

@testable import ExplorerScreens

@MainActor @Suite struct ColumnsOverlayTests {
  private let size = Size(width: 80, height: 24)

  private func header(_ state: ExplorerState, _ size: Size) -> String {
    Explorer.draw(state, size: size, capabilities: Fixture.unicode).lines.first {
      $0.contains("class") && $0.contains("▾") || $0.contains("score") && $0.contains("rank")
    } ?? ""
  }

  @Test func keysShowHideAndMove() async {
    let state = await Fixture.state()
    let open = pressing([.character("K")], in: state, size: size)
    let picture = Explorer.draw(open, size: size, capabilities: Fixture.unicode).plainText()
    #expect(picture.contains("[✓] condition") && picture.contains("sorts") && picture.contains("Space"))
    // From condition two up to rank, hide it; then to its left.
    let hidden = pressing([.up, .up, .character(" "), .character("<"), .escape], in: open, size: size)
    #expect(hidden.overlay == nil && !hidden.shownClassColumns.contains(.rank))
    #expect(!header(hidden, Size(width: 118, height: 30)).contains("rank"))
    #expect(
      pressing([.character("K"), .character("0"), .enter], in: hidden, size: size).shownClassColumns
        == ClassColumn.allCases)
    // The overlay takes every key.
    #expect(pressing([.character("+"), .character("4")], in: open, size: size).screen == .classes)
  }

  @Test func aClickOnABoxHides() async {
    let open = pressing([.character("K")], in: await Fixture.state(), size: size)
    let lines = Explorer.draw(open, size: size, capabilities: Fixture.unicode).lines
    let y = lines.firstIndex { $0.contains("[✓] trace") } ?? 0
    let x = lines[y].distance(
      from: lines[y].startIndex, to: lines[y].firstIndex(of: "✓") ?? lines[y].startIndex)
    let clicked = sending([click(Point(x: x, y: y))], to: open, size: size)
    #expect(!clicked.shownClassColumns.contains(.trace) && clicked.overlay != nil)
  }

  @Test(arguments: [Size(width: 60, height: 16), Size(width: 80, height: 24), Size(width: 200, height: 60)])
  func theListFitsEverySize(size: Size) async {
    for screen in [Screen.classes, .outliers] {
      let open = await Fixture.state(after: [.show(screen), .chooseColumns, .editColumns(.select(.toEnd))])
      for capabilities in [Fixture.unicode, Fixture.ascii] {
        let canvas = Explorer.draw(open, size: size, capabilities: capabilities)
        let last = open.columnNames(of: screen == .classes ? .classes : .samples).last ?? "?"
        #expect(canvas.plainText().contains(last))
      }
    }
  }
}
