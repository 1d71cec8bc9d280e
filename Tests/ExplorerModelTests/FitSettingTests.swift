import OODData
import OODDetection
import TestData
import Testing

@testable import ExplorerModel

/// Settings that need another fit, in a running explorer.
@Suite @MainActor struct FitSettingTests {
  private func store(_ data: DataSet = SmallData.dataSet()) async -> ExplorerStore {
    let store = ExplorerStore(
      state: ExplorerState(regularization: SmallData.path[1], goal: .explore, path: SmallData.path),
      runner: EffectRunner(DetectorPipeline(threadCount: 2)))
    store.send(.loaded(data, model: nil))
    await store.settle()
    return store
  }

  /// The scores of the test samples by the library.
  private func expected(_ setting: DetectorSetting) async throws -> [Double] {
    let data = SmallData.dataSet()
    let pipeline = DetectorPipeline(threadCount: 2)
    let detector = try await pipeline.detector(for: OpenedData(data: data), at: SettingChoice(setting))
    let scores = try await pipeline.scores(of: data, [.test], by: detector)
    return try #require(scores.test).values(setting.score)
  }

  private func expectScores(_ store: ExplorerStore, _ sourceLocation: SourceLocation = #_sourceLocation)
    async throws
  {
    let state = store.state
    #expect(state.scoresAreComputed && state.setting.pending == nil, sourceLocation: sourceLocation)
    let shown = try #require(state.scores.scored?.test?.values(state.setting.score))
    for (first, second) in zip(shown, try await expected(state.setting.current)) {
      #expect(abs(first - second) <= 1e-9 * max(1, abs(second)), sourceLocation: sourceLocation)
    }
    #expect(state.classes.detector?.setting == state.setting.fit, sourceLocation: sourceLocation)
    #expect(state.tuning.sweep?.path == SmallData.path, sourceLocation: sourceLocation)
  }

  @Test func theShownSettingStaysUntilTheNextOneIsScored() async throws {
    let store = await store()
    let before = store.state.setting.current
    let metrics = store.state.scores.evaluation
    store.send(.stepPooling(1))
    store.send(.stepPooling(1))
    #expect(store.state.setting.current == before && store.state.scores.evaluation == metrics)
    #expect(store.state.setting.pending?.fit.pooling.value == 0.03)
    await store.settle()
    #expect(store.state.setting.fit.pooling.value == 0.03)
    #expect(store.state.setting.regularization == before.regularization)
    try await expectScores(store)
  }

  @Test(arguments: RidgeRule.allCases) func ridgeRulesStartAtTheirOwnMultiplier(rule: RidgeRule) async throws
  {
    let store = await store()
    while store.state.setting.wantedFit.ridgeRule != rule { store.send(.stepRidgeRule(1)) }
    await store.settle()
    let setting = store.state.setting.current
    #expect(setting.fit.ridgeRule == rule)
    #expect(rule == .absolute || setting.regularization == rule.standardRegularization)
    try await expectScores(store)
    // λ keys turn the multiplier of every rule.
    store.send(.setRegularization(SmallData.path[3]))
    await store.settle()
    try await expectScores(store)
  }

  @Test func goingBackToAVisitedFitTakesNoComputation() async throws {
    let store = await store()
    let before = store.state.setting.current
    let evaluation = store.state.scores.evaluation
    store.send(.stepNormalization(1))
    await store.settle()
    try await expectScores(store)
    store.send(.undo)
    // In the same step, without settling.
    #expect(store.state.setting.current == before && store.state.setting.pending == nil)
    #expect(store.state.scoresAreComputed && store.state.scores.evaluation == evaluation)
    try await expectScores(store)
    #expect(store.state.tasks[.prepare] == nil && store.state.tasks[.spectra] == nil)
    store.send(.redo)
    #expect(store.state.setting.fit.normalization.value == 0.5 && store.state.scoresAreComputed)
    try await expectScores(store)
  }

  @Test func undoGoesThroughEveryPartOfTheSetting() async throws {
    let store = await store()
    var visited = [store.state.setting.current]
    let steps: [Action] = [
      .stepRegularization(tenths: 10), .cycleScore, .stepPooling(1), .cycleScore, .stepRidgeRule(1),
      .stepNormalization(1), .choose(SettingChoice(pooling: .tied, score: .negativeLogLikelihood)),
    ]
    for action in steps {
      store.send(action)
      await store.settle()
      visited.append(store.state.setting.current)
    }
    while let last = visited.popLast() {
      #expect(store.state.setting.current == last)
      // A change of score and fit is two changes.
      repeat {
        store.send(.undo)
        await store.settle()
      } while !visited.isEmpty && store.state.setting.current != visited.last
        && !store.state.setting.history.undoStack.isEmpty
    }
    #expect(store.state.setting.history.undoStack.isEmpty)
    try await expectScores(store)
  }

  @Test func theFirstUndoGivesUpWhatIsComputed() async {
    let store = await store()
    let before = store.state.setting.current
    store.send(.stepPooling(1))
    store.send(.undo)
    #expect(store.state.setting.pending == nil && store.state.tasks[.prepare] == nil)
    await store.settle()
    #expect(store.state.setting.current == before)
  }

  @Test func aModelKeepsItsPooling() async throws {
    let data = SmallData.dataSet()
    let detector = try await DetectorPipeline().fit(data)
    let model = ModelFile(detector: detector, regularization: SmallData.path[1], classNames: [])
    let store = ExplorerStore(
      state: ExplorerState(goal: .explore, path: SmallData.path),
      runner: EffectRunner(DetectorPipeline(threadCount: 2)))
    store.send(.loaded(DataSet(test: data.test), model: model))
    await store.settle()
    store.send(.stepPooling(1))
    #expect(store.state.setting.pending == nil)
    #expect(store.state.messages.notice?.text.contains("keeps its normalization and pooling") == true)
    store.send(.stepRidgeRule(-2))
    await store.settle()
    #expect(store.state.setting.fit.ridgeRule == .oas && store.state.scoresAreComputed)
    store.send(.cycleScore)
    store.send(.cycleScore)
    await store.settle()
    #expect(store.state.setting.score == .relativeNegativeLogLikelihood && store.state.scoresAreComputed)
  }

  // MARK: The map

  @Test func theMapIsFilledOnTheTuningScreen() async throws {
    let store = await store()
    #expect(store.state.tuning.map.rows.isEmpty)
    store.send(.show(.tuning))
    await store.settle()
    let tuning = store.state.tuning
    #expect(tuning.map.rows.map(\.pooling) == Pooling.grid)
    #expect(tuning.map[.none]?.sweep.leaveOneOut?.meanNLL == tuning.sweep?.leaveOneOut?.meanNLL)
    let proposed = try #require(tuning.proposed(at: store.state.setting.current))
    #expect(proposed.fit.pooling == tuning.map.proposed?.pooling)
    store.send(.takeProposal)
    await store.settle()
    #expect(store.state.setting.current == proposed)
    // The map belongs to the normalization and the ridge rule, not to the pooling.
    #expect(store.state.tuning.map.rows.count == Pooling.grid.count)
    store.send(.stepNormalization(1))
    await store.settle()
    #expect(store.state.tuning.map.rows.count == Pooling.grid.count)
    #expect(store.state.tuning.map[.none]?.sweep.leaveOneOut != tuning.map[.none]?.sweep.leaveOneOut)
  }

  @Test func enterTakesTheCellUnderTheCursor() async throws {
    let store = await store()
    store.send(.show(.tuning))
    await store.settle()
    let before = store.state.setting.current
    store.send(.enter)
    #expect(store.state.setting.current == before)
    store.send(.moveMapCursor(rows: 3, steps: 0))
    store.send(.moveMapCursor(rows: 0, steps: 2))
    #expect(store.state.setting.current == before)
    let target = store.state.tuning.settingUnderCursor(at: before)
    #expect(target.fit.pooling.value == 0.1 && target.regularization == SmallData.path[3])
    store.send(.enter)
    await store.settle()
    #expect(store.state.setting.current == target && store.state.tuning.mapCursor == nil)
    try await expectScores(store)
    store.send(.moveMapCursor(rows: -9, steps: -9))
    #expect(store.state.tuning.mapCursor == .init(pooling: .none, step: 0))
    store.send(.back(mayQuit: false))
    #expect(store.state.tuning.mapCursor == nil)
    for measure in [MapMeasure.leaveOneOutAccuracy, .auroc, .leaveOneOutNLL] {
      store.send(.cycleMapMeasure)
      #expect(store.state.tuning.mapMeasure == measure)
    }
  }
}
