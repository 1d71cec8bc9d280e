import ExplorerModel
import TerminalRendering

extension Appearance {
  /// The placeholder for a number that needs missing spectra: an ellipsis while they can still arrive, else a
  /// dash.
  func mark(forSpectraOf state: ExplorerState) -> String {
    state.classes.spectraObstacle == nil ? glyphs.ellipsis : "-"
  }
}
