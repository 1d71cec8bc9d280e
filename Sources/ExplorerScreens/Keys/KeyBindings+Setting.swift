import ExplorerModel
import OODData
import OODDetection
import TerminalRendering

extension KeyBindings {
  /// Every part of the setting, with the same keys on every screen.
  static let forSetting: [KeyBinding] = [
    KeyBinding(
      .characters("+"), "increase λ or t by one step (a tenth of a decade)", group: .setting,
      label: { $0.setting.fit.ridgeRule.symbol }, isKept: true,
      outcome: .action { _ in .stepRegularization(tenths: 1) }),
    KeyBinding(
      .characters("-"), "decrease λ or t by one step (a tenth of a decade)", group: .setting,
      label: { $0.setting.fit.ridgeRule.symbol }, isKept: true,
      outcome: .action { _ in .stepRegularization(tenths: -1) }),
    KeyBinding(
      .characters("o"), "use the proposed setting, which minimizes the leave-one-out NLL", group: .setting,
      label: { state in
        guard let proposed = state.tuning.proposed(at: state.setting.current),
          proposed != state.setting.current
        else { return nil }
        let pooling =
          proposed.fit.pooling == state.setting.fit.pooling
          ? "" : "α \(NumberFormat(unicode: true).share(proposed.fit.pooling.value)) "
        return "proposed \(pooling)\(shortText(proposed.regularization))"
      }, outcome: .action { _ in .takeProposal }),
    KeyBinding(
      .characters("m"), "go to the next score: nll, mahalanobis, relative-nll, relative-mahalanobis",
      group: .setting, label: "score"
    ) {
      _ in .cycleScore
    },
    KeyBinding(.characters("}"), "increase λ or t by a decade", group: .setting, label: "decade") {
      _ in .stepRegularization(tenths: 10)
    },
    KeyBinding(.characters("{"), "decrease λ or t by a decade", group: .setting, label: "decade") {
      _ in .stepRegularization(tenths: -10)
    },
    KeyBinding(
      .characters("a"), "pool the covariances more", group: .setting, label: "pooling α"
    ) { _ in .stepPooling(1) },
    KeyBinding(.characters("A"), "pool the covariances less", group: .setting, label: "pooling α") { _ in
      .stepPooling(-1)
    },
    KeyBinding(
      .characters("b"), "normalize the features more: β 0, 0.5, 1", group: .setting, label: "normalization β"
    ) { _ in .stepNormalization(1) },
    KeyBinding(
      .characters("B"), "normalize the features less", group: .setting, label: "normalization β"
    ) { _ in .stepNormalization(-1) },
    KeyBinding(
      .characters("r"), "go to the next ridge rule: absolute, relative, loo, oas, ledoit-wolf",
      group: .setting,
      label: "ridge rule"
    ) { _ in .stepRidgeRule(1) },
    KeyBinding(.characters("R"), "go to the previous ridge rule", group: .setting, label: "ridge rule") { _ in
      .stepRidgeRule(-1)
    },
    KeyBinding(
      .characters("="), "enter a part of the setting: 1e-3, 0.01x, loo, oas, a 0.03, b 0.5, relative-nll",
      group: .setting,
      label: "set"
    ) {
      _ in .ask(.regularization)
    },
    KeyBinding(
      .characters("u"), "undo the last change of setting, threshold, order, filter or marks", group: .setting,
      label: { $0.canUndo ? "undo" : nil }, outcome: .action { _ in .undo }),
    KeyBinding(
      .characters("U"), "redo what was undone last", group: .setting,
      label: { $0.canRedo ? "redo" : nil }, outcome: .action { _ in .redo }),
  ]
}
