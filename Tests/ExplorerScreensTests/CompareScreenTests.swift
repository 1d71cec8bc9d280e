import ExplorerModel
import OODData
import OODDetection
import TerminalRendering
import TestData
import Testing

@testable import ExplorerScreens

/// The table of settings and baselines on every OOD set.
@MainActor @Suite struct CompareScreenTests {
  /// The fixture with its OOD samples dealt out to sets in turn.
  private func data(_ names: [String] = ["near/rough", "near/日本語", "far"]) -> DataSet {
    var data = Fixture.dataSet()
    let labels = data.test?.labels ?? []
    data.test?.oodSets = OODSets(
      labels.indices.map { labels[$0] < 0 ? OODSet(names[$0 % names.count]) : nil })
    return data
  }

  private func state(_ data: DataSet? = nil, after actions: [Action] = []) async throws -> ExplorerState {
    await Fixture.state(
      data ?? self.data(), regularization: try Regularization(0.01),
      after: [.pin, .cycleScore, .stepPooling(1), .show(.compare), .dismissNotice] + actions)
  }

  private func text(_ state: ExplorerState, size: Size = ScreenSize.usual) -> String {
    CompareScreen.picture(of: state, size: size).plainText()
  }

  @Test func matchesSnapshots() async throws {
    let state = try await state()
    func expect(_ state: ExplorerState, _ size: Size, _ name: String, ascii: Bool = false) throws {
      try Snapshot.expect(
        Explorer.draw(state, size: size, capabilities: ascii ? Fixture.ascii : Fixture.unicode), named: name)
    }
    try expect(state, Size(width: 120, height: 40), "compare-120x40")
    try expect(state, Size(width: 80, height: 24), "compare-80x24")
    try expect(state, Size(width: 200, height: 60), "compare-200x60")
    try expect(state, Size(width: 60, height: 16), "compare-60x16-ascii", ascii: true)
    try expect(
      state.awaiting(.sortComparison(by: .metric(.mean)), .cycleComparedMetric(offset: -2), .move(.toEnd)),
      Size(width: 80, height: 24), "compare-sorted-80x24")
  }

  @Test func whatIsMissingIsSaid() async throws {
    let without = await Fixture.state(Fixture.dataSet(hasOutOfDistribution: false), after: [.show(.compare)])
    #expect(text(without).contains("needs held-out ID samples and OOD samples"))
    #expect(
      text(ExplorerState(request: DataRequest()).awaiting(.show(.compare))).contains("No files are open"))
    let running = await Fixture.state(data()).awaiting(.show(.compare))
    #expect(text(running).contains("0 of 6 rows"))
    #expect(text(running.awaiting(.cancelTask)).contains("cancelled, 6 resumes"))
    // The reason stands in the row, and in full below the table.
    let failed = running.awaiting(.failed(.compare, Failure("not enough memory for this detector")))
    let lines = text(failed).split(separator: "\n")
    #expect(lines.count { $0.contains("not enough memory") } == 7)
    #expect(lines.contains { $0.hasPrefix("default: not enough memory for this detector") })
  }

  @Test func hundredsOfSetsScroll() async throws {
    let names = (0..<24).map { "group-\($0 / 12)/set-\($0)-مجموعة" }
    var state = try await state(data(names))
    func shown() -> Range<Int> { CompareScreen.shownColumns(in: state, size: ScreenSize.usual) }
    func press(_ key: KeyPress, _ count: Int = 1) {
      let keys = [KeyPress](repeating: key, count: count)
      state = pressing(keys, in: state, size: Size(width: 80, height: 24))
    }
    let count = state.compare.scrolledColumns.count
    #expect(count == 27)
    let first = shown()
    #expect(first.lowerBound == 0 && first.count >= 1 && first.count < count)
    #expect(text(state).contains("of \(count)") && text(state).contains("mean"))
    press(.right)
    #expect(shown().lowerBound == 1)
    // It stops at the end, and one step back moves at once.
    press(.shiftRight, 60)
    #expect(shown().upperBound == count)
    let last = shown()
    press(.right, 3)
    press(.left)
    #expect(shown().lowerBound == last.lowerBound - 1)
    press(.shiftLeft, 60)
    #expect(shown().lowerBound == 0)
    // The column that sorts is marked and visible wherever the others are, at every width.
    for column in state.compare.columns {
      state = state.awaiting(.sortComparison(by: .order), .sortComparison(by: column))
      for scroll in [-100, 13, 100] {
        state = state.awaiting(.moveColumn(scroll))
        for width in [58, 78, 118, 198] {
          let columns = CompareColumns(state, size: Size(width: width, height: 20))
          #expect(columns.shown.contains(column))
          let table = CompareTable(
            state, rect: Rect(x: 0, y: 0, width: width, height: 20), appearance: Appearance(Fixture.unicode))
          #expect(table.view.sort.map { table.columns.shown[$0.column] } == column)
          let header = text(state, size: Size(width: width, height: 24)).split(separator: "\n")[1]
          #expect(
            header.contains(Glyphs.unicode.sortAscending) || header.contains(Glyphs.unicode.sortDescending),
            "\(column) at \(width)")
        }
      }
    }
  }

  @Test func clicksSelectAndSort() async throws {
    let state = try await state()
    let size = ScreenSize.large
    guard case .selectRow(2)? = CompareScreen.actions(.press, x: 3, y: 4, in: state, size: size).first else {
      Issue.record("a click on a row selects it")
      return
    }
    #expect(CompareScreen.actions(.doubleClick, x: 3, y: 3, in: state, size: size).count == 2)
    guard case .invertSort? = CompareScreen.actions(.press, x: 4, y: 1, in: state, size: size).first else {
      Issue.record("a click on the title of the column that sorts inverts the order")
      return
    }
    #expect(CompareScreen.actions(.press, x: 4, y: 0, in: state, size: size).isEmpty)
  }

  @Test func everySizeIsSafe() async throws {
    let state = try await state()
    for canvas in CompareScreen.drawAtManySizes(state) {
      #expect(canvas.cells.count == canvas.size.width * canvas.size.height)
    }
  }
}
