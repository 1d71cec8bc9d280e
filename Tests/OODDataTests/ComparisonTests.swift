import Foundation
import LinearAlgebra
import OODDetection
import Synchronization
import TestData
import Testing

@testable import OODData

@Suite("Comparison of settings and baselines")
struct ComparisonTests {
  /// Small data whose OOD samples are two sets in one group and a third one.
  private static let data: DataSet = {
    var data = SmallData.dataSet(testCount: 8)
    let labels = data.test?.labels ?? []
    let names = ["near/a", "near/b", "far"]
    data.test?.oodSets = OODSets(
      labels.indices.map { labels[$0] < 0 ? OODSet(names[$0 % 3]) : nil })
    return data
  }()

  private func compare(_ request: ComparisonRequest) async throws -> Comparison {
    try await DetectorPipeline(threadCount: 2).compare(Self.data, request)
  }

  private func request(
    _ settings: [ComparisonRequest.NamedSetting] = ComparisonRequest.usualSettings, proposes: Bool = false,
    baselines: [Baseline] = []
  ) -> ComparisonRequest {
    var request = ComparisonRequest(settings)
    (request.proposes, request.baselines) = (proposes, baselines)
    return request
  }

  /// Each row is what a detector of its own gives, computed another way: without spectra.
  @Test func rowsAreThoseOfOneDetectorEach() async throws {
    var settings = ComparisonRequest.usualSettings
    settings.append(
      .init(DetectorSetting(fit: FitSetting(pooling: .tied), regularization: try Regularization(0.1))))
    let comparison = try await compare(request(settings, baselines: [.knn]))
    #expect(comparison.rows.map(\.name) == settings.map(\.name) + ["knn"])
    #expect(comparison.omissions.isEmpty)
    let pipeline = DetectorPipeline(threadCount: 1)
    let test = try #require(Self.data.test)
    for row in comparison.rows.dropLast() {
      let setting = try #require(row.setting)
      let detector = try await pipeline.detector(
        for: OpenedData(data: Self.data), at: SettingChoice(setting))
      let scores = try #require(try await pipeline.scores(of: Self.data, [.test], by: detector).test)
      let expected = try test.evaluation(of: scores.values(setting.score))
      for (index, metrics) in expected.metrics.enumerated() {
        let found = row.evaluation.metrics[index].metrics
        #expect(abs(found.auroc - metrics.metrics.auroc) < 1e-12, "\(row.name)")
        #expect(abs(found.fpr95ID - metrics.metrics.fpr95ID) < 1e-12, "\(row.name)")
      }
      let labels = try #require(test.labels)
      #expect(row.accuracy == scores.accuracy(labels: labels, classLabels: detector.classLabels))
      let train = try #require(Self.data.train)
      let spectral = try await pipeline.fit(Self.data, setting: setting.fit)
      let path = try await spectral.leaveOneOut(
        train.rows, labels: train.labels ?? [], along: [setting.regularization])
      #expect(abs((row.leaveOneOutNLL ?? .nan) - path.meanNLL[0]) < 1e-9)
    }
    let last = try #require(comparison.rows.last)
    #expect(last.setting == nil && last.leaveOneOutNLL == nil && last.accuracy == nil)
    let scores = try await pipeline.baseline(.knn, of: Self.data)
    #expect(last.evaluation == (try test.evaluation(of: scores)))
  }

  @Test func theProposedSettingIsThatOfTheMap() async throws {
    let comparison = try await compare(request(proposes: true))
    let pipeline = DetectorPipeline(threadCount: 1)
    var map = try await pipeline.map(
      Self.data, setting: .standard, along: RegularizationPath.standard)
    map.refinedPlace = try await pipeline.refined(map, Self.data, setting: .standard)
    let place = try #require(map.proposed)
    let row = try #require(comparison.rows.first { $0.name == "proposed" })
    #expect(row.setting?.fit == FitSetting(pooling: place.pooling))
    #expect(row.setting?.regularization == place.regularization)
    #expect(
      comparison.rows.map(\.name) == ["default", "proposed", "tied Mahalanobis", "RMD", "L2-normalized"])
    #expect(comparison.leaveOneOutChoice?.name == "proposed")
  }

  /// A map and fits that are known already, and other maps, give the same rows.
  @Test func knownResultsChangeNothing() async throws {
    let pipeline = DetectorPipeline(threadCount: 2)
    let plain = try await compare(request(proposes: true))
    var map = try await pipeline.map(
      Self.data, setting: .standard, along: RegularizationPath.standard,
      poolings: [.none, try Pooling(0.02), .tied])
    let fits = [
      try await pipeline.fit(Self.data, setting: .standard),
      try await pipeline.fit(Self.data, setting: FitSetting(pooling: .tied)),
    ]
    for refines in [false, true] {
      if refines {
        map = try await pipeline.map(Self.data, setting: .standard, along: RegularizationPath.standard)
        map.refinedPlace = try await pipeline.refined(map, Self.data, setting: .standard)
      }
      let found = try await pipeline.compare(
        Self.data, request(proposes: true), known: .init(detectors: fits, map: map))
      #expect(found.rows.map(\.name) == plain.rows.map(\.name))
      for (row, expected) in zip(found.rows, plain.rows) {
        #expect(row.subject == expected.subject && row.accuracy == expected.accuracy)
        #expect(abs((row.leaveOneOutNLL ?? .nan) - (expected.leaveOneOutNLL ?? .nan)) < 1e-9)
        #expect(row.evaluation == expected.evaluation)
      }
    }
  }

  @Test func everyRowIsReportedAsItIsComputed() async throws {
    let reported = Mutex<[String]>([])
    let found = try await DetectorPipeline(threadCount: 2).compare(
      Self.data, request(proposes: true, baselines: [.knn]),
      row: { row in reported.withLock { $0.append(row.name) } })
    #expect(reported.withLock { Set($0) } == Set(found.rows.map(\.name)))
    // The proposal takes longest.
    #expect(reported.withLock { $0.last } == "proposed")
  }

  /// Drawing takes time, so every row comes without intervals first.
  @Test func rowsWithIntervalsAreReportedTwice() async throws {
    let reported = Mutex<[Comparison.Row]>([])
    var wanted = request(baselines: [.knn])
    wanted.drawsIntervals = true
    let found = try await DetectorPipeline(threadCount: 2).compare(
      Self.data, wanted, row: { row in reported.withLock { $0.append(row) } })
    let test = try #require(Self.data.test)
    #expect(found.rows.count == 5)
    for row in found.rows {
      let reports = reported.withLock { $0.filter { $0.name == row.name }.map(\.evaluation) }
      #expect(reports.count == 2 && reports[1] == row.evaluation)
      #expect(reports[0].pooled.bootstrap == nil && reports[1].pooled.bootstrap != nil)
      #expect(reports[0].metrics.map(\.metrics) == reports[1].metrics.map(\.metrics))
    }
    let scores = try await DetectorPipeline(threadCount: 1).baseline(.knn, of: Self.data)
    let expected = try await test.addingIntervals(to: try test.evaluation(of: scores), of: scores)
    #expect(found.rows.last?.evaluation == expected)
  }

  /// 24 ID samples against each of three sets of 5 OOD samples in all, and all 29 samples.
  @Test func scoresOfIDSamplesCountOnceForEachSet() {
    #expect(Self.data.test?.oodSets?.judgedScoreCount == 3 * 24 + 5 + 29)
    #expect(SmallData.dataSet(testCount: 8).test?.oodSets?.judgedScoreCount == 29)
  }

  @Test func withoutARowAllReasonsAreKnownOnRequest() async throws {
    var wanted = request([], baselines: [.msp, .vim])
    wanted.needsRow = false
    let found = try await compare(wanted)
    #expect(found.rows.isEmpty && found.omissions.map(\.name) == ["msp", "vim"])
  }

  @Test func columnsAreSetsGroupsMeanAndPooled() async throws {
    let comparison = try await compare(request())
    #expect(
      comparison.columns.map(comparison.title) == [
        "far", "near/a", "near/b", "near (mean)", "mean", "pooled",
      ])
    let row = comparison.rows[0]
    let sets = (0..<3).map { row.value(in: .set($0), .auprIn) }
    #expect(abs(row.value(in: .mean, .auprIn) - sets.reduce(0, +) / 3) < 1e-15)
    #expect(abs(row.value(in: .group("near"), .auprIn) - (sets[1] + sets[2]) / 2) < 1e-15)
    #expect(row.interval(in: .mean, .auroc) == nil)
  }

  @Test func bestAndNearBestAreMarked() async throws {
    let labels = (0..<40).map { $0 < 20 ? 0 : -1 }
    let split = DataSplit(rows: Matrix(rowCount: 40, columnCount: 1), labels: labels)
    /// Scores that rank `wrong` OOD samples below all ID samples.
    func row(_ name: String, wrong: Int) throws -> Comparison.Row {
      let scores = (0..<40).map { $0 < 20 ? Double($0) : $0 < 20 + wrong ? -1 : 100 }
      return Comparison.Row(
        name: name, subject: .baseline(.knn), evaluation: try split.evaluation(of: scores))
    }
    let comparison = Comparison(
      rows: [
        try row("middle", wrong: 2), try row("best", wrong: 1), try row("worst", wrong: 15),
        try row("too", wrong: 1),
      ])
    #expect(comparison.columns == [.set(0)])
    #expect(
      comparison.standings(in: .set(0), by: .auroc) == [.withinInterval, .best, .behind, .best])
    // Without an interval, only the best is marked. A lower false-positive rate is better.
    #expect(comparison.standings(in: .set(0), by: .fpr95ID) == [.behind, .best, .behind, .best])
    // Of 20 OOD samples one is missed. In draws it is drawn at least twice with a probability of 26 %, and then 95 % of
    // them are found below all ID samples only: the interval reaches 1. At 95 % of the ID samples, the share of missed
    // ones is that of a binomial distribution, of which 97.5 % lie up to 3 of 20.
    var drawn = comparison
    for place in drawn.rows.indices {
      let wrong = [2, 1, 15, 1][place]
      let scores = (0..<40).map { $0 < 20 ? Double($0) : $0 < 20 + wrong ? -1 : 100 }
      drawn.rows[place].evaluation = try await split.addingIntervals(
        to: drawn.rows[place].evaluation, of: scores)
    }
    #expect(
      drawn.standings(in: .set(0), by: .fpr95TPR) == [.withinInterval, .best, .withinInterval, .best])
    #expect(drawn.standings(in: .set(0), by: .fpr95ID) == [.withinInterval, .best, .behind, .best])
    let report = ComparisonReport(comparison)
    #expect(report.paperTable.columns == ["AUROC", "OOD"])
    #expect(report.paperTable.rows.map { $0[1].plainText } == ["90.0+", "95.0*", "25.0", "95.0*"])
    #expect(comparison.leaveOneOutChoice == nil)
  }

  @Test func aRowThatCannotBeComputedIsLeftOutWithItsReason() async throws {
    var data = Self.data
    // A feature that does not vary, so that covariances are singular at λ = 0.
    func widened(_ split: DataSplit?) throws -> DataSplit? {
      guard var split else { return nil }
      let rows = try split.rows.matrix(at: Array(0..<split.count))
      split.rows = Matrix(
        rowCount: split.count, columnCount: 4,
        elements: (0..<split.count).flatMap { Array(rows.row($0)) + [1] })
      return split
    }
    data.train = try widened(data.train)
    data.test = try widened(data.test)
    let singular = DetectorSetting(regularization: try Regularization(0))
    let found = try await DetectorPipeline().compare(
      data, request([.init("default", .standard), .init("singular", singular)], baselines: [.msp]))
    #expect(found.rows.map(\.name) == ["default"])
    #expect(found.omissions.map(\.name) == ["singular", "msp"])
    let report = ComparisonReport(found)
    #expect(report.notes.contains { $0.hasPrefix("singular is left out: ") })
    #expect(report.omissionNotes.count == 2)
    let json = try #require(
      JSONSerialization.jsonObject(with: Data(report.json().utf8)) as? [String: Any])
    let leftOut = try #require(json["leftOut"] as? [[String: String]])
    #expect(leftOut.map { $0["name"] } == ["singular", "msp"])
    #expect(leftOut.map { $0["reason"] } == found.omissions.map { "\($0.reason)" })
    await #expect(throws: DetectorError.self) {
      try await DetectorPipeline().compare(data, request([.init("singular", singular)]))
    }
  }

  @Test func metricsThatAreMissingAreAnError() async {
    await #expect(throws: MissingMetrics.unavailable(.noOutOfDistribution)) {
      try await DetectorPipeline().compare(SmallData.dataSet(hasOutOfDistribution: false))
    }
  }

  @Test func jsonHasTheAgreedNames() async throws {
    let report = ComparisonReport(try await compare(request(baselines: [.knn])))
    let json = try #require(
      JSONSerialization.jsonObject(with: Data(report.json().utf8)) as? [String: Any])
    #expect(Set(json.keys) == ["schemaVersion", "rows", "leftOut"])
    #expect((json["leftOut"] as? [Any])?.isEmpty == true)
    let rows = try #require(json["rows"] as? [[String: Any]])
    for row in rows {
      #expect(
        Set(row.keys) == [
          "name", "setting", "leaveOneOutNLL", "accuracy", "pooled", "mean", "groups", "sets",
        ])
      let sets = try #require(row["sets"] as? [[String: Any]])
      #expect(sets.map { $0["name"] as? String } == ["far", "a", "b"])
      for figures in sets + [row["pooled"], row["mean"]].compactMap({ $0 as? [String: Any] }) {
        #expect(Set(MetricName.allCases.map(\.rawValue)).isSubset(of: figures.keys))
      }
    }
    #expect(rows.last?["setting"] is NSNull)
    #expect((rows[1]["setting"] as? [String: Any])?["pooling"] as? Double == 1)
    #expect(report.table.columns.prefix(4) == ["name", "options", "leaveOneOutNLL", "accuracy"])
    #expect(report.table.rows[1][1] == .text("--pooling 1 --score mahalanobis"))
  }

  @Test func cancellationEndsTheComparison() async throws {
    let task = Task { try await compare(request(proposes: true)) }
    task.cancel()
    await #expect(throws: CancellationError.self) { try await task.value }
  }
}
