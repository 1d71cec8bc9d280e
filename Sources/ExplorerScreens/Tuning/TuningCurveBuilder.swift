import ExplorerModel
import Foundation
import OODData
import OODDetection
import TerminalRendering

/// Builds the curves of a computed path.
struct TuningCurveBuilder: StyledPart {
  let state: ExplorerState
  let sweep: Sweep
  let appearance: Appearance

  /// The shown steps of the path.
  private var steps: Range<Int> {
    let shown = state.tuning.shownSteps(around: state.setting.regularization)
    return shown.lowerBound..<max(shown.lowerBound, min(shown.upperBound + 1, sweep.path.count))
  }
  private var path: [Double] { shown(sweep.path.map(\.value)) }

  /// The values at the shown steps.
  private func shown(_ values: [Double]) -> [Double] {
    steps.isEmpty || steps.upperBound > values.count ? values : Array(values[steps])
  }

  private func note(_ text: String) -> StyledText {
    StyledText(appearance.glyphs.spelled(text), style: theme.muted)
  }

  /// The leave-one-out and the held-out NLL in one chart. Both are in nats per sample, and the former
  /// predicts the latter.
  var likelihood: TuningCurves.Curve? {
    var series: [LineChart.Series] = []
    var notes: [StyledText] = []
    let sample: (Style, String, String) -> StyledText = { style, unicode, text in
      StyledText((appearance.glyphs.isUnicode ? unicode : "") + text, style: style)
    }
    if let leaveOneOut = sweep.leaveOneOutNLL {
      let style = theme.series[0]
      series.append(.init("leave-one-out", xs: path, ys: shown(leaveOneOut), style: style))
      notes.append(sample(style, "⠤⠤ ", appearance.glyphs.isUnicode ? "leave-one-out" : "* leave-one-out"))
    }
    if let heldOut = sweep.heldOutNLL {
      let style = theme.series[2]
      series.append(.init("held-out ID", xs: path, ys: shown(heldOut), style: style, pattern: .dashed))
      let mark = series.count == 1 ? "*" : "+"
      notes.append(sample(style, "⠤⠄ ", appearance.glyphs.isUnicode ? "held-out ID" : "\(mark) held-out ID"))
    }
    guard !series.isEmpty else { return nil }
    if sweep.leaveOneOutNLL == nil { notes.append(note("no leave-one-out")) }
    let range = ClippedRange(of: series.map(\.ys), best: .lowest)
    if let highest = range?.cutOff { notes.append(note("up to \(Self.nll(highest, places: 0, numbers))")) }
    let places = range.map { Self.places(toTellApart: $0.shown) } ?? 0
    return .init(title: "NLL per sample", notes: notes, series: series, scale: .linear, range: range?.shown) {
      [numbers] in Self.nll($0, places: places, numbers)
    }
  }

  /// A label of the axis. Digits that tell ticks apart are never dropped; a large value without them is written short.
  private static func nll(_ value: Double, places: Int, _ numbers: NumberFormat) -> String {
    let text = numbers.grouped(value, places: places)
    let isShort = DisplayText.width(text) <= TuningCurves.labelWidth
    return places > 0 || isShort ? text : numbers.scientific(value, digits: 1)
  }

  /// The number of decimals that keeps the ticks of a range distinct; 0 where nine would not do.
  static func places(toTellApart range: ClosedRange<Double>) -> Int {
    let span = range.upperBound - range.lowerBound
    guard span >= 1e-8, span.isFinite else { return 0 }
    return Int(max(0, (1 - log10(span)).rounded(.up)))
  }

  var auroc: TuningCurves.Curve? { setCurves ?? metricCurve(.auroc) }

  /// The AUROC of each OOD set and their mean; `nil` unless there are several sets. If there are too many to tell apart,
  /// those with the lowest AUROC at the current λ are drawn.
  private var setCurves: TuningCurves.Curve? {
    let names = state.scores.sets.map(\.set.fullName)
    guard let values = sweep.setAUROC[state.setting.score], values.first?.count == names.count, !names.isEmpty
    else { return nil }
    let means = values.map { $0.reduce(0, +) / Double($0.count) }
    let current = state.scores.sets.map { $0.separation?.auroc ?? 1 }
    let hardest = names.indices.sorted { (current[$0], $0) < (current[$1], $1) }
    let drawn = hardest.prefix(ScoresState.overlaidSetCount).sorted()
    let series = drawn.enumerated().map { place, set in
      let style = SetStyle(place, appearance: appearance)
      return LineChart.Series(
        names[set], xs: path, ys: shown(values.map { $0[set] }), style: style.style,
        pattern: style.pattern == .solid ? .dashed : style.pattern)
    }
    var notes: [StyledText] = []
    if state.scoresAreCurrent, let worst = hardest.first {
      let sign = appearance.sign(ofScoresIn: state)
      let mean = current.reduce(0, +) / Double(current.count)
      notes.append(StyledText("\(sign)mean \(numbers.part(mean))"))
      notes.append(StyledText("worst \(numbers.part(current[worst]))", style: theme.warning))
      notes.append(StyledText(names[worst], style: theme.warning))
    }
    if let best = means.max() { notes.append(note("best mean \(numbers.part(best))")) }
    let range = ClippedRange(of: [shown(means)] + series.map(\.ys), best: .highest)
    if let lowest = range?.cutOff { notes.append(note("down to \(numbers.part(lowest))")) }
    return .init(
      title: "AUROC by set", notes: notes,
      series: series + [.init("mean", xs: path, ys: shown(means), style: theme.emphasis)], scale: .linear,
      range: range.map { Self.widened($0.shown) }
    ) { [numbers] in numbers.part($0) }
  }
  var fpr95: TuningCurves.Curve? { metricCurve(.fpr95TPR) }

  private func metricCurve(_ metric: Metric) -> TuningCurves.Curve? {
    guard let metrics = sweep.metrics[state.setting.score] else { return nil }
    let values = metrics.map(metric.value)
    let best = metric == .auroc ? values.max() : values.min()
    let isRate = metric == .fpr95TPR
    var notes: [StyledText] = []
    // The current λ may lie off the path.
    let now = state.scoresAreCurrent ? state.scores.evaluation?.values : nil
    if let now {
      let sign = appearance.sign(ofScoresIn: state)
      notes.append(StyledText("\(sign)now \(sign.isEmpty ? " " : "")\(metric.text(now, numbers))"))
    }
    if let best, let index = values.firstIndex(of: best) {
      notes.append(note("best \(metric.text(metrics[index], numbers))"))
    }
    var range = ClippedRange(of: [shown(values)], best: metric == .auroc ? .highest : .lowest)
    // The current value is never cut off: rates lie close enough together to show all of them.
    if let now { range?.show(metric.value(now)) }
    if let worst = range?.cutOff {
      notes.append(
        note("\(isRate ? "up to" : "down to") \(isRate ? numbers.percent(worst) : numbers.part(worst))"))
    }
    return .init(
      title: metric.title, notes: notes,
      series: [
        .init(xs: path, ys: shown(values), style: metric == .auroc ? theme.series[0] : theme.series[1])
      ],
      scale: .linear, range: range.map { Self.widened($0.shown) }
    ) { [numbers] in isRate ? numbers.percent($0, places: 0) : numbers.part($0) }
  }

  var condition: TuningCurves.Curve? {
    let values = sweep.worstConditionNumber
    guard values.contains(where: \.isFinite) else { return nil }
    var notes: [StyledText] = []
    if let worst = state.classes.worstConditionNumber {
      notes.append(StyledText("now  \(numbers.scientific(worst))"))
    }
    if let index = state.classes.worstConditioned {
      notes.append(note("in \(state.classes.name(of: index))"))
    }
    return .init(
      title: "worst condition", notes: notes,
      series: [.init(xs: path, ys: shown(values), style: theme.series[3])], scale: .log, range: nil
    ) { [numbers] in numbers.scientific($0, digits: 1) }
  }

  /// Widens a range of rates to at least 0.05, so that tiny differences do not look large.
  static func widened(_ range: ClosedRange<Double>) -> ClosedRange<Double> {
    let missing = max(0, 0.05 - (range.upperBound - range.lowerBound))
    let upper = min(1, range.upperBound + missing / 2)
    return max(0, min(range.lowerBound, upper - 0.05))...max(upper, 0.05)
  }
}
