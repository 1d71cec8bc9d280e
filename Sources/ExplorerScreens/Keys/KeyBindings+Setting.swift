import ExplorerModel
import OODData
import OODDetection
import TerminalRendering

extension KeyBindings {
  /// λ and the score: the same keys everywhere.
  static let forSetting: [KeyBinding] = [
    KeyBinding(
      .characters("+"), "λ one step up (a tenth of a decade)", group: .setting, label: "λ", isKept: true
    ) { _ in .stepRegularization(tenths: 1) },
    KeyBinding(
      .characters("-"), "λ one step down", group: .setting, label: "λ", isKept: true
    ) { _ in .stepRegularization(tenths: -1) },
    KeyBinding(
      .characters("o"), "take the proposed λ, where leave-one-out likelihood is best", group: .setting,
      label: { state in
        guard let proposed = state.sweep?.proposed, proposed != state.regularization else { return nil }
        return "proposed \(shortText(proposed))"
      }, outcome: .action { _ in .takeProposedRegularization }),
    KeyBinding(.characters("m"), "switch the score: nll or mahalanobis", group: .setting, label: "score") {
      _ in .toggleScore
    },
    KeyBinding(.characters("}"), "λ one decade up", group: .setting, label: "decade") {
      _ in .stepRegularization(tenths: 10)
    },
    KeyBinding(.characters("{"), "λ one decade down", group: .setting, label: "decade") {
      _ in .stepRegularization(tenths: -10)
    },
    KeyBinding(.characters("="), "type a value for λ", group: .setting, label: "set λ") {
      _ in .ask(.regularization)
    },
    KeyBinding(
      .characters("u"), "undo the last change of λ", group: .setting,
      label: { $0.history.undoStack.isEmpty ? nil : "undo" },
      outcome: .action { _ in .undoRegularization }),
    KeyBinding(
      .characters("U"), "redo the change of λ that was undone", group: .setting,
      label: { $0.history.redoStack.isEmpty ? nil : "redo" },
      outcome: .action { _ in .redoRegularization }),
  ]
}
