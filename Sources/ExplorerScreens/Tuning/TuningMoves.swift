import ExplorerModel
import OODData
import OODDetection
import TerminalRendering

/// The rank changes since a setting was pinned, or those that the proposed λ would cause: which top outliers stay,
/// enter or leave.
struct TuningMoves: StyledPart {
  let state: ExplorerState
  let appearance: Appearance

  /// The words for actual or for predicted changes.
  private var words: (title: String, entered: String, left: String) {
    state.tuning.pins.compared.map { ("since \($0.letter)", "entered", "left") } ?? (
      "proposal", "enter", "leave"
    )
  }

  func draw(into canvas: inout Canvas, column: inout TextColumn) {
    guard let pin = state.tuning.pins.compared else {
      column.paragraph(
        [
          StyledText("p", style: theme.key),
          StyledText(
            appearance.glyphs.spelled(
              " pins this setting as A; then change \(state.setting.fit.ridgeRule.symbol) to compare."),
            style: theme.muted),
        ], on: &canvas)
      if let comparison = state.tuning.proposalComparison, state.scoresAreCurrent, column.rest.height > 3 {
        column.gap()
        draw(comparison, into: &canvas, column: &column)
      }
      return
    }
    guard state.scoresAreCurrent else {
      column.line(
        appearance.glyphs.spelled("since \(pin.letter): computing …"), style: theme.muted, on: &canvas)
      return
    }
    if pin.setting == state.setting.current {
      column.line("This is the pinned setting \(pin.letter).", style: theme.muted, on: &canvas)
      return
    }
    guard pin.measures != nil else {
      column.line(
        appearance.glyphs.spelled("\(pin.letter): computing its scores …"), style: theme.muted, on: &canvas)
      return
    }
    guard let comparison = state.tuning.pinComparison else {
      column.line(
        "\(pin.letter) ranks different samples and cannot be compared.", style: theme.muted, on: &canvas)
      return
    }
    draw(comparison, into: &canvas, column: &column)
  }

  private func draw(
    _ comparison: SettingComparison, into canvas: inout Canvas, column: inout TextColumn
  ) {
    drawSummary(comparison, into: &canvas, column: &column)
    let parts: [(String, [SettingComparison.Move])] = [
      ("largest moves", comparison.largestMoves), (words.entered, comparison.entered),
      (words.left, comparison.left),
    ]
    let shown = parts.filter { !$0.1.isEmpty }
    for (place, part) in shown.enumerated() where column.rest.height >= 2 {
      let room = (column.rest.height + 1) / (shown.count - place) - 2
      drawMoves(part.0, part.1.prefix(max(1, min(6, room))), into: &canvas, column: &column)
    }
  }

  private func drawSummary(
    _ comparison: SettingComparison, into canvas: inout Canvas, column: inout TextColumn
  ) {
    column.paragraph(
      [
        StyledText("\(words.title), top \(comparison.limit): ", style: theme.title),
        StyledText(
          "\(appearance.sign(ofScoresIn: state))\(comparison.commonCount) in common", style: theme.emphasis),
        StyledText(
          ", \(comparison.entered.count) \(words.entered), \(comparison.left.count) \(words.left); "
            + "rank correlation "
            + numbers.fixed(comparison.rankCorrelation, places: 3) + "."),
      ], on: &canvas)
  }

  private func drawMoves(
    _ title: String, _ moves: some Sequence<SettingComparison.Move>, into canvas: inout Canvas,
    column: inout TextColumn
  ) {
    column.line(title, style: theme.tableHeader, on: &canvas)
    for move in moves {
      let row = column.take(1)
      guard !row.isEmpty else { return }
      let ranks =
        "\(numbers.grouped(move.rankBefore)) \(appearance.glyphs.toTheRight) "
        + numbers.grouped(move.rankAfter)
      let width = DisplayText.width(ranks)
      canvas.write(
        move.name, at: Point(x: row.x + 1, y: row.y), maxWidth: row.width - width - 3,
        ellipsis: appearance.glyphs.ellipsis)
      let style = move.rankAfter < move.rankBefore ? theme.outOfDistribution : theme.inDistribution
      canvas.write(
        ranks, at: Point(x: row.x, y: row.y), style: style, maxWidth: row.width, alignment: .trailing)
    }
  }
}
