import ExplorerModel
import OODData
import OODDetection
import TerminalRendering

/// The numbers beside the histogram: counts at the threshold, metrics and the ROC curve.
struct ScoreFigures: StyledPart {
  let state: ExplorerState
  let appearance: Appearance

  private static let nameWidth = 11

  /// - Returns: The chart of curves and where it is drawn; `nil` without room for it.
  @discardableResult
  func draw(into canvas: inout Canvas, rect: Rect) -> (chart: LineChart, rect: Rect)? {
    var column = TextColumn(rect)
    column.line(thresholdLine, on: &canvas)
    if let counts = state.scores.thresholdCounts {
      let table = countTable(counts)
      table.draw(into: &canvas, rect: column.take(table.height), appearance: appearance)
    }
    if let index = state.scores.classFilter, let counts = state.scores.classThresholdCounts {
      column.gap()
      column.line("samples nearest to \(state.classes.name(of: index))", style: theme.warning, on: &canvas)
      let table = countTable(counts)
      table.draw(into: &canvas, rect: column.take(table.height), appearance: appearance)
    }
    column.gap()
    drawMetrics(into: &canvas, column: &column)
    column.gap()
    drawSets(into: &canvas, column: &column)
    let curves = ROCChart.curves(state.scores, appearance: appearance)
    guard !curves.isEmpty, column.rest.height >= 6 else { return nil }
    let showsPrecisionRecall = state.scores.showsPrecisionRecall
    column.line(
      showsPrecisionRecall
        ? [
          StyledText("Precision-recall ", style: theme.title),
          StyledText("OOD is positive", style: theme.muted),
        ]
        : [StyledText("ROC ", style: theme.title), StyledText("TPR against FPR", style: theme.muted)],
      on: &canvas)
    let chart = ROCChart.chart(
      of: curves, counts: state.scores.thresholdCounts, showsPrecisionRecall: showsPrecisionRecall,
      appearance: appearance)
    let place = column.take(min(18, column.rest.height))
    chart.draw(into: &canvas, rect: place, appearance: appearance)
    return (chart, place)
  }

  /// Draws a line per OOD set, the ones that are hardest to tell from ID samples if there are too many.
  private func drawSets(into canvas: inout Canvas, column: inout TextColumn) {
    let sets = state.scores.sets
    // The chart below needs some lines.
    let room = min(sets.count, max(2, column.rest.height - 14))
    guard !sets.isEmpty, column.rest.height >= room + 2 else { return }
    let styles = SetStyle.all(state.scores, appearance: appearance)
    let hardest = sets.indices.sorted {
      (sets[$0].separation?.auroc ?? 1, $0) < (sets[$1].separation?.auroc ?? 1, $1)
    }
    let shown = hardest.prefix(room).sorted()
    let nameWidth = max(8, min(24, column.rest.width - 21))
    func line(_ name: String, _ auroc: String, _ fpr: String, lead: StyledText, style: Style) -> [StyledText]
    {
      [
        lead,
        StyledText(
          DisplayText.padded(name, to: nameWidth, ellipsis: appearance.glyphs.ellipsis), style: style),
        StyledText(DisplayText.padded(auroc, to: 8, alignment: .trailing), style: style),
        StyledText(DisplayText.padded(fpr, to: 10, alignment: .trailing), style: style),
      ]
    }
    let title = shown.count < sets.count ? "\(shown.count) hardest of \(sets.count)" : "OOD set"
    column.line(
      line(
        title, Metric.auroc.title, Metric.fpr95TPR.title, lead: StyledText("   "), style: theme.tableHeader),
      on: &canvas)
    for index in shown {
      let separation = sets[index].separation
      let sample = state.scores.setFilter == nil ? styles[index] : nil
      column.line(
        line(
          sets[index].set.fullName, separation.map { numbers.part($0.auroc) } ?? numbers.minus,
          separation.map { numbers.percent($0.fpr95TPR) } ?? numbers.minus,
          lead: StyledText(
            DisplayText.padded(sample?.sample ?? "", to: 3), style: sample?.style ?? theme.muted),
          style: state.scores.setFilter == index ? theme.emphasis : theme.text), on: &canvas)
    }
    column.gap()
  }

  /// Draws the most important numbers in three lines.
  func drawSummary(into canvas: inout Canvas, rect: Rect) {
    var column = TextColumn(rect)
    let counts = state.scores.classThresholdCounts ?? state.scores.thresholdCounts
    var first = [thresholdLine]
    if let counts, state.data.evaluatedSamplesAreLabelled {
      first += [
        "TPR \(rate(counts.tpr))", "FPR \(rate(counts.fpr))", "precision \(rate(counts.precision))",
      ].map { [StyledText($0)] }
    }
    column.line(parts: first, on: &canvas)
    if let counts, !state.data.evaluatedSamplesAreLabelled {
      column.line(
        "\(numbers.grouped(counts.falsePositives)) at or above, "
          + "\(numbers.grouped(counts.trueNegatives)) below",
        on: &canvas)
    } else if let counts {
      column.line(
        parts: [
          ("TP", counts.truePositives), ("FN", counts.falseNegatives), ("FP", counts.falsePositives),
          ("TN", counts.trueNegatives),
        ].map { [StyledText("\($0) \(numbers.grouped($1))")] }, on: &canvas)
    }
    switch state.scores.shownMetrics {
    case .success(let metrics):
      column.line(
        parts: Metric.allCases.prefix(4).map { [StyledText("\($0.title) \($0.text(metrics, numbers))")] },
        on: &canvas)
    case .failure(let reason):
      column.line("no metrics: \(reason)", style: theme.muted, on: &canvas)
    case nil: break
    }
  }

  /// The threshold and its source.
  private var thresholdLine: [StyledText] {
    guard let threshold = state.scores.threshold else { return [] }
    let source =
      state.scores.thresholdIsChosen
      ? "set by hand" : state.scores.shownCurve != nil ? "at 95 % TPR" : "95th percentile"
    return [
      StyledText("threshold ", style: theme.title),
      StyledText(numbers.score(threshold), style: theme.threshold),
      StyledText("  \(source)", style: theme.muted),
    ]
  }

  private func rate(_ value: Double?) -> String { value.map { numbers.percent($0) } ?? numbers.minus }

  /// The confusion matrix and the rates.
  private func countTable(_ counts: ThresholdCounts) -> FigureTable {
    guard state.data.evaluatedSamplesAreLabelled else { return unlabelledTable(counts) }
    func cell(_ name: String, _ count: Int, of other: Int) -> StyledText {
      count + other == 0
        ? StyledText(numbers.minus, style: theme.muted) : StyledText("\(name) \(numbers.grouped(count))")
    }
    return FigureTable(
      titles: [
        StyledText("OOD", style: theme.outOfDistribution), StyledText("ID", style: theme.inDistribution),
      ],
      rows: [
        .init(
          name: "at or above",
          cells: [
            cell("TP", counts.truePositives, of: counts.falseNegatives),
            cell("FP", counts.falsePositives, of: counts.trueNegatives),
          ]),
        .init(
          name: "below",
          cells: [
            cell("FN", counts.falseNegatives, of: counts.truePositives),
            cell("TN", counts.trueNegatives, of: counts.falsePositives),
          ]),
        .init(
          name: "TPR, FPR",
          cells: [
            StyledText(rate(counts.tpr), style: theme.emphasis),
            StyledText(rate(counts.fpr), style: theme.emphasis),
          ]),
        .init(name: "precision", cells: [StyledText(rate(counts.precision), style: theme.emphasis)]),
      ], nameWidth: Self.nameWidth)
  }

  /// Counts only: without labels there are no true or false positives.
  private func unlabelledTable(_ counts: ThresholdCounts) -> FigureTable {
    FigureTable(
      titles: [StyledText("unlabelled", style: theme.accent)],
      rows: [
        .init(name: "at or above", cells: [StyledText(numbers.grouped(counts.falsePositives))]),
        .init(name: "below", cells: [StyledText(numbers.grouped(counts.trueNegatives))]),
        .init(name: "share above", cells: [StyledText(rate(counts.fpr), style: theme.emphasis)]),
      ], nameWidth: Self.nameWidth)
  }

  private func drawMetrics(into canvas: inout Canvas, column: inout TextColumn) {
    guard let evaluation = state.scores.evaluation else { return }
    switch state.scores.shownMetrics ?? evaluation.metrics {
    case .failure(let reason):
      column.paragraph(
        [
          StyledText("No metrics: ", style: theme.title),
          StyledText(reason.description + ".", style: theme.muted),
        ], on: &canvas)
    case .success(let metrics):
      let other = state.setting.score.other
      let index = state.tuning.sweep?.index(of: state.setting.regularization)
      let otherMetrics =
        state.scores.setFilter != nil ? nil : index.flatMap { state.tuning.sweep?.metrics[other]?[$0] }
      var titles = [StyledText(state.setting.score.rawValue, style: theme.title)]
      if otherMetrics != nil { titles.append(StyledText(other.rawValue, style: theme.muted)) }
      let table = FigureTable(
        titles: titles,
        rows: Metric.allCases.map { metric in
          let cells =
            [StyledText(metric.text(metrics, numbers), style: theme.emphasis)]
            + (otherMetrics.map { [StyledText(metric.text($0, numbers))] } ?? [])
          return .init(name: metric.title, cells: cells)
        }, nameWidth: Self.nameWidth)
      table.draw(into: &canvas, rect: column.take(table.height), appearance: appearance)
      column.line(
        "on \(evaluation.split.rawValue): \(numbers.grouped(metrics.inDistributionCount)) ID, "
          + "\(numbers.grouped(metrics.outOfDistributionCount)) OOD",
        style: theme.muted, on: &canvas)
    }
  }
}
