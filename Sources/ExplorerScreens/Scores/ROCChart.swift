import ExplorerModel
import OODDetection
import TerminalRendering

/// The ROC or precision–recall curves of the OOD sets shown. Two marker lines cross at the point of the threshold.
enum ROCChart {
  /// A curve and how to draw it.
  struct Curve {
    var curve: ROCCurve
    var style: Style
    var pattern = LineChart.Pattern.solid
  }

  /// The curves of the sets that are drawn together, or else the one of the set shown or of all OOD samples.
  static func curves(_ scores: ScoresState, appearance: Appearance) -> [Curve] {
    if scores.setFilter == nil, !scores.sets.isEmpty {
      let styles = SetStyle.all(scores, appearance: appearance)
      return styles.sorted { $0.key < $1.key }.compactMap { index, style in
        scores.sets[index].curve.map { Curve(curve: $0, style: style.style, pattern: style.pattern) }
      }
    }
    return scores.shownCurve.map { [Curve(curve: $0, style: appearance.theme.accent)] } ?? []
  }

  static func chart(
    of curves: [Curve], counts: ThresholdCounts?, showsPrecisionRecall: Bool = false, appearance: Appearance
  ) -> LineChart {
    let style = appearance.theme.threshold
    let label: @Sendable (Double) -> String = {
      $0 == 0 ? "0" : $0 == 1 ? "1" : appearance.numbers.part($0, places: 1)
    }
    let (x, y) = showsPrecisionRecall ? (counts?.tpr, counts?.precision) : (counts?.fpr, counts?.tpr)
    return LineChart(
      curves.map { curve in
        let recalls = curve.curve.truePositiveRates
        let (xs, ys) =
          showsPrecisionRecall
          ? (recalls, precisions(curve.curve)) : (curve.curve.falsePositiveRates, recalls)
        let points = thinned(xs, ys)
        return LineChart.Series(
          xs: points.map { xs[$0] }, ys: points.map { ys[$0] }, style: curve.style, pattern: curve.pattern)
      },
      xAxis: Axis(range: 0...1, label: label), yAxis: Axis(range: 0...1, label: label),
      verticalMarkers: x.map { [ChartMarker($0, style: style)] } ?? [],
      horizontalMarkers: y.map { [ChartMarker($0, style: style)] } ?? [])
  }

  /// The share of OOD samples among those at or above each threshold; 1 where there are none.
  private static func precisions(_ curve: ROCCurve) -> [Double] {
    zip(curve.truePositives, curve.falsePositives).map { hits, alarms in
      hits + alarms > 0 ? Double(hits) / Double(hits + alarms) : 1
    }
  }

  /// The indices of the points to draw. Consecutive points differ by at least `resolution` in one direction;
  /// both ends are kept. O(N).
  static func thinned(_ xs: [Double], _ ys: [Double], resolution: Double = 0.002) -> [Int] {
    guard let last = xs.indices.last else { return [] }
    var kept = [0]
    for index in xs.indices.dropFirst() {
      let before = kept[kept.count - 1]
      if index == last || abs(xs[index] - xs[before]) >= resolution
        || abs(ys[index] - ys[before]) >= resolution
      {
        kept.append(index)
      }
    }
    return kept
  }
}
