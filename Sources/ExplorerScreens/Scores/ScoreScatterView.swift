import ExplorerModel
import OODData
import OODDetection
import TerminalRendering

/// Samples by two of their scores, with both thresholds: where scores disagree.
struct ScoreScatterView: StyledPart {
  let state: ExplorerState
  let appearance: Appearance

  /// `nil` until the points are collected.
  var chart: ScatterChart? {
    guard let scatter = state.scores.scatter, let xAxis = axis(state.scores.shownDistribution),
      let yAxis = axis(scatter.distribution)
    else { return nil }
    return ScatterChart(
      series(scatter), xAxis: xAxis, yAxis: yAxis,
      verticalMarkers: marker(state.scores.threshold),
      horizontalMarkers: marker(state.scores.scatterThreshold),
      showsLegend: true)
  }

  private func axis(_ distribution: ScoreDistribution?) -> Axis? {
    guard let distribution, let range = state.scores.shownRange, let axis = distribution.axis(range) else {
      return nil
    }
    return Axis(axis.logUnit.map { .logAboveLowerEnd(unit: $0) } ?? .linear, range: axis.range)
  }

  private func marker(_ threshold: Double?) -> [ChartMarker] {
    threshold.map { [ChartMarker($0, label: appearance.numbers.score($0), style: theme.threshold)] } ?? []
  }

  private func series(_ scatter: ScoreScatter) -> [ScatterChart.Series] {
    let looks: [(ScoreDistribution.Series, Style, Character)] = [
      (.train, theme.train, "."), (.inDistribution, theme.inDistribution, "o"),
      (.unlabelled, theme.accent, "o"), (.outOfDistribution, theme.outOfDistribution, "x"),
    ]
    return looks.compactMap { series, style, mark in
      scatter.points[series].map { points in
        let numbers = appearance.numbers
        let part =
          points.xs.count < points.count ? "\(numbers.grouped(points.xs.count)) of " : ""
        return ScatterChart.Series(
          "\(series.title) \(part)\(numbers.grouped(points.count))", xs: points.xs, ys: points.ys,
          style: style, mark: mark)
      }
    }
  }

  func draw(into canvas: inout Canvas, rect: Rect) {
    let missing = state.missingScatterScore
    guard missing == nil, let chart else {
      canvas.write(
        missing.map { "\($0.rawValue) is not computed at this setting; m goes to it." }
          ?? appearance.glyphs.spelled("Collecting the points …"),
        at: Point(x: rect.x, y: rect.y + rect.height / 2), style: theme.muted, maxWidth: rect.width,
        alignment: .center)
      return
    }
    chart.draw(into: &canvas, rect: rect, appearance: appearance)
  }

  /// What the axes are, and how alike the two scores rank the samples.
  func drawNote(into canvas: inout Canvas, rect: Rect) {
    guard let scatter = state.scores.scatter else { return }
    let glyphs = appearance.glyphs
    var text =
      "\(glyphs.toTheRight) \(scatter.request.setting.score.rawValue)  \(glyphs.arrowUp) \(scatter.request.other.rawValue)"
    if let correlation = scatter.rankCorrelation {
      text += "  rank correlation \(appearance.numbers.fixed(correlation, places: 3))"
    }
    let outside = outsideCount(scatter)
    if outside > 0 { text += "  \(appearance.numbers.grouped(outside)) outside" }
    if !state.scatterIsCurrent { text += "  \(glyphs.ellipsis)" }
    canvas.write(text, at: rect.origin, style: theme.muted, maxWidth: rect.width, ellipsis: glyphs.ellipsis)
  }

  /// The number of points beyond the shown range.
  private func outsideCount(_ scatter: ScoreScatter) -> Int {
    guard let range = state.scores.shownRange, let x = state.scores.shownDistribution?.axis(range)?.range,
      let y = scatter.distribution.axis(range)?.range
    else { return 0 }
    return scatter.points.values.reduce(0) { sum, points in
      sum + zip(points.xs, points.ys).count { !x.contains($0) || !y.contains($1) }
    }
  }
}
