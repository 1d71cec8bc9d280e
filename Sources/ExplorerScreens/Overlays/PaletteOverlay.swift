import ExplorerModel
import TerminalRendering

/// The commands of the current screen, filtered by the typed words.
struct PaletteOverlay {
  var query: String
  var matches: [KeyBinding]
  var selectedIndex: Int

  init(query: String, selected: Int, state: ExplorerState) {
    self.query = query
    let words = query.lowercased().split(separator: " ")
    matches = KeyBindings.bindings(on: state.screen).filter { binding in
      guard case .action = binding.outcome else { return false }
      let text = "\(binding.help) \(binding.group.rawValue) \(binding.label(state) ?? "")".lowercased()
      return words.allSatisfy { text.contains($0) || "\(Glyphs.ascii.spelled(text))".contains($0) }
    }
    selectedIndex = max(0, min(selected, matches.count - 1))
  }

  var chosen: KeyBinding? { matches.indices.contains(selectedIndex) ? matches[selectedIndex] : nil }

  func draw(on canvas: inout Canvas, appearance: Appearance) {
    let (theme, glyphs) = (appearance.theme, appearance.glyphs)
    let size = Size(width: 68, height: min(canvas.size.height - 4, 18))
    let box = TerminalRendering.Overlay(title: "Commands", contentSize: size)
    box.draw(on: &canvas, appearance: appearance) { canvas in
      let used = canvas.write(": ", at: .zero, style: theme.key)
      drawInput(query, on: &canvas, rect: canvas.bounds.row(0).inset(left: used), appearance: appearance)
      let list = canvas.bounds.inset(top: 2)
      if matches.isEmpty {
        canvas.write("No command matches.", at: list.origin, style: theme.muted)
      }
      // A long list scrolls to keep the selection in the middle.
      let first = max(0, min(selectedIndex - list.height / 2, matches.count - list.height))
      for (row, binding) in matches.dropFirst(first).prefix(list.height).enumerated() {
        let line = list.row(row)
        let names = binding.keyNames(glyphs: glyphs)
        let help = DisplayText.truncated(
          glyphs.spelled(binding.help), to: line.width - DisplayText.width(names) - 2,
          ellipsis: glyphs.ellipsis)
        let isChosen = first + row == selectedIndex
        canvas.write(help, at: Point(x: line.x + 2, y: line.y))
        canvas.write(names, at: line.origin, style: theme.key, maxWidth: line.width, alignment: .trailing)
        if isChosen {
          canvas.restyle(line) { _ in theme.selection }
          canvas.write(glyphs.cursor, at: line.origin, style: theme.selection)
        }
      }
    }
  }
}

/// Draws a line of text being typed, with its end and the cursor visible.
func drawInput(_ text: String, on canvas: inout Canvas, rect: Rect, appearance: Appearance) {
  guard rect.width > 1 else { return }
  let shown = DisplayText.truncatedAtFront(text, to: rect.width - 1)
  let used = canvas.write(shown, at: rect.origin, style: appearance.theme.input, maxWidth: rect.width - 1)
  canvas[rect.x + used, rect.y] = Cell(" ", style: Style(attributes: .reverse))
}
