import ExplorerModel
import OODData
import OODDetection
import TerminalRendering

/// The score histograms of two settings over each other: ID samples above the axis, OOD samples below it. Scores of
/// different settings do not compare, so each is measured from its own ID median in its own ID interquartile ranges.
struct PinHistograms: StyledPart {
  let state: ExplorerState
  let appearance: Appearance

  func draw(into canvas: inout Canvas, rect: Rect) {
    var column = TextColumn(rect)
    guard let pair = state.histogramPair else {
      column.paragraph(
        [
          StyledText("p", style: theme.key),
          StyledText(
            " pins settings; the histograms of two are then drawn over each other here.", style: theme.muted),
        ], on: &canvas)
      return
    }
    let sides = [pair.first, pair.second]
    column.line(
      [StyledText("scores at ", style: theme.title)]
        + sides.enumerated().flatMap { place, side in
          [
            StyledText(place == 0 ? "" : " and ", style: theme.muted),
            StyledText(side.name, style: side.name == "now" ? theme.threshold : theme.pinned),
          ]
        } + [
          StyledText("  d", style: theme.key), StyledText(" curves  ", style: theme.muted),
          StyledText(state.histogramPairCount > 1 ? "n" : "", style: theme.key),
          StyledText(state.histogramPairCount > 1 ? " next pair" : "", style: theme.muted),
        ], on: &canvas)
    for side in sides {
      column.line(
        [
          StyledText("\(side.name) ", style: theme.emphasis),
          StyledText(appearance.glyphs.spelled(side.setting.summary), style: theme.muted),
        ], on: &canvas)
    }
    let note = column.rest.height >= 6 ? 1 : 0
    let area = column.take(column.rest.height - note)
    let scales = sides.map { $0.distribution.flatMap(Scale.init) }
    guard let first = scales[0], let second = scales[1],
      let chart = chart([(sides[0], first), (sides[1], second)], width: area.width)
    else {
      canvas.write(
        sides.contains { $0.distribution == nil }
          ? appearance.glyphs.spelled("Computing the scores of the pinned setting …")
          : "Not enough samples to compare.",
        at: Point(x: area.x, y: area.y + area.height / 2), style: theme.muted, maxWidth: area.width,
        alignment: .center)
      return
    }
    chart.draw(into: &canvas, rect: area, appearance: appearance)
    column.line(
      "% per bin, from the ID median in ID interquartile ranges", style: theme.muted, on: &canvas)
  }

  /// The location and the spread of a setting's typical scores.
  private struct Scale {
    var median: Double
    var spread: Double

    init?(_ distribution: ScoreDistribution) {
      let series: [ScoreDistribution.Series] = [.inDistribution, .unlabelled, .train]
      guard let typical = series.first(where: { (distribution.sorted[$0]?.count ?? 0) >= 4 }),
        let low = distribution.quantile(0.25, of: typical),
        let high = distribution.quantile(0.75, of: typical),
        let median = distribution.quantile(0.5, of: typical), high > low, (high - low).isFinite
      else { return nil }
      (self.median, spread) = (median, high - low)
    }

    func score(_ value: Double) -> Double { median + value * spread }
  }

  private typealias Side = (PinnedScores, Scale)

  private func chart(_ sides: [Side], width: Int) -> HistogramChart? {
    // The range that holds the central range of both, in units of their spread.
    let ranges = sides.compactMap { side, scale in
      side.distribution?.centralRange.map {
        (($0.lowerBound - scale.median) / scale.spread, ($0.upperBound - scale.median) / scale.spread)
      }
    }
    guard let low = ranges.map(\.0).min(), let high = ranges.map(\.1).max(), low < high else { return nil }
    let binCount = max(1, min(60, (width - 6) / 2))
    let edges = (0...binCount).map { low + (high - low) * Double($0) / Double(binCount) }
    let forms: [HistogramChart.Form] = [.filled, .outline]
    var series: [HistogramChart.Series] = []
    for (place, (side, scale)) in sides.enumerated() {
      guard let distribution = side.distribution else { continue }
      let axis = ScoreAxis(scale.score(low)...scale.score(high))
      let histogram = distribution.histogram(along: axis, columnCount: binCount)
      for kind in [ScoreDistribution.Series.inDistribution, .unlabelled, .outOfDistribution] {
        guard let counts = histogram.counts[kind], let all = distribution.sorted[kind]?.count else {
          continue
        }
        let isBelow = kind == .outOfDistribution
        series.append(
          .init(
            "\(side.name) \(kind.title)", counts: counts.map { 100 * Double($0) / Double(all) },
            style: style(side, place, isBelow: isBelow), form: forms[place], isBelow: isBelow))
      }
    }
    return HistogramChart(binEdges: edges, series: series)
  }

  /// The first setting has the colors of its samples, the second one that of a pin or of the current setting.
  private func style(_ side: PinnedScores, _ place: Int, isBelow: Bool) -> Style {
    if place == 0 { return isBelow ? theme.outOfDistribution : theme.inDistribution }
    return side.name == "now" ? theme.threshold : theme.pinned
  }
}
