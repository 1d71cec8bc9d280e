import ExplorerModel
import Foundation
import LinearAlgebra
import OODData
import OODDetection
import TerminalRendering

extension ClassDetail {
  /// Draws the class mean, one value per dimension: all of them, or those around the cursor.
  func drawMean(on canvas: inout Canvas, rect: Rect) {
    let mean = outline.mean
    let shown = state.classes.shownDimensions(of: index, at: state.numberedSetting)
    let cursor = state.classes.dimension(of: index, at: state.numberedSetting)
    guard mean.indices.contains(cursor), shown.upperBound <= mean.count else { return }
    let name = shown.count == mean.count ? "mean" : "mean \(shown.lowerBound)-\(shown.upperBound - 1)"
    let deviation = profile.map { ", \(deviationText($0.deviations[cursor]))" } ?? ""
    let notes = [
      "\(dimensionName(cursor)) \(numbers.significant(mean[cursor]))" + deviation, dimensionName(cursor),
    ]
    let room = rect.width - DisplayText.width(name) - 2
    let note = notes.first { DisplayText.width($0) <= room } ?? ""
    let plot = drawCaption(name, note: note, on: &canvas, rect: rect)
    ProfileChart(Array(mean[shown]), style: theme.inDistribution, highlightedIndex: cursor - shown.lowerBound)
      .draw(into: &canvas, rect: plot, appearance: appearance)
  }

  /// A dimension by its name or its number.
  func dimensionName(_ dimension: Int) -> String {
    guard let names = state.data.dataSet?.featureNames, names.indices.contains(dimension) else {
      return "dimension \(dimension)"
    }
    return DisplayText.truncatedInMiddle(names[dimension], to: 20, ellipsis: glyphs.ellipsis)
  }

  /// A dimension by its name, or by its number alone.
  func shortDimensionName(_ dimension: Int) -> String {
    state.data.dataSet?.featureNames == nil ? String(dimension) : dimensionName(dimension)
  }

  /// `+3.2 σ`: how far the mean is from the mean of all class means, in pooled standard deviations.
  func deviationText(_ deviation: Double) -> String {
    let unit = glyphs.isUnicode ? " σ" : " sd"
    let size = deviation.isFinite ? numbers.significant(deviation.magnitude, digits: 2) : glyphs.infinity
    return (deviation < 0 ? glyphs.minus : "+") + size + unit
  }

  /// The dimensions in which the class differs most from the others, as many as fit.
  func unusualDimensions(width: Int) -> [StyledText] {
    var runs = [StyledText("unusual", style: theme.tableHeader)]
    guard let profile else {
      return runs + [StyledText("  " + appearance.mark(forSpectraOf: state), style: theme.muted)]
    }
    let dimensions = profile.unusualDimensions(12)
    guard !dimensions.isEmpty else {
      return runs + [StyledText("  none", style: theme.muted)]
    }
    var used = 7
    for dimension in dimensions {
      let name = shortDimensionName(dimension)
      let value = " " + deviationText(profile.deviations[dimension])
      used += 3 + DisplayText.width(name) + DisplayText.width(value)
      guard used <= width else { break }
      runs += [StyledText("   "), StyledText(name), StyledText(value, style: theme.muted)]
    }
    return runs
  }

  /// Draws the eigenvalues on a logarithmic axis, with the class's ridge as a horizontal line.
  func drawSpectrum(on canvas: inout Canvas, rect: Rect) {
    guard let spectrum = fitted?.spectrum else {
      _ = drawCaption("spectrum", note: appearance.mark(forSpectraOf: state), on: &canvas, rect: rect)
      return
    }
    let shares = [0.5, 0.9, 0.99].map { (share: $0, count: spectrum.directionCount(explaining: $0)) }
    let texts = shares.map { "\(numbers.percent($0.share, places: 0)) in \(numbers.grouped($0.count))" }
    let room = rect.width - DisplayText.width("spectrum") - 2
    let notes = [texts.joined(separator: ", ") + " directions", texts.joined(separator: ", "), texts[1]]
    let note =
      shares[0].count == 0 ? "no variance" : notes.first { DisplayText.width($0) <= room } ?? ""
    let plot = drawCaption("spectrum", note: note, on: &canvas, rect: rect)
    let ridge = summary?.ridge ?? 0
    let isAbsolute = state.setting.fit.ridgeRule == .absolute
    let text = (try? Regularization(ridge)).map(shortText) ?? ""
    let known = spectrum.eigenvalues.prefix(spectrum.rank)
    let chart = LineChart(
      [
        LineChart.Series(
          xs: known.indices.map { Double($0 + 1) }, ys: Array(known), style: theme.inDistribution)
      ],
      xAxis: Axis(
        range: 1...Double(max(2, spectrum.eigenvalues.count)),
        // Directions are integers, so ticks between them have no label.
        label: { $0 == $0.rounded() ? String(Int($0)) : "" }),
      yAxis: Axis(.log, range: spectrumRange(known, ridge: ridge)),
      // Up to here, the directions have these shares of the variance.
      verticalMarkers: shares.filter { $0.count > 0 && rect.width >= 40 }.map {
        ChartMarker(
          Double($0.count), label: numbers.percent($0.share, places: 0), style: theme.muted)
      },
      horizontalMarkers: ridge > 0
        ? [
          ChartMarker(
            ridge, label: isAbsolute ? "\(glyphs.lambda) \(text)" : "ridge \(text)",
            style: theme.current)
        ]
        : [])
    chart.draw(into: &canvas, rect: plot, appearance: appearance)
  }

  /// A range that includes the ridge and all nonzero eigenvalues. For a class without variance, the range includes
  /// only the ridge.
  private func spectrumRange(_ known: ArraySlice<Double>, ridge: Double) -> ClosedRange<Double>? {
    let values = (known + [ridge]).filter { $0 > 0 }
    guard let low = values.min(), let high = values.max() else { return nil }
    return low / 2...high * 2
  }

  /// Draws the covariance, or the correlations, as a diverging heat map. Averages neighboring dimensions if there are
  /// very many.
  func drawCovariance(on canvas: inout Canvas, rect: Rect) {
    let isCorrelation = state.classes.plot == .correlation
    let name = isCorrelation ? "correlation" : "covariance"
    guard let profile else {
      _ = drawCaption(name, note: appearance.mark(forSpectraOf: state), on: &canvas, rect: rect)
      return
    }
    let matrix = isCorrelation ? profile.correlation : profile.covariance
    let size = "\(outline.mean.count)\(glyphs.times)\(outline.mean.count)"
    let plot = drawCaption(
      name, note: matrix.rowCount < outline.mean.count ? size + ", averaged" : size, on: &canvas, rect: rect)
    HeatMap(
      rowCount: matrix.rowCount, columnCount: matrix.columnCount, ramp: .diverging,
      range: isCorrelation ? -1...1 : nil
    ) { matrix[$0, $1] }
    .draw(into: &canvas, rect: plot, appearance: appearance)
  }

  /// Draws the name of a plot and a note at the right.
  ///
  /// - Returns: The rectangle that remains for the plot.
  func drawCaption(_ name: String, note: String, on canvas: inout Canvas, rect: Rect) -> Rect {
    guard !rect.isEmpty else { return rect }
    let used = canvas.write(name, at: rect.origin, style: theme.tableHeader, maxWidth: rect.width)
    if used + 2 + DisplayText.width(note) <= rect.width {
      canvas.write(note, at: rect.origin, style: theme.muted, maxWidth: rect.width, alignment: .trailing)
    }
    return rect.inset(top: 1)
  }
}
