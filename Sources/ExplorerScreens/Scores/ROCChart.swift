import OODDetection
import TerminalRendering

/// The ROC curve. Two marker lines cross at the point of the threshold.
enum ROCChart {
  static func chart(
    of curve: ROCCurve, counts: ThresholdCounts?, appearance: Appearance
  ) -> LineChart {
    let (xs, ys) = (curve.falsePositiveRates, curve.truePositiveRates)
    let points = thinned(xs, ys)
    let style = appearance.theme.threshold
    let label: @Sendable (Double) -> String = {
      $0 == 0 ? "0" : $0 == 1 ? "1" : appearance.numbers.part($0, places: 1)
    }
    return LineChart(
      [
        LineChart.Series(
          xs: points.map { xs[$0] }, ys: points.map { ys[$0] }, style: appearance.theme.accent)
      ],
      xAxis: Axis(range: 0...1, label: label), yAxis: Axis(range: 0...1, label: label),
      verticalMarkers: counts?.fpr.map { [ChartMarker($0, style: style)] } ?? [],
      horizontalMarkers: counts?.tpr.map { [ChartMarker($0, style: style)] } ?? [])
  }

  /// The indices of the points to draw. Consecutive points differ by at least `resolution` in one direction;
  /// both ends are kept. O(N).
  static func thinned(_ xs: [Double], _ ys: [Double], resolution: Double = 0.002) -> [Int] {
    guard let last = xs.indices.last else { return [] }
    var kept = [0]
    for index in xs.indices.dropFirst() {
      let before = kept[kept.count - 1]
      if index == last || xs[index] - xs[before] >= resolution || ys[index] - ys[before] >= resolution {
        kept.append(index)
      }
    }
    return kept
  }
}
