import ExplorerModel
import OODData
import OODDetection
import TerminalRendering

/// Answers how settings and baselines compare: a row each, and a column for every OOD set, group and mean.
enum CompareScreen: ScreenView {
  static func draw(_ state: ExplorerState, on canvas: inout Canvas, appearance: Appearance) {
    guard !Placeholder.draw(for: .data, of: state, on: &canvas, appearance: appearance) else { return }
    let theme = appearance.theme
    if let missing = whatIsMissing(state) {
      let runs = [StyledText(appearance.glyphs.spelled(missing), style: theme.muted)]
      canvas.write(paragraph: runs, in: canvas.bounds.inset(left: 2, top: 1, right: 2))
      return
    }
    let parts = layout(state, canvas.size)
    let table = CompareTable(state, rect: parts.table, appearance: appearance)
    canvas.write(
      caption(state, table, appearance: appearance), at: parts.caption.origin, maxWidth: parts.caption.width)
    table.draw(into: &canvas, rect: parts.table, appearance: appearance)
    CompareNotes(state: state, appearance: appearance).draw(into: &canvas, rect: parts.notes)
  }

  static func pageHeight(in state: ExplorerState, size: Size) -> Int {
    max(1, layout(state, size).table.height - 1)
  }

  /// The places of the shown columns among those that scroll.
  static func shownColumns(in state: ExplorerState, size: Size) -> Range<Int> {
    CompareColumns(state, size: layout(state, size).table.size).window
  }

  static func actions(
    for mouse: MouseEvent, in state: ExplorerState, size: Size, appearance: Appearance
  ) -> [Action] {
    let rect = layout(state, size).table
    guard whatIsMissing(state) == nil else { return [] }
    let table = CompareTable(state, rect: rect, appearance: appearance)
    return table.view.actions(for: mouse, in: rect) { .sortComparison(by: table.columns.shown[$0]) }
  }

  /// The notes follow the table, or stand at the bottom if its rows need the room.
  private static func layout(_ state: ExplorerState, _ size: Size) -> (
    caption: Rect, table: Rect, notes: Rect
  ) {
    let noteCount = size.height >= 10 ? 3 : 1
    let rows = Rect(size: size).split(rows: [.fixed(1), .fill, .fixed(noteCount)])
    let height = state.compare.entryCount + 1
    guard rows[1].height > height + 1 else { return (rows[0], rows[1], rows[2]) }
    let table = Rect(x: 0, y: rows[1].y, width: size.width, height: height)
    return (rows[0], table, Rect(x: 0, y: table.maxY + 1, width: size.width, height: noteCount))
  }

  private static func whatIsMissing(_ state: ExplorerState) -> String? {
    if state.data.dataSet?.train?.labels == nil {
      return "Comparing fits several detectors, so it needs training files, not a saved model."
    }
    let test = state.data.dataSet?.test
    guard let labels = test?.labels, test?.oodSets?.sets.isEmpty == false, labels.contains(where: { $0 >= 0 })
    else { return "Comparing needs held-out ID samples and OOD samples (label below 0)." }
    return nil
  }

  /// The metric, what is still to compute, what the marks mean, and which OOD sets are shown.
  private static func caption(
    _ state: ExplorerState, _ table: CompareTable, appearance: Appearance
  ) -> [StyledText] {
    let (theme, compare) = (appearance.theme, state.compare)
    var runs = [StyledText(compare.metric.rawValue, style: theme.title)]
    let done = compare.entryCount - compare.missingCount
    if compare.missingCount > 0 {
      let progress =
        compare.isPaused
        ? "\(done) of \(compare.entryCount) rows; cancelled, \(Screen.compare.number) resumes"
        : "\(done) of \(compare.entryCount) rows"
      runs.append(StyledText("  " + progress, style: theme.warning))
    }
    let marks =
      compare.hasIntervals
      ? "* best  + within its 95 % interval" : "* best"
    runs.append(StyledText("  " + marks, style: theme.muted))
    let columns = table.columns
    if columns.window.count < columns.scrolledCount {
      let window = columns.window
      let place = "columns \(window.lowerBound + 1)-\(window.upperBound) of \(columns.scrolledCount)"
      let before = window.lowerBound > 0 ? appearance.glyphs.toTheLeft + " " : ""
      let after = window.upperBound < columns.scrolledCount ? " " + appearance.glyphs.toTheRight : ""
      runs.insert(StyledText("  \(before)\(place)\(after)", style: theme.accent), at: 1)
    }
    return runs
  }
}

/// The lines below the table: the selected row, and how the best row was chosen.
private struct CompareNotes {
  var state: ExplorerState
  var appearance: Appearance

  func draw(into canvas: inout Canvas, rect: Rect) {
    var column = TextColumn(rect)
    let style = appearance.theme.muted
    if let selected {
      column.line([StyledText(appearance.glyphs.spelled(selected), style: style)], on: &canvas)
    }
    let texts = [choice(isBrief: false), choice(isBrief: true)].compactMap { $0 }.map(
      appearance.glyphs.spelled)
    let fitting = texts.first { TextLayout.wrap($0, width: rect.width).count <= column.rest.height }
    guard let text = fitting ?? texts.last else { return }
    column.paragraph([StyledText(text, style: style)], on: &canvas)
  }

  /// What the selected row is, or why it is empty.
  private var selected: String? {
    guard let entry = state.compare.selected else { return nil }
    if let failure = entry.failureText { return "\(entry.title): \(failure)" }
    if let baseline = entry.baseline { return "\(entry.title): \(baseline.summary)" }
    guard let setting = entry.setting else {
      return "\(entry.title): the pooling and λ of the lowest leave-one-out NLL, which are being searched for"
    }
    let role =
      [
        setting == state.setting.current ? "shown" : nil,
        state.tuning.pins[setting].map { "pinned as \($0.letter)" },
      ]
      .compactMap(\.self).joined(separator: ", ")
    return (entry.isUsual ? "\(entry.title): \(setting.summary)" : setting.summary)
      + (role.isEmpty ? "" : " (\(role))")
      + (setting.fit.normalization == .l2
        ? "; its LOO NLL does not compare with that of other normalizations" : "")
  }

  /// How the best row was chosen, and which one leave-one-out chooses: in full, or briefly.
  private func choice(isBrief: Bool) -> String? {
    let (compare, comparison) = (state.compare, state.compare.comparison)
    let column: Comparison.Column = compare.sets.count > 1 ? .mean : .set(0)
    let chosen = comparison.leaveOneOutChoice
    let standings = comparison.standings(in: column, by: compare.metric)
    let best = zip(comparison.rows, standings).filter { $0.1 == .best }.map(\.0)
    guard let row = best.first(where: { $0.name == chosen?.name }) ?? best.first else { return nil }
    func described(_ row: Comparison.Row) -> String {
      let title = compare.rows.first { $0.name == row.name }?.title ?? row.name
      let value = row.value(in: column, compare.metric)
      return "\(title) (\(CompareTable.text(value, compare.metric, appearance.numbers)))"
    }
    let name = (column == .mean ? "mean " : "") + compare.metric.rawValue
    let choice = chosen.map { $0.name == row.name ? "it too" : described($0) }
    return isBrief
      ? "The best, \(described(row)), was chosen on these samples"
        + (choice.map { "; leave-one-out, without them, chooses \($0)." } ?? ".")
      : "The best \(name), that of \(described(row)), was chosen on the samples that it is judged by"
        + (choice.map { "; leave-one-out, which sees no OOD sample, chooses \($0)." } ?? ".")
  }
}

extension Baseline {
  /// What the score is, in words.
  fileprivate var summary: String {
    switch self {
    case .knn:
      "distance to the \(Baseline.standardNeighborCount)th nearest training sample among features of length 1"
    case .msp: "minus the largest softmax probability of the logits"
    case .maxLogit: "minus the largest logit"
    case .energy: "minus the logarithm of the sum of exp(logit)"
    case .vim: "virtual-logit matching: the logits and what features have outside the principal directions"
    }
  }
}
