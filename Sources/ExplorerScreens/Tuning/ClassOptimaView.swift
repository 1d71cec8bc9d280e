import ExplorerModel
import Foundation
import OODData
import OODDetection
import TerminalRendering

/// Which classes want more or less regularization: a line for each, which stands out where its leave-one-out NLL is low, with its
/// own optimum beside the common one. Those farthest from it come first.
struct ClassOptimaView: StyledPart {
  let state: ExplorerState
  let appearance: Appearance

  private var symbol: String { state.setting.fit.ridgeRule.symbol }
  private var steps: ClosedRange<Int> { state.tuning.shownSteps(around: state.setting.regularization) }

  /// An NLL this much above the least one of its class, in nats per sample, is the dark end.
  private static let darkExcess = 30.0

  /// The rows on the canvas, with room for the title, the header and the lines below.
  static func rowCount(in height: Int) -> Int { max(1, height - 4) }

  func draw(into canvas: inout Canvas, rect: Rect) {
    var column = TextColumn(rect)
    column.line(
      [
        StyledText("leave-one-out NLL by class", style: theme.title),
        StyledText(appearance.glyphs.spelled(" over \(symbol)  "), style: theme.muted),
        StyledText("c", style: theme.key), StyledText(" curves", style: theme.muted),
      ], on: &canvas)
    guard let optima = state.tuning.classOptima else {
      column.paragraph(
        [
          StyledText(
            appearance.glyphs.spelled(
              state.tasks[.sweep] != nil
                ? "The \(symbol) path is still being computed."
                : "No class has two training samples to judge."),
            style: theme.muted)
        ], on: &canvas)
      return
    }
    let window = self.window(optima, height: rect.height)
    let columns = Columns(width: rect.width)
    drawHeader(into: &canvas, row: column.take(1), columns)
    let area = column.take(window.count)
    heatRows(optima, window).draw(
      into: &canvas, rect: Rect(x: area.x, y: area.y, width: columns.heatWidth, height: area.height),
      appearance: appearance)
    for (line, place) in window.enumerated() {
      drawFigures(
        optima.rows[place], into: &canvas,
        row: Rect(x: area.x, y: area.y + line, width: area.width, height: 1),
        columns, isSelected: place == state.tuning.classRow)
    }
    column.paragraph(summary(optima), limit: column.rest.height > 3 ? 2 : 1, on: &canvas)
    column.paragraph(selected(optima), limit: column.rest.height > 2 ? 2 : 1, on: &canvas)
    if column.rest.height >= 9 {
      column.gap()
      drawCurves(optima, into: &canvas, rect: column.take(min(16, column.rest.height)))
    }
  }

  /// The NLL of the selected class over t, beside that of all samples.
  private func drawCurves(_ optima: ClassOptima, into canvas: inout Canvas, rect: Rect) {
    guard let sweep = state.tuning.sweep, let common = sweep.leaveOneOutNLL,
      optima.rows.indices.contains(state.tuning.classRow)
    else { return }
    let row = optima.rows[state.tuning.classRow]
    let shown = steps.lowerBound..<min(steps.upperBound + 1, sweep.path.count, row.meanNLL.count)
    let path = shown.map { sweep.path[$0].value }
    let curves = [shown.map { row.meanNLL[$0] }, shown.map { common[$0] }]
    let name = DisplayText.truncated(
      state.classes.name(of: row.index), to: 16, ellipsis: appearance.glyphs.ellipsis)
    let (own, all) = (sweep.path[row.step].value, sweep.path[optima.commonStep].value)
    LineChart(
      [
        .init(name, xs: path, ys: curves[0], style: theme.series[0]),
        .init("all", xs: path, ys: curves[1], style: theme.series[2], pattern: .dashed),
      ], xAxis: Axis(.log, range: path.first.flatMap { low in path.last.map { low...max(low, $0) } }),
      yAxis: Axis(range: ClippedRange(of: curves, best: .lowest)?.shown),
      verticalMarkers: own == all
        ? [ChartMarker(own, style: theme.proposed)]
        : [
          ChartMarker(own, label: "own", style: theme.emphasis),
          ChartMarker(all, label: "common", style: theme.proposed),
        ], showsLegend: true
    ).draw(into: &canvas, rect: rect, appearance: appearance)
  }

  /// The row and the step of the path at a point of the canvas.
  func element(at point: Point, rect: Rect) -> (row: Int, step: Int?)? {
    guard let optima = state.tuning.classOptima else { return nil }
    let window = self.window(optima, height: rect.height)
    let line = point.y - rect.y - 2
    guard window.indices.contains(window.startIndex + line), line >= 0, rect.contains(point) else {
      return nil
    }
    let area = Rect(
      x: rect.x, y: rect.y + 2, width: Columns(width: rect.width).heatWidth, height: window.count)
    let found = heatRows(optima, window).element(at: point, in: area)
    return (window[window.startIndex + line], found.map { $0.column + steps.lowerBound })
  }

  // MARK: Parts

  private struct Columns {
    let figures: [(title: String, width: Int)]
    let heatWidth: Int

    init(width: Int) {
      let all = [("own", 9), ("decades", 8), ("gain", 8)]
      figures = width >= 60 ? all : width >= 44 ? Array(all.prefix(2)) : Array(all.suffix(2).prefix(1))
      heatWidth = max(0, width - figures.reduce(0) { $0 + $1.width + 1 })
    }
  }

  private func window(_ optima: ClassOptima, height: Int) -> Range<Int> {
    let room = min(Self.rowCount(in: height), optima.rows.count)
    let first = max(0, min(state.tuning.classRow - room / 2, optima.rows.count - room))
    return first..<first + room
  }

  private func heatRows(_ optima: ClassOptima, _ window: Range<Int>) -> HeatRows {
    let rows = window.map { optima.rows[$0] }
    let shown = steps
    var marks: [HeatRows.Mark] = []
    for (line, row) in rows.enumerated() {
      if shown.contains(optima.commonStep) {
        marks.append(
          .init(
            row: line, column: optima.commonStep - shown.lowerBound,
            glyph: appearance.glyphs.vertical, style: theme.proposed))
      }
      if shown.contains(row.step) {
        marks.append(
          .init(
            row: line, column: row.step - shown.lowerBound, glyph: appearance.glyphs.isUnicode ? "○" : "o",
            style: theme.emphasis))
      }
    }
    return HeatRows(
      rows: rows.map { row in
        let least = row.meanNLL[row.step]
        return HeatRows.Row(
          label: DisplayText.padded(
            state.classes.name(of: row.index), to: nameWidth, ellipsis: appearance.glyphs.ellipsis),
          // Near the optimum, small differences matter; far from it, large ones do not.
          values: shown.map { log1p(max(0, row.meanNLL[$0] - least)) })
      }, ends: (log1p(Self.darkExcess), 0), marks: marks)
  }

  private var nameWidth: Int {
    max(
      5,
      min(14, state.classes.outlines.indices.map { DisplayText.width(state.classes.name(of: $0)) }.max() ?? 1)
    )
  }

  private func drawHeader(into canvas: inout Canvas, row: Rect, _ columns: Columns) {
    guard !row.isEmpty else { return }
    let path = state.tuning.path
    let start = row.x + nameWidth + 1
    let width = columns.heatWidth - nameWidth - 1
    canvas.write("class", at: row.origin, style: theme.tableHeader, maxWidth: nameWidth)
    guard path.indices.contains(steps.upperBound) else { return }
    let ends = [steps.lowerBound, steps.upperBound].map { shortText(path[$0]) }
    canvas.write(ends[0], at: Point(x: start, y: row.y), style: theme.axis, maxWidth: width)
    canvas.write(
      ends[1], at: Point(x: start, y: row.y), style: theme.axis, maxWidth: width, alignment: .trailing)
    var x = row.x + columns.heatWidth
    for (title, width) in columns.figures {
      let text = title == "own" ? appearance.glyphs.spelled("own \(symbol)") : title
      canvas.write(
        text, at: Point(x: x + 1, y: row.y), style: theme.tableHeader, maxWidth: width, alignment: .trailing)
      x += width + 1
    }
  }

  private func drawFigures(
    _ optimum: ClassOptimum, into canvas: inout Canvas, row: Rect, _ columns: Columns, isSelected: Bool
  ) {
    let path = state.tuning.path
    var x = row.x + columns.heatWidth
    for (title, width) in columns.figures {
      let text =
        switch title {
        case "own":
          (optimum.isAtEnd ? (optimum.step == 0 ? appearance.glyphs.atMost : appearance.glyphs.atLeast) : "")
            + shortText(path[optimum.step])
        case "decades": change(optimum)
        default: optimum.gain < 0.0005 ? "0" : numbers.significant(optimum.gain)
        }
      canvas.write(
        text, at: Point(x: x + 1, y: row.y), style: style(optimum), maxWidth: width, alignment: .trailing)
      x += width + 1
    }
    if isSelected {
      canvas.restyle(Rect(x: row.x, y: row.y, width: nameWidth, height: 1)) { _ in theme.selection }
      canvas.restyle(
        Rect(x: row.x + columns.heatWidth, y: row.y, width: x - row.x - columns.heatWidth, height: 1)
      ) {
        _ in theme.selection
      }
    }
  }

  private func change(_ optimum: ClassOptimum) -> String {
    optimum.decades.magnitude < 1e-9
      ? "0" : (optimum.decades > 0 ? "+" : "") + numbers.fixed(optimum.decades, places: 1)
  }

  private func style(_ optimum: ClassOptimum) -> Style {
    optimum.decades.magnitude < 1e-9 ? theme.muted : theme.text
  }

  private func summary(_ optima: ClassOptima) -> [StyledText] {
    let counts = optima.counts
    let common = shortText(state.tuning.path[optima.commonStep])
    var text =
      "common \(symbol) \(common): \(numbers.grouped(counts.more)) want more, "
      + "\(numbers.grouped(counts.less)) less, \(numbers.grouped(counts.same)) the same"
    if optima.excludedCount > 0 {
      text += "; \(numbers.grouped(optima.excludedCount)) of one sample left out"
    }
    return [StyledText(appearance.glyphs.spelled(text), style: theme.muted)]
  }

  /// What the selected class would gain.
  private func selected(_ optima: ClassOptima) -> [StyledText] {
    guard optima.rows.indices.contains(state.tuning.classRow) else { return [] }
    let row = optima.rows[state.tuning.classRow]
    let name = state.classes.name(of: row.index)
    let count = numbers.grouped(state.classes.outlines[row.index].count)
    let gain =
      row.decades.magnitude < 1e-9
      ? "agrees with all together"
      : "gains \(numbers.significant(row.gain)) nats per sample at \(symbol) = \(shortText(state.tuning.path[row.step]))"
    return [
      StyledText(name, style: theme.emphasis),
      StyledText(appearance.glyphs.spelled(" (n \(count)) \(gain); "), style: theme.muted),
      StyledText(appearance.glyphs.enter, style: theme.key), StyledText(" shows it", style: theme.muted),
    ]
  }
}
