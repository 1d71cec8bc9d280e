import ExplorerModel
import OODData
import OODDetection
import TerminalRendering

/// What to do about λ, and what to beware of, one point each.
struct TuningAdvice {
  let state: ExplorerState
  let appearance: Appearance

  var lines: [[StyledText]] {
    [proposal, unreached, excluded, missingMetrics, selectionCaution].compactMap(\.self)
  }

  private func plain(_ text: String) -> StyledText { StyledText(appearance.glyphs.spelled(text)) }

  private func caution(_ text: String) -> [StyledText] {
    [
      StyledText("\(appearance.glyphs.warning) ", style: appearance.theme.warning),
      StyledText(appearance.glyphs.spelled(text), style: appearance.theme.muted),
    ]
  }

  private var proposal: [StyledText]? {
    guard let sweep = state.sweep else { return nil }
    guard sweep.leaveOneOut != nil else {
      return caution("No leave-one-out: it needs the training samples, and none are open.")
    }
    guard let proposed = sweep.proposed else {
      return caution(
        sweep.lowestAtEnd.map {
          "No proposal: the leave-one-out NLL is least at λ = \(shortText($0)), an end of the path."
        } ?? "No proposal: leave-one-out needs a class with at least two samples.")
    }
    let style = appearance.theme.proposed
    if proposed == state.regularization {
      return [
        StyledText(appearance.glyphs.spelled("λ is the proposed one"), style: style),
        plain(": the leave-one-out NLL is least here."),
      ]
    }
    return [
      StyledText("o", style: appearance.theme.key), plain(" takes "),
      StyledText(appearance.glyphs.spelled("λ = \(shortText(proposed))"), style: style),
      plain(", the least leave-one-out NLL."),
    ]
  }

  private var unreached: [StyledText]? {
    guard let count = state.sweep?.leaveOneOut?.unreachedDimensionCount, count > 0 else { return nil }
    return caution(
      "NLL leaves out \(count) \(count == 1 ? "direction" : "directions") that no training sample reaches.")
  }

  private var excluded: [StyledText]? {
    guard let labels = state.sweep?.leaveOneOut?.excludedLabels, let first = labels.first else { return nil }
    let who =
      labels.count == 1 ? "Class \(state.name(ofLabel: first)) has" : "\(labels.count) classes have"
    return caution("\(who) one sample only and no part in leave-one-out.")
  }

  private var missingMetrics: [StyledText]? {
    guard case .failure(let reason)? = state.evaluation?.metrics else { return nil }
    return caution("No AUROC: \(reason.description).")
  }

  /// A λ chosen by the metric it is judged by.
  private var selectionCaution: [StyledText]? {
    guard let sweep = state.sweep, let best = sweep.bestAUROC(state.scoreKind) else { return nil }
    let proposed = sweep.proposed.flatMap(sweep.index).flatMap { sweep.metrics[state.scoreKind]?[$0] }
    // Not worth a word where the proposal is as good to the digits shown.
    if let proposed, best.metrics.auroc - proposed.auroc < 0.0005 { return nil }
    return caution("Best AUROC: a λ chosen on the samples it is judged by.")
  }
}
