import LinearAlgebra
import OODData
import OODDetection
import TestData
import Testing

@testable import ExplorerModel

/// Settings that need another fit, in a running explorer.
@Suite @MainActor struct FitSettingTests {
  private func store(_ data: DataSet = SmallData.dataSet()) async -> ExplorerStore {
    await SmallData.store(
      data, in: ExplorerState(regularization: SmallData.path[1], path: SmallData.path))
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
    store.send(.stepPooling(1), .stepPooling(1))
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
    await store.settle(after: .setRegularization(SmallData.path[3]))
    try await expectScores(store)
  }

  /// The line of the commands, once for each fit.
  @Test func digitsThatNormalizationRoundsAwayAreToldOf() async throws {
    var data = SmallData.dataSet()
    func moved(_ split: DataSplit?) throws -> DataSplit? {
      var split = split
      var rows = try #require(split?.rows as? Matrix)
      rows.elements = rows.elements.map { $0 + 1e8 }
      split?.rows = rows
      return split
    }
    (data.train, data.test) = (try moved(data.train), try moved(data.test))
    let store = await store(data)
    var told: [Message] {
      store.state.messages.all.filter { $0.text.contains("normalization rounds its digits away") }
    }
    func send(_ action: Action) async {
      store.send(action)
      await store.settle()
    }
    #expect(told.isEmpty && store.state.classes.rounded == nil)
    let t = try Regularization(1e-2)
    await send(
      .choose(SettingChoice(normalization: try Normalization(0.5), ridgeRule: .relative, regularization: t)))
    let detector = try await DetectorPipeline(threadCount: 1).detector(
      for: OpenedData(data: data), at: SettingChoice(store.state.setting.current))
    let remark = try #require(RegularizationCheck(detector, of: data).precisionRemark)
    #expect(told == [Message(.warning, remark)])
    #expect(store.state.classes.rounded.map { $0.error > 1e-9 } == true)
    // A large ridge makes up for it.
    await send(.setRegularization(try Regularization(1e6)))
    #expect(store.state.classes.rounded == nil)
    await send(.setRegularization(t))
    #expect(store.state.classes.rounded != nil)
    await send(.stepNormalization(-1))
    #expect(store.state.classes.rounded == nil)
    await send(.stepNormalization(1))
    #expect(store.state.classes.rounded != nil && told.count == 1)
    await send(.loaded(data, model: nil))
    #expect(told.count == 2)
  }

  @Test func goingBackToAVisitedFitTakesNoComputation() async throws {
    let store = await store()
    let before = store.state.setting.current
    let evaluation = store.state.scores.evaluation
    await store.settle(after: .stepNormalization(1))
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
      await store.settle(after: action)
      visited.append(store.state.setting.current)
    }
    while let last = visited.popLast() {
      #expect(store.state.setting.current == last)
      // A change of score and fit is two changes.
      repeat {
        await store.settle(after: .undo)
      } while !visited.isEmpty && store.state.setting.current != visited.last
        && !store.state.setting.history.undoStack.isEmpty
    }
    #expect(store.state.setting.history.undoStack.isEmpty)
    try await expectScores(store)
  }

  @Test func theFirstUndoGivesUpWhatIsComputed() async {
    let store = await store()
    let before = store.state.setting.current
    store.send(.stepPooling(1), .undo)
    #expect(store.state.setting.pending == nil && store.state.tasks[.prepare] == nil)
    await store.settle()
    #expect(store.state.setting.current == before)
  }

  @Test func aModelKeepsItsPooling() async throws {
    let data = SmallData.dataSet()
    let detector = try await DetectorPipeline().fit(data)
    let model = ModelFile(detector: detector, regularization: SmallData.path[1], classNames: [])
    let store = await SmallData.store(
      DataSet(test: data.test), model: model, in: ExplorerState(path: SmallData.path))
    store.send(.stepPooling(1))
    #expect(store.state.setting.pending == nil)
    #expect(store.state.messages.notice?.text.contains("keeps its normalization and pooling") == true)
    await store.settle(after: .stepRidgeRule(-2))
    #expect(store.state.setting.fit.ridgeRule == .oas && store.state.scoresAreComputed)
    await store.settle(after: .cycleScore, .cycleScore)
    #expect(store.state.setting.score == .relativeNegativeLogLikelihood && store.state.scoresAreComputed)
  }

  // MARK: The map

  @Test func theMapIsFilledOnTheTuningScreen() async throws {
    let store = await store()
    #expect(store.state.tuning.map.rows.isEmpty)
    await store.settle(after: .show(.tuning))
    let tuning = store.state.tuning
    #expect(tuning.map.rows.map(\.pooling) == Pooling.grid)
    #expect(tuning.map[.none]?.sweep.leaveOneOut?.meanNLL == tuning.sweep?.leaveOneOut?.meanNLL)
    let proposed = try #require(tuning.proposed(at: store.state.setting.current))
    #expect(proposed.fit.pooling == tuning.map.proposed?.pooling)
    await store.settle(after: .takeProposal)
    #expect(store.state.setting.current == proposed)
    // The map belongs to the normalization and the ridge rule, not to the pooling.
    #expect(store.state.tuning.map.rows.count == Pooling.grid.count)
    await store.settle(after: .stepNormalization(1))
    #expect(store.state.tuning.map.rows.count == Pooling.grid.count)
    #expect(store.state.tuning.map[.none]?.sweep.leaveOneOut != tuning.map[.none]?.sweep.leaveOneOut)
  }

  /// What the path proposes before is out of date then.
  @Test func theProposalOfTheMapTakesThePlaceOfThatOfThePath() async throws {
    var data = SmallData.dataSet()
    // Few samples of each class, all spread along the same direction.
    var split = SmallData.split(perClass: 4, outCount: 0, phase: 0)
    var rows = try #require(split.rows as? Matrix)
    for row in 0..<rows.rowCount {
      let place = rows[row, 0] - 4 * Double(split.labels?[row] ?? 0)
      (rows[row, 1], rows[row, 2]) = (3 * place + 0.2 * rows[row, 2], 0.2 * rows[row, 1] - place)
    }
    split.rows = rows
    data.train = split
    let path = try [1e-8, 1e-6, 1e-4, 1e-2, 1, 100].map { try Regularization($0) }
    let store = await SmallData.store(data, in: ExplorerState(regularization: path[3], path: path))
    await store.settle(after: .show(.tuning))
    let known = store.state.messages.all.count
    await store.settle(after: .stepRidgeRule(1))
    let told = store.state.messages.all.dropFirst(known).map(\.text)
    #expect(told.contains { $0.hasPrefix("Leave-one-out likelihood proposes") })
    let last = try #require(told.last)
    #expect(last.hasPrefix("Leave-one-out prefers pooling"))
    #expect(store.state.messages.notice?.text == last)
  }

  @Test func enterTakesTheCellUnderTheCursor() async throws {
    let store = await store()
    await store.settle(after: .show(.tuning))
    let before = store.state.setting.current
    store.send(.enter)
    #expect(store.state.setting.current == before)
    store.send(.moveMapCursor(rows: 3, steps: 0), .moveMapCursor(rows: 0, steps: 2))
    #expect(store.state.setting.current == before)
    let target = store.state.tuning.settingUnderCursor(at: before)
    #expect(target.fit.pooling.value == 0.1 && target.regularization == SmallData.path[3])
    await store.settle(after: .enter)
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
