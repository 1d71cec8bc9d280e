import ExplorerModel
import OODData
import OODDetection
import TerminalRendering

/// The settings side by side: pinned, current, proposed and best AUROC. Values that are not computed yet are
/// left out; the table never shows values of another λ.
struct TuningSettings {
  let state: ExplorerState
  let appearance: Appearance

  private var theme: Theme { appearance.theme }
  private var numbers: NumberFormat { appearance.numbers }

  private struct Setting {
    var title: StyledText
    var regularization: Regularization
    var score: ScoreKind
    var metrics: OODMetrics?
    var worstConditionNumber: Double?
  }

  private var settings: [Setting] {
    var settings: [Setting] = []
    if let pin = state.tuning.pin {
      settings.append(
        Setting(
          title: StyledText("A", style: theme.pinned), regularization: pin.regularization, score: pin.score,
          metrics: pin.metrics, worstConditionNumber: pin.worstConditionNumber))
    }
    settings.append(
      Setting(
        title: StyledText(appearance.sign(ofScoresIn: state) + "now", style: theme.threshold),
        regularization: state.regularization,
        score: state.scoreKind, metrics: state.scoresAreCurrent ? state.evaluation?.values : nil,
        worstConditionNumber: state.summaries.map(\.conditionNumber).max()))
    guard let sweep = state.sweep else { return settings }
    func add(_ regularization: Regularization, _ title: String, _ style: Style) {
      guard let index = sweep.index(of: regularization) else { return }
      settings.append(
        Setting(
          title: StyledText(title, style: style), regularization: regularization, score: state.scoreKind,
          metrics: sweep.metrics[state.scoreKind]?[index],
          worstConditionNumber: sweep.worstConditionNumber[index]))
    }
    if let proposed = sweep.proposed { add(proposed, "proposed", theme.proposed) }
    if let best = sweep.bestAUROC(state.scoreKind) { add(best.regularization, "best AUROC", theme.good) }
    return settings
  }

  /// The table of settings. The short form omits what the curves and the header show.
  func table(isShort: Bool) -> FigureTable {
    let settings = settings
    let unknown = StyledText(appearance.glyphs.isUnicode ? "–" : "-", style: theme.muted)
    func row(_ name: String, _ text: (Setting) -> String?) -> FigureTable.Row {
      .init(
        name: appearance.glyphs.spelled(name),
        cells: settings.map { text($0).map { StyledText($0) } ?? unknown })
    }
    var rows = [row("λ") { shortText($0.regularization) }]
    if Set(settings.map(\.score)).count > 1 { rows.append(row("score") { $0.score.rawValue }) }
    if let leaveOneOut = state.sweep?.leaveOneOutNLL {
      rows.append(
        row(isShort ? "leave-one-out NLL" : "LOO NLL") { value(leaveOneOut, at: $0.regularization) })
    }
    if !isShort, let heldOut = state.sweep?.heldOutNLL {
      rows.append(row("held-out NLL") { value(heldOut, at: $0.regularization) })
    }
    if settings.contains(where: { $0.metrics != nil }) {
      for metric in Metric.allCases where !isShort || metric == .auroc || metric == .fpr95TPR {
        rows.append(row(metric.title) { $0.metrics.map { metric.text($0, numbers) } })
      }
    }
    rows.append(
      row(isShort ? "worst condition" : "condition") {
        $0.worstConditionNumber.map { numbers.scientific($0) }
      })
    return FigureTable(titles: settings.map(\.title), rows: rows, columnWidth: isShort ? 12 : 11)
  }

  private func value(_ values: [Double], at regularization: Regularization) -> String? {
    guard let sweep = state.sweep else { return nil }
    if let index = sweep.index(of: regularization), values.indices.contains(index) {
      return numbers.score(values[index])
    }
    return sweep.interpolated(values, at: regularization).map {
      appearance.glyphs.approximately + numbers.score($0)
    }
  }
}
