import ExplorerModel
import OODData
import OODDetection
import TerminalRendering

extension Appearance {
  /// What stands before figures of scores that are interpolated, and before others nothing.
  func sign(ofScoresIn state: ExplorerState) -> String {
    state.scoresAreInterpolated ? glyphs.approximately : ""
  }

  /// That scores are interpolated, and how many of them only roughly; nil where they were computed.
  func interpolationNote(_ state: ExplorerState) -> StyledText? {
    guard state.scoresAreInterpolated, let scores = state.scores, let unsettled = scores.unsettledCount else {
      return nil
    }
    let total = (scores.train?.count ?? 0) + (scores.test?.count ?? 0)
    let roughly =
      unsettled > 0 ? ", \(numbers.grouped(unsettled)) of \(numbers.grouped(total)) roughly" : ""
    return StyledText("\(glyphs.approximately) interpolated\(roughly)", style: theme.warning)
  }
}
