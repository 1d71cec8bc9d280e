import ExplorerModel
import LinearAlgebra
import OODData
import OODDetection
import TerminalRendering
import TestData
import Testing

@testable import ExplorerScreens

/// Probable label errors and near duplicates on the outliers screen, and the Q–Q plot on the class screen.
@MainActor @Suite struct AuditScreenTests {
  /// Some labels are wrong, and some samples occur twice.
  private func data() throws -> DataSet {
    var data = Fixture.dataSet()
    var train = try #require(data.train)
    var labels = try #require(train.labels)
    for row in [3, 40, 100] { labels[row] = (labels[row] + 1) % 3 }
    var rows = try train.rows.matrix(at: Array(0..<train.count))
    for column in 0..<rows.columnCount { rows[20, column] = rows[19, column] }
    (train.labels, train.rows) = (labels, rows)
    data.train = train
    return data
  }

  private func state(subset count: Int, after actions: [Action] = []) async throws -> ExplorerState {
    await Fixture.state(
      try data(), regularization: try Regularization(0.01),
      after: [.show(.outliers)] + Array(repeating: .cycleSubset(offset: 1), count: count) + actions)
  }

  @Test func labelErrorsMatchSnapshots() async throws {
    let state = try await state(subset: 7)
    try Snapshot.expect(
      OutliersScreen.picture(of: state, size: ScreenSize.large), named: "label-errors-120x40")
    try Snapshot.expect(
      OutliersScreen.picture(of: state, size: ScreenSize.usual), named: "label-errors-80x24")
    try Snapshot.expect(
      OutliersScreen.picture(of: state, size: ScreenSize.least, capabilities: Fixture.ascii),
      named: "label-errors-60x16-ascii")
    let neighbor = try await self.state(subset: 7, after: [.followNeighbor])
    try Snapshot.expect(
      OutliersScreen.picture(of: neighbor, size: ScreenSize.large), named: "label-errors-neighbor-120x40")
  }

  @Test func nearDuplicatesMatchSnapshots() async throws {
    let state = try await state(subset: 8)
    try Snapshot.expect(
      OutliersScreen.picture(of: state, size: ScreenSize.large), named: "near-duplicates-120x40")
  }

  @Test func auditsWithoutFindingsSaySo() async throws {
    let running = try await state(subset: 6).awaiting(.cycleSubset(offset: 1))
    #expect(
      OutliersScreen.picture(of: running, size: ScreenSize.usual).plainText().contains("Holding every"))
    let cancelled = running.awaiting(.cancelTask)
    #expect(OutliersScreen.picture(of: cancelled, size: ScreenSize.usual).plainText().contains("cancelled"))
    let none = await Fixture.state(
      after: [.show(.outliers)] + Array(repeating: Action.cycleSubset(offset: 1), count: 8))
    #expect(
      OutliersScreen.picture(of: none, size: ScreenSize.usual).plainText().contains("No samples are near"))
  }

  @Test func figuresOfAnotherRegularizationAreNotShown() async throws {
    let state = try await state(subset: 7)
    let margin = Appearance(Fixture.unicode).numbers.significant(
      try #require(state.outliers.selected?.suggestion?.margin))
    #expect(OutliersScreen.picture(of: state, size: ScreenSize.large).plainText().contains(margin))
    let stale = state.awaiting(.setRegularization(try Regularization(0.00123)))
    #expect(!OutliersScreen.picture(of: stale, size: ScreenSize.large).plainText().contains(margin))
  }

  @Test func quantilesMatchSnapshots() async throws {
    let state = await Fixture.state(
      regularization: try Regularization(0.01),
      after: [
        .dismissNotice, .selectRow(2), .cycleClassPlot, .cycleClassPlot,
      ])
    try Snapshot.expect(ClassesScreen.picture(of: state, size: ScreenSize.large), named: "quantiles-120x40")
    let full = state.awaiting(.enter)
    try Snapshot.expect(
      ClassesScreen.picture(of: full, size: ScreenSize.large), named: "quantiles-full-120x40")
    try Snapshot.expect(
      ClassesScreen.picture(of: full, size: ScreenSize.usual, capabilities: Fixture.ascii),
      named: "quantiles-full-80x24-ascii")
  }
}
