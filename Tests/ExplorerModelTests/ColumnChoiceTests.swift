import OODData
import TestData
import Testing

@testable import ExplorerModel

@Suite @MainActor struct ColumnChoiceTests {
  @Test func arrangesWhatItKnowsAndLeavesTheRestInPlace() {
    var choice = ColumnChoice()
    let names = ["a", "b", "c", "d"]
    #expect(choice.arranged(names) == names)
    choice.move("c", by: -2, among: names)
    #expect(choice.arranged(names) == ["c", "b", "a", "d"])
    // Another list without b and with a new column.
    #expect(choice.arranged(["a", "new", "c", "d"]) == ["c", "new", "a", "d"])
    choice.move("d", by: 5, among: names)
    #expect(choice.arranged(names) == ["c", "b", "a", "d"])
    choice.toggle("b", among: names)
    #expect(choice.isHidden("b") && !choice.isHidden("a"))
    choice.toggle("b", among: names)
    #expect(!choice.isHidden("b"))
  }

  @Test func settingsNameWhatIsShown() {
    var columns = ColumnsState()
    let problems = columns.setDefaults([
      "classes": ["cond", "name", "cond", "nonsense"], "samples": ["score", "p", "d2"], "x": ["y"],
    ]) { "line of \($0): \($1)" }
    #expect(
      problems == [
        "line of classes: ‘nonsense’ is not a column of classes; the columns are name, count, ratio, rank, "
          + "effectiveRank, condition, logDeterminant, trace, nearest and health"
      ])
    let classes = columns.choice(.classes)
    #expect(classes.arranged(["name", "count", "condition"]) == ["condition", "count", "name"])
    #expect(classes.isHidden("count") && !classes.isHidden("name") && !classes.isHidden("condition"))
    #expect(
      !columns.choice(.samples).isHidden("pValue") && !columns.choice(.samples).isHidden("squaredDistance"))
    #expect(columns.setDefaults(["classes": []]).isEmpty)
    #expect(columns.choice(.classes) == ColumnChoice() && columns.choice(.samples) == ColumnChoice())
  }

  /// A column of samples can also be one of the files, so it is missed when they are open, and said once.
  @Test func columnsThatTheFilesLackAreToldWhenTheyAreOpen() {
    var data = SmallData.dataSet()
    let count = data.test?.count ?? 0
    data.test?.columns = ["origin": Array(repeating: "sea", count: count)]
    var state = ExplorerState()
    #expect(state.columns.setDefaults(["samples": ["score", "origin", "orign"]]) { "\($0): \($1)" }.isEmpty)
    _ = state.apply(.loaded(data, model: nil))
    let problems = state.messages.all.map(\.text).filter { $0.contains("is not a column") }
    #expect(problems.count == 1 && problems[0].hasPrefix("samples: ‘orign’ is not a column of samples; "))
    #expect(state.messages.notice?.text == problems.first && state.messages.notice?.severity == .warning)
    _ = state.apply(.loaded(data, model: nil))
    #expect(state.messages.all.count { $0.text.contains("is not a column") } == 1)
  }

  @Test func columnsAreHiddenMovedUndoneAndReset() async throws {
    var state = await SmallData.store().state
    let all = state.shownClassColumns
    #expect(all == ClassColumn.allCases)
    func send(_ actions: Action...) { for action in actions { _ = state.apply(action) } }
    send(.chooseColumns)
    // The list opens at the column that sorts.
    #expect(state.overlay == .columns(ColumnList(table: .classes, selected: "condition")))
    send(.editColumns(.toggle))
    #expect(
      state.shownClassColumns == all && state.isHidden("condition", in: .classes), "it sorts, so it shows")
    send(.editColumns(.select(.toStart)), .editColumns(.select(.lines(1))), .editColumns(.toggle))
    #expect(!state.shownClassColumns.contains(.count))
    send(.editColumns(.select(.toEnd)), .editColumns(.move(-9)))
    #expect(state.shownClassColumns.first == .health)
    send(.closeOverlay, .sortClasses(by: .rank))
    #expect(!state.shownClassColumns.contains(.condition))
    // The keys of the sort column go through what is shown.
    send(.sortByNeighbor(offset: -1))
    #expect(state.classes.sort.column == .ratio)
    send(.undo, .undo, .undo)
    #expect(state.shownClassColumns.contains(.condition) && state.shownClassColumns.first == .name)
    #expect(state.messages.notice?.text == "Undone: the columns.")
    send(.redo)
    #expect(state.shownClassColumns.first == .health)
    send(.chooseColumns, .editColumns(.reset), .closeOverlay)
    #expect(state.shownClassColumns == all)
  }

  @Test func whatAListIsAboutStaysShown() async throws {
    var state = await SmallData.store().state
    #expect(state.columns.setDefaults(["samples": ["score", "index"]]).isEmpty)
    _ = state.apply(.show(.outliers))
    // The table is sorted by rank.
    #expect(
      state.shownSampleColumns == [.rank, .score, .index]
        || state.shownSampleColumns == [.score, .rank, .index])
    _ = state.apply(.showSubset(.nearThreshold))
    #expect(
      state.shownSampleColumns.contains(.thresholdDistance) && !state.shownSampleColumns.contains(.rank))
    // Hidden columns can still be filtered by.
    #expect(state.outliers.columns.contains(.nearest))
  }

  @Test func theSessionKeepsTheColumns() async throws {
    let data = SmallData.dataSet()
    func opened() async -> ExplorerStore {
      let state = ExplorerState(
        request: DataRequest(train: ["train.npz"]), regularization: SmallData.path[0], path: SmallData.path)
      return await SmallData.store(data, in: state)
    }
    let store = await opened()
    store.send(.chooseColumns, .editColumns(.select(.toEnd)), .editColumns(.toggle), .closeOverlay)
    let session = try #require(store.state.session)
    #expect(session.columns?.keys.sorted() == ["classes"])
    let again = await opened()
    #expect(again.state.shownClassColumns.contains(.health))
    await again.settle(after: .resume(session))
    #expect(!again.state.shownClassColumns.contains(.health))
  }

  /// By counting all ID samples of the split.
  @Test func percentilesCountTheSamplesBelow() async throws {
    let store = await SmallData.store()
    await store.settle(after: .show(.outliers))
    for subset in [SampleSubset.test, .train] {
      await store.settle(after: .showSubset(subset))
      let state = store.state
      let inDistribution = state.outliers.rows.filter { ($0.label ?? 0) >= 0 }.map(\.score)
      #expect(!inDistribution.isEmpty)
      for row in state.outliers.rows {
        let expected = Double(inDistribution.count { $0 < row.score }) / Double(inDistribution.count)
        #expect(row.percentile == expected)
      }
    }
    await store.settle(after: .showSubset(.test))
    let above = store.state.outliers.rows.count { ($0.percentile ?? 0) >= 0.5 }
    var state = store.state
    for action in [Action.ask(.filter), .editText(.insert("percentile >= 50"))] { _ = state.apply(action) }
    #expect(state.outliers.rows.count == above)
  }
}
