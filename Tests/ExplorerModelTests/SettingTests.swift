import ExplorerModel
import OODData
import OODDetection
import TestData
import Testing

@Suite @MainActor struct SettingTests {
  @Test func openingComputesEverythingInTurn() async throws {
    let state = await SmallData.store().state
    #expect(state.messages.failure == nil)
    #expect(state.classes.detector?.classes.map(\.label) == [0, 1, 2])
    #expect(state.classes.summaries.count == 3)
    #expect(state.scoresAreCurrent)
    #expect(state.scores.evaluation?.values?.outOfDistributionCount == 5)
    #expect(state.tuning.sweep?.path == SmallData.path)
    #expect(state.tasks.isEmpty)
  }

  @Test func scoresAloneNeedNoSpectra() async throws {
    let pipeline = DetectorPipeline()
    let opened = OpenedData(data: SmallData.dataSet())
    let detector = try await pipeline.detector(for: opened, at: SmallData.path[0])
    #expect(detector.summaries.isEmpty && detector.classLabels == [0, 1, 2])
    let scores = try await pipeline.scores(of: opened.data, [.test], by: detector)
    let full = await SmallData.store().state
    let (ours, theirs) = (try #require(scores.test), try #require(full.scores.scored?.test))
    for (one, other) in zip(ours.negativeLogLikelihood, theirs.negativeLogLikelihood) {
      #expect(abs(one - other) <= 1e-9 * max(1, abs(other)))
    }
    #expect(ours.closestClass == theirs.closestClass)
    let metrics = try opened.data.test?.metrics(of: ours.negativeLogLikelihood)
    #expect(metrics?.auroc == full.scores.evaluation?.values?.auroc)
    // Only the requested split is scored.
    #expect(scores.train == nil)
  }

  @Test func changingLambdaAlongThePathNeedsNoWork() async throws {
    let store = await SmallData.store()
    var state = store.state
    let before = try #require(state.scores.scored?.test?.negativeLogLikelihood)
    let effects = state.apply(.setRegularization(SmallData.path[1]))
    // Only what the class screen shows of the classes is computed anew.
    #expect(
      effects.allSatisfy { effect in
        switch effect {
        case .checkFits, .profileClass: true
        default: false
        }
      })
    #expect(state.scoresAreCurrent)
    #expect(state.scores.scored?.test?.negativeLogLikelihood != before)
  }

  @Test func scoresOfThePathAreTheScoresOfTheirLambda() async throws {
    let store = await SmallData.store()
    let detector = try #require(store.state.classes.detector)
    let rows = try #require(store.state.data.dataSet?.test?.rows)
    for regularization in SmallData.path {
      store.send(.setRegularization(regularization))
      let direct = try await detector.scores(of: rows, at: regularization)
      let shown = try #require(store.state.scores.scored?.test)
      for (one, other) in zip(shown.negativeLogLikelihood, direct.negativeLogLikelihood) {
        #expect(abs(one - other) <= 1e-12 * max(1, abs(other)))
      }
    }
  }

  @Test func lambdaOffThePathIsComputedAndOldScoresAreMarkedStale() async throws {
    let store = await SmallData.store()
    store.send(.stepRegularization(tenths: 1))
    #expect(!store.state.scoresAreCurrent)
    #expect(store.state.tasks[.score] != nil)
    await store.settle()
    #expect(store.state.scoresAreCurrent)
    #expect(store.state.setting.regularization.value > 1e-3)
  }

  @Test func classNumbersFollowLambdaImmediately() async throws {
    let store = await SmallData.store()
    let before = store.state.classes.summaries.map(\.conditionNumber)
    store.send(.stepRegularization(tenths: 20))
    let after = store.state.classes.summaries.map(\.conditionNumber)
    #expect(zip(before, after).allSatisfy { $0 > $1 })
  }

  @Test func undoAndRedoGoThroughTheSettings() async throws {
    let store = await SmallData.store()
    for regularization in SmallData.path.prefix(3) { store.send(.setRegularization(regularization)) }
    store.send(.undo)
    #expect(store.state.setting.regularization == SmallData.path[1])
    store.send(.undo)
    #expect(store.state.setting.regularization == SmallData.path[0])
    store.send(.redo)
    #expect(store.state.setting.regularization == SmallData.path[1])
    store.send(.setRegularization(SmallData.path[2]), .redo)
    #expect(store.state.setting.regularization == SmallData.path[2])
  }

  @Test func proposalIsTheMinimumOfTheLeaveOneOutCurve() async throws {
    let store = await SmallData.store()
    let curve = try #require(store.state.tuning.sweep?.leaveOneOut)
    let least = try #require(curve.meanNLL.min())
    store.send(.takeProposal)
    let place = try #require(SmallData.path.firstIndex(of: store.state.setting.regularization))
    #expect(curve.meanNLL[place] == least)
  }

  @Test func scoreSwitchesMetricsAndOutliers() async throws {
    let store = await SmallData.store()
    let before = store.state.outliers.rows.map(\.score)
    for kind in ScoreKind.allCases.dropFirst() {
      await store.settle(after: .cycleScore)
      #expect(store.state.setting.score == kind && store.state.scoresAreComputed)
      let scores = store.state.outliers.rows.map(\.score)
      #expect(scores != before && scores == scores.sorted(by: >))
    }
    store.send(.cycleScore)
    // Scores by factors and by spectra differ by rounding errors.
    #expect(
      zip(store.state.outliers.rows.map(\.score), before).allSatisfy {
        abs($0 - $1) <= 1e-9 * max(1, abs($1))
      })
  }

  @Test func undoToAvailableScoresUsesTheNewScoreKind() async throws {
    let store = await SmallData.store()
    await store.settle(after: .stepRegularization(tenths: 1))
    let metrics = store.state.scores.evaluation
    store.send(.cycleScore, .stepRegularization(tenths: 1), .undo)
    #expect(store.state.scoresAreCurrent)
    let scores = try #require(store.state.scores.scored?.test?.mahalanobis)
    #expect(store.state.outliers.rows.first?.score == scores.max())
    #expect(store.state.tasks[.score] == nil)
    store.send(.undo)
    #expect(store.state.setting.score == .negativeLogLikelihood)
    #expect(store.state.scores.evaluation == metrics)
  }

  @Test func lambdaZeroWithASingularClassIsRejectedWithoutChanges() async throws {
    var data = SmallData.dataSet()
    data.train = SmallData.split(perClass: 3, outCount: 0, phase: 0)
    let store = await SmallData.store(data)
    store.send(.setRegularization(try Regularization(0)))
    #expect(store.state.setting.regularization == SmallData.path[0])
    #expect(store.state.messages.notice?.text.contains("rank") == true)
    #expect(store.state.scoresAreCurrent)
  }

  @Test(arguments: ["", "abc", "-1", "nan", "inf"])
  func lambdaThatIsNoneIsAskedForAgain(text: String) async throws {
    let store = await SmallData.store()
    store.send(.ask(.regularization), .editText(.insert(text)), .submitPrompt)
    let prompt = try #require(store.state.prompt)
    #expect(prompt.problem != nil)
    #expect(store.state.setting.regularization == SmallData.path[0])
  }

  @Test func typedRegularizationMayContainSpaces() async {
    let store = await SmallData.store()
    for (text, accepted) in [(" 1e-2 ", true), ("0x1p-3", true), ("-1", false), ("nan", false), ("", false)] {
      store.send(.ask(.regularization), .editText(.insert(text)), .submitPrompt)
      #expect((store.state.overlay == nil) == accepted, "‘\(text)’")
      store.send(.closeOverlay)
    }
    #expect(store.state.setting.regularization.value == 0.125)
    #expect(store.state.setting.history.undoStack.map(\.regularization.value) == [1e-3, 1e-2])
  }

  @Test func modelSetsLambdaUnlessTheUserChoseOne() async throws {
    let folder = try ScratchFolder()
    let fitted = await SmallData.store().state
    let path = folder.file("m.safetensors")
    try ModelFile(
      detector: try #require(fitted.classes.detector), regularization: SmallData.path[2], classNames: []
    ).write(to: path)
    for (chosen, expected) in [(nil, SmallData.path[2]), (SmallData.path[1], SmallData.path[1])] {
      let request = DataRequest(model: path)
      let store = ExplorerStore(state: ExplorerState(request: request, regularization: chosen))
      await store.settle(after: .open(request))
      #expect(store.state.messages.failure == nil)
      #expect(store.state.setting.regularization == expected)
      #expect(store.state.classes.summaries.count == 3)
    }
  }
}
