import ExplorerModel
import OODData
import OODDetection
import TestData
import Testing
import TerminalRendering

@testable import ExplorerScreens

@MainActor @Suite struct FrameTests {
  private func lines(_ state: ExplorerState, width: Int = 120, height: Int = 40) -> [String] {
    Explorer.draw(state, size: Size(width: width, height: height), capabilities: Fixture.unicode).lines
  }

  @Test func metricsOfAnotherLambdaAreNeverShownAsCurrent() async {
    let state = await Fixture.state()
    #expect(lines(state)[0].contains("AUROC 1.000"))
    // Off the path, so that scores must be computed.
    let turned = state.awaiting(.stepRegularization(tenths: 1))
    #expect(!turned.scoresAreCurrent)
    #expect(lines(turned)[0].contains("AUROC …"))
    #expect(!lines(turned)[0].contains("1.000"))
    let failed = turned.awaiting(.failed(.score, Failure("out of memory")))
    #expect(lines(failed)[0].contains("AUROC -"))
  }

  @Test func missingSamplesAreNamedInsteadOfMetrics() async {
    let state = await Fixture.state(Fixture.dataSet(hasOutOfDistribution: false))
    #expect(lines(state)[0].contains("AUROC needs OOD samples"))
  }

  @Test func headerShowsUndoDepthBesideLambda() async {
    let state = await Fixture.state().awaiting(
      .stepRegularization(tenths: 10), .stepRegularization(tenths: 10))
    #expect(lines(state)[0].contains("λ 1e-04 ↺2"))
  }

  @Test(arguments: [60, 66, 72, 79, 100])
  func narrowHeadersKeepSettingAndMetrics(width: Int) async {
    for score in [[], [Action.cycleScore]] {
      let state = await Fixture.state(after: score)
      let header = lines(state, width: width, height: 24)[0]
      #expect(header.contains("λ 1e-06") && header.contains(state.setting.score.rawValue))
      #expect(header.contains("AUROC 1.000") && header.hasSuffix("FPR95 0.0 %"))
    }
  }

  @Test func longTaskShowsGaugeAndCancelKey() async {
    let state = await Fixture.state().awaiting(
      .reload, .progressed(.load, WorkProgress(completed: 27, planned: 100)))
    #expect(lines(state)[1].hasSuffix("loading ▓▓░░░░░░ 27 %  ^C cancels"))
    let narrow = lines(state, width: 60, height: 16)[1]
    #expect(narrow.contains("27 %") && narrow.contains("1 Classes") && !narrow.contains("2 Scores"))
  }

  @Test func longErrorsKeepTheirEnd() async {
    let text =
      "train.npz: features hold 3 rows with NaN or infinite values, the first ones being rows 12, 907 and "
      + "1733 (counted from 0): repair them, or leave them out with --skip-nonfinite"
    let state = await Fixture.state().awaiting(.failed(.export, Failure(text)))
    for width in [60, 80, 120] {
      let shown = lines(state, width: width, height: 24).joined(separator: "\n")
      #expect(shown.contains("--skip-nonfinite"))
    }
  }

  @Test func failedStartShowsTheErrorOnceAndWhatToTry() {
    var state = ExplorerState(request: DataRequest(train: ["gone.npz"]))
    _ = state.apply(.open(state.data.request))
    #expect(lines(state).joined().contains("Reading files"))
    _ = state.apply(.failed(.load, Failure("gone.npz: no such file")))
    let text = lines(state).joined(separator: "\n")
    #expect(text.components(of: "gone.npz: no such file") == 1)
    #expect(text.contains("^R") && text.contains("The files could not be opened."))
  }

  @Test func fittingShowsItsProgressInTheMiddleOfTheScreen() {
    var state = ExplorerState()
    _ = state.apply(.loaded(Fixture.dataSet(), model: nil))
    _ = state.apply(.progressed(.fit, WorkProgress(completed: 1, planned: 2)))
    let text = lines(state).joined(separator: "\n")
    #expect(text.contains("Fitting a Gaussian to each class") && text.contains("190 samples, 12 dimensions"))
    #expect(text.components(of: "50 %") == 2)
  }

  @Test func emptyExplorerShowsHowToStart() {
    #expect(lines(ExplorerState()).joined().contains("gmmscope train.npz test.npz"))
  }
}

extension String {
  /// The number of occurrences of a text.
  fileprivate func components(of text: String) -> Int {
    split(separator: text, omittingEmptySubsequences: false).count - 1
  }
}
