import ExplorerModel
import OODData
import TerminalRendering

/// The histograms as a chart whose bins are whole columns, OOD samples below the axis and all others above it, with the
/// counts outside the shown range.
struct ScoreHistogramChart {
  let chart: HistogramChart
  let histogram: ScoreHistogram
  private let threshold: Double?
  private let trainIsCut: Bool

  /// Returns `nil` if there is nothing to count.
  init?(_ state: ExplorerState, rect: Rect, appearance: Appearance) {
    let threshold = state.scores.threshold
    func chart(of histogram: ScoreHistogram) -> HistogramChart {
      Self.chart(of: histogram, state: state, threshold: threshold, appearance: appearance)
    }
    // The width of the plot depends on the width of the count labels, so the first histogram is a guess.
    let guessedCount = max(1, rect.width - 6)
    guard let guess = state.scores.histogram(columnCount: guessedCount) else { return nil }
    let drawn = chart(of: guess)
    let columnCount = (rect.x..<rect.maxX).count {
      drawn.value(atColumn: $0, in: rect, appearance: appearance) != nil
    }
    if columnCount > 0, columnCount != guessedCount,
      let matched = state.scores.histogram(columnCount: columnCount)
    {
      histogram = matched
      self.chart = chart(of: matched)
    } else {
      histogram = guess
      self.chart = drawn
    }
    self.threshold = threshold
    trainIsCut = Self.trainLimit(histogram, state.scores) != nil
  }

  private static func chart(
    of histogram: ScoreHistogram, state: ExplorerState, threshold: Double?, appearance: Appearance
  ) -> HistogramChart {
    let range = histogram.axis.range
    // A range of a single value still needs bins of nonzero width.
    let width = max(1e-9, range.lowerBound.magnitude * 1e-9)
    let edges =
      range.lowerBound < range.upperBound
      ? histogram.edges : (0...histogram.binCount).map { range.lowerBound + Double($0) * width }
    let forms: [(ScoreHistogram.Series, Style, HistogramChart.Form)] = [
      (.inDistribution, appearance.theme.inDistribution, .filled),
      (.unlabelled, appearance.theme.accent, .filled),
      (.outOfDistribution, appearance.theme.outOfDistribution, .filled),
      (.train, appearance.theme.train, .dotted),
    ]
    let styles = SetStyle.all(state.scores, appearance: appearance)
    // OOD sets drawn one by one replace the sum of all OOD samples.
    let sets = histogram.setCounts.sorted { $0.key < $1.key }.compactMap { index, counts in
      styles[index].map { style in
        HistogramChart.Series(
          DisplayText.truncated(
            state.scores.sets[index].set.fullName, to: 16, ellipsis: appearance.glyphs.ellipsis),
          counts: counts.map {
            state.scores.showsCounts ? Double($0) : share($0, of: state.scores.sets[index].count)
          }, style: style.style, form: style.form, isBelow: true)
      }
    }
    let limit = trainLimit(histogram, state.scores)
    return HistogramChart(
      binEdges: edges,
      series: forms.flatMap { series, style, form -> [HistogramChart.Series] in
        if series == .outOfDistribution, !sets.isEmpty { return sets }
        guard let counts = histogram.counts[series] else { return [] }
        let numbers = appearance.numbers
        var heights = counts.map { height($0, of: series, in: histogram, state.scores) }
        if series == .train, let limit { heights = heights.map { min($0, limit) } }
        let title =
          series == .outOfDistribution ? state.scores.shownSet?.set.fullName ?? series.title : series.title
        return [
          HistogramChart.Series(
            "\(title) \(numbers.grouped(histogram.total(series)))", counts: heights, style: style, form: form,
            isBelow: series == .outOfDistribution)
        ]
      },
      xAxis: Axis(histogram.axis.logUnit.map { .logAboveLowerEnd(unit: $0) } ?? .linear),
      hasLogarithmicCounts: state.scores.usesLogCounts,
      threshold: threshold.map {
        ChartMarker($0, label: appearance.numbers.score($0), style: appearance.theme.threshold)
      })
  }

  /// The limit at which the heights of training samples are clipped: they are many and similar and would flatten the
  /// other series. `nil` if they fit.
  private static func trainLimit(_ histogram: ScoreHistogram, _ scores: ScoresState) -> Double? {
    func highest(_ series: ScoreHistogram.Series) -> Double? {
      histogram.counts[series]?.max().map { height($0, of: series, in: histogram, scores) }
    }
    let others = [ScoreHistogram.Series.inDistribution, .outOfDistribution, .unlabelled].compactMap(highest)
    guard !scores.usesLogCounts, let peak = others.max(), peak > 0, let train = highest(.train),
      train > 2 * peak
    else { return nil }
    return peak * 1.25
  }

  /// A count, or its share of all samples of a series in percent.
  private static func height(
    _ count: Int, of series: ScoreHistogram.Series, in histogram: ScoreHistogram, _ scores: ScoresState
  ) -> Double {
    scores.showsCounts ? Double(count) : share(count, of: histogram.total(series))
  }

  private static func share(_ count: Int, of total: Int) -> Double {
    100 * Double(count) / Double(max(1, total))
  }

  /// Draws one line that counts the samples below and above the shown range, and says if the threshold lies
  /// there.
  func drawBeyond(into canvas: inout Canvas, rect: Rect, appearance: Appearance) {
    let glyphs = appearance.glyphs
    let below = text(
      of: histogram.below, thresholdIsThere: threshold.map { $0 < histogram.axis.range.lowerBound })
    let above = text(
      of: histogram.above, thresholdIsThere: threshold.map { $0 > histogram.axis.range.upperBound })
    var left = below.isEmpty ? "" : "\(glyphs.toTheLeft) \(below) below"
    if trainIsCut, let peak = histogram.counts[.train]?.max() {
      left += (left.isEmpty ? "" : "; ") + "train clipped, peak \(appearance.numbers.grouped(peak)) samples"
    }
    let right = above.isEmpty ? "" : "\(above) above \(glyphs.toTheRight)"
    // Samples above the range matter more, so the left side is truncated first.
    let rightWidth = min(rect.width, DisplayText.width(right))
    let leftRoom = rect.width - rightWidth - (right.isEmpty ? 0 : 2)
    let style = appearance.theme.muted
    canvas.write(left, at: rect.origin, style: style, maxWidth: max(0, leftRoom), ellipsis: glyphs.ellipsis)
    canvas.write(
      right, at: rect.origin, style: style, maxWidth: rect.width, alignment: .trailing,
      ellipsis: glyphs.ellipsis)

    func text(of counts: [ScoreHistogram.Series: Int], thresholdIsThere: Bool?) -> String {
      var parts = [ScoreHistogram.Series.outOfDistribution, .inDistribution, .unlabelled, .train].compactMap {
        series in
        counts[series].map { "\(appearance.numbers.grouped($0)) \(series.title)" }
      }
      if thresholdIsThere == true { parts.append("threshold") }
      return parts.joined(separator: ", ")
    }
  }
}

extension ScoreHistogram {
  /// The number of samples of a series, in the range and beyond.
  fileprivate func total(_ series: Series) -> Int {
    (counts[series] ?? []).reduce(0, +) + (below[series] ?? 0) + (above[series] ?? 0)
  }
}

extension ScoreRange {
  /// The name in captions and key hints.
  var title: String {
    switch self {
    case .central: "central range"
    case .full: "full range"
    case .logarithmic: "log scores"
    }
  }
}

/// The appearance that distinguishes an OOD set in a chart: a color, and a dot pattern for terminals without colors.
struct SetStyle {
  let style: Style
  let pattern: LineChart.Pattern
  let form: HistogramChart.Form
  /// A sample of the line, for legends.
  let sample: String

  /// - Parameter place: The place of the set among those that are drawn.
  init(_ place: Int, appearance: Appearance) {
    let theme = appearance.theme
    style = theme.sets[place % theme.sets.count]
    let patterns: [(LineChart.Pattern, HistogramChart.Form)] = [
      (.solid, .outline), (.dashed, .dashed), (.dotted, .dotted),
    ]
    (pattern, form) = patterns[place % patterns.count]
    sample = appearance.glyphs.isUnicode ? ["⠤⠤", "⠤⠄", "⠄⠄"][place % 3] : ["o", "+", "."][place % 3]
  }

  /// The styles of the sets that are drawn together, by the index of the set.
  static func all(_ scores: ScoresState, appearance: Appearance) -> [Int: SetStyle] {
    let drawn = scores.sets.indices.filter { scores.sets[$0].curve != nil }
    return Dictionary(
      uniqueKeysWithValues: drawn.enumerated().map { ($1, SetStyle($0, appearance: appearance)) })
  }
}
