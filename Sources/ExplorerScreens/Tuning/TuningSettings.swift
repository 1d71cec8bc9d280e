import ExplorerModel
import OODData
import OODDetection
import TerminalRendering

/// The settings side by side: pinned, current, proposed and best AUROC. Values that are not computed yet are
/// left out; the table never shows values of another λ.
struct TuningSettings: StyledPart {
  let state: ExplorerState
  let appearance: Appearance

  private struct Column {
    var title: StyledText
    var setting: DetectorSetting
    var metrics: OODMetrics?
    var worstConditionNumber: Double?
  }

  private var columns: [Column] {
    var columns: [Column] = []
    for pin in state.tuning.pins.all {
      columns.append(
        Column(
          title: StyledText(pin.letter, style: theme.pinned), setting: pin.setting, metrics: pin.metrics,
          worstConditionNumber: pin.worstConditionNumber))
    }
    columns.append(
      Column(
        title: StyledText(appearance.sign(ofScoresIn: state) + "now", style: theme.current),
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
    if let proposed = state.tuning.proposed(at: state.setting.current) {
      if proposed.fit == state.setting.fit {
        add(proposed.regularization, "proposed", theme.proposed)
      } else if let other = state.tuning.map[proposed.fit.pooling]?.sweep,
        let index = other.index(of: proposed.regularization)
      {
        columns.append(
          Column(
            title: StyledText("proposed", style: theme.proposed), setting: proposed,
            metrics: other.metrics[score]?[index], worstConditionNumber: other.worstConditionNumber[index]))
      }
    }
    if let best = sweep.bestAUROC(score) { add(best.regularization, "best AUROC", theme.good) }
    return columns
  }

  /// The table of settings. The short form omits what the curves and the header show. Where not all settings fit, the
  /// best AUROC and the proposal are left out, which the curves show too; then the last pins.
  ///
  /// - Parameter width: The width of the table; `nil` for any.
  func table(isShort: Bool, width: Int? = nil) -> FigureTable {
    var columns = columns
    var table = table(of: columns, isShort: isShort)
    while let width, table.neededWidth > width, columns.count > 2 {
      columns.remove(
        at: columns.count > state.tuning.pins.all.count + 1 ? columns.count - 1 : columns.count - 2)
      table = self.table(of: columns, isShort: isShort)
    }
    return table
  }

  private func table(of columns: [Column], isShort: Bool) -> FigureTable {
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
      rows.append(row("pooling α") { numbers.share($0.setting.fit.pooling.value) })
    }
    if columns.contains(where: { $0.setting.fit.normalization != .none }) {
      rows.append(row("normalization β") { numbers.share($0.setting.fit.normalization.value) })
    }
    if Set(columns.map(\.setting.score)).count > 1 { rows.append(row("score") { $0.setting.score.rawValue }) }
    if state.tuning.sweep?.leaveOneOutNLL != nil {
      rows.append(
        row(isShort ? "leave-one-out NLL" : "LOO NLL") { value(\.leaveOneOutNLL, at: $0.setting) })
    }
    if !isShort, state.tuning.sweep?.heldOutNLL != nil {
      rows.append(row("held-out NLL") { value(\.heldOutNLL, at: $0.setting) })
    }
    if !isShort, state.tuning.sweep?.accuracy != nil {
      rows.append(row("accuracy") { accuracy(at: $0.setting) })
    }
    if columns.contains(where: { $0.metrics != nil }) {
      for metric in Metric.allCases.prefix(4) where !isShort || metric == .auroc || metric == .fpr95TPR {
        rows.append(row(metric.title) { $0.metrics.map { metric.text($0, numbers) } })
      }
    }
    rows.append(
      row(isShort ? "worst condition" : "condition") {
        $0.worstConditionNumber.map { numbers.scientific($0) }
      })
    return FigureTable(titles: columns.map(\.title), rows: rows, columnWidth: isShort ? 12 : 11)
  }

  /// The path of a setting: the shown one, or a row of the map; `nil` under another normalization or ridge rule.
  private func sweep(of setting: DetectorSetting) -> Sweep? {
    if setting.fit == state.setting.fit { return state.tuning.sweep }
    var alike = setting.fit
    alike.pooling = state.setting.fit.pooling
    return alike == state.setting.fit ? state.tuning.map[setting.fit.pooling]?.sweep : nil
  }

  private func value(_ curve: KeyPath<Sweep, [Double]?>, at setting: DetectorSetting) -> String? {
    guard let sweep = sweep(of: setting), let values = sweep[keyPath: curve] else { return nil }
    if let index = sweep.index(of: setting.regularization), values.indices.contains(index) {
      return numbers.score(values[index])
    }
    return sweep.interpolated(values, at: setting.regularization).map {
      appearance.glyphs.approximately + numbers.score($0)
    }
  }

  private func accuracy(at setting: DetectorSetting) -> String? {
    guard let sweep = sweep(of: setting), let index = sweep.index(of: setting.regularization) else {
      return nil
    }
    return sweep.accuracy.map { numbers.part($0[index]) }
  }
}
