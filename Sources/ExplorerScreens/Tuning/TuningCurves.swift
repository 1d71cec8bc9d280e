import ExplorerModel
import OODData
import OODDetection
import TerminalRendering

/// The curves over λ, one chart each with a common axis and markers at the important values of λ.
struct TuningCurves {
  struct Curve {
    var title: String
    /// The lines below the title.
    var notes: [StyledText]
    var series: [LineChart.Series]
    var scale: AxisScale
    /// `nil` for the range of the values.
    var range: ClosedRange<Double>?
    var label: @Sendable (Double) -> String
  }

  let curves: [Curve]
  private let path: [Double]
  private let markers: [ChartMarker]
  private let appearance: Appearance

  /// The width of the titles to the left of the charts.
  private static let titleWidth = 17
  /// The usual width of the axis labels, which aligns the charts.
  static let labelWidth = 6
  /// The width of the widest label: more than the usual one where close values need more digits.
  private let labelWidth: Int

  init(state: ExplorerState, limit: Int, appearance: Appearance) {
    self.appearance = appearance
    guard let sweep = state.tuning.sweep else {
      (curves, path, markers, labelWidth) = ([], [], [], Self.labelWidth)
      return
    }
    let steps = state.tuning.shownSteps(around: state.setting.regularization)
    path = steps.compactMap { sweep.path.indices.contains($0) ? sweep.path[$0].value : nil }
    markers = Self.markers(state, appearance: appearance)
    let builder = TuningCurveBuilder(state: state, sweep: sweep, appearance: appearance)
    // If not all curves fit, FPR95 is dropped first, because the table shows it too.
    let byImportance = [
      (0, builder.likelihood), (1, builder.auroc), (3, builder.condition), (2, builder.fpr95),
    ].compactMap { order, curve in curve.map { (order, $0) } }
    curves = byImportance.prefix(limit).sorted { $0.0 < $1.0 }.map(\.1)
    let labels = curves.flatMap { curve in
      curve.range.map { [curve.label($0.lowerBound), curve.label($0.upperBound)] } ?? []
    }
    labelWidth = labels.map(DisplayText.width).max().map { max($0, Self.labelWidth) } ?? Self.labelWidth
  }

  func draw(_ place: Int, isFirst: Bool, isLast: Bool, into canvas: inout Canvas, rect: Rect) {
    let curve = curves[place]
    var titles = TextColumn(titleRect(rect))
    // The title is beside the plot, not beside the captions above it.
    if isFirst, rect.height >= 5 { titles.gap() }
    titles.line(curve.title, style: appearance.theme.title, on: &canvas)
    for note in curve.notes { titles.line([note], on: &canvas) }
    chart(place, isFirst: isFirst, isLast: isLast).draw(
      into: &canvas, rect: chartRect(rect), appearance: appearance)
  }

  /// The value of λ at a column of the canvas; `nil` outside the plot.
  func regularization(atColumn column: Int, place: Int, isFirst: Bool, isLast: Bool, rect: Rect) -> Double? {
    chart(place, isFirst: isFirst, isLast: isLast).xValue(
      atColumn: column, in: chartRect(rect), appearance: appearance)
  }

  private func titleRect(_ rect: Rect) -> Rect {
    Rect(x: rect.x, y: rect.y, width: min(Self.titleWidth, rect.width / 3), height: rect.height)
  }

  private func chartRect(_ rect: Rect) -> Rect { rect.inset(left: titleRect(rect).width + 1) }

  private func chart(_ place: Int, isFirst: Bool, isLast: Bool) -> LineChart {
    let curve = curves[place]
    let positive = path.filter { $0 > 0 }
    let range = positive.min().flatMap { low in positive.max().map { low...$0 } }
    let labelWidth = labelWidth
    return LineChart(
      curve.series,
      xAxis: Axis(.log, range: range, showsLabels: isLast),
      yAxis: Axis(curve.scale, range: curve.range) { value in
        DisplayText.padded(curve.label(value), to: labelWidth, alignment: .trailing)
      },
      verticalMarkers: markers.map {
        ChartMarker($0.value, label: isFirst ? $0.label : "", style: $0.style)
      })
  }

  /// Markers at the current, the proposed, the best-AUROC and the pinned λ. Equal values share a marker.
  private static func markers(_ state: ExplorerState, appearance: Appearance) -> [ChartMarker] {
    let theme = appearance.theme
    var candidates: [(Regularization, String, Style)] = []
    for pin in state.tuning.pins.all {
      candidates.append((pin.setting.regularization, pin.letter, theme.pinned))
    }
    if let best = state.tuning.sweep?.bestAUROC(state.setting.score) {
      candidates.append((best.regularization, "best", theme.good))
    }
    if let proposed = state.tuning.proposed(at: state.setting.current), proposed.fit == state.setting.fit {
      candidates.append((proposed.regularization, "proposed", theme.proposed))
    }
    candidates.append((state.setting.regularization, "now", theme.current))
    var markers: [ChartMarker] = []
    for (regularization, label, style) in candidates where regularization.value > 0 {
      if let place = markers.firstIndex(where: { $0.value == regularization.value }) {
        markers[place].label += " = " + label
        markers[place].style = style
      } else {
        markers.append(ChartMarker(regularization.value, label: label, style: style))
      }
    }
    // The label of the current λ is placed first.
    return markers.reversed()
  }
}
