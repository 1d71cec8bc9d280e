import ExplorerModel
import TerminalRendering

extension Appearance {
  /// What stands where a number needs spectra that are not there: an ellipsis while they may come, a dash where they
  /// will not.
  func mark(forSpectraOf state: ExplorerState) -> String {
    state.spectraObstacle == nil ? glyphs.ellipsis : "-"
  }
}
