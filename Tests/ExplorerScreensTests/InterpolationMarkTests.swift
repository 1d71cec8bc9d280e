import ExplorerModel
import OODData
import OODDetection
import TerminalRendering
import Testing

@testable import ExplorerScreens

/// The marks of interpolated scores.
@MainActor @Suite struct InterpolationMarkTests {
  /// At a typed λ between two of the path, before its scores are computed.
  private func state(_ screen: Screen) async throws -> ExplorerState {
    let state = await Fixture.state(pathCount: 71, after: [.show(screen)])
    let between = try Regularization(3.3e-3)
    let scored = try #require(state.tuning.sweep?.interpolatedScores(at: between))
    return state.awaiting(.setRegularization(between), .interpolated(scored))
  }

  private func text(
    _ state: ExplorerState, width: Int = 120, _ capabilities: TerminalCapabilities = Fixture.unicode
  ) -> String {
    Explorer.draw(state, size: Size(width: width, height: 40), capabilities: capabilities).plainText()
  }

  @Test func headerMarksMetricsAsApproximate() async throws {
    let interpolated = try await state(.classes)
    let header = try #require(text(interpolated).split(separator: "\n").first)
    #expect(header.contains("AUROC ≈") && header.contains("FPR95 ≈"))
    let ascii = try #require(text(interpolated, Fixture.ascii).split(separator: "\n").first)
    #expect(ascii.contains("AUROC ~=") && ascii.utf8.allSatisfy { $0 < 0x80 })
    let computed = await Fixture.state(
      pathCount: 71, after: [.setRegularization(try Regularization(3.3e-3))])
    #expect(computed.scoresAreComputed && !text(computed).contains("≈"))
  }

  @Test(arguments: [Screen.scores, .outliers], [80, 120])
  func captionsSayHowManyAreRough(screen: Screen, width: Int) async throws {
    let interpolated = try await state(screen)
    let unsettled = try #require(interpolated.scores.scored?.unsettledCount)
    let drawn = text(interpolated, width: width)
    #expect(drawn.contains("≈ interpolated"))
    #expect(drawn.contains("\(unsettled) of ") == (unsettled > 0))
  }

  @Test func curvesAreInterpolatedBetweenTheirPoints() async throws {
    let drawn = text(try await state(.tuning))
    #expect(drawn.contains("≈now"))
    let row = try #require(drawn.split(separator: "\n").first { $0.contains("LOO NLL") })
    #expect(row.contains("≈"))
    // Beside the curves of AUROC and FPR95TPR too.
    #expect(drawn.split(separator: "\n").count { $0.hasPrefix(" ≈now ") } == 2)
    // A coarse path is not interpolated.
    let coarse = await Fixture.state(after: [.show(.tuning)])
      .awaiting(.setRegularization(try Regularization(3.3e-3)))
    #expect(!text(coarse).contains("≈"))
  }
}
