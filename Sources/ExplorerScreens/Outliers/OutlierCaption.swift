import ExplorerModel
import OODData
import OODDetection
import TerminalRendering

/// The line above the table: which samples it lists, and whether their scores are current.
struct OutlierCaption {
  let state: ExplorerState
  let appearance: Appearance

  /// The OOD set that is listed alone, and the threshold if it decides.
  private var selectionNote: String? {
    let outliers = state.outliers
    let sets = state.data.dataSet?[.test]?.oodSets?.sets ?? []
    let set = outliers.setFilter.flatMap { sets.indices.contains($0) ? sets[$0].fullName : nil }
    let threshold =
      outliers.subset.usesThreshold
      ? state.scores.threshold.map { "threshold \(appearance.numbers.score($0))" } : nil
    let parts = [set, threshold].compactMap(\.self)
    return parts.isEmpty ? nil : parts.joined(separator: ", ")
  }

  func draw(into canvas: inout Canvas, rect: Rect) {
    let theme = appearance.theme
    let outliers = state.outliers
    let separator = StyledText(" \(appearance.glyphs.separator) ", style: theme.muted)
    let count = appearance.numbers.grouped(state.outliers.rows.count)
    let kind = state.setting.score.rawValue
    var runs = [
      StyledText(outliers.subset.title, style: theme.title), separator,
      StyledText(
        AuditText(state: state, appearance: appearance).caption
          ?? "\(count) by \(kind)",
        style: theme.muted),
    ]
    if let note = appearance.interpolationNote(state) { runs += [separator, note] }
    if let index = outliers.classFilter {
      runs += [separator, StyledText("nearest to \(state.classes.name(of: index))", style: theme.warning)]
    }
    if outliers.setFilter != nil || outliers.subset.usesThreshold, let note = selectionNote {
      runs += [separator, StyledText(note, style: theme.warning)]
    }
    if let filter = outliers.filter {
      let quoted = appearance.glyphs.openQuote + filter.text + appearance.glyphs.closeQuote
      runs += [
        separator,
        StyledText(filter.isPartOfName ? "name contains \(quoted)" : filter.text, style: theme.warning),
      ]
    }
    if outliers.isListing, state.tasks[.listSamples] != nil {
      runs += [separator, StyledText("sorting" + appearance.glyphs.ellipsis, style: theme.warning)]
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
