import ExplorerModel
import OODData
import OODDetection
import TestData
import Testing
import TerminalRendering

@testable import ExplorerScreens

@MainActor @Suite struct TuningScreenTests {
  private func state(_ data: DataSet = Fixture.dataSet(), after actions: [Action] = []) async -> ExplorerState
  {
    await Fixture.state(data, after: [.show(.tuning)] + actions)
  }

  /// With a pinned setting, and a different current one.
  private func moved() async throws -> ExplorerState {
    await state(after: [.pin, .setRegularization(try Regularization(1e-2))])
  }

  @Test func matchesSnapshots() async throws {
    let state = try await moved()
    try Snapshot.expect(TuningScreen.picture(of: state, size: ScreenSize.large), named: "tuning-120x40")
    try Snapshot.expect(TuningScreen.picture(of: state, size: ScreenSize.usual), named: "tuning-80x24")
    try Snapshot.expect(TuningScreen.picture(of: state, size: ScreenSize.least), named: "tuning-60x16")
    try Snapshot.expect(
      TuningScreen.picture(of: state, size: ScreenSize.large, capabilities: Fixture.ascii),
      named: "tuning-120x40-ascii")
  }

  @Test func drawsAtEverySize() async throws {
    for canvas in TuningScreen.drawAtManySizes(try await moved())
    where canvas.size.width >= 58 && canvas.size.height >= 13 {
      #expect(canvas.plainText().contains("now"), "at \(canvas.size)")
    }
  }

  @Test(arguments: [ScreenSize.large, ScreenSize.usual, ScreenSize.least])
  func clickSelectsTheNearestValueOfThePath(size: Size) async throws {
    // Off the path, so that every value of the path is a change.
    let state = try await moved().awaiting(.setRegularization(try Regularization(0.00123)))
    let path = try #require(state.tuning.sweep).path
    var last = -Double.infinity
    for x in [28, 36, 54] {
      guard
        case .setRegularization(let value)? = TuningScreen.actions(.press, x: x, y: 3, in: state, size: size)
          .first
      else {
        Issue.record("nothing at column \(x)")
        continue
      }
      #expect(path.contains(value))
      #expect(value.value > last)
      last = value.value
    }
    #expect(TuningScreen.actions(.press, x: 2, y: 3, in: state, size: size).isEmpty)
    #expect(TuningScreen.actions(.wheelUp, x: 36, y: 3, in: state, size: size).isEmpty)
  }

  @Test func nearestUsesALogarithmicAxis() throws {
    let path = try [0, 1e-4, 1e-2, 1].map { try Regularization($0) }
    #expect(TuningScreen.nearest(to: 5e-4, in: path)?.value == 1e-4)
    #expect(TuningScreen.nearest(to: 2e-3, in: path)?.value == 1e-2)
    #expect(TuningScreen.nearest(to: 50, in: path)?.value == 1)
    #expect(TuningScreen.nearest(to: 1, in: []) == nil)
  }

  @Test func showsKnownValuesWhileThePathIsComputed() async throws {
    let done = await state()
    var running = ExplorerState(path: done.tuning.path)
    _ = running.apply(.loaded(try #require(done.data.dataSet), model: nil))
    _ = running.apply(.fitted(try #require(done.classes.detector)))
    _ = running.apply(.scored(try #require(done.scores.scored)))
    _ = running.apply(.show(.tuning))
    _ = running.apply(.progressed(.sweep, WorkProgress(completed: 2, planned: 5)))
    for size in [ScreenSize.large, ScreenSize.usual, ScreenSize.least] {
      let picture = TuningScreen.picture(of: running, size: size).plainText()
      #expect(picture.contains("Computing scores and"))
      #expect(picture.contains("40 %"))
      #expect(picture.contains("AUROC"))
      #expect(!picture.contains("proposed"))
    }
    #expect(TuningScreen.actions(.press, x: 36, y: 3, in: running, size: ScreenSize.large).isEmpty)
  }

  @Test func figuresOfAnotherRegularizationAreNotShown() async throws {
    let stale = try await moved().awaiting(.setRegularization(try Regularization(0.00123)))
    let table = TuningSettings(state: stale, appearance: Appearance(Fixture.unicode)).table(isShort: false)
    let now = try #require(table.titles.firstIndex { $0.text == "now" })
    for row in table.rows where !["λ", "condition"].contains(row.name) {
      #expect(row.cells[now].text == "–", "\(row.name)")
    }
    let picture = TuningScreen.picture(of: stale, size: ScreenSize.large).plainText()
    #expect(picture.contains("since A: computing"))
    #expect(!picture.contains("in common"))
  }

  @Test func leaveOneOutNeedsTrainingSamples() async throws {
    let trained = await state()
    var data = Fixture.dataSet()
    data.train = nil
    let store = ExplorerStore(state: ExplorerState(path: trained.tuning.path))
    let model = ModelFile(
      detector: try #require(trained.classes.detector), regularization: nil, classNames: Fixture.names)
    await store.settle(after: .loaded(data, model: model), .show(.tuning))
    let picture = TuningScreen.picture(of: store.state, size: ScreenSize.large).plainText()
    #expect(picture.contains("Leave-one-out needs training samples"))
    #expect(picture.contains("held-out ID"))
    #expect(!picture.contains("proposed"))
  }

  @Test func showsWhyAUROCIsMissingWithoutOutOfDistributionSamples() async {
    let state = await state(Fixture.dataSet(hasOutOfDistribution: false))
    let picture = TuningScreen.picture(of: state, size: ScreenSize.large).plainText()
    #expect(picture.contains("No AUROC: no out-of-distribution samples"))
    #expect(picture.contains("NLL per sample"))
  }

  @Test func nothingIsProposedAtAnEndOfThePath() async throws {
    let path = try RegularizationPath.logarithmic(from: 1e-1, through: 1e1, count: 5)
    let store = ExplorerStore(state: ExplorerState(path: path))
    await store.settle(after: .loaded(Fixture.dataSet(), model: nil), .show(.tuning))
    #expect(store.state.tuning.sweep?.proposed == nil)
    #expect(store.state.tuning.sweep?.lowestAtEnd == path.first)
    let advice = TuningAdvice(state: store.state, appearance: Appearance(Fixture.unicode)).lines
    let text = advice.map { $0.map(\.text).joined() }
    #expect(text.contains { $0.contains("end of the path") })
    #expect(text.contains { $0.contains("Class lonely has only one sample") })
  }

  @Test func proposedSettingIsRecognized() async throws {
    let store = ExplorerStore(state: ExplorerState())
    await store.settle(after: .loaded(SmallData.dataSet(), model: nil), .show(.tuning))
    let proposed = try #require(store.state.tuning.proposed(at: store.state.setting.current))
    func advice() -> String? {
      TuningAdvice(state: store.state, appearance: Appearance(Fixture.unicode)).lines.first?.map(\.text)
        .joined()
    }
    #expect(advice()?.contains("sets") == true)
    await store.settle(after: .takeProposal)
    #expect(store.state.setting.current == proposed)
    #expect(advice()?.contains("λ is the proposed value") == true)
  }

  @Test(arguments: [0, 9, 10]) func curvesAndMapDoNotOverlap(mapHeight: Int) {
    for width in stride(from: 0, through: 200, by: 7) {
      for height in 0...60 {
        let size = Size(width: width, height: height)
        let count = min(4, TuningLayout.curveLimit(size: size, mapHeight: mapHeight))
        let layout = TuningLayout(size: size, curveCount: count, mapHeight: mapHeight)
        #expect(layout.curves.count == count)
        var y = layout.curveArea.y
        for rect in layout.curves {
          #expect(rect.y == y)
          #expect(rect.height >= 3)
          y = rect.maxY
        }
        #expect(count == 0 || y == layout.curveArea.maxY)
        #expect(layout.figures.intersection(layout.curveArea).isEmpty)
        guard let map = layout.map else { continue }
        #expect(mapHeight > 0 && map.height == mapHeight && count > 0)
        #expect(map.intersection(layout.curveArea).isEmpty && map.intersection(layout.figures).isEmpty)
      }
    }
  }

  @Test func curvesAreCutOffToShowTheirBestValues() throws {
    let steep = [1e7, 1e5, 1e3, 12, 10, 11, 13, 20]
    let cut = try #require(ClippedRange(of: [steep], best: .lowest))
    #expect(cut.shown.lowerBound == 10)
    #expect(cut.shown.upperBound < 100)
    #expect(cut.cutOff == 1e7)
    let mirrored = try #require(ClippedRange(of: [steep.map { -$0 }], best: .highest))
    #expect(mirrored.shown == -cut.shown.upperBound ... -cut.shown.lowerBound)
    #expect(mirrored.cutOff == -1e7)
    var shownNow = cut
    shownNow.show(14)
    #expect(shownNow == cut)
    shownNow.show(5000)
    #expect(shownNow.shown == 10...1e7)
    #expect(shownNow.cutOff == nil)
    let gentle = try #require(ClippedRange(of: [[1, 2, 3, 4, 5]], best: .lowest))
    #expect(gentle == ClippedRange(of: [[5, 4, 3, 2, 1, .nan, .infinity]], best: .highest))
    #expect(gentle.shown == 1...5)
    #expect(gentle.cutOff == nil)
    #expect(ClippedRange(of: [[.nan]], best: .lowest) == nil)
    #expect(ClippedRange(of: [[3, 3, 3]], best: .lowest)?.shown == 3...3)
  }

  @Test func ratesThatHardlyDifferDoNotFillTheirChart() {
    let range = TuningCurveBuilder.widened(0.999...1)
    #expect(range.upperBound == 1)
    #expect(abs(range.lowerBound - 0.95) < 1e-12)
    let zero = TuningCurveBuilder.widened(0...0)
    #expect(zero.lowerBound == 0)
    #expect(zero.upperBound >= 0.05)
    #expect(TuningCurveBuilder.widened(0.2...0.8) == 0.2...0.8)
  }

  @Test func ticksOfTheLikelihoodAreDistinct() async throws {
    for (range, places) in [
      (0.0...10_000, 0), (20.0...44, 0), (24.0...24.6, 2), (23.0...27, 1), (5.0...5, 0),
    ] {
      #expect(TuningCurveBuilder.places(toTellApart: range) == places, "\(range)")
    }
  }

  @Test func showsTheRankChangesOfTheProposal() async throws {
    let store = ExplorerStore(state: ExplorerState())
    await store.settle(after: .loaded(SmallData.dataSet(), model: nil), .show(.tuning))
    // At the proposed pooling, but another λ.
    await store.settle(after: .takeProposal)
    await store.settle(after: .stepRegularization(tenths: 15))
    let state = store.state
    let picture = TuningScreen.picture(of: state, size: ScreenSize.large).plainText()
    #expect(picture.contains("proposal, top 23: 23 in common, 0 enter, 0 leave;"))
    #expect(picture.contains("largest moves"))
    // Not while scores are being computed.
    let stale = state.awaiting(.setRegularization(try Regularization(0.00123)))
    #expect(!TuningScreen.picture(of: stale, size: ScreenSize.large).plainText().contains("proposal, top"))
  }

  @Test func classesOfOneSampleHaveNoLeaveOneOutCurve() async {
    let state = await state(Fixture.loneSamples())
    let picture = TuningScreen.picture(of: state, size: ScreenSize.large).plainText()
    #expect(picture.contains("no leave-one-out"))
    #expect(!picture.contains("⠤⠤ leave-one-out"))
    #expect(picture.contains("No proposal"))
  }
}
