import ExplorerModel
import OODData
import OODDetection
import TestData
import Testing

@Suite @MainActor struct NavigationTests {
  @Test func worstConditionedClassIsSelectedFirst() async throws {
    let state = await SmallData.store().state
    let worst = try #require(state.classes.summaries.map(\.conditionNumber).max())
    #expect(state.classes.summaries[state.classes.selected].conditionNumber == worst)
    #expect(state.classes.visible.first == state.classes.selected)
  }

  @Test func movingStaysWithinTheTable() async {
    let store = await SmallData.store()
    store.send(.move(.toEnd))
    #expect(store.state.classes.selected == store.state.classes.visible.last)
    store.send(.move(.lines(5)))
    #expect(store.state.classes.selected == store.state.classes.visible.last)
    store.send(.move(.page(-50)))
    #expect(store.state.classes.selected == store.state.classes.visible.first)
  }

  @Test func sortingByAColumnOrdersTheTableBothWays() async {
    let store = await SmallData.store()
    while store.state.classes.sort.column != .name { store.send(.sortByNeighbor(offset: 1)) }
    #expect(store.state.classes.visible == [0, 1, 2])
    store.send(.invertSort)
    #expect(store.state.classes.visible == [2, 1, 0])
  }

  @Test func tableCanBeSortedByAnyColumn() async {
    let store = await SmallData.store()
    store.send(.sortClasses(by: .name))
    #expect(store.state.classes.visible == [0, 1, 2])
    store.send(.show(.outliers), .sortOutliers(by: .id))
    let names = store.state.outliers.rows.map(\.name)
    // Natural order: sample-2 comes before sample-10.
    #expect(names == (18..<23).map { "odd-\($0)" } + (0..<18).map { "sample-\($0)" })
  }

  /// A paste of megabytes is truncated to the length of a path, so that frames stay fast.
  @Test func typedTextIsLimited() async throws {
    let store = await SmallData.store()
    store.send(
      .ask(.filter), .editText(.insert(String(repeating: "ab", count: 100_000))), .editText(.insert("c")))
    let prompt = try #require(store.state.prompt)
    #expect(prompt.text == String(repeating: "ab", count: 2048))
  }

  @Test func filteringNarrowsWhileTyping() async {
    let store = await SmallData.store()
    store.send(.ask(.filter), .editText(.insert("Be")))
    #expect(store.state.classes.visible.map(store.state.classes.name(of:)) == ["bee"])
    #expect(store.state.classes.name(of: store.state.classes.selected) == "bee")
    store.send(.submitPrompt, .back(mayQuit: true))
    #expect(store.state.classes.visible.count == 3)
    #expect(!store.state.isFinished)
  }

  @Test func searchWrapsAround() async {
    let store = await SmallData.store()
    store.send(.show(.outliers), .ask(.find), .editText(.insert("odd")), .submitPrompt)
    let first = store.state.outliers.selected?.name
    #expect(first?.hasPrefix("odd") == true)
    for _ in 0..<5 { store.send(.findNext(forward: true)) }
    #expect(store.state.outliers.selected?.name == first)
  }

  @Test func backClosesTheInnermostViewAndQuitsOnlyIfAllowed() async {
    let store = await SmallData.store()
    store.send(.enter, .openOverlay(.help(scroll: 0)), .back(mayQuit: true))
    #expect(store.state.overlay == nil)
    #expect(store.state.classes.isDetailOpen)
    store.send(.back(mayQuit: false))
    #expect(!store.state.classes.isDetailOpen)
    store.send(.back(mayQuit: false))
    #expect(!store.state.isFinished)
    store.send(.back(mayQuit: true))
    #expect(store.state.isFinished)
  }

  @Test func screensWrapAround() async {
    let store = await SmallData.store()
    for screen in Screen.allCases {
      #expect(store.state.screen == screen)
      store.send(.showNextScreen(offset: 1))
    }
    #expect(store.state.screen == .classes)
    store.send(.showNextScreen(offset: -1))
    #expect(store.state.screen == .data)
  }

  @Test func pairIsComparedOnTheDistancesScreen() async throws {
    let store = await SmallData.store()
    await store.settle(after: .show(.distances), .selectPair(row: 0, column: 2))
    let pair = try #require(store.state.distances.comparison)
    let expected = try store.state.classes.detector?.bhattacharyyaDistance(
      0, 2, at: store.state.setting.regularization)
    #expect(pair.bhattacharyyaDistance == expected)
    store.send(.enter)
    #expect(store.state.screen == .classes)
    #expect(store.state.classes.selected == 0)
  }
}
