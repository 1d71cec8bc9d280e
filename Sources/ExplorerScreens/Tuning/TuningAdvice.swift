import ExplorerModel
import OODData
import OODDetection
import TerminalRendering

/// Advice and warnings about λ, one line each.
struct TuningAdvice {
  let state: ExplorerState
  let appearance: Appearance

  var lines: [[StyledText]] {
    [proposal, incomparable, unreached, excluded, missingMetrics, selectionCaution].compactMap(\.self)
  }

  private func plain(_ text: String) -> StyledText { StyledText(appearance.glyphs.spelled(text)) }

  private func caution(_ text: String) -> [StyledText] {
    [
      StyledText("\(appearance.glyphs.warning) ", style: appearance.theme.warning),
      StyledText(appearance.glyphs.spelled(text), style: appearance.theme.muted),
    ]
  }

  private var proposal: [StyledText]? {
    guard let sweep = state.tuning.sweep else { return nil }
    guard sweep.leaveOneOut != nil else {
      return caution("Leave-one-out needs training samples, but none are open.")
    }
    guard let proposed = state.tuning.proposed(at: state.setting.current) else {
      if let end = state.tuning.mapEnd(at: state.setting.current) {
        return caution("No proposal: the leave-one-out NLL is lowest at \(end), an end of the path.")
      }
      return caution(
        sweep.lowestAtEnd.map {
          "No proposal: the leave-one-out NLL is lowest at \(symbol) = \(shortText($0)), an end of the path."
        } ?? "No proposal: leave-one-out needs a class with at least two samples.")
    }
    let style = appearance.theme.proposed
    if proposed == state.setting.current {
      return [
        StyledText(appearance.glyphs.spelled("\(symbol) is the proposed value"), style: style),
        plain(": it minimizes the leave-one-out NLL."),
      ]
    }
    let pooling =
      proposed.fit.pooling == state.setting.fit.pooling
      ? "" : "α = \(appearance.numbers.share(proposed.fit.pooling.value)), "
    let likelihoodOnly = state.setting.score.isLikelihood ? "" : " It compares likelihoods, not this score."
    return [
      StyledText("o", style: appearance.theme.key), plain(" sets "),
      StyledText(
        appearance.glyphs.spelled("\(pooling)\(symbol) = \(shortText(proposed.regularization))"), style: style
      ),
      plain(": lowest leave-one-out NLL.\(likelihoodOnly)"),
    ]
  }

  private var symbol: String { state.setting.fit.ridgeRule.symbol }

  private var incomparable: [StyledText]? {
    guard state.setting.fit.normalization == .l2 else { return nil }
    return caution("With β = 1, the leave-one-out NLL does not compare with that of other normalizations.")
  }

  private var unreached: [StyledText]? {
    guard let count = state.tuning.sweep?.leaveOneOut?.unreachedDimensionCount, count > 0 else { return nil }
    return caution(
      "NLL excludes \(count) \(count == 1 ? "direction" : "directions") that training samples do not span.")
  }

  private var excluded: [StyledText]? {
    guard let labels = state.tuning.sweep?.leaveOneOut?.excludedLabels, let first = labels.first else {
      return nil
    }
    let (who, them) =
      labels.count == 1
      ? ("Class \(state.data.name(ofLabel: first)) has", "it") : ("\(labels.count) classes have", "them")
    return caution("\(who) only one sample; leave-one-out excludes \(them).")
  }

  private var missingMetrics: [StyledText]? {
    guard case .failure(let reason)? = state.scores.evaluation?.metrics else { return nil }
    return caution("No AUROC: \(reason.description).")
  }

  /// Warns that the best AUROC is selected on the samples that it evaluates.
  private var selectionCaution: [StyledText]? {
    guard let sweep = state.tuning.sweep, let best = sweep.bestAUROC(state.setting.score) else { return nil }
    let proposed = sweep.proposed.flatMap(sweep.index).flatMap { sweep.metrics[state.setting.score]?[$0] }
    // No warning if the proposal is as good in the digits shown.
    if let proposed, best.metrics.auroc - proposed.auroc < 0.0005 { return nil }
    return caution("The best AUROC is optimistic: its \(symbol) is chosen on the evaluated samples.")
  }
}
