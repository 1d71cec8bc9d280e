import ExplorerModel
import OODData
import TerminalRendering

/// Answers whether the fitted detector is sound: the class table with the selected class beside it.
enum ClassesScreen: ScreenView {
  static func draw(_ state: ExplorerState, on canvas: inout Canvas, appearance: Appearance) {
    guard !Placeholder.draw(for: .classes, of: state, on: &canvas, appearance: appearance) else { return }
    if let comparison = ClassComparison(state: state, appearance: appearance) {
      comparison.draw(on: &canvas, rect: canvas.bounds)
      return
    }
    let layout = layout(state, size: canvas.size)
    let detail = ClassDetail(state: state, index: state.classes.selected, appearance: appearance)
    if state.classes.isDetailOpen {
      detail?.drawInFull(on: &canvas, rect: layout.detail)
      return
    }
    ClassTable(state: state, appearance: appearance).view(in: layout.table)
      .draw(into: &canvas, rect: layout.table, appearance: appearance)
    canvas.write(
      counts(state, width: layout.counts.width, appearance: appearance), at: layout.counts.origin,
      maxWidth: layout.counts.width,
      ellipsis: appearance.glyphs.ellipsis)
    canvas.verticalLine(
      from: layout.border.origin, length: layout.border.height, glyph: appearance.glyphs.vertical,
      style: appearance.theme.border)
    if layout.border.isEmpty, layout.detail.height < 8 {
      detail?.drawReasons(on: &canvas, rect: layout.detail)
    } else {
      detail?.drawBeside(on: &canvas, rect: layout.detail)
    }
  }

  static func actions(
    for mouse: MouseEvent, in state: ExplorerState, size: Size, appearance: Appearance
  ) -> [Action] {
    guard !state.classes.isComparing else { return [] }
    if state.classes.isDetailOpen {
      return mouse.kind == .wheelUp ? [.move(.lines(-1))] : mouse.kind == .wheelDown ? [.move(.lines(1))] : []
    }
    let rect = layout(state, size: size).table
    let table = ClassTable(state: state, appearance: appearance)
    return table.view(in: rect).actions(for: mouse, in: rect) { .sortClasses(by: table.columns[$0]) }
  }

  static func pageHeight(in state: ExplorerState, size: Size) -> Int {
    max(
      1,
      ClassesLayout(size: size, isDetailOpen: false, rowCount: state.classes.visible.count).table.height - 1)
  }

  private static func layout(_ state: ExplorerState, size: Size) -> ClassesLayout {
    ClassesLayout(
      size: size, isDetailOpen: state.classes.isDetailOpen, rowCount: state.classes.visible.count)
  }

  /// As many counts as fit as a whole, most important first.
  private static func counts(_ state: ExplorerState, width: Int, appearance: Appearance) -> [StyledText] {
    let (glyphs, theme, numbers) = (appearance.glyphs, appearance.theme, appearance.numbers)
    let total = state.classes.outlines.count
    var parts: [StyledText] = []
    if let filter = state.classes.filter {
      let shown = numbers.grouped(state.classes.visible.count)
      let condition = glyphs.openQuote + filter.text + glyphs.closeQuote
      parts.append(
        StyledText("\(shown) of \(numbers.grouped(total)) classes match \(condition)", style: theme.accent))
    } else {
      parts.append(StyledText(total == 1 ? "1 class" : "\(numbers.grouped(total)) classes"))
    }
    if let earlier = appearance.earlierNumbers(in: state) {
      parts.append(StyledText(earlier, style: theme.warning))
    }
    for kind in ClassHealth.allCases {
      let count = state.classes.healths.count { $0 == kind }
      if count > 0 { parts.append(StyledText("\(count) \(kind.rawValue)", style: theme.style(of: kind))) }
    }
    if let worst = state.classes.worstConditionNumber {
      parts.append(StyledText("worst condition \(numbers.scientific(worst))"))
    } else {
      let few = state.classes.outlines.count { $0.count <= $0.mean.count }
      let scarce = state.classes.outlines.count { !$0.warnings.isEmpty }
      if few > 0 {
        parts.append(StyledText("\(few) with n \(glyphs.atMost) D"))
      } else if scarce > 0 {
        parts.append(StyledText("\(scarce) with n < 5 D"))
      }
      let what =
        state.tasks[.spectra] == nil && state.tasks.longTask == nil ? "no spectra" : "spectra pending"
      parts.append(StyledText(what, style: theme.muted))
    }
    let separator = " \(glyphs.separator) "
    var line = [parts[0]]
    var used = DisplayText.width(parts[0].text)
    for (place, part) in parts.enumerated().dropFirst() {
      let needed = DisplayText.width(separator + part.text)
      let isLast = place == parts.count - 1
      // The sign that there are more of them needs room too.
      guard used + needed + (isLast ? 0 : 2) <= width else {
        return line + [StyledText(" " + glyphs.ellipsis, style: theme.muted)]
      }
      used += needed
      line += [StyledText(separator, style: theme.muted), part]
    }
    return line
  }
}
