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

  private struct Column {
    var title: StyledText
    var setting: DetectorSetting
    var metrics: OODMetrics?
    var worstConditionNumber: Double?
  }

  private var columns: [Column] {
    var columns: [Column] = []
    if let pin = state.tuning.pin {
      columns.append(
        Column(
          title: StyledText("A", style: theme.pinned), setting: pin.setting, metrics: pin.metrics,
          worstConditionNumber: pin.worstConditionNumber))
    }
    columns.append(
      Column(
        title: StyledText(appearance.sign(ofScoresIn: state) + "now", style: theme.threshold),
        setting: state.setting.current,
        metrics: state.scoresAreCurrent ? state.scores.evaluation?.values : nil,
        worstConditionNumber: state.classes.worstConditionNumber))
    guard let sweep = state.tuning.sweep else { return columns }
    let score = state.setting.score
    func add(_ regularization: Regularization, _ title: String, _ style: Style) {
      guard let index = sweep.index(of: regularization) else { return }
      columns.append(
        Column(
          title: StyledText(title, style: style),
          setting: DetectorSetting(fit: state.setting.fit, regularization: regularization, score: score),
          metrics: sweep.metrics[score]?[index], worstConditionNumber: sweep.worstConditionNumber[index]))
    }
    if let proposed = sweep.proposed { add(proposed, "proposed", theme.proposed) }
    if let best = sweep.bestAUROC(score) { add(best.regularization, "best AUROC", theme.good) }
    return columns
  }

  /// The table of settings. The short form omits what the curves and the header show.
  func table(isShort: Bool) -> FigureTable {
    let columns = columns
    let unknown = StyledText(appearance.glyphs.isUnicode ? "–" : "-", style: theme.muted)
    func row(_ name: String, _ text: (Column) -> String?) -> FigureTable.Row {
      .init(
        name: appearance.glyphs.spelled(name),
        cells: columns.map { text($0).map { StyledText($0) } ?? unknown })
    }
    let isAbsolute = columns.allSatisfy { $0.setting.fit.ridgeRule == .absolute }
    var rows = [row(isAbsolute ? "λ" : "t") { shortText($0.setting.regularization) }]
    if Set(columns.map(\.setting.fit.ridgeRule)).count > 1 {
      rows.append(row("ridge") { $0.setting.fit.ridgeRule.rawValue })
    }
    if columns.contains(where: { $0.setting.fit.pooling != .none }) {
      rows.append(row("pooling α") { numbers.part($0.setting.fit.pooling.value) })
    }
    if columns.contains(where: { $0.setting.fit.normalization != .none }) {
      rows.append(row("normalization β") { numbers.part($0.setting.fit.normalization.value) })
    }
    if Set(columns.map(\.setting.score)).count > 1 { rows.append(row("score") { $0.setting.score.rawValue }) }
    if let leaveOneOut = state.tuning.sweep?.leaveOneOutNLL {
      rows.append(
        row(isShort ? "leave-one-out NLL" : "LOO NLL") { value(leaveOneOut, at: $0.setting.regularization) })
    }
    if !isShort, let heldOut = state.tuning.sweep?.heldOutNLL {
      rows.append(row("held-out NLL") { value(heldOut, at: $0.setting.regularization) })
    }
    if columns.contains(where: { $0.metrics != nil }) {
      for metric in Metric.allCases where !isShort || metric == .auroc || metric == .fpr95TPR {
        rows.append(row(metric.title) { $0.metrics.map { metric.text($0, numbers) } })
      }
    }
    rows.append(
      row(isShort ? "worst condition" : "condition") {
        $0.worstConditionNumber.map { numbers.scientific($0) }
      })
    return FigureTable(titles: columns.map(\.title), rows: rows, columnWidth: isShort ? 12 : 11)
  }

  private func value(_ values: [Double], at regularization: Regularization) -> String? {
    guard let sweep = state.tuning.sweep else { return nil }
    if let index = sweep.index(of: regularization), values.indices.contains(index) {
      return numbers.score(values[index])
    }
    return sweep.interpolated(values, at: regularization).map {
      appearance.glyphs.approximately + numbers.score($0)
    }
  }
}
