import ExplorerModel
import OODData
import OODDetection
import TerminalRendering

extension ExplanationView {
  /// Explains the rank of the sample in two or three sentences.
  ///
  /// - Parameter isBrief: Whether the text must fit in one or two lines.
  func verdict(of sample: ExplainedSample, row: OutlierRow, isBrief: Bool = false) -> [StyledText] {
    let explanation = sample.explanation
    let nearest = state.classes.name(of: explanation.nearestClass)
    let distance = explanation.squaredDistances[explanation.nearestClass]
    var runs = [
      StyledText("d\(appearance.glyphs.superscriptTwo) \(numbers.distance(distance))", style: theme.emphasis),
      StyledText(" from class "), StyledText(nearest, style: theme.emphasis),
      StyledText(appearance.glyphs.spelled(pValueText(row, isBrief: isBrief)) + ". "),
    ]
    if let background = explanation.background, !isBrief {
      let squared = "d\(appearance.glyphs.superscriptTwo) \(numbers.distance(background.squaredDistance))"
      runs.append(StyledText("From the background \(squared), which the relative score takes off. "))
    }
    if let second = explanation.secondClass, let margin = explanation.margin {
      let unit = state.setting.score.isLikelihood ? " nats" : ""
      runs.append(
        StyledText("Second: \(state.classes.name(of: second)), \(numbers.distance(margin))\(unit) behind."))
    }
    if let label = row.label, label >= 0, label != state.classes.label(of: explanation.nearestClass) {
      runs.append(
        StyledText(
          " Labelled \(state.data.name(ofLabel: label)), but nearest to \(nearest).", style: theme.warning))
    }
    if let finding = AuditText(state: state, appearance: appearance).finding(of: row) {
      runs.append(StyledText(" " + finding, style: theme.warning))
    }
    return runs
  }

  /// `, p = 0.012 (20 held-out samples; χ² tail 3.1e−12)`: the χ² tail never appears alone.
  private func pValueText(_ row: OutlierRow, isBrief: Bool) -> String {
    guard let detail = row.detail else { return ", p …" }
    guard let pValue = detail.pValue else {
      return isBrief ? ", no p" : ", no p: fewer than \(PValueCalibration.leastHeldOutCount) held-out samples"
    }
    let source =
      switch pValue.source {
      case .heldOut: isBrief ? "held-out" : "\(numbers.grouped(pValue.calibrationCount)) held-out samples"
      case .leaveOneOut:
        isBrief ? "leave-one-out" : "\(numbers.grouped(pValue.calibrationCount)) leave-one-out samples"
      }
    let tail = isBrief ? "" : "; χ² tail \(numbers.pValue(detail.gaussianTail))"
    return ", p = \(numbers.pValue(pValue.value)) (\(source)\(tail))"
  }

  /// What is known before the explanation is computed. Omits values of another λ.
  func verdictWhileWaiting(_ row: OutlierRow) -> [StyledText] {
    guard state.scoresAreCurrent else {
      return [StyledText("computing " + appearance.glyphs.spelled("…"), style: theme.muted)]
    }
    return [
      StyledText(
        "d\(appearance.glyphs.superscriptTwo) \(numbers.distance(row.squaredDistance))", style: theme.emphasis
      ),
      StyledText(" from class "), StyledText(state.classes.name(of: row.nearestClass), style: theme.emphasis),
      StyledText(appearance.glyphs.spelled(". " + whatIsMissing), style: theme.muted),
    ]
  }

  /// What the explanation waits for, or why it is missing.
  private var whatIsMissing: String {
    if state.classes.spectraObstacle != nil { return "The explanation needs spectra." }
    if state.classes.detector == nil { return "The explanation appears with the spectra." }
    return state.tasks[.explain] != nil || state.messages.failure == nil
      ? "Explaining …" : "The explanation failed; press ^R to reload the files."
  }
}
