import OODData
import OODDetection
import TestData
import Testing

@testable import ExplorerModel

/// The changes of each feature's state by itself, without the rest of the explorer.
@Suite @MainActor struct FeatureStateTests {
  @Test func settingTakesThatOfAModelWhereTheUserChoseNothing() throws {
    let model = DetectorSetting(
      fit: FitSetting(pooling: try Pooling(0.1), ridgeRule: .oas), regularization: SmallData.path[1],
      score: .mahalanobis)
    let choices = [
      SettingChoice(): model,
      SettingChoice(regularization: SmallData.path[2]): DetectorSetting(
        fit: model.fit, regularization: SmallData.path[2], score: .mahalanobis),
      // A model keeps its normalization and pooling.
      SettingChoice(pooling: .tied, score: .negativeLogLikelihood): DetectorSetting(
        fit: model.fit, regularization: model.regularization, score: .negativeLogLikelihood),
    ]
    for (choice, expected) in choices {
      var setting = SettingState(choice: choice, standard: .standard)
      #expect(setting.current == choice.resolved())
      setting.take(ofModel: model)
      #expect(setting.current == expected && setting.history.undoStack.isEmpty)
    }
  }

  @Test func pendingSettingsTakeWhatIsShownThen() throws {
    var setting = SettingState(choice: SettingChoice(), standard: .standard)
    let pooled = FitSetting(pooling: try Pooling(0.1))
    setting.setPending(.init(fit: pooled))
    #expect(setting.fit == .standard && setting.wantedFit == pooled)
    setting.set(SmallData.path[1])
    setting.setScore(.relativeMahalanobis)
    setting.completePending()
    #expect(
      setting.current
        == DetectorSetting(fit: pooled, regularization: SmallData.path[1], score: .relativeMahalanobis))
    #expect(setting.pending == nil && setting.history.undoStack.count == 3)
    setting.setPending(.init(fit: .standard, direction: .undo))
    setting.completePending()
    #expect(setting.fit == .standard && setting.history.redoStack.count == 1)
    setting.setPending(.init(fit: pooled, direction: .redo))
    setting.completePending()
    #expect(setting.fit == pooled && setting.regularization == SmallData.path[1])
  }

  @Test func keysOfFitsGoThroughTheirValues() throws {
    var fit = FitSetting.standard
    let poolings = (0..<8).map { _ in
      fit = fit.steppingPooling(by: 1)
      return fit.pooling.value
    }
    #expect(poolings == [0.01, 0.03, 0.1, 0.3, 0.6, 1, 1, 1])
    fit.pooling = try Pooling(0.05)
    #expect(fit.steppingPooling(by: -1).pooling.value == 0.03)
    #expect(fit.steppingNormalization(by: 1).normalization.value == 0.5)
    #expect(fit.steppingNormalization(by: -1).normalization == .none)
    #expect(FitSetting.standard.steppingRidgeRule(by: -1).ridgeRule == .ledoitWolf)
  }

  @Test func typedPartsOfASettingAreUnderstood() throws {
    func typed(_ text: String) -> SettingChoice? { SettingChoice(typed: text, at: .standard) }
    #expect(typed(" 1e-3 ") == SettingChoice(regularization: try Regularization(1e-3)))
    #expect(typed("0.01x") == SettingChoice(ridgeRule: .relative, regularization: try Regularization(0.01)))
    #expect(typed("OAS") == SettingChoice(ridgeRule: .oas))
    #expect(
      typed("loo 0.5") == SettingChoice(ridgeRule: .leaveOneOut, regularization: try Regularization(0.5)))
    #expect(typed("a 0.03") == SettingChoice(pooling: try Pooling(0.03)))
    #expect(typed("α=1") == SettingChoice(pooling: .tied))
    #expect(typed("l2") == SettingChoice(normalization: .l2))
    #expect(typed("b .5") == SettingChoice(normalization: try Normalization(0.5)))
    #expect(typed("relative-nll") == SettingChoice(score: .relativeNegativeLogLikelihood))
    for text in ["", "a", "a 2", "b -1", "1 2", "oas x", "x", "1e-3 oas", "l2 1", "nan"] {
      #expect(typed(text) == nil, "‘\(text)’")
    }
  }

  @Test func goingBackForgetsTheChangesSince() {
    var history = History(1)
    for value in [2, 3, 3, 4] { history.set(value) }
    history.undo()
    history.goBack(to: 2)
    #expect(history.current == 2 && history.undoStack == [1] && history.redoStack.isEmpty)
    // A value that was never current is not undone.
    history.goBack(to: 9)
    #expect(history.current == 9 && history.undoStack == [1])
  }

  @Test func classTableKeepsTheSelectionVisible() async throws {
    var classes = await SmallData.store().state.classes
    classes.sort(by: .name)
    classes.move(.toEnd)
    #expect(classes.selected == 2)
    #expect(classes.setFilter("BEE") == nil)
    #expect(classes.visible == [1] && classes.selected == 1)
    classes.openDetail()
    var closed = [classes.goBack()]
    #expect(!classes.isDetailOpen && classes.filter?.text == "BEE")
    closed += [classes.goBack(), classes.goBack()]
    #expect(closed == [true, true, false] && classes.filter == nil)
    classes.select(row: 7)
    #expect(classes.selected == 1)
    // The user's selection stays.
    classes.selectWorst()
    #expect(classes.selected == 1)
  }

  @Test func subsetsWithoutTestSamplesAreSkipped() {
    var outliers = OutliersState()
    func seen(_ count: Int, of data: DataSet) -> [SampleSubset] {
      (0..<count).map { _ in
        outliers.cycleSubset(1, of: data)
        return outliers.subset
      }
    }
    let trainOnly = DataSet(train: SmallData.dataSet().train)
    outliers.begin(with: trainOnly)
    #expect(outliers.subset == .train)
    #expect(seen(4, of: trainOnly) == [.labelErrors, .nearDuplicates, .marked, .train])
    #expect(
      seen(10, of: SmallData.dataSet()) == [
        .missed, .rejected, .nearThreshold, .labelErrors, .nearDuplicates, .marked, .test,
        .testInDistribution,
        .testOutOfDistribution, .train,
      ])
    // A saved model has no training samples to audit.
    let model = DataSet(test: SmallData.dataSet().test)
    #expect(
      seen(7, of: model) == [
        .missed, .rejected, .nearThreshold, .marked, .test, .testInDistribution, .testOutOfDistribution,
      ])
    var unlabelled = SmallData.dataSet()
    unlabelled.test?.labels = nil
    #expect(seen(2, of: unlabelled) == [.train, .labelErrors])
    outliers.cycleSubset(-1, of: unlabelled)
    #expect(outliers.subset == .train)
  }

  /// Training files can hold OOD samples, which are judged together with those of the test files.
  @Test(arguments: [ScoreKind.negativeLogLikelihood, .mahalanobis])
  func scoresAreSortedAsTheirSamplesAreLabelled(kind: ScoreKind) async throws {
    var data = SmallData.dataSet()
    data.train = SmallData.split(perClass: 12, outCount: 7, phase: 0)
    let state = await SmallData.store(data).state
    let scored = try #require(state.scores.scored)
    var scores = ScoresState()
    scores.scored = scored
    _ = scores.refresh(of: data, score: kind)
    func values(_ split: Split, isOut: Bool, nearest: Int? = nil) throws -> [Double] {
      let (samples, found) = (try #require(data[split]), try #require(scored[split]))
      let labels = try #require(samples.labels)
      return found.values(kind).indices.filter { index in
        let isNearest = nearest == nil || Int(found.nearestClass(kind)[index]) == nearest
        return (labels[index] < 0) == isOut && isNearest
      }.map { found.values(kind)[$0] }
    }
    func expectDistribution(_ found: ScoreDistribution?, nearest: Int?) throws {
      let sorted = try #require(found).sorted
      #expect(sorted[.train] ?? [] == (try values(.train, isOut: false, nearest: nearest)).sorted())
      #expect(sorted[.inDistribution] ?? [] == (try values(.test, isOut: false, nearest: nearest)).sorted())
      let outside =
        try values(.train, isOut: true, nearest: nearest) + values(.test, isOut: true, nearest: nearest)
      #expect(sorted[.outOfDistribution] ?? [] == outside.sorted())
    }
    try expectDistribution(scores.overallDistribution, nearest: nil)
    scores.setClassFilter(1, of: data)
    try expectDistribution(scores.shownDistribution, nearest: 1)
    let metrics = try #require(data.test).metrics(of: try #require(scored.test).values(kind))
    #expect(scores.evaluation?.values == metrics)
  }

  @Test func forgottenScoresKeepHowTheyAreDrawn() async throws {
    var scores = await SmallData.store().state.scores
    scores.toggleLogCounts()
    scores.cycleRange()
    scores.setThreshold(3, of: nil)
    #expect(scores.threshold == 3 && scores.thresholdIsChosen)
    scores.setThreshold(.infinity, of: nil)
    #expect(scores.threshold == 3)
    scores.forget()
    #expect(scores.usesLogCounts && scores.scored == nil && scores.threshold == nil)
  }

  @Test func rankChangesAreThoseOfTheRankings() throws {
    let comparison = try #require(
      SettingComparison(
        from: [1, 2, 3, 4, 5, 6], to: [1, 4, 3, 2, 6, 5], limit: 2, moveCount: 3, split: .test
      ) { "\($0)" })
    #expect(comparison.commonCount == 1)
    #expect(comparison.entered.map(\.name) == ["3"] && comparison.left.map(\.name) == ["1"])
    // Equal moves are in input order.
    #expect(comparison.largestMoves.map(\.name) == ["1", "3", "4"])
    #expect(abs(comparison.rankCorrelation - (1 - 6 * 10 / 210.0)) < 1e-15)
  }

  @Test func tasksOfOtherDataAreDiscarded() {
    var tasks = TasksState()
    _ = tasks.start(.listFolder("."))
    _ = tasks.start(.scan(SmallData.dataSet(), model: nil))
    tasks.requested.scores = .standard
    #expect(tasks.longTask?.kind == .scan)
    let kinds = tasks.discardStale().compactMap { if case .discard(let kind) = $0 { kind } else { nil } }
    #expect(kinds.contains(.scan) && kinds.contains(.interpolate) && !kinds.contains(.list))
    #expect(tasks[.scan] == nil && tasks[.list] != nil && tasks.requested == RequestedWork())
  }
}
