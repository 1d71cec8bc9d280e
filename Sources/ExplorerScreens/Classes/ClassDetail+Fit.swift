import ExplorerModel
import OODData
import OODDetection
import TerminalRendering

/// Whether the class is Gaussian.
extension ClassDetail {
  private var fit: GaussianFit? {
    guard let fits = state.audit.classFits(at: state.setting.current), fits.classes.indices.contains(index)
    else { return nil }
    return fits.classes[index]
  }

  private var isChecked: Bool { state.audit.classFits(at: state.setting.current) != nil }

  func drawChosenPlot(on canvas: inout Canvas, rect: Rect) {
    switch state.classes.plot {
    case .covariance: drawCovariance(on: &canvas, rect: rect)
    case .quantiles: drawQuantiles(on: &canvas, rect: rect)
    }
  }

  /// The mean of d²/D' and the largest gap of the class, 1 and 0 for a Gaussian one, and the share of all held-out ID
  /// samples with small p-values, which is about the level if the training samples calibrate them well.
  var fitRemarks: [[StyledText]] {
    guard let fit else {
      let text =
        isChecked
        ? "is it Gaussian? needs two samples" : "is it Gaussian? \(appearance.mark(forSpectraOf: state))"
      return [[StyledText(glyphs.spelled(text), style: theme.muted)]]
    }
    let isFar = fit.meanRatio > 2 || fit.meanRatio < 0.5
    let distance = [
      StyledText(glyphs.spelled("mean d²/D' "), style: theme.muted),
      StyledText(numbers.significant(fit.meanRatio), style: isFar ? theme.warning : theme.text),
      StyledText("  gap ", style: theme.muted), StyledText(numbers.part(fit.largestGap, places: 2)),
      StyledText("  \(fit.source.rawValue)", style: theme.muted),
    ]
    guard let shares = state.audit.classFits(at: state.setting.current)?.calibration?.shares() else {
      return [distance]
    }
    let levels = CalibrationCheck.levels.map { numbers.part($0, places: 2) }.joined(separator: " ")
    let found = shares.map { numbers.percent($0) }.joined(separator: "  ")
    return [
      distance,
      [StyledText("held-out ID, p below \(levels): ", style: theme.muted), StyledText(found)],
    ]
  }

  /// Draws the squared distances of samples that the class was not fitted on against the quantiles of χ². The
  /// diagonal is that of a Gaussian class.
  func drawQuantiles(on canvas: inout Canvas, rect: Rect) {
    guard let fit, let last = fit.pairs.last else {
      let note = isChecked ? "needs two samples" : appearance.mark(forSpectraOf: state)
      _ = drawCaption("quantiles", note: glyphs.spelled(note), on: &canvas, rect: rect)
      return
    }
    let samples = "\(numbers.grouped(fit.sampleCount)) \(fit.source.rawValue)"
    let plot = drawCaption(
      glyphs.spelled("d² over χ²"), note: "\(samples), D' = \(fit.degreesOfFreedom)", on: &canvas, rect: rect)
    let (expected, found) = (fit.pairs.map(\.expected), fit.pairs.map(\.found))
    let low = min(expected[0], found[0])
    let high = max(last.expected, last.found)
    // Far tails would hide the rest on a linear axis.
    let isWide = found.min() ?? 0 > 0 && last.found > 8 * last.expected
    let label: @Sendable (Double) -> String = { [numbers] in numbers.significant($0, digits: 2) }
    LineChart(
      [
        LineChart.Series(
          "Gaussian", xs: [expected[0], last.expected], ys: [expected[0], last.expected], style: theme.muted,
          pattern: .dotted),
        LineChart.Series("class", xs: expected, ys: found, style: theme.inDistribution),
      ],
      xAxis: Axis(range: expected[0]...max(last.expected, expected[0] + 1e-9), label: label),
      yAxis: isWide ? Axis(.log, range: low...high) : Axis(range: low...max(high, low + 1e-9), label: label)
    ).draw(into: &canvas, rect: plot, appearance: appearance)
  }
}
