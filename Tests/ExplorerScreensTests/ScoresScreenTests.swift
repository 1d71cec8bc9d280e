import ExplorerModel
import LinearAlgebra
import OODData
import OODDetection
import TestData
import Testing
import TerminalRendering

@testable import ExplorerScreens

@MainActor @Suite struct ScoresScreenTests {
  @Test func matchesSnapshots() async throws {
    let state = await Fixture.state(after: [.show(.scores)])
    try Snapshot.expect(ScoresScreen.picture(of: state, size: ScreenSize.large), named: "scores-120x40")
    try Snapshot.expect(ScoresScreen.picture(of: state, size: ScreenSize.usual), named: "scores-80x24")
    try Snapshot.expect(ScoresScreen.picture(of: state, size: ScreenSize.least), named: "scores-60x16")
    try Snapshot.expect(
      ScoresScreen.picture(of: state, size: ScreenSize.usual, capabilities: Fixture.ascii),
      named: "scores-80x24-ascii")
    let narrowed = await Fixture.state(
      after: [.show(.scores), .cycleScore, .toggleLogCounts, .cycleClassFilter(offset: 1)])
    try Snapshot.expect(
      ScoresScreen.picture(of: narrowed, size: ScreenSize.large), named: "scores-class-120x40")
  }

  @Test func drawsAtEverySize() async {
    let state = await Fixture.state(after: [.show(.scores)])
    for canvas in ScoresScreen.drawAtManySizes(state)
    where canvas.size.width >= 58 && canvas.size.height >= 13 {
      #expect(canvas.plainText().contains("threshold"), "at \(canvas.size)")
    }
  }

  @Test(arguments: [ScreenSize.large, ScreenSize.usual, ScreenSize.least])
  func clickMovesTheThresholdToThePointer(size: Size) async throws {
    let state = await Fixture.state(after: [.show(.scores)])
    let range = try #require(state.scores.shownAxis).range
    var last = -Double.infinity
    for x in [12, 20, 30] {
      guard
        case .setThreshold(let value)? = ScoresScreen.actions(.press, x: x, y: 4, in: state, size: size).first
      else {
        Issue.record("no threshold at column \(x)")
        continue
      }
      #expect(range.contains(value))
      #expect(value > last)
      last = value
      let moved = state.awaiting(.setThreshold(value))
      #expect(ScoresScreen.picture(of: moved, size: size)[x, 4].text == "│")
    }
  }

  @Test func clicksBesideTheHistogramDoNothing() async {
    let state = await Fixture.state(after: [.show(.scores)])
    for (x, y) in [(0, 0), (1, 5), (100, 5), (20, 35)] {
      #expect(ScoresScreen.actions(.press, x: x, y: y, in: state, size: ScreenSize.large).isEmpty)
    }
    #expect(ScoresScreen.actions(.wheelUp, x: 20, y: 5, in: state, size: ScreenSize.large).isEmpty)
    #expect(!ScoresScreen.actions(.drag, x: 20, y: 90, in: state, size: ScreenSize.large).isEmpty)
  }

  @Test func scoresOfAnotherRegularizationAreNotShown() async throws {
    let state = await Fixture.state(after: [.show(.scores)])
    let threshold = try #require(state.scores.threshold)
    let text = Appearance(Fixture.unicode).numbers.score(threshold)
    #expect(ScoresScreen.picture(of: state, size: ScreenSize.large).plainText().contains(text))
    let stale = state.awaiting(.setRegularization(try Regularization(0.00123)))
    for size in [ScreenSize.large, ScreenSize.usual, ScreenSize.least] {
      let picture = ScoresScreen.picture(of: stale, size: size).plainText()
      #expect(picture.contains("Scoring every sample at λ = 1.2e-03"))
      #expect(!picture.contains("AUROC"))
      #expect(!picture.contains(text))
    }
    #expect(ScoresScreen.actions(.press, x: 20, y: 5, in: stale, size: ScreenSize.large).isEmpty)
  }

  @Test func showsWhyMetricsAreMissingWithoutOutOfDistributionSamples() async {
    let state = await Fixture.state(Fixture.dataSet(hasOutOfDistribution: false), after: [.show(.scores)])
    let picture = ScoresScreen.picture(of: state, size: ScreenSize.large).plainText()
    #expect(picture.contains("No metrics: no out-of-distribution"))
    #expect(picture.contains("95th percentile"))
    #expect(!picture.contains("ROC"))
  }

  @Test func showsTrainingSamplesWithoutATestSplit() async {
    let state = await Fixture.state(Fixture.dataSet(hasTest: false), after: [.show(.scores)])
    let picture = ScoresScreen.picture(of: state, size: ScreenSize.large).plainText()
    #expect(picture.contains("95th percentile"))
    #expect(picture.contains("train 190"))
    #expect(!picture.contains("mislead"))
  }

  @Test func showsThatNoFilesAreOpen() {
    let picture = ScoresScreen.picture(of: ExplorerState(), size: ScreenSize.usual).plainText()
    #expect(picture.contains("No files are open."))
  }

  @Test func trainingScoresFarBelowHeldOutOnesAreAGap() throws {
    let train = (0..<100).map(Double.init)
    func gap(_ train: [Double], _ heldOut: [Double]) -> TrainingScoreGap? {
      TrainingScoreGap(ScoreDistribution(sorted: [.train: train, .inDistribution: heldOut]))
    }
    #expect(gap(train, train) == nil)
    #expect(gap(Array(train.prefix(10)), train.map { $0 + 1000 }) == nil)
    let gap = try #require(gap(train, train.map { $0 + 50 }))
    #expect(gap.trainMedian == 50)
    #expect(gap.heldOutMedian == 100)
    #expect(gap.rejectedShare == 0.55)
  }

  @Test func thinnedCurveKeepsItsEndsAndItsShape() {
    var random = SplitMix64(seed: 5)
    let flags = (0..<20_000).map { $0 % 3 == 0 }
    let scores = flags.map { random.nextNormal() + ($0 ? 1 : 0) }
    let curve = ROCCurve(scores: scores, isOutOfDistribution: flags)
    let (xs, ys) = (curve.falsePositiveRates, curve.truePositiveRates)
    let kept = ROCChart.thinned(xs, ys)
    #expect(kept.first == 0)
    #expect(kept.last == curve.thresholds.count - 1)
    #expect(kept.count <= 1002)
    for (before, after) in zip(kept, kept.dropFirst()) {
      #expect(xs[after] - xs[before] <= 0.003)
      #expect(ys[after] - ys[before] <= 0.003)
    }
  }

  /// The model counts along the axis that the chart draws, so both must use the same columns.
  @Test(arguments: ScoreRange.allCases)
  func columnsStandWhereTheirScoresAreCounted(range: ScoreRange) async throws {
    var state = await Fixture.state(after: [.show(.scores)])
    while state.scores.shownRange != range { state = state.awaiting(.cycleScoreRange) }
    let rect = Rect(x: 3, y: 0, width: 80, height: 20)
    let appearance = Appearance(Fixture.unicode)
    let chart = try #require(ScoreHistogramChart(state, rect: rect, appearance: appearance)).chart
    let axis = try #require(state.scores.shownAxis)
    let drawn = (rect.x..<rect.maxX).compactMap {
      chart.value(atColumn: $0, in: rect, appearance: appearance)
    }
    #expect(drawn.count > 60)
    for (column, value) in drawn.enumerated() {
      #expect(abs(axis.part(of: value) - (Double(column) + 0.5) / Double(drawn.count)) < 1e-9)
    }
  }

  @Test func captionShowsTheRangeAndFooterTheNextOne() async throws {
    var state = await Fixture.state(after: [.show(.scores)])
    let titles = ["log scores", "central range", "full range", "log scores"]
    for (shown, next) in zip(titles, titles.dropFirst()) {
      let picture = Explorer.draw(state, size: ScreenSize.large, capabilities: Fixture.unicode).plainText()
      #expect(picture.contains("% of samples per bin · \(shown) ·"))
      #expect(picture.contains("x \(next)"))
      state = state.awaiting(.cycleScoreRange)
    }
  }

  @Test func countsBelowAndAboveTheRangeDoNotOverlap() async throws {
    let state = await Fixture.state(after: [.show(.scores), .cycleScoreRange])
    #expect(state.scores.shownRange == .central)
    for width in 50...90 {
      let picture = ScoresScreen.picture(of: state, size: Size(width: width, height: 20)).plainText()
      let line = try #require(picture.split(separator: "\n").first { $0.contains("above →") })
      #expect(line.contains(try Regex("(^| {2})[0-9,]+ [^←]*above →")), "\(line)")
    }
  }

  @Test func samplesWithoutLabelsAreOnlyCounted() async throws {
    var data = Fixture.dataSet()
    data.test?.labels = nil
    let state = await Fixture.state(data, after: [.show(.scores)])
    for size in [ScreenSize.large, ScreenSize.least] {
      let picture = ScoresScreen.picture(of: state, size: size).plainText()
      #expect(picture.contains("abelled"))
      #expect(picture.contains("at or above"))
      #expect(!picture.contains("TP ") && !picture.contains("FP "))
    }
    let header = Explorer.draw(state, size: ScreenSize.large, capabilities: Fixture.unicode).lines[0]
    #expect(header.hasSuffix("AUROC needs labels"))
  }

  @Test(arguments: [Screen.classes, .scores, .outliers, .tuning, .distances])
  func everyScreenSaysWhyNothingCouldBeRead(screen: Screen) {
    var state = ExplorerState(request: DataRequest(train: ["gone.npz"]))
    _ = state.apply(.open(state.data.request))
    _ = state.apply(.show(screen))
    _ = state.apply(.failed(.load, Failure("gone.npz: no such file")))
    let picture = Explorer.draw(state, size: ScreenSize.usual, capabilities: Fixture.unicode).plainText()
    #expect(picture.contains("gone.npz: no such file"))
    #expect(picture.contains("^R to reload the files"))
  }
}
