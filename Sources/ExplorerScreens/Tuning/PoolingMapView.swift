import ExplorerModel
import OODData
import OODDetection
import TerminalRendering

/// The map over pooling α and t: leave-one-out NLL, its accuracy or AUROC, one row for each α. What stands out from the background is
/// better.
struct PoolingMapView: StyledPart {
  let state: ExplorerState
  let appearance: Appearance

  private var tuning: TuningState { state.tuning }
  private var poolings: [Pooling] { tuning.poolings(with: state.setting.fit.pooling) }

  /// Title, rows and two lines about the cell under the cursor.
  var height: Int { poolings.count + 3 }

  func draw(into canvas: inout Canvas, rect: Rect) {
    var column = TextColumn(rect)
    column.line(title(width: rect.width), on: &canvas)
    heatRows.draw(into: &canvas, rect: column.take(poolings.count), appearance: appearance)
    column.paragraph(underCursor, limit: 2, on: &canvas)
  }

  /// The cell under a point of the canvas.
  func cell(at point: Point, rect: Rect) -> TuningState.MapCell? {
    let rows = Rect(x: rect.x, y: rect.y + 1, width: rect.width, height: rect.height - 1)
    return heatRows.element(at: point, in: rows).map {
      TuningState.MapCell(pooling: poolings[$0.row], step: $0.column)
    }
  }

  // MARK: The rows

  private func values(_ pooling: Pooling) -> [Double] {
    let unknown = [Double](repeating: .nan, count: tuning.path.count)
    guard let row = tuning.map[pooling] else { return unknown }
    return tuning.mapMeasure.values(row, state.setting.score) ?? unknown
  }

  /// The values that are the background and that stand out most; `nil` while there are none.
  private var ends: (neutral: Double, strong: Double)? {
    let prefersLess = tuning.mapMeasure.prefersLess
    // Values that are worse by orders of magnitude do not flatten the others.
    let range = ClippedRange(of: poolings.map(values), best: prefersLess ? .lowest : .highest)?.shown
    return range.map { prefersLess ? ($0.upperBound, $0.lowerBound) : ($0.lowerBound, $0.upperBound) }
  }

  private var heatRows: HeatRows {
    let rows = poolings.map { HeatRows.Row(label: "α \(numbers.share($0.value))", values: values($0)) }
    let cursor = tuning.cursor(at: state.setting.current)
    var marks: [HeatRows.Mark] = []
    if let place = tuning.map.lowest, let row = poolings.firstIndex(of: place.pooling),
      let step = tuning.path.firstIndex(of: place.regularization)
    {
      marks.append(
        .init(row: row, column: step, glyph: appearance.glyphs.isUnicode ? "○" : "o", style: theme.proposed))
    }
    return HeatRows(
      rows: rows.map {
        HeatRows.Row(label: appearance.glyphs.spelled($0.label), values: $0.values)
      },
      ends: ends ?? (0, 1),
      marks: marks, cursor: poolings.firstIndex(of: cursor.pooling).map { ($0, cursor.step) })
  }

  // MARK: The lines

  private var measureName: String {
    switch tuning.mapMeasure {
    case .leaveOneOutNLL: "leave-one-out NLL"
    case .leaveOneOutAccuracy: "leave-one-out accuracy"
    case .auroc: "AUROC"
    }
  }

  /// As much as fits as a whole, the name of the figure first, then what its colors mean.
  private func title(width: Int) -> [StyledText] {
    let known = poolings.count { tuning.map[$0] != nil }
    var rows = ""
    if known < poolings.count {
      rows = "\(known) of \(poolings.count) rows"
      if state.tasks[.map] != nil { rows += " " + appearance.glyphs.ellipsis }
    }
    let axes = appearance.glyphs.spelled("over pooling α and \(symbol)")
    let key = [StyledText("v", style: theme.key), StyledText(" next measure", style: theme.muted)]
    // In the order of the line, each with its rank when there is not room for all.
    let parts: [(rank: Int, text: [StyledText])] = [
      (0, [StyledText("map: \(measureName)", style: theme.title)]),
      (4, [StyledText(axes, style: theme.muted)]), (1, scale),
      (2, rows.isEmpty ? [] : [StyledText(rows, style: theme.muted)]), (3, key),
    ]
    func line(upTo rank: Int) -> [StyledText] {
      let shown = parts.filter { $0.rank <= rank && !$0.text.isEmpty }.map(\.text)
      return Array(shown.joined(separator: [StyledText("  ")]))
    }
    for rank in (1...4).reversed() {
      let line = line(upTo: rank)
      if line.reduce(0, { $0 + DisplayText.width($1.text) }) <= width { return line }
    }
    return line(upTo: 0)
  }

  /// The colors between the worst and the best value that are told apart.
  private var scale: [StyledText] {
    guard let ends else { return [] }
    func text(_ value: Double) -> String {
      tuning.mapMeasure.prefersLess ? numbers.score(value) : numbers.part(value)
    }
    return [StyledText("worse \(text(ends.neutral)) ", style: theme.muted)]
      + HeatRows.scale(8, appearance: appearance)
      + [StyledText(" \(text(ends.strong)) better", style: theme.muted)]
  }

  private var symbol: String { state.setting.fit.ridgeRule.symbol }

  /// What taking the setting under the cursor would change.
  private var underCursor: [StyledText] {
    let now = state.setting.current
    let target = tuning.settingUnderCursor(at: now)
    guard target != now else {
      return [
        StyledText("↑↓ ", style: theme.key),
        StyledText("other poolings; ", style: theme.muted),
        StyledText(appearance.glyphs.isUnicode ? "○" : "o", style: theme.proposed),
        StyledText(" least NLL", style: theme.muted),
      ].map { StyledText(appearance.glyphs.spelled($0.text), style: $0.style) }
    }
    let cursor = tuning.cursor(at: now)
    var parts = [
      StyledText("Enter", style: theme.key), StyledText(" takes "),
      StyledText(
        appearance.glyphs.spelled(
          "α \(numbers.share(target.fit.pooling.value)), \(symbol) \(shortText(target.regularization))"),
        style: theme.emphasis),
    ]
    let changes = [
      change("NLL", .leaveOneOutNLL, cursor) { numbers.score($0) },
      change("accuracy", .leaveOneOutAccuracy, cursor) { numbers.part($0) },
      change("AUROC", .auroc, cursor) { numbers.part($0) },
    ].compactMap(\.self)
    parts.append(
      StyledText(
        changes.isEmpty ? ": not computed yet" : ": " + changes.joined(separator: ", "), style: theme.muted))
    return parts
  }

  /// A figure now and under the cursor; `nil` if it is not known there.
  private func change(
    _ name: String, _ measure: MapMeasure, _ cell: TuningState.MapCell, _ text: (Double) -> String
  ) -> String? {
    func value(_ pooling: Pooling, _ step: Int?) -> Double? {
      guard let step, let row = tuning.map[pooling], let values = measure.values(row, state.setting.score),
        values.indices.contains(step), values[step].isFinite
      else { return nil }
      return values[step]
    }
    guard let after = value(cell.pooling, cell.step) else { return nil }
    let step = tuning.path.firstIndex(of: state.setting.regularization)
    guard let before = value(state.setting.fit.pooling, step) else { return "\(name) \(text(after))" }
    return "\(name) \(text(before)) \(appearance.glyphs.toTheRight) \(text(after))"
  }
}
