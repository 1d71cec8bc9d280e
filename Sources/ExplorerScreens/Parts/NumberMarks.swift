import ExplorerModel
import OODData
import OODDetection
import TerminalRendering

extension Appearance {
  /// The prefix of numbers that depend on interpolated scores; empty for computed scores.
  func sign(ofScoresIn state: ExplorerState) -> String {
    state.scoresAreInterpolated ? glyphs.approximately : ""
  }

  /// A note that scores are interpolated and how many are imprecise; `nil` if they were computed.
  func interpolationNote(_ state: ExplorerState) -> StyledText? {
    guard state.scoresAreInterpolated, let scores = state.scores.scored, let unsettled = scores.unsettledCount
    else {
      return nil
    }
    let total = (scores.train?.count ?? 0) + (scores.test?.count ?? 0)
    let roughly =
      unsettled > 0 ? ", \(numbers.grouped(unsettled)) of \(numbers.grouped(total)) imprecise" : ""
    return StyledText("\(glyphs.approximately) interpolated\(roughly)", style: theme.warning)
  }

  /// Says that the shown numbers of classes belong to an earlier λ; `nil` if they are current or missing.
  func earlierNumbers(in state: ExplorerState) -> String? {
    guard let earlier = state.classes.numberedAt, !state.classNumbersAreCurrent else { return nil }
    return glyphs.spelled("still at \(state.setting.fit.ridgeRule.symbol) \(shortText(earlier))")
  }

  /// The placeholder for a number that needs missing spectra: an ellipsis while they can still arrive, else a
  /// dash.
  func mark(forSpectraOf state: ExplorerState) -> String {
    state.classes.spectraObstacle == nil ? glyphs.ellipsis : "-"
  }
}
