import ExplorerModel
import OODDetection
import TerminalRendering

/// The line above the table: which samples it lists, and whether their scores are current.
struct OutlierCaption {
  let state: ExplorerState
  let appearance: Appearance

  func draw(into canvas: inout Canvas, rect: Rect) {
    let theme = appearance.theme
    let outliers = state.outliers
    let separator = StyledText(" \(appearance.glyphs.separator) ", style: theme.muted)
    let count = state.outliers.rows.count
    let kind = state.setting.score.rawValue
    var runs = [
      StyledText(outliers.subset.title, style: theme.title), separator,
      StyledText(
        AuditText(state: state, appearance: appearance).caption
          ?? (count >= OutliersState.limit ? "top \(count) by \(kind)" : "\(count) by \(kind)"),
        style: theme.muted),
    ]
    if let note = appearance.interpolationNote(state) { runs += [separator, note] }
    if let index = outliers.classFilter {
      runs += [separator, StyledText("nearest to \(state.classes.name(of: index))", style: theme.warning)]
    }
    if !outliers.filter.isEmpty {
      let quoted = appearance.glyphs.openQuote + outliers.filter + appearance.glyphs.closeQuote
      runs += [separator, StyledText("name contains \(quoted)", style: theme.warning)]
    }
    if !outliers.marks.isEmpty {
      runs += [separator, StyledText("\(outliers.marks.count) marked", style: theme.mark)]
    }
    var used = canvas.write(runs, at: rect.origin, maxWidth: rect.width)
    guard let placeholder = Placeholder(for: .scores, of: state) else { return }
    used += 2
    canvas.write(
      appearance.glyphs.spelled(placeholder.title), at: Point(x: rect.x + used, y: rect.y),
      style: theme.warning,
      maxWidth: rect.width - used, alignment: .trailing, ellipsis: appearance.glyphs.ellipsis)
  }
}
