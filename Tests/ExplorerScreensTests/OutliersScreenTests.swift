import ExplorerModel
import Foundation
import OODDetection
import TerminalRendering
import TestData
import Testing

@testable import ExplorerScreens
@testable import OODData

@MainActor @Suite struct OutliersScreenTests {
  private func state(_ data: DataSet = Fixture.dataSet(), after actions: [Action] = []) async -> ExplorerState
  {
    await Fixture.state(data, after: [.show(.outliers)] + actions)
  }

  @Test func matchesSnapshots() async throws {
    let state = await state(after: [.toggleMark, .move(.lines(24))])
    try Snapshot.expect(OutliersScreen.picture(of: state, size: ScreenSize.large), named: "outliers-120x40")
    try Snapshot.expect(OutliersScreen.picture(of: state, size: ScreenSize.usual), named: "outliers-80x24")
    try Snapshot.expect(OutliersScreen.picture(of: state, size: ScreenSize.least), named: "outliers-60x16")
    try Snapshot.expect(
      OutliersScreen.picture(of: state, size: ScreenSize.large, capabilities: Fixture.ascii),
      named: "outliers-120x40-ascii")
  }

  @Test func detailMatchesSnapshots() async throws {
    let state = await state(after: [.move(.lines(25)), .enter])
    try Snapshot.expect(
      OutliersScreen.picture(of: state, size: ScreenSize.large), named: "outliers-detail-120x40")
    try Snapshot.expect(
      OutliersScreen.picture(of: state, size: ScreenSize.usual), named: "outliers-detail-80x24")
  }

  /// Ids that are short leave their room to the columns of the files.
  @Test func columnsOfTheFilesAreNotCutForShortIDs() async {
    let state = await state()
    let cut = (118...134).filter { width in
      OutliersScreen.picture(of: state, size: Size(width: width * 3 / 2, height: 40)).plainText()
        .contains("elsew…")
    }
    #expect(cut.isEmpty, "\(cut)")
  }

  @Test func drawsAtEverySize() async {
    for state in [await state(), await state(after: [.enter])] {
      for canvas in OutliersScreen.drawAtManySizes(state)
      where canvas.size.width >= 58 && canvas.size.height >= 13 {
        #expect(canvas.plainText().contains("odd-76"), "at \(canvas.size)")
      }
    }
  }

  @Test func clickSelectsTheRowUnderThePointerWithoutScrolling() async throws {
    let before = await state(after: [.move(.lines(40))])
    let size = ScreenSize.usual
    let lines = OutliersScreen.picture(of: before, size: size).lines
    guard
      case .selectRow(let row)? = OutliersScreen.actions(.press, x: 20, y: 5, in: before, size: size).first
    else {
      Issue.record("no row under the pointer")
      return
    }
    #expect(lines[5].contains(before.outliers.rows[row].name))
    let after = before.awaiting(.selectRow(row))
    #expect(OutliersScreen.picture(of: after, size: size).lines[5].contains("▸"))
  }

  @Test func doubleClickOpensAndWheelMoves() async throws {
    let state = await state()
    let opening = OutliersScreen.actions(.doubleClick, x: 20, y: 4, in: state, size: ScreenSize.large)
    #expect(state.awaiting(opening[0], opening[1]).outliers.isDetailOpen)
    let down = OutliersScreen.actions(.wheelDown, x: 20, y: 4, in: state, size: ScreenSize.large)
    #expect(state.awaiting(down[0]).outliers.selectedRow == 3)
    #expect(OutliersScreen.actions(.press, x: 110, y: 4, in: state, size: ScreenSize.large).isEmpty)
    #expect(OutliersScreen.actions(.press, x: 10, y: 0, in: state, size: ScreenSize.large).isEmpty)
  }

  @Test func clickOnATitleSorts() async throws {
    let state = await state()
    let titles = OutliersScreen.picture(of: state, size: ScreenSize.usual).lines[1]
    for (title, column) in [("score", OutlierColumn.score), ("nearest", .nearest), ("id", .id)] {
      let place = try #require(titles.range(of: title))
      let x = titles.distance(from: titles.startIndex, to: place.lowerBound)
      let actions = OutliersScreen.actions(.press, x: x, y: 1, in: state, size: ScreenSize.usual)
      let sorted = state.awaiting(try #require(actions.first))
      #expect(sorted.outliers.sort.column == column)
      let again = OutliersScreen.actions(.press, x: x, y: 1, in: sorted, size: ScreenSize.usual)
      let inverted = sorted.awaiting(try #require(again.first))
      #expect(inverted.outliers.sort.column == column)
      #expect(inverted.outliers.sort.isAscending != sorted.outliers.sort.isAscending)
    }
  }

  @Test func pageHeightIsTheNumberOfVisibleRows() async {
    let state = await state()
    for size in [ScreenSize.large, ScreenSize.usual, ScreenSize.least] {
      let names = Set(state.outliers.rows.map(\.name))
      let table = OutliersLayout(size: size).table
      var canvas = OutliersScreen.picture(of: state, size: size)
      let shown = canvas.draw(in: table) { canvas in
        canvas.lines.count { line in names.contains { line.contains($0 + " ") } }
      }
      #expect(OutliersScreen.pageHeight(in: state, size: size) == shown)
    }
  }

  @Test func figuresOfAnotherRegularizationAreNotShown() async throws {
    let state = await state()
    let score = Appearance(Fixture.unicode).numbers.score(try #require(state.outliers.selected).score)
    #expect(OutliersScreen.picture(of: state, size: ScreenSize.large).plainText().contains(score))
    let stale = state.awaiting(.setRegularization(try Regularization(0.00123)))
    for size in [ScreenSize.large, ScreenSize.usual, ScreenSize.least] {
      let picture = OutliersScreen.picture(of: stale, size: size).plainText()
      #expect(picture.contains("computing"))
      #expect(picture.contains("odd-76"))
      #expect(!picture.contains(score))
      #expect(!picture.contains("d² "))
    }
  }

  @Test func anotherSamplesExplanationIsNotShown() async throws {
    let state = await state()
    let shown = try #require(state.outliers.explained)
    let share = try #require(shown.explanation.dimensionShares.max())
    let moved = state.awaiting(.move(.lines(1)))
    let picture = OutliersScreen.picture(of: moved, size: ScreenSize.large).plainText()
    #expect(share > 0)
    #expect(picture.contains("Explaining"))
    #expect(!picture.contains("dimension  "))
    let toggled = state.awaiting(.cycleScore)
    #expect(OutliersScreen.picture(of: toggled, size: ScreenSize.large).plainText().contains("Explaining"))
  }

  /// As if a file can no longer be read.
  @Test func failedExplanationIsReported() async {
    let failed = await state().awaiting(
      .cycleScore, .failed(.explain, Failure("train.npy: was written to after it was opened")))
    let picture = OutliersScreen.picture(of: failed, size: ScreenSize.large).plainText()
    #expect(!picture.contains("Explaining"))
    #expect(picture.contains("failed; press ^R to reload"))
  }

  @Test func tableNamesSamplesWithoutIDsLabelsAndPictures() async {
    var data = Fixture.dataSet()
    data.test?.ids = nil
    data.test?.images = nil
    data.train?.images = nil
    data.test?.labels = nil
    let state = await state(data)
    let picture = OutliersScreen.picture(of: state, size: ScreenSize.large)
    #expect(picture.lines[1].contains("index"))
    #expect(!picture.lines[1].contains("label"))
    #expect(picture.plainText().contains("#76"))
    #expect(picture.plainText().contains("nearest training samples"))
  }

  @Test func emptySubsetShowsWhatToDo() async {
    let data = Fixture.dataSet(hasOutOfDistribution: false)
    let state = await state(data, after: [.cycleSubset(offset: 1), .cycleSubset(offset: 1)])
    #expect(state.outliers.subset == .testOutOfDistribution)
    let picture = OutliersScreen.picture(of: state, size: ScreenSize.usual).plainText()
    #expect(picture.contains("no samples in this subset"))
  }

  @Test func sharesAddUpToTheDistance() async throws {
    let state = await state(after: [.move(.lines(27))])
    let sample = try #require(state.outliers.explained)
    let total = sample.explanation.dimensionShares.reduce(0, +)
    let distance = sample.explanation.squaredDistances[sample.explanation.nearestClass]
    #expect(abs(total - distance) < 1e-6 * max(1, distance))
    let view = ExplanationView(state: state, appearance: Appearance(Fixture.unicode))
    let top = view.topDimensions(of: sample, limit: 4).map { sample.explanation.dimensionShares[$0] }
    #expect(top == top.sorted(by: >))
    #expect(top.first == sample.explanation.dimensionShares.max())
  }

  @Test func picturesKeepTheirProportions() {
    let view = ExplanationView(state: ExplorerState(), appearance: Appearance(Fixture.unicode))
    let wide = Picture(height: 8, width: 16, channelCount: 1, pixels: [])
    #expect(view.pictureHeight(wide, limit: 14) == 12)
    #expect(view.pictureWidth(wide, height: 12) == 48)
    #expect(view.pictureHeight(wide, limit: 3) == 3)
    let none = Picture(height: 0, width: 0, channelCount: 1, pixels: [])
    #expect(view.pictureWidth(none, height: 4) == 0)
  }
}
