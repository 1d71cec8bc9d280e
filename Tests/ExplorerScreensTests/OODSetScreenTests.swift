import ExplorerModel
import OODData
import OODDetection
import TerminalRendering
import Testing

@testable import ExplorerScreens

/// The screens that tell OOD sets apart.
@MainActor @Suite struct OODSetScreenTests {
  private static let names = ["near/thai", "far/日本語", "far/one_of_a_kind"]

  /// The fixture whose OOD samples are divided into sets in turn, the last of which has one sample.
  private static func dataSet(_ names: [String] = names) -> DataSet {
    var data = Fixture.dataSet()
    guard let labels = data.test?.labels else { return data }
    var place = 0
    let sets = labels.map { label -> OODSet? in
      guard label < 0 else { return nil }
      defer { place += 1 }
      return OODSet(place == 0 ? names[names.count - 1] : names[place % (names.count - 1)])
    }
    data.test?.oodSets = OODSets(sets)
    return data
  }

  private func state(after actions: [Action] = []) async -> ExplorerState {
    await Fixture.state(Self.dataSet(), after: actions)
  }

  @Test func matchesSnapshots() async throws {
    let all = await state(after: [.show(.scores)])
    try Snapshot.expect(ScoresScreen.picture(of: all, size: ScreenSize.large), named: "scores-sets-120x40")
    try Snapshot.expect(
      ScoresScreen.picture(of: all, size: ScreenSize.usual, capabilities: Fixture.ascii),
      named: "scores-sets-80x24-ascii")
    let one = await state(after: [.show(.scores), .cycleSet(offset: 1), .togglePrecisionRecall])
    try Snapshot.expect(ScoresScreen.picture(of: one, size: ScreenSize.large), named: "scores-set-120x40")
    let tuning = await state(after: [.show(.tuning)])
    try Snapshot.expect(TuningScreen.picture(of: tuning, size: ScreenSize.large), named: "tuning-sets-120x40")
    let data = await state(after: [.show(.data)])
    try Snapshot.expect(DataScreen.picture(of: data, size: ScreenSize.usual), named: "data-sets-80x24")
  }

  /// However long the longest name is.
  @Test func numbersOfSamplesFollowTheirNames() async {
    let text = DataScreen.picture(of: await state(after: [.show(.data)]), size: ScreenSize.large).plainText()
    for counted in ["far/one_of_a_kind 1", "far/日本語 12", "near/thai 11", "round 90", "lonely 1"] {
      #expect(text.contains(counted), "\(counted)")
    }
  }

  @Test func theKeysGoRoundTheSets() async throws {
    var state = await state(after: [.show(.scores)])
    #expect(state.scores.sets.map(\.set.fullName) == ["far/one_of_a_kind", "far/日本語", "near/thai"])
    #expect(state.scores.sets.map(\.count) == [1, 12, 11])
    let pooled = state.scores.evaluation
    for place in [0, 1, 2, nil, 0] {
      state = state.awaiting(.cycleSet(offset: 1))
      #expect(state.scores.setFilter == place)
      #expect(state.scores.shownSet?.set == place.map { state.scores.sets[$0].set })
      guard let place else { continue }
      let set = state.scores.sets[place]
      let metrics = try #require(state.scores.setMetrics)
      #expect(metrics.outOfDistributionCount == set.count)
      #expect(abs(metrics.auroc - (set.separation?.auroc ?? 0)) < 1e-12)
      #expect(metrics.fpr95TPR == set.separation?.fpr95TPR)
      // The automatic threshold is the one of the set.
      #expect(state.scores.thresholdCounts?.fpr == metrics.fpr95TPR)
      #expect(state.scores.shownDistribution?.sorted[.outOfDistribution]?.count == set.count)
      let picture = ScoresScreen.picture(of: state, size: ScreenSize.large).plainText()
      #expect(picture.contains("only OOD set \(set.set.fullName)"))
    }
    // What is pooled stays, and Esc shows all sets again.
    #expect(state.scores.evaluation == pooled)
    state = state.awaiting(.back(mayQuit: false))
    #expect(state.scores.setFilter == nil && state.scores.thresholdCounts?.fpr == pooled?.values?.fpr95TPR)
    state = state.awaiting(.cycleSet(offset: -1))
    #expect(state.scores.setFilter == 2)
  }

  @Test func oneSetIsNotToldApart() async {
    let state = await Fixture.state(after: [.show(.scores), .cycleSet(offset: 1)])
    #expect(state.scores.sets.isEmpty && state.scores.setFilter == nil)
    let hints = KeyBindings.hints(for: state, glyphs: .unicode).fitting(width: 300)
    #expect(!hints.contains { $0.label == "OOD set" })
  }

  @Test func theHardestOfManySetsAreDrawn() async {
    let names = (0..<20).map { "set \($0)" }
    let state = await Fixture.state(Self.dataSet(names), after: [.show(.scores)])
    let drawn = state.scores.sets.filter { $0.curve != nil }
    #expect(drawn.count == ScoresState.overlaidSetCount)
    let worst = drawn.compactMap(\.separation?.auroc).max() ?? 0
    for set in state.scores.sets where set.curve == nil { #expect((set.separation?.auroc ?? 0) >= worst) }
    let picture = ScoresScreen.picture(of: state, size: ScreenSize.large).plainText()
    #expect(picture.contains("hardest of \(state.scores.sets.count)"))
  }

  @Test func tuningNamesTheWorstSet() async throws {
    let state = await state(after: [.show(.tuning)])
    let sweep = try #require(state.tuning.sweep)
    let values = try #require(sweep.setAUROC[state.setting.score])
    #expect(values.count == sweep.path.count && values.allSatisfy { $0.count == 3 })
    let worst = try #require(
      state.scores.sets.min { ($0.separation?.auroc ?? 1) < ($1.separation?.auroc ?? 1) })
    let picture = TuningScreen.picture(of: state, size: ScreenSize.large).plainText()
    #expect(picture.contains("AUROC by set") && picture.contains(worst.set.name.prefix(6)))
  }
}
