import ExplorerModel
import TerminalRendering

/// The histograms as a chart whose bins are as wide as the plot's columns, and what lies beyond them.
struct ScoreHistogramChart {
  let chart: HistogramChart
  private let histogram: ScoreHistogram
  private let threshold: Double?

  /// Nil where there is nothing to count.
  init?(_ state: ExplorerState, rect: Rect, appearance: Appearance) {
    let threshold = state.threshold
    func chart(of histogram: ScoreHistogram) -> HistogramChart {
      Self.chart(of: histogram, state: state, threshold: threshold, appearance: appearance)
    }
    // The width of the plot is known only once the counts at its left are.
    guard let guess = state.histogram(binCount: max(1, rect.width - 6)) else { return nil }
    let drawn = chart(of: guess)
    let columnCount = (rect.x..<rect.maxX).count {
      drawn.value(atColumn: $0, in: rect, appearance: appearance) != nil
    }
    if columnCount > 0, columnCount != guess.binCount,
      let matched = state.histogram(binCount: columnCount)
    {
      histogram = matched
      self.chart = chart(of: matched)
    } else {
      histogram = guess
      self.chart = drawn
    }
    self.threshold = threshold
  }

  private static func chart(
    of histogram: ScoreHistogram, state: ExplorerState, threshold: Double?, appearance: Appearance
  ) -> HistogramChart {
    let range = histogram.range
    let step = (range.upperBound - range.lowerBound) / Double(histogram.binCount)
    // A single value still gets a bin of some width.
    let width = step > 0 ? step : max(1e-9, range.lowerBound.magnitude * 1e-9)
    let edges = (0...histogram.binCount).map { range.lowerBound + Double($0) * width }
    let forms: [(ScoreHistogram.Series, Style, HistogramChart.Form)] = [
      (.inDistribution, appearance.theme.inDistribution, .filled),
      (.outOfDistribution, appearance.theme.outOfDistribution, .outline),
      (.train, appearance.theme.train, .dotted),
    ]
    return HistogramChart(
      binEdges: edges,
      series: forms.compactMap { series, style, form in
        guard let counts = histogram.counts[series] else { return nil }
        let total = counts.reduce(0, +) + (histogram.below[series] ?? 0) + (histogram.above[series] ?? 0)
        return HistogramChart.Series(
          "\(series.title) \(appearance.numbers.grouped(total))", counts: counts.map(Double.init),
          style: style, form: form)
      },
      hasLogarithmicCounts: state.scoresView.usesLogCounts,
      threshold: threshold.map {
        ChartMarker($0, label: appearance.numbers.score($0), style: appearance.theme.threshold)
      })
  }

  /// One line: samples below the shown range at the left, beyond it at the right, the threshold too.
  func drawBeyond(into canvas: inout Canvas, rect: Rect, appearance: Appearance) {
    let glyphs = appearance.glyphs
    let below = text(of: histogram.below, thresholdIsThere: threshold.map { $0 < histogram.range.lowerBound })
    let above = text(of: histogram.above, thresholdIsThere: threshold.map { $0 > histogram.range.upperBound })
    if !below.isEmpty {
      canvas.write(
        "\(glyphs.toTheLeft) \(below) below", at: rect.origin, style: appearance.theme.muted,
        maxWidth: rect.width, ellipsis: glyphs.ellipsis)
    }
    if !above.isEmpty {
      canvas.write(
        "\(above) beyond \(glyphs.toTheRight)", at: rect.origin, style: appearance.theme.muted,
        maxWidth: rect.width, alignment: .trailing, ellipsis: glyphs.ellipsis)
    }

    func text(of counts: [ScoreHistogram.Series: Int], thresholdIsThere: Bool?) -> String {
      var parts = [ScoreHistogram.Series.outOfDistribution, .inDistribution, .train].compactMap { series in
        counts[series].map { "\(appearance.numbers.grouped($0)) \(series.title)" }
      }
      if thresholdIsThere == true { parts.append("the threshold") }
      return parts.joined(separator: ", ")
    }
  }
}
