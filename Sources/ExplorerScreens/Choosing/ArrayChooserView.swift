import ExplorerModel
import OODData
import TerminalRendering

/// Chooses how each array is used. Lists the arrays of a file with their possible and their chosen uses.
enum ArrayChooserView: ScreenView {
  private struct Layout {
    var path: Rect
    var reason: Rect
    var table: Rect
    var command: Rect

    init(size: Size, reasonHeight: Int) {
      let isTall = size.height >= 15
      let rows = Rect(size: size).split(rows: [
        .fixed(1), .fixed(reasonHeight), .fixed(isTall ? 1 : 0), .fill, .fixed(1),
      ])
      (path, reason, table, command) = (rows[0], rows[1], rows[3], rows[4])
    }
  }

  static func draw(_ state: ExplorerState, on canvas: inout Canvas, appearance: Appearance) {
    guard let chooser = state.choosing.arrays else { return }
    let theme = appearance.theme
    let layout = layout(chooser, size: canvas.size, appearance: appearance)
    let path = DisplayText.truncatedAtFront(
      chooser.inventory.path, to: layout.path.width, ellipsis: appearance.glyphs.ellipsis)
    canvas.write(path, at: layout.path.origin, style: theme.title)
    let lines = reasonLines(chooser, width: canvas.size.width, appearance: appearance)
    for (row, line) in lines.prefix(layout.reason.height).enumerated() {
      canvas.write(line, at: Point(x: layout.reason.x, y: layout.reason.y + row))
    }
    table(chooser, appearance: appearance).centered(in: layout.table)
      .draw(into: &canvas, rect: layout.table, appearance: appearance)
    canvas.write(
      command(chooser, width: layout.command.width, appearance: appearance), at: layout.command.origin)
  }

  static func actions(
    for mouse: MouseEvent, in state: ExplorerState, size: Size, appearance: Appearance
  ) -> [Action] {
    guard let chooser = state.choosing.arrays else { return [] }
    let rect = layout(chooser, size: size, appearance: appearance).table
    let row = table(chooser, appearance: appearance).centered(in: rect).row(at: mouse.position, in: rect)
    switch mouse.kind {
    case .wheelUp: return [.move(.lines(-1))]
    case .wheelDown: return [.move(.lines(1))]
    case .press: return row.map { [.selectRow($0)] } ?? []
    case .doubleClick: return row.map { [.selectRow($0), .toggleMark] } ?? []
    case .release, .drag: return []
    }
  }

  static func pageHeight(in state: ExplorerState, size: Size) -> Int {
    guard let chooser = state.choosing.arrays else { return 1 }
    let appearance = Appearance(TerminalCapabilities(unicode: true, colorDepth: .none))
    return max(1, layout(chooser, size: size, appearance: appearance).table.height - 1)
  }

  // MARK: Parts

  private static func layout(_ chooser: ArrayChooserState, size: Size, appearance: Appearance) -> Layout {
    let lines = reasonLines(chooser, width: size.width, appearance: appearance)
    return Layout(size: size, reasonHeight: min(lines.count, size.height >= 15 ? 3 : 2))
  }

  /// Why the user must choose, without the path, which the line above shows.
  private static func reasonLines(
    _ chooser: ArrayChooserState, width: Int, appearance: Appearance
  ) -> [[StyledText]] {
    let inventory = chooser.inventory
    let lead = inventory.path + ": "
    let reason =
      inventory.reason.hasPrefix(lead) ? String(inventory.reason.dropFirst(lead.count)) : inventory.reason
    let text = appearance.glyphs.spelled("\(reason.prefix(1).uppercased() + reason.dropFirst()).")
    return TextLayout.wrap(text, width: max(1, width)).map { line in
      line.map { StyledText($0.text, style: appearance.theme.warning) }
    }
  }

  private static func table(_ chooser: ArrayChooserState, appearance: Appearance) -> TableView {
    let (theme, numbers, glyphs) = (appearance.theme, appearance.numbers, appearance.glyphs)
    let entries = chooser.inventory.entries
    let nameWidth = entries.map { DisplayText.width($0.array.name) }.max() ?? 0
    let shapes = entries.map { entry in
      let shape = entry.array.shape.map { numbers.grouped($0) }.joined(separator: " \(glyphs.times) ")
      return shape.isEmpty ? "scalar" : shape
    }
    let shapeWidth = min(22, shapes.map(DisplayText.width).max() ?? 0)
    return TableView(
      columns: [
        TableView.Column(
          "array", minimumWidth: min(max(5, nameWidth), 14), idealWidth: min(nameWidth, 32), priority: 100),
        TableView.Column(
          "shape", minimumWidth: max(5, min(12, shapeWidth)), idealWidth: shapeWidth, priority: 80),
        TableView.Column("type", minimumWidth: 7, priority: 60),
        TableView.Column("size", alignment: .trailing, minimumWidth: 9, priority: 30),
        TableView.Column("used as", minimumWidth: 13, priority: 90),
        TableView.Column("could be", minimumWidth: 14, idealWidth: 26, priority: 50, isFlexible: true),
      ], rowCount: entries.count, selectedRow: chooser.selected, isMarked: { chooser.use(of: $0) != nil }
    ) { row in
      let entry = entries[row]
      let use = chooser.use(of: row)
      let dim = entry.uses.isEmpty ? theme.muted : theme.text
      return [
        StyledText(entry.array.name, style: dim), StyledText(shapes[row], style: dim),
        StyledText(entry.array.elementType, style: dim),
        StyledText(entry.byteCount.map { numbers.bytes($0) } ?? "", style: dim),
        StyledText(use?.rawValue ?? "", style: theme.mark),
        StyledText(
          entry.uses.isEmpty ? "not usable" : entry.uses.map(\.rawValue).joined(separator: ", "),
          style: theme.muted),
      ]
    }
  }

  /// The command-line options that make the same choice.
  private static func command(
    _ chooser: ArrayChooserState, width: Int, appearance: Appearance
  ) -> [StyledText] {
    let arguments = chooser.completedRequest.keyArguments
    guard !arguments.isEmpty else {
      return [
        StyledText("Press f to mark the features, l to mark the labels.", style: appearance.theme.muted)
      ]
    }
    let lead = "command-line options: "
    let fitsLead = DisplayText.width(lead + arguments) <= width
    let shown = DisplayText.truncated(
      arguments, to: fitsLead ? width - lead.count : width, ellipsis: appearance.glyphs.ellipsis)
    return [StyledText(fitsLead ? lead : "", style: appearance.theme.muted), StyledText(shown)]
  }
}
