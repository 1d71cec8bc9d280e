import ExplorerModel
import OODData
import OODDetection
import TerminalRendering

extension ExplanationView {
  /// The dimensions with the largest shares of d², largest first.
  func topDimensions(of sample: ExplainedSample, limit: Int) -> [Int] {
    TopK.indices(ofLargest: max(0, limit), in: sample.explanation.dimensionShares)
  }

  /// Draws the dimensions with the largest shares as bars, with the values of sample and class.
  func drawDimensions(
    of sample: ExplainedSample, limit: Int, into canvas: inout Canvas, column: inout TextColumn
  ) {
    let explanation = sample.explanation
    let total = explanation.dimensionShares.reduce(0, +)
    guard limit > 0, total > 0 else { return }
    let cells = topDimensions(of: sample, limit: limit).map { dimension in
      (
        dimension: dimension, share: explanation.dimensionShares[dimension] / total,
        value: numbers.fixed(sample.features[dimension], places: 2),
        mean: numbers.fixed(explanation.mean[dimension], places: 2),
        deviation: numbers.significant(explanation.standardDeviations[dimension], digits: 2)
      )
    }
    func width(_ texts: [String], _ title: String) -> Int {
      max(DisplayText.width(title), texts.map(DisplayText.width).max() ?? 0)
    }
    let shareWidth = width(cells.map { numbers.percent($0.share) }, "share")
    let valueWidth = width(cells.map(\.value), "value")
    let meanWidth = width(cells.map(\.mean), "mean")
    let deviationWidth = width(cells.map(\.deviation), "sd")
    func texts(_ share: String, _ value: String, _ mean: String, _ sign: String, _ deviation: String)
      -> String
    {
      DisplayText.padded(share, to: shareWidth, alignment: .trailing) + "  "
        + DisplayText.padded(value, to: valueWidth, alignment: .trailing) + "  "
        + DisplayText.padded(mean, to: meanWidth, alignment: .trailing) + " \(sign) "
        + DisplayText.padded(deviation, to: deviationWidth, alignment: .trailing)
    }
    let sign = appearance.glyphs.plusMinus
    drawHeading("dimension", figures: texts("share", "value", "mean", sign, "sd"), into: &canvas, &column)
    let rest = explanation.dimensionShares.count - cells.count
    let items = cells.map {
      BarList.Item(
        "\($0.dimension)", value: $0.share,
        valueText: texts(numbers.percent($0.share), $0.value, $0.mean, sign, $0.deviation))
    }
    BarList(items).draw(into: &canvas, rect: column.take(items.count), appearance: appearance)
    guard rest > 0 else { return }
    let restShare = numbers.percent(1 - cells.reduce(0) { $0 + $1.share })
    let others = rest == 1 ? "the other one" : "the other \(numbers.grouped(rest))"
    let isCancelling = cells.reduce(0) { $0 + $1.share } > 1.005
    column.line(
      "\(others): \(restShare)" + (isCancelling ? " (shares can cancel)" : ""), style: theme.muted,
      on: &canvas)
  }

  /// Draws what a relative score takes off: the dimensions with the largest shares of d² from the background, which
  /// set the sample apart from all classes rather than from its own.
  func drawBackground(
    of sample: ExplainedSample, limit: Int, into canvas: inout Canvas, column: inout TextColumn
  ) {
    guard let shares = sample.explanation.backgroundShares, limit > 0 else { return }
    let total = shares.reduce(0, +)
    guard total > 0 else { return }
    drawHeading("background", figures: "share", into: &canvas, &column)
    let items = TopK.indices(ofLargest: limit, in: shares).map {
      BarList.Item("\($0)", value: shares[$0] / total, valueText: numbers.percent(shares[$0] / total))
    }
    BarList(items).draw(into: &canvas, rect: column.take(items.count), appearance: appearance)
  }

  /// Draws the eigendirections with the largest shares as bars. The first bar is the share of all directions
  /// in which only the ridge gives the class variance.
  func drawDirections(
    of sample: ExplainedSample, limit: Int, into canvas: inout Canvas, column: inout TextColumn
  ) {
    let explanation = sample.explanation
    let total = explanation.eigendirectionShares.reduce(0, +) + explanation.outsideShare
    guard total > 0, let summary = summary(of: explanation.nearestClass) else { return }
    let eigenvalues = state.classes.detector?.classes[explanation.nearestClass].spectrum.eigenvalues ?? []
    let known = Array(explanation.eigendirectionShares.prefix(summary.rank))
    var items = TopK.indices(ofLargest: limit, in: known).map { direction in
      BarList.Item(
        "\(direction + 1)", value: known[direction] / total,
        valueText: directionText(
          numbers.percent(known[direction] / total), numbers.scientific(eigenvalues[direction])))
    }
    let emptyCount = explanation.dimensionShares.count - summary.rank
    let nullPart = explanation.nullShare / total
    if emptyCount > 0 {
      items.insert(
        BarList.Item(
          "ridge only", value: nullPart,
          valueText: directionText(numbers.percent(nullPart), "\(appearance.glyphs.times) \(emptyCount)"),
          style: theme.warning), at: 0)
    }
    drawHeading("eigendirection", figures: directionText("share", "variance"), into: &canvas, &column)
    BarList(items).draw(into: &canvas, rect: column.take(items.count), appearance: appearance)
    guard emptyCount > 0, nullPart >= 0.005 else { return }
    let hint =
      "\(numbers.percent(nullPart, places: 0)) of d² lies in the \(emptyCount) directions where only the ridge "
      + "gives \(state.classes.name(of: explanation.nearestClass)) any variance; see 4 Tuning."
      + (explanation.backgroundShares == nil
        ? "" : " A relative score cancels it where the background has none either.")
    column.paragraph(
      [StyledText(appearance.glyphs.spelled(hint), style: theme.warning)], limit: 3, on: &canvas)
  }

  func summary(of index: Int) -> ClassSummary? {
    state.classes.summaries.indices.contains(index) ? state.classes.summaries[index] : nil
  }

  private func directionText(_ share: String, _ variance: String) -> String {
    DisplayText.padded(share, to: 7, alignment: .trailing) + "  "
      + DisplayText.padded(variance, to: 8, alignment: .trailing)
  }

  /// Draws a heading whose column titles align with the bars below it.
  private func drawHeading(
    _ title: String, figures: String, into canvas: inout Canvas, _ column: inout TextColumn
  ) {
    let line = column.take(1)
    guard !line.isEmpty else { return }
    canvas.write(title, at: line.origin, style: theme.tableHeader, maxWidth: line.width)
    if DisplayText.width(figures) + DisplayText.width(title) + 2 <= line.width {
      canvas.write(
        figures, at: line.origin, style: theme.muted, maxWidth: line.width, alignment: .trailing)
    }
  }
}
