import ExplorerModel
import OODData
import OODDetection
import TestData
import Testing
import TerminalRendering

@testable import ExplorerScreens

/// Screens as text, for review.
@MainActor @Suite struct SnapshotTests {
  @Test func classes() async throws {
    let state = await Fixture.state().awaiting(.dismissNotice)
    try Snapshot.expect(state, "classes-120x40")
    try Snapshot.expect(state, "classes-80x24", width: 80, height: 24)
    try Snapshot.expect(state, "classes-60x16", width: 60, height: 16)
    try Snapshot.expect(state, "classes-ascii-110x30", width: 110, height: 30, capabilities: Fixture.ascii)
    try Snapshot.expect(state.awaiting(.enter), "class-full-120x40")
    try Snapshot.expect(state.awaiting(.enter), "class-full-80x24", width: 80, height: 24)
  }

  @Test func beforeSpectra() async throws {
    let state = try await Fixture.stateBeforeSpectra()
    try Snapshot.expect(state, "before-spectra-classes-120x40")
    try Snapshot.expect(state, "before-spectra-classes-60x16", width: 60, height: 16)
    try Snapshot.expect(
      state.awaiting(.move(.lines(3)), .enter), "before-spectra-class-full-80x24", width: 80, height: 24)
    try Snapshot.expect(state.awaiting(.show(.scores)), "before-spectra-scores-80x24", width: 80, height: 24)
    try Snapshot.expect(state.awaiting(.show(.outliers)), "before-spectra-outliers-120x40")
    try Snapshot.expect(state.awaiting(.show(.tuning)), "before-spectra-tuning-80x24", width: 80, height: 24)
    try Snapshot.expect(
      state.awaiting(.show(.distances)), "before-spectra-distances-ascii-80x24", width: 80, height: 24,
      capabilities: Fixture.ascii)
    let without = state.awaiting(
      .failed(.spectra, Failure("this takes at least 21 GiB of memory, but only 12 GiB are permitted")))
    try Snapshot.expect(without, "without-spectra-classes-80x24", width: 80, height: 24)
    try Snapshot.expect(
      without.awaiting(.show(.outliers)), "without-spectra-outliers-100x24", width: 100, height: 24)
    try Snapshot.expect(
      without.awaiting(.show(.tuning)), "without-spectra-tuning-80x24", width: 80, height: 24)
    try Snapshot.expect(
      without.awaiting(.show(.distances)), "without-spectra-distances-80x24", width: 80, height: 24)
  }

  @Test func distances() async throws {
    let state = await Fixture.state(after: [
      .dismissNotice, .show(.distances), .selectPair(row: 3, column: 1),
    ])
    try Snapshot.expect(state, "distances-ascii-120x40", capabilities: Fixture.ascii)
    try Snapshot.expect(state, "distances-80x24", width: 80, height: 24)
    let many = await Fixture.state(
      Fixture.manyClasses(100), after: [.dismissNotice, .show(.distances), .selectPair(row: 70, column: 50)])
    try Snapshot.expect(many, "distances-many-ascii-120x40", capabilities: Fixture.ascii)
    let single = await Fixture.state(Fixture.manyClasses(1), after: [.dismissNotice, .show(.distances)])
    try Snapshot.expect(single, "distances-single-80x24", width: 80, height: 24)
  }

  @Test func data() async throws {
    let state = await Fixture.state(after: [.show(.data), .dismissNotice])
    try Snapshot.expect(state, "data-120x40")
    try Snapshot.expect(state, "data-60x16", width: 60, height: 16)
    var deep = Fixture.dataSet()
    for index in deep.files.indices {
      deep.files[index].path = String(repeating: "a-long-folder/", count: 20) + deep.files[index].path
    }
    let far = await Fixture.state(deep, after: [.show(.data), .dismissNotice])
    try Snapshot.expect(far, "data-long-paths-80x24", width: 80, height: 24)
  }

  @Test func overlays() async throws {
    let state = await Fixture.state().awaiting(.dismissNotice)
    try Snapshot.expect(state.awaiting(.openOverlay(.help(scroll: 0))), "help-140x50", width: 140, height: 50)
    try Snapshot.expect(state.awaiting(.openOverlay(.help(scroll: 40))), "help-80x24", width: 80, height: 24)
    try Snapshot.expect(
      state.awaiting(.openOverlay(.palette(query: "λ step", selected: 1))), "palette-80x24", width: 80,
      height: 24)
    let asked = state.awaiting(.ask(.regularization), .editText(.insert("1e")))
    try Snapshot.expect(asked, "prompt-80x24", width: 80, height: 24)
    try Snapshot.expect(asked.awaiting(.submitPrompt), "prompt-problem-60x16", width: 60, height: 16)
  }

  @Test func waiting() throws {
    var state = ExplorerState(request: DataRequest(train: ["shapes/train.npz"], test: ["shapes/test.npz"]))
    _ = state.apply(.open(state.data.request))
    _ = state.apply(.progressed(.load, WorkProgress(completed: 1, planned: 3)))
    try Snapshot.expect(state, "loading-80x24", width: 80, height: 24)
    _ = state.apply(.failed(.load, Failure("shapes/train.npz: no such file; check the path")))
    try Snapshot.expect(state, "failed-80x24", width: 80, height: 24)
  }
}
