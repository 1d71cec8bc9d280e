import ExplorerModel
import TerminalRendering

/// Answers which samples are outliers and why: the table, and the explanation of the selected sample.
enum OutliersScreen: ScreenView {
  static func draw(_ state: ExplorerState, on canvas: inout Canvas, appearance: Appearance) {
    if state.outliers.rows.isEmpty,
      Placeholder.draw(for: .scores, of: state, on: &canvas, appearance: appearance)
    {
      return
    }
    let view = ExplanationView(state: state, appearance: appearance)
    if state.outliers.isDetailOpen, state.outliers.selected != nil {
      view.drawDetail(into: &canvas, rect: canvas.bounds)
      return
    }
    if state.showsSheet, !state.outliers.rows.isEmpty {
      ContactSheetView(state, size: canvas.size, appearance: appearance).draw(into: &canvas)
      return
    }
    let layout = OutliersLayout(size: canvas.size)
    OutlierCaption(state: state, appearance: appearance).draw(into: &canvas, rect: layout.caption)
    if state.outliers.rows.isEmpty {
      drawEmpty(state, into: &canvas, rect: layout.table, appearance: appearance)
      return
    }
    if state.outliers.showsFrequencies {
      let rect = canvas.bounds.inset(top: layout.table.y)
      if let table = FrequencyView(state, rect: rect, appearance: appearance) {
        table.view.draw(into: &canvas, rect: rect, appearance: appearance)
      } else {
        canvas.write("Counting \(appearance.glyphs.ellipsis)", at: rect.origin, style: appearance.theme.muted)
      }
      return
    }
    let table = OutlierTable(state, rect: layout.table, appearance: appearance)
    table.view.draw(into: &canvas, rect: layout.table, appearance: appearance)
    switch layout.style {
    case .tableOnly: break
    case .verdictBelow:
      canvas.horizontalLine(
        from: layout.divider.origin, length: layout.divider.width, glyph: appearance.glyphs.horizontal,
        style: appearance.theme.border)
      view.drawVerdict(into: &canvas, rect: layout.explanation)
    case .paneBeside:
      canvas.verticalLine(
        from: layout.divider.origin, length: layout.divider.height, glyph: appearance.glyphs.vertical,
        style: appearance.theme.border)
      view.draw(into: &canvas, rect: layout.explanation)
    }
  }

  /// The rows of a page, or the pictures of a page.
  static func pageHeight(in state: ExplorerState, size: Size) -> Int {
    if let sheet = sheet(in: state, size: size) { return sheet.capacity }
    // All rows except the header.
    return max(1, OutliersLayout(size: size).table.height - 1)
  }

  /// The contact sheet; `nil` if the table is shown. How colors are drawn does not change its layout.
  static func sheet(in state: ExplorerState, size: Size) -> ContactSheetView? {
    state.showsSheet
      ? ContactSheetView(
        state, size: size, appearance: Appearance(TerminalCapabilities(unicode: true, colorDepth: .none)))
      : nil
  }

  static func actions(
    for mouse: MouseEvent, in state: ExplorerState, size: Size, appearance: Appearance
  ) -> [Action] {
    guard !state.outliers.isDetailOpen else {
      return mouse.kind == .wheelUp ? [.move(.lines(-1))] : mouse.kind == .wheelDown ? [.move(.lines(1))] : []
    }
    if let sheet = sheet(in: state, size: size) {
      switch mouse.kind {
      case .wheelUp: return [.move(.lines(-sheet.columns))]
      case .wheelDown: return [.move(.lines(sheet.columns))]
      case .drag, .release: return []
      case .press, .doubleClick: break
      }
      guard let place = sheet.place(at: mouse.position, size: size) else { return [] }
      return [.selectRow(place)] + (mouse.kind == .doubleClick ? [.enter] : [])
    }
    let layout = OutliersLayout(size: size)
    if state.outliers.showsFrequencies {
      let rect = Rect(origin: .zero, size: size).inset(top: layout.table.y)
      let view = FrequencyView(state, rect: rect, appearance: appearance)?.view
      return view?.actions(for: mouse, in: rect) { _ in nil } ?? []
    }
    let table = OutlierTable(state, rect: layout.table, appearance: appearance)
    return table.view.actions(for: mouse, in: layout.table) { .sortOutliers(by: table.columns[$0]) }
  }

  private static func drawEmpty(
    _ state: ExplorerState, into canvas: inout Canvas, rect: Rect, appearance: Appearance
  ) {
    let outliers = state.outliers
    let text: String
    if let missing = AuditText(state: state, appearance: appearance).whatIsMissing {
      text = missing
    } else if outliers.isListing {
      text = "Sorting the samples …"
    } else if let filter = outliers.filter {
      text =
        filter.isPartOfName
        ? "No sample name in this subset contains “\(filter.text)”. Press Esc to clear the filter."
        : "No sample in this subset meets “\(filter.text)”. Press Esc to clear the filter."
    } else if let index = outliers.classFilter {
      text =
        "No sample in this subset is nearest to \(state.classes.name(of: index)). Press Esc to clear the filter."
    } else if outliers.setFilter != nil {
      text = "No sample of this subset is in the chosen OOD set. Press Esc to list all sets."
    } else if outliers.subset == .marked {
      text = "No sample is marked. Space marks the selected one, * the next ten."
    } else if outliers.subset == .missed {
      text = "Every OOD sample is at or above the threshold. Press t to show the next subset."
    } else if outliers.subset == .rejected {
      text = "Every ID sample is below the threshold. Press t to show the next subset."
    } else {
      text = "There are no samples in this subset. Press t to show the next one."
    }
    let runs = [StyledText(appearance.glyphs.spelled(text), style: appearance.theme.muted)]
    canvas.write(paragraph: runs, in: rect.inset(left: 2, top: 1, right: 2))
  }
}

/// The layout of the outlier screen.
struct OutliersLayout: Equatable {
  enum Style { case tableOnly, verdictBelow, paneBeside }

  var style: Style
  var caption: Rect
  var table: Rect
  var divider: Rect
  /// The pane, or the lines below the table.
  var explanation: Rect

  init(size: Size) {
    let rows = Rect(size: size).split(rows: [.fixed(1), .fill])
    caption = rows[0]
    if size.width >= 96 {
      style = .paneBeside
      let paneWidth = min(66, size.width * 41 / 100)
      let columns = rows[1].split(columns: [.fill, .fixed(1), .fixed(paneWidth)], spacing: 1)
      (table, divider, explanation) = (columns[0], columns[1], columns[2])
    } else if size.height >= 12 {
      style = .verdictBelow
      let parts = rows[1].split(rows: [.fill, .fixed(1), .fixed(size.height >= 18 ? 3 : 2)])
      (table, divider, explanation) = (parts[0], parts[1], parts[2])
    } else {
      style = .tableOnly
      (table, divider, explanation) = (rows[1], Rect(size: .zero), Rect(size: .zero))
    }
  }
}
