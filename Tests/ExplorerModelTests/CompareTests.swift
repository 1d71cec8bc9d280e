import Foundation
import OODData
import OODDetection
import TestData
import Testing

@testable import ExplorerModel

/// Settings and baselines on every OOD set, in the explorer.
@Suite("Compare") @MainActor struct CompareTests {
  private func store(_ data: DataSet = SmallData.dataSet(), after actions: [Action] = []) async
    -> ExplorerStore
  {
    let store = await SmallData.store(data)
    await store.settle(afterEach: actions)
    return store
  }

  /// Small data whose OOD samples are two sets in one group and a third one.
  private var dividedData: DataSet {
    var data = SmallData.dataSet(testCount: 8)
    let labels = data.test?.labels ?? []
    let names = ["near/a", "near/b", "far"]
    data.test?.oodSets = OODSets(labels.indices.map { labels[$0] < 0 ? OODSet(names[$0 % 3]) : nil })
    return data
  }

  private let visits: [Action] = [.cycleScore, .stepPooling(1), .show(.compare)]
  private let usual = ["default", "proposed", "tied Mahalanobis", "RMD", "L2-normalized"]

  private func request(_ effects: [Effect]) -> ComparisonRequest? {
    for case .compare(_, let request, _) in effects { return request }
    return nil
  }

  @Test func usualAndShownSettingsAndBaselinesAreRows() async throws {
    let store = await store(dividedData, after: visits)
    let compare = store.state.compare
    #expect(
      compare.rows.map(\.title) == usual + [
        "λ = 1e-03, nll", "λ = 1e-03, mahalanobis", "α 0.01, λ = 1e-03, mahalanobis", "knn",
      ])
    #expect(compare.missingCount == 0 && compare.rows.allSatisfy { $0.failure == nil })
    // Each row is what the command computes for it alone.
    let samples = try #require(store.state.data.dataSet)
    for entry in compare.rows {
      var request = ComparisonRequest(entry.setting.map { [.init(entry.name, $0)] } ?? [])
      (request.proposes, request.baselines) = (false, entry.baseline.map { [$0] } ?? [])
      let alone = try await DetectorPipeline(threadCount: 1).compare(samples, request)
      let (row, expected) = (try #require(entry.row), try #require(alone.rows.first))
      #expect(row.name == expected.name && row.subject == expected.subject)
      for column in alone.columns {
        for metric in MetricName.allCases {
          #expect(abs(row.value(in: column, metric) - expected.value(in: column, metric)) < 1e-12)
        }
      }
      #expect(row.accuracy == expected.accuracy)
      #expect((row.leaveOneOutNLL == nil) == (expected.leaveOneOutNLL == nil))
      #expect(abs((row.leaveOneOutNLL ?? 0) - (expected.leaveOneOutNLL ?? 0)) < 1e-9)
    }
  }

  /// By every metric, with the intervals of the command.
  @Test func rowsWithinTheIntervalOfTheBestAreKnown() async throws {
    let store = await store(dividedData, after: [.show(.compare)])
    let samples = try #require(store.state.data.dataSet)
    var request = ComparisonRequest([.init("default", .standard)])
    (request.proposes, request.baselines, request.drawsIntervals) = (false, [], true)
    let expected = try #require(
      try await DetectorPipeline(threadCount: 1).compare(samples, request).rows.first)
    let row = try #require(store.state.compare.rows.first { $0.setting == .standard }?.row)
    for metric in MetricName.allCases {
      #expect(store.state.compare.metric == metric && store.state.compare.hasIntervals)
      for column in store.state.compare.comparison.columns {
        let interval = expected.interval(in: column, metric)
        #expect(row.interval(in: column, metric) == interval)
        // That of the AUROC needs two samples, of which one of the sets has one.
        let isMean = [.mean, .group("near")].contains(column)
        #expect(metric == .auroc || (interval == nil) == isMean)
      }
      store.send(.cycleComparedMetric(offset: 1))
    }
  }

  @Test func intervalsOfManySamplesAreLeftToTheCommand() async throws {
    var compare = CompareState()
    let limit = CompareState.intervalWork / BootstrapIntervals.drawCount
    #expect(compare.nextRequest(scoreCount: limit)?.drawsIntervals == true)
    #expect(compare.nextRequest(scoreCount: limit + 1)?.drawsIntervals == false)
    // Without them, only the AUROC has one.
    let plain = try await DetectorPipeline(threadCount: 1).compare(
      dividedData, ComparisonRequest([.init("default", .standard)]))
    for row in plain.rows { compare.take(row) }
    #expect(compare.hasIntervals)
    compare.cycleMetric(by: 1)
    #expect(!compare.hasIntervals)
  }

  @Test func rowsAreComputedOnDemandAndOnce() async {
    let store = await store(after: [.cycleScore])
    #expect(store.state.compare.rows.allSatisfy { $0.isMissing })
    var state = store.state
    let first = request(state.apply(.show(.compare)))
    #expect(first?.settings.count == 6 && first?.proposes == true && first?.baselines == [.knn])
    #expect(request(state.apply(.move(.lines(1)))) == nil, "it is running")
    await store.settle(afterEach: [.show(.compare), .show(.scores), .cycleScore])
    state = store.state
    #expect(state.compare.missingCount == 1)
    let second = request(state.apply(.show(.compare)))
    #expect(second?.settings.map(\.setting) == [state.setting.current])
    #expect(second?.proposes == false && second?.baselines == [])
    await store.settle(after: .show(.compare))
    state = store.state
    #expect(request(state.apply(.show(.compare))) == nil)
  }

  @Test func rowsAppearWhileOthersAreComputed() async throws {
    let done = await store(after: [.show(.compare)])
    var state = await store().state
    _ = state.apply(.show(.compare))
    let row = try #require(done.state.compare.rows.last?.row)
    _ = state.apply(.comparedRow(row))
    #expect(state.compare.rows.last?.row != nil && state.compare.missingCount == 6)
    #expect(state.tasks[.compare] != nil)
    #expect(state.compare.comparison.rows.map(\.name) == ["knn"])
  }

  @Test func theProposedRowTakesTheTuningMapAndReplacesTheSameShownSetting() async throws {
    let first = await store(after: [.show(.compare)])
    let proposed = try #require(first.state.compare.rows[1].setting)
    #expect(first.state.compare.comparison.leaveOneOutChoice?.name == "proposed")
    // The user came upon the same setting: it stays one row, and stays selected.
    var state = await store(after: [.choose(SettingChoice(proposed))]).state
    _ = state.apply(.show(.compare))
    #expect(state.compare.rows.filter { $0.setting == proposed }.count == 1)
    _ = state.apply(.selectRow(try #require(state.compare.rows.firstIndex { $0.setting == proposed })))
    _ = state.apply(.comparedRow(try #require(first.state.compare.rows[1].row)))
    #expect(state.compare.rows.filter { $0.setting == proposed }.map(\.name) == ["proposed"])
    #expect(state.compare.selected?.name == "proposed")
    _ = state.apply(.move(.lines(1)))
    #expect(state.compare.rows.filter { $0.setting == proposed }.count == 1)
  }

  @Test func enterTakesTheSettingOfTheRow() async throws {
    let store = await store(after: visits)
    let count = store.state.compare.rows.count
    await store.settle(afterEach: [.selectRow(3), .enter])
    #expect(store.state.setting.fit.pooling == .tied)
    #expect(store.state.setting.score == .relativeMahalanobis)
    #expect(store.state.compare.rows.count == count, "a setting that is a row becomes no second one")
    let before = store.state.setting.current
    await store.settle(afterEach: [.move(.toEnd), .enter])
    #expect(store.state.setting.current == before)
    #expect(store.state.messages.notice?.text.contains("knn") == true)
  }

  @Test func columnsSortBothWaysAndUnknownNumbersComeLast() async throws {
    let store = await store(dividedData, after: visits + [.sortComparison(by: .metric(.set(0)))])
    var metric: MetricName { store.state.compare.metric }
    func values() -> [Double] { store.state.compare.rows.compactMap { $0.row?.value(in: .set(0), metric) } }
    #expect(values() == values().sorted(by: >))
    store.send(.invertSort)
    #expect(values() == values().sorted())
    store.send(.sortComparison(by: .metric(.set(0))))
    #expect(values() == values().sorted(by: >))
    // Lower is better: the best stay on top.
    store.send(.cycleComparedMetric(offset: -1))
    #expect(metric == .fpr95ID)
    #expect(values() == values().sorted())
    store.send(.sortComparison(by: .leaveOneOut))
    for isAscending in [true, false] {
      let losses = store.state.compare.rows.compactMap { $0.row?.leaveOneOutNLL }
      #expect(losses == losses.sorted { isAscending ? $0 < $1 : $0 > $1 })
      #expect(store.state.compare.rows.last?.baseline == .knn)
      store.send(.invertSort)
    }
    // Around the columns.
    let columns = store.state.compare.columns
    #expect(columns.count == 9)
    for step in 1...columns.count {
      store.send(.sortByNeighbor(offset: 1))
      #expect(store.state.compare.sort.column == columns[(1 + step) % columns.count])
    }
  }

  @Test func findingAnOODSetSortsByIt() async {
    let store = await store(dividedData, after: visits)
    for text in ["NEAR/", "n"] {
      store.send(.ask(.find), .editText(.insert(text)), .submitPrompt)
      if text == "NEAR/" {
        #expect(store.state.compare.sort.column == .metric(.set(1)))
        store.send(.findNext(forward: true))
        #expect(store.state.compare.sort.column == .metric(.set(2)))
        store.send(.findNext(forward: true))
        #expect(store.state.compare.sort.column == .metric(.set(1)))
      }
    }
    #expect(store.state.compare.sort.isAscending == false)
  }

  @Test func theCommandLineOfARowIsCopied() async throws {
    var data = SmallData.dataSet()
    data.files = []
    let store = await store(data, after: visits)
    var copied: [String] = []
    store.onCopy = { copied.append($0) }
    for row in [7, 8, 1] {
      store.send(.selectRow(row), .copySelection)
    }
    store.send(.show(.tuning), .copySelection)
    try #require(copied.count == 4)
    #expect(
      copied[3] == "gmmscope evaluate"
        + store.state.setting.current.commandLineOptions.map { " " + $0 }.joined())
    #expect(copied[0] == "gmmscope evaluate --pooling 0.01 --reg 1e-03 --score mahalanobis")
    #expect(copied[1] == "gmmscope compare --no-proposal --baseline knn")
    #expect(copied[2].hasPrefix("gmmscope evaluate --"))
  }

  @Test func theExportIsTheReportOfTheCommand() async throws {
    let folder = try ScratchFolder()
    let store = await store(dividedData, after: visits + [.cycleComparedMetric(offset: 1)])
    let request = try #require(store.state.exportRequest(to: folder.file("x.csv")))
    let report = try #require(request.report as? ComparisonReport)
    #expect(report.metric == .auprIn && report.comparison.rows.count == 9)
    for (ending, expected) in [
      ("csv", "name,options,leaveOneOutNLL"), ("JSON", "\"leftOut\""), ("md", "| AUPR-IN | far |"),
      ("tex", "\\begin{tabular}"),
    ] {
      await store.export(to: folder.file("table.\(ending)"))
      let text = try String(contentsOfFile: folder.file("table.\(ending)"), encoding: .utf8)
      #expect(text.contains(expected) && text.hasSuffix("\n"), "\(ending)")
      #expect(store.state.messages.notice?.text.contains("9 rows") == true)
    }
  }

  @Test func cancellingKeepsRowsAndResumesWhenShown() async throws {
    let store = await store(after: [.cycleScore])
    let known = await self.store(after: [.show(.compare)])
    await store.settle(
      after: .show(.compare), .comparedRow(try #require(known.state.compare.rows.last?.row)), .cancelTask)
    #expect(store.state.compare.isPaused && store.state.compare.missingCount == 7)
    store.send(.move(.lines(1)))
    #expect(store.state.tasks[.compare] == nil)
    await store.settle(after: .show(.compare))
    #expect(store.state.compare.missingCount == 0 && !store.state.compare.isPaused)
  }

  @Test func reloadingDropsTheNumbersAndKeepsTheSettings() async {
    let store = await store(
      dividedData, after: visits + [.sortComparison(by: .metric(.mean)), .show(.scores)])
    let before = store.state.compare.rows.compactMap(\.setting)
    await store.settle(after: .loaded(SmallData.dataSet(), model: nil))
    let compare = store.state.compare
    #expect(compare.rows.allSatisfy { $0.isMissing })
    #expect(compare.sort.column == .order)
    // The proposed setting belongs to the data.
    #expect(compare.rows.compactMap(\.setting).count == before.count - 1)
    await store.settle(after: .show(.compare))
    #expect(store.state.compare.missingCount == 0)
    #expect(store.state.compare.columns.count == 4)
  }

  @Test func rowsThatCannotBeComputedSayWhy() async throws {
    // Without two samples of a class there is no leave-one-out.
    var data = SmallData.dataSet()
    data.train = SmallData.split(perClass: 1, outCount: 0, phase: 0)
    let store = await store(data, after: [.show(.compare)])
    let proposed = try #require(store.state.compare.rows.first { $0.name == "proposed" })
    #expect(proposed.failureText?.contains("at least two training samples") == true)
    #expect(store.state.compare.missingCount == 0)
    #expect(store.state.compare.comparison.omissions.map(\.name).contains("proposed"))
    // An error of the whole comparison is that of every row that is missing.
    var state = await self.store(after: [.cycleScore]).state
    _ = state.apply(.show(.compare))
    _ = state.apply(.failed(.compare, Failure("no memory")))
    #expect(state.compare.rows.allSatisfy { $0.failureText == "no memory" })
    #expect(state.messages.failure == nil)
  }

  @Test func rowsNeedSamplesOfBothKinds() async {
    let store = await store(SmallData.dataSet(hasOutOfDistribution: false), after: [.show(.compare)])
    #expect(store.state.tasks[.compare] == nil)
    #expect(store.state.compare.comparison.rows.isEmpty)
  }

  @Test func manyShownSettingsDropTheOldestButThePinnedOne() throws {
    var compare = CompareState()
    let settings = try (0..<(CompareState.settingLimit + 3)).map {
      DetectorSetting(regularization: try Regularization(1 + Double($0)))
    }
    for setting in settings { compare.add(setting, keeping: [settings[0]]) }
    let kept = compare.rows.filter { !$0.isUsual }.compactMap(\.setting)
    #expect(kept.count == CompareState.settingLimit)
    #expect(kept.first == settings[0] && kept[1] == settings[4] && kept.last == settings.last)
  }

  @Test func scoresAreExportedBySetAndBySample() async throws {
    let store = await store(dividedData, after: [.show(.scores)])
    let metrics = try #require(store.state.exportRequest(to: "x.md")?.report as? EvaluationReport)
    let samples = try #require(store.state.data.dataSet?.test)
    let scored = try #require(store.state.scores.scored?.test)
    let expected = try samples.evaluation(of: scored.values(store.state.setting.score))
    #expect(metrics.evaluation == expected)
    #expect(metrics.accuracy == scored.accuracy(labels: samples.labels ?? [], classLabels: [0, 1, 2]))
    let scores = try #require(store.state.exportRequest(to: "x.csv", subject: .scores)?.report)
    #expect(scores.table.rows.count == samples.count)
    // With one set, ^S writes the scores too.
    let single = await self.store(after: [.show(.scores)])
    #expect(single.state.exportRequest(to: "x.csv")?.report is ScoresReport)
    store.send(.ask(.export))
    let prompt = try #require(store.state.prompt)
    #expect(prompt.text == "gmmscope-metrics.csv")
  }

  @Test func thePathIsExportedWithItsSets() async throws {
    let store = await store(dividedData, after: [.show(.tuning)])
    let table = try #require(store.state.exportRequest(to: "x.csv")?.report?.table)
    #expect(table.columns.suffix(4) == ["meanAUROC", "AUROC far", "AUROC near/a", "AUROC near/b"])
    let sweep = try #require(store.state.tuning.sweep)
    let values = try #require(sweep.setAUROC[.negativeLogLikelihood])
    for (row, sets) in zip(table.rows, values) {
      #expect(Array(row.suffix(3)) == sets.map(ReportValue.number))
      #expect(row[row.count - 4] == .number(sets.reduce(0, +) / 3))
    }
    let single = await self.store(after: [.show(.tuning)])
    #expect(
      single.state.exportRequest(to: "x.csv")?.report?.table.columns.contains("meanAUROC") == false)
  }
}
