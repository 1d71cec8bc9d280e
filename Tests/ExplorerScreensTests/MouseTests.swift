import ExplorerModel
import OODDetection
import Testing
import TerminalRendering

@testable import ExplorerScreens

/// Everything that looks as if it could be clicked.
@MainActor @Suite struct MouseTests {
  @Test(arguments: Screen.allCases)
  func everyHintOfTheFooterDoesWhatItsKeyDoes(screen: Screen) async {
    let state = await Fixture.state(after: [.show(screen), .dismissNotice])
    let hints = KeyBindings.hints(for: state, glyphs: .unicode).fitting(width: terminalSize.width - 2)
    let y = terminalSize.height - 1
    var x = 1
    for hint in hints {
      let binding = KeyBindings.binding(
        atColumn: x - 1, width: terminalSize.width - 2, for: state, glyphs: .unicode)
      let name = String(hint.key.split(separator: "/", omittingEmptySubsequences: true).first ?? "/")
      #expect(binding?.keys.first?.name(glyphs: .unicode) == name, "\(hint.key)")
      let clicked = sending([click(Point(x: x, y: y))], to: state)
      let pressed = binding.flatMap(\.keys.first).map { pressing([$0], in: state) }
      #expect(clicked.overlay == pressed?.overlay, "\(hint.key)")
      #expect(clicked.setting.current == pressed?.setting.current, "\(hint.key)")
      #expect(clicked.classes.sort == pressed?.classes.sort && clicked.isFinished == pressed?.isFinished)
      x += hint.key.count + (hint.label.isEmpty ? 0 : 1 + hint.label.count) + 3
    }
  }

  @Test func eachKeyOfAHintIsClicked() async throws {
    let state = await Fixture.state(after: [.dismissNotice])
    let hint = try #require(position(of: "+/- λ", in: state))
    let plus = sending([click(hint)], to: state)
    #expect(plus.setting.regularization == Regularization.standard.stepped(by: 1))
    let minus = sending([click(Point(x: hint.x + 2, y: hint.y))], to: state)
    #expect(minus.setting.regularization == Regularization.standard.stepped(by: -1))
    // Between two hints there is nothing to click.
    let gap = sending([click(Point(x: hint.x - 1, y: hint.y))], to: state)
    #expect(gap.setting.current == state.setting.current && gap.overlay == nil)
  }

  @Test func tablesSortByTheirTitlesAndInvertAtTheSecondClick() async throws {
    let state = await Fixture.state(after: [.dismissNotice])
    let title = try #require(position(of: "rank", in: state))
    let sorted = sending([click(title)], to: state)
    #expect(sorted.classes.sort.column == .rank)
    let inverted = sending([click(title, .doubleClick)], to: sorted)
    #expect(inverted.classes.sort.column == .rank)
    #expect(inverted.classes.sort.isAscending != sorted.classes.sort.isAscending)
    #expect(!inverted.classes.isDetailOpen)

    let samples = state.awaiting(.show(.outliers))
    let labelTitle = try #require(position(of: "label", in: samples))
    let byLabel = sending([click(labelTitle)], to: samples)
    #expect(byLabel.outliers.sort.column == .label)
    #expect(
      sending([click(labelTitle)], to: byLabel).outliers.sort.isAscending != byLabel.outliers.sort.isAscending
    )
  }

  @Test func doubleClickOpens() async throws {
    let state = await Fixture.state(after: [.dismissNotice])
    let row = try #require(position(of: "wave", in: state))
    let opened = sending([click(row), click(row, .doubleClick)], to: state)
    #expect(opened.classes.isDetailOpen && opened.classes.selected == 3)
  }

  @Test func closestPairsAreClicked() async throws {
    let state = await Fixture.state(after: [.show(.distances), .dismissNotice])
    let size = Size(width: 120, height: 40)
    let title = try #require(position(of: "closest pairs", in: state, size: size))
    let separations = try #require(state.distances.separations)
    for (row, pair) in DistanceOverview(separations).closestPairs.prefix(3).enumerated() {
      let point = Point(x: title.x + 2, y: title.y + 1 + row)
      let chosen = sending([click(point)], to: state, size: size)
      #expect([chosen.distances.row, chosen.distances.column] == [pair.first, pair.second])
      let opened = sending([click(point, .doubleClick)], to: state, size: size)
      #expect(opened.screen == .classes && opened.classes.selected == pair.first)
    }
    let none = sending([click(Point(x: title.x, y: title.y))], to: state, size: size)
    #expect(none.distances.row == state.distances.row && none.distances.column == state.distances.column)
  }

  @Test func pointsOfTheCurveSetTheThreshold() async throws {
    let state = await Fixture.state(after: [.show(.scores), .dismissNotice])
    let size = Size(width: 120, height: 40)
    let title = try #require(position(of: "ROC TPR against FPR", in: state, size: size))
    var rates: [Double] = []
    for column in [8, 16, 24, 32] {
      let clicked = sending([click(Point(x: title.x + column, y: title.y + 4))], to: state, size: size)
      rates.append(try #require(clicked.scores.thresholdCounts?.fpr))
    }
    #expect(rates == rates.sorted() && Set(rates).count >= 3, "\(rates)")
    #expect(sending([click(title)], to: state, size: size).scores.threshold == state.scores.threshold)
  }

  @Test func runningTaskIsCancelledByItsHint() async throws {
    let state = try await Fixture.stateBeforeSpectra().awaiting(.dismissNotice)
    let size = Size(width: 140, height: 30)
    let hint = try #require(position(of: "^C cancels", in: state, size: size))
    let input = click(Point(x: hint.x + 3, y: hint.y))
    let actions = Explorer.actions(for: input, in: state, size: size, capabilities: Fixture.unicode)
    #expect(actions.contains { if case .cancelTask = $0 { true } else { false } })
    let beside = click(Point(x: hint.x - 1, y: hint.y))
    #expect(Explorer.actions(for: beside, in: state, size: size, capabilities: Fixture.unicode).isEmpty)
  }
}
