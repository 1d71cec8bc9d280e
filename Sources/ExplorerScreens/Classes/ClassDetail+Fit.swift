import ExplorerModel
import OODData
import OODDetection
import TerminalRendering

/// Whether the class is Gaussian.
extension ClassDetail {
  private var fit: GaussianFit? {
    guard let fits = state.audit.classFits(at: state.numberedSetting), fits.classes.indices.contains(index)
    else { return nil }
    return fits.classes[index]
  }

  private var isChecked: Bool { state.audit.classFits(at: state.numberedSetting) != nil }

  func drawChosenPlot(on canvas: inout Canvas, rect: Rect) {
    switch state.classes.plot {
    case .covariance, .correlation: drawCovariance(on: &canvas, rect: rect)
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
    guard let shares = state.audit.classFits(at: state.numberedSetting)?.calibration?.shares() else {
      return [distance]
    }
    let levels = CalibrationCheck.levels.map { numbers.part($0, places: 2) }.joined(separator: " ")
    let found = shares.map { numbers.percent($0) }.joined(separator: "  ")
    return [
      distance,
      [StyledText("held-out ID, p below \(levels): ", style: theme.muted), StyledText(found)],
    ]
  }

  /// Quantiles of what the class's training samples score when each is held out, if only this class counted.
  func heldOutQuantiles(width: Int) -> [StyledText] {
    let score = state.setting.score
    let name = score.isLikelihood ? glyphs.minus + (glyphs.isUnicode ? "ℓ" : "l") : glyphs.spelled("d²/D")
    var runs = [StyledText("held out", style: theme.tableHeader), StyledText(" \(name)", style: theme.muted)]
    guard let profile else {
      return runs + [StyledText("  " + appearance.mark(forSpectraOf: state), style: theme.muted)]
    }
    guard let heldOut = profile.heldOut else {
      let reason = outline.count == 1 ? "needs two samples" : "needs the training samples"
      return runs + [StyledText("  " + reason, style: theme.muted)]
    }
    let values = heldOut.values(score, dimension: outline.mean.count).sorted()
    let levels = [0, 0.05, 0.25, 0.5, 0.75, 0.95, 1]
    let texts = levels.map { level in
      (level, numbers.significant(values[Int((level * Double(values.count - 1)).rounded())]))
    }
    // The middle matters most, then the ends of the usual range.
    var chosen: [Int] = []
    var used = 9 + DisplayText.width(name)
    for place in [3, 5, 1, 6, 0, 4, 2] {
      let needed = 3 + levelName(levels[place]).count + 1 + DisplayText.width(texts[place].1)
      guard used + needed <= width else { break }
      used += needed
      chosen.append(place)
    }
    for place in chosen.sorted() {
      runs += [
        StyledText("   " + levelName(levels[place]) + " ", style: theme.muted), StyledText(texts[place].1),
      ]
    }
    return runs
  }

  private func levelName(_ level: Double) -> String {
    level == 0 ? "least" : level == 1 ? "most" : numbers.percent(level, places: 0)
  }

  /// The training samples that are farthest from the class when held out, as many as fit.
  func atypicalSamples(width: Int) -> [StyledText] {
    guard let heldOut = profile?.heldOut, let samples = state.data.dataSet?.train else { return [] }
    var runs = [StyledText("atypical", style: theme.tableHeader)]
    let hint = [
      StyledText("   "), StyledText("t", style: theme.key), StyledText(" lists them", style: theme.muted),
    ]
    var used = 8 + 14
    for place in heldOut.mostAtypical(12) {
      let name = DisplayText.truncatedInMiddle(
        samples.name(of: heldOut.rows[place]), to: 18, ellipsis: glyphs.ellipsis)
      let value = " " + numbers.significant(heldOut.squaredDistances[place] / Double(outline.mean.count))
      used += 3 + DisplayText.width(name) + DisplayText.width(value)
      guard used <= width else { break }
      runs += [StyledText("   "), StyledText(name), StyledText(value, style: theme.muted)]
    }
    return runs + hint
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
