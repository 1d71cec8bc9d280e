import ExplorerModel
import OODData
import OODDetection
import TerminalRendering

extension KeyBindings {
  /// λ and the score, with the same keys on every screen.
  static let forSetting: [KeyBinding] = [
    KeyBinding(
      .characters("+"), "increase λ by one step (a tenth of a decade)", group: .setting, label: "λ",
      isKept: true
    ) { _ in .stepRegularization(tenths: 1) },
    KeyBinding(
      .characters("-"), "decrease λ by one step (a tenth of a decade)", group: .setting, label: "λ",
      isKept: true
    ) { _ in .stepRegularization(tenths: -1) },
    KeyBinding(
      .characters("o"), "use the proposed λ, which minimizes the leave-one-out NLL", group: .setting,
      label: { state in
        guard let proposed = state.sweep?.proposed, proposed != state.regularization else { return nil }
        return "proposed \(shortText(proposed))"
      }, outcome: .action { _ in .takeProposedRegularization }),
    KeyBinding(
      .characters("m"), "switch the score between nll and mahalanobis", group: .setting, label: "score"
    ) {
      _ in .toggleScore
    },
    KeyBinding(.characters("}"), "increase λ by a decade", group: .setting, label: "decade") {
      _ in .stepRegularization(tenths: 10)
    },
    KeyBinding(.characters("{"), "decrease λ by a decade", group: .setting, label: "decade") {
      _ in .stepRegularization(tenths: -10)
    },
    KeyBinding(.characters("="), "enter a value for λ", group: .setting, label: "set λ") {
      _ in .ask(.regularization)
    },
    KeyBinding(
      .characters("u"), "undo the last change of λ", group: .setting,
      label: { $0.history.undoStack.isEmpty ? nil : "undo" },
      outcome: .action { _ in .undoRegularization }),
    KeyBinding(
      .characters("U"), "redo the last undone change of λ", group: .setting,
      label: { $0.history.redoStack.isEmpty ? nil : "redo" },
      outcome: .action { _ in .redoRegularization }),
  ]
}
