import OODData
import OODDetection
import Testing
import TerminalRendering

@testable import ExplorerModel
@testable import ExplorerScreens

/// Input from keys, mouse and paste.
@MainActor @Suite struct InputTests {
  private static let size = terminalSize

  @Test func numbersAndTabChangeTheScreen() async {
    let state = await Fixture.state()
    #expect(pressing([.character("4")], in: state).screen == .tuning)
    #expect(pressing([.tab, .tab], in: state).screen == .outliers)
    #expect(pressing([.backTab], in: state).screen == .data)
  }

  @Test func lambdaChangesFromEveryScreenAndCanBeUndone() async throws {
    let state = await Fixture.state()
    for screen in Screen.allCases {
      let turned = pressing(.characters("\(screen.number)") + [.character("}"), .character("+")], in: state)
      #expect(turned.setting.regularization == Regularization.standard.stepped(by: 11))
      let undone = pressing([.character("u"), .character("u")], in: turned)
      #expect(undone.setting.regularization == .standard)
      #expect(
        pressing([.character("U")], in: undone).setting.regularization
          == Regularization.standard.stepped(by: 10))
    }
    #expect(pressing([.character("o")], in: state).setting.regularization == state.tuning.sweep?.proposed)
  }

  @Test func typedValueIsAcceptedAndInvalidValueExplained() async throws {
    let state = await Fixture.state()
    let typing: [KeyPress] = [.character("=")] + .characters("1e-3")
    #expect(pressing(typing + [.enter], in: state).setting.regularization == (try Regularization(1e-3)))
    #expect(pressing(typing + [.escape], in: state).setting.regularization == .standard)
    let wrong = pressing(typing + .characters("y") + [.enter], in: state)
    guard case .prompt(let prompt) = wrong.overlay else {
      Issue.record("the prompt closed")
      return
    }
    #expect(prompt.problem != nil && prompt.text == "1e-3y")
    let mended = pressing([.backspace, .enter], in: wrong)
    #expect(mended.setting.regularization == (try Regularization(1e-3)) && mended.overlay == nil)
  }

  @Test func promptReceivesAllTextKeys() async {
    let state = await Fixture.state()
    let asked = sending(
      [.key(.character("\\"))] + "qQ1+:?".map { .key(.character($0)) } + [.paste("a\nb\u{1B}c")], to: state)
    #expect(asked.classes.filter?.text == "qQ1+:?a bc")
    #expect(asked.screen == .classes && !asked.isFinished && asked.setting.regularization == .standard)
    #expect(pressing([.control("u")], in: asked).classes.filter == nil)
    #expect(pressing([.control("w")], in: asked).classes.filter?.text == "qQ1+:?a ")
  }

  @Test func paletteRunsTheMatchingCommand() async {
    let state = await Fixture.state()
    let narrowed = pressing([.character(":")] + .characters("next score"), in: state)
    guard case .palette(let query, let selected) = narrowed.overlay else {
      Issue.record("the palette is not open")
      return
    }
    let palette = PaletteOverlay(query: query, selected: selected, state: narrowed)
    #expect(palette.chosen?.keys == .characters("m"))
    let done = pressing([.enter], in: narrowed)
    #expect(done.overlay == nil && done.setting.score == .mahalanobis)
    #expect(pressing([.character(":"), .down, .escape], in: state).overlay == nil)
  }

  @Test func paletteSelectionStaysWithinItsMatches() async {
    let state = await Fixture.state()
    let up = pressing([.character(":"), .up, .up], in: state)
    #expect(up.overlay == .palette(query: "", selected: 0))
    let count = PaletteOverlay(query: "", selected: 0, state: up).matches.count
    let down = pressing([.character(":")] + Array(repeating: .down, count: count + 9), in: state)
    #expect(down.overlay == .palette(query: "", selected: count - 1))
    let none = pressing([.character(":")] + .characters("zzzz") + [.enter], in: state)
    #expect(none.overlay == .palette(query: "zzzz", selected: 0))
  }

  @Test func helpStopsScrollingAtItsEnd() async {
    let state = await Fixture.state()
    let end = pressing([.character("?")] + Array(repeating: .pageDown, count: 30), in: state)
    let last = HelpOverlay(
      HelpView(), of: state, size: Self.size, appearance: Appearance(Fixture.unicode)
    ).lastScroll
    #expect(end.overlay == .help(scroll: last) && last > 0)
    #expect(pressing([.up], in: end).overlay == .help(scroll: last - 1))
    #expect(pressing([.character("g")], in: end).overlay == .help(scroll: 0))
    #expect(pressing([.character("q")], in: end).overlay == nil)
  }

  @Test func dataScreenStopsScrollingAtItsEnd() async {
    let state = await Fixture.state(after: [.show(.data)])
    let size = Size(width: 60, height: 16)
    let end = pressing([.character("G")], in: state, size: size)
    #expect(end.data.scroll > 0)
    #expect(pressing([.down, .pageDown], in: end, size: size).data.scroll == end.data.scroll)
    #expect(pressing([.up], in: end, size: size).data.scroll == end.data.scroll - 1)
    #expect(pressing([.character("g")], in: end, size: size).data.scroll == 0)
  }

  @Test func pageHeightIsTheNumberOfVisibleRows() async {
    let state = await Fixture.state(Fixture.manyClasses(60), after: [.move(.toStart)])
    let paged = pressing([.pageDown], in: state)
    let height = ClassesScreen.pageHeight(in: state, size: Size(width: 98, height: 25))
    #expect(paged.classes.visible.firstIndex(of: paged.classes.selected) == height)
    // Below the header, the counts and the reasons of the selected class take seven rows.
    #expect(height == 17)
  }

  @Test func nextKeyDismissesTheNotice() async {
    let state = await Fixture.state()
    #expect(state.messages.notice != nil)
    #expect(pressing([.character("j")], in: state).messages.notice == nil)
    #expect(pressing([.function(9)], in: state).messages.notice == nil)
  }

  @Test func quitKeyGoesBackOneLevelAtATime() async {
    let state = await Fixture.state()
    let opened = pressing([.enter], in: state)
    #expect(opened.classes.isDetailOpen)
    let back = pressing([.character("q")], in: opened)
    #expect(!back.classes.isDetailOpen && !back.isFinished)
    #expect(pressing([.character("q")], in: back).isFinished)
    #expect(!pressing([.escape], in: back).isFinished)
    #expect(pressing([.character("Q")], in: opened).isFinished)
  }

  @Test func smallTerminalAcceptsOnlyQuitAndCancel() async {
    let state = await Fixture.state()
    let small = Size(width: 59, height: 15)
    #expect(pressing([.character("4"), .tab, .character("+")], in: state, size: small).screen == .classes)
    #expect(pressing([.character("q")], in: state, size: small).isFinished)
    #expect(
      pressing([.control("c")], in: state, size: small).messages.notice?.text.contains("No task is running")
        == true)
  }

  @Test func clicksOpenScreensAndSelectRows() async {
    let state = await Fixture.state()
    let tab = MouseEvent(.press, at: Point(x: 13, y: 1))
    #expect(sending([.mouse(tab)], to: state).screen == .scores)
    let row = MouseEvent(.press, at: Point(x: 6, y: 6))
    let chosen = sending([.mouse(row)], to: state)
    #expect(chosen.classes.selected == state.classes.visible[2])
    #expect(
      sending([.mouse(MouseEvent(.doubleClick, at: Point(x: 6, y: 6)))], to: state).classes.isDetailOpen)
  }

  @Test func clickOnAColumnSortsAndSecondClickReverses() async {
    let state = await Fixture.state()
    let header = TerminalInput.mouse(MouseEvent(.press, at: Point(x: 4, y: 3)))
    let sorted = sending([header], to: state)
    #expect(sorted.classes.sort == SortOrder(.name, isAscending: true))
    #expect(sending([header], to: sorted).classes.sort == SortOrder(.name, isAscending: false))
  }
}
