import ExplorerModel
import TerminalRendering

/// The list of a table's columns: which are shown, and in which order.
struct ColumnsOverlay {
  let list: ColumnList
  let state: ExplorerState
  let appearance: Appearance

  private var names: [String] { state.columnNames(of: list.table) }

  private func box(in size: Size) -> TerminalRendering.Overlay {
    TerminalRendering.Overlay(
      title: list.table == .classes ? "Columns of the class table" : "Columns of the sample table",
      contentSize: Size(width: min(46, size.width - 6), height: min(size.height - 4, names.count + 2)))
  }

  func draw(on canvas: inout Canvas) {
    let (theme, glyphs) = (appearance.theme, appearance.glyphs)
    box(in: canvas.size).draw(on: &canvas, appearance: appearance) { canvas in
      let rows = canvas.bounds.inset(bottom: canvas.size.height > 4 ? 2 : 0)
      let first = firstRow(height: rows.height)
      for (row, name) in names.enumerated().dropFirst(first).prefix(rows.height) {
        let line = rows.row(row - first)
        let isHidden = state.isHidden(name, in: list.table)
        let isSort = name == state.sortColumnName(of: list.table)
        let box = isHidden ? "[ ] " : glyphs.isUnicode ? "[✓] " : "[x] "
        let used = canvas.write(box, at: Point(x: 2, y: line.y), style: isHidden ? theme.muted : theme.text)
        let title = self.title(of: name)
        let note = isSort ? (isHidden ? "sorts, so it shows" : "sorts") : ""
        canvas.write(
          DisplayText.truncatedInMiddle(
            name, to: line.width - 2 - used - DisplayText.width(note) - 1, ellipsis: glyphs.ellipsis),
          at: Point(x: 2 + used, y: line.y), style: isHidden ? theme.muted : theme.text)
        // The name is that of filters and settings; the title may be shorter.
        if title != name, line.width >= 44 {
          canvas.write(glyphs.spelled(title), at: Point(x: 24, y: line.y), style: theme.muted, maxWidth: 14)
        }
        canvas.write(note, at: line.origin, style: theme.muted, maxWidth: line.width, alignment: .trailing)
        if name == list.selected {
          canvas.restyle(line) { _ in theme.selection }
          canvas.write(glyphs.cursor, at: line.origin, style: theme.selection)
        }
      }
      guard rows.height < canvas.size.height else { return }
      let hints = KeyHints([
        KeyHints.Hint("Space", "show or hide"), KeyHints.Hint("</>", "move"), KeyHints.Hint("0", "reset"),
        KeyHints.Hint("Esc", "close", isKept: true),
      ])
      hints.draw(
        into: &canvas, rect: canvas.bounds.row(canvas.size.height - 1), appearance: appearance)
    }
  }

  private func title(of name: String) -> String {
    switch list.table {
    case .classes: ClassColumn(rawValue: name).map(ClassTable.title) ?? name
    case .samples: state.outliers.columns.first { $0.name == name }.map(OutlierTable.title) ?? name
    }
  }

  private func firstRow(height: Int) -> Int {
    let selected = names.firstIndex(of: list.selected) ?? 0
    return max(0, min(selected - height / 2, names.count - height))
  }

  func actions(for input: TerminalInput, size: Size) -> [Action] {
    switch input {
    case .key(let key): actions(for: key)
    case .mouse(let mouse): actions(for: mouse, size: size)
    case .paste, .resize: []
    }
  }

  private func actions(for key: KeyPress) -> [Action] {
    switch key {
    case .down, .character("j"), .tab: [.editColumns(.select(.lines(1)))]
    case .up, .character("k"), .backTab: [.editColumns(.select(.lines(-1)))]
    case .home, .character("g"): [.editColumns(.select(.toStart))]
    case .end, .character("G"): [.editColumns(.select(.toEnd))]
    case .character(" "): [.editColumns(.toggle)]
    case .character("<"), .character("K"), .left, .character("h"): [.editColumns(.move(-1))]
    case .character(">"), .character("J"), .right, .character("l"): [.editColumns(.move(1))]
    case .character("0"): [.editColumns(.reset)]
    case .character("u"): [.undo]
    case .character("U"): [.redo]
    case .escape, .enter, .character("q"), .control("c"): [.closeOverlay]
    case .character("Q"): [.quit]
    default: []
    }
  }

  private func actions(for mouse: MouseEvent, size: Size) -> [Action] {
    switch mouse.kind {
    case .wheelUp: return [.editColumns(.select(.lines(-1)))]
    case .wheelDown: return [.editColumns(.select(.lines(1)))]
    case .release, .drag: return []
    case .press, .doubleClick: break
    }
    let frame = box(in: size).frame(in: size)
    guard frame.contains(mouse.position) else { return [.closeOverlay] }
    let rows = frame.height - 2 - (frame.height - 2 > 4 ? 2 : 0)
    let row = mouse.position.y - frame.y - 1
    guard (0..<rows).contains(row) else { return [] }
    let place = firstRow(height: rows) + row
    guard names.indices.contains(place) else { return [] }
    // A click on the box, or a second one on the name, shows or hides the column.
    let isOnBox = mouse.position.x < frame.x + 8
    return [.editColumns(.selectRow(place))]
      + (isOnBox || mouse.kind == .doubleClick ? [.editColumns(.toggle)] : [])
  }
}
