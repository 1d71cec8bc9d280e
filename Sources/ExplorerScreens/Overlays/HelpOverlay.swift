import ExplorerModel
import TerminalRendering

/// Keys and words in a box, in two columns on a wide terminal.
struct HelpOverlay {
  private let help: HelpView
  private let state: ExplorerState
  private let size: Size
  private let appearance: Appearance
  /// Equally long rows of each column.
  private let columns: [[[StyledText]]]

  init(_ help: HelpView, of state: ExplorerState, size: Size, appearance: Appearance) {
    (self.help, self.state, self.size, self.appearance) = (help, state, size, appearance)
    let lines = HelpText(help.page, of: state, glyphs: appearance.glyphs).lines
    columns = Self.columns(of: lines, in: Self.textSize(in: size), appearance: appearance)
  }

  // MARK: Layout

  private static func box(in size: Size, title: String = "") -> TerminalRendering.Overlay {
    TerminalRendering.Overlay(
      title: title, contentSize: Size(width: min(size.width - 6, 150), height: size.height - 4))
  }

  /// The size of the text: without frame, the line of pages above and the line of hints below.
  private static func textSize(in size: Size) -> Size {
    let frame = box(in: size).frame(in: size)
    return Size(width: frame.width - 4, height: max(1, frame.height - 5))
  }

  /// The number of lines of a page.
  var pageHeight: Int { max(1, Self.textSize(in: size).height - 1) }

  /// The largest scroll offset, at which the last line is visible.
  var lastScroll: Int {
    max(0, (columns.map(\.count).max() ?? 0) - Self.textSize(in: size).height)
  }

  /// The first line that is shown.
  var firstLine: Int { min(help.scroll, lastScroll) }

  /// The lines with the searched text.
  var matchingLines: [Int] {
    guard !help.search.isEmpty else { return [] }
    return Set(
      columns.flatMap { lines in
        lines.indices.filter { line in
          !Self.matches(of: help.search, in: lines[line].map(\.text).joined()).isEmpty
        }
      }
    ).sorted()
  }

  private static func columns(
    of lines: [HelpText.Line], in size: Size, appearance: Appearance
  ) -> [[[StyledText]]] {
    guard size.width >= 110 else { return [styled(lines, width: size.width, appearance: appearance)] }
    // Break between groups so that the longer column is as short as possible.
    let width = (size.width - 3) / 2
    let rows = lines.map { styled([$0], width: width, appearance: appearance) }
    let total = rows.reduce(0) { $0 + $1.count }
    var (above, best): (Int, (place: Int, height: Int)?) = (0, nil)
    for (place, line) in lines.enumerated() {
      if case .blank = line {
        let height = max(above, total - above - rows[place].count)
        if best.map({ height < $0.height }) ?? true { best = (place, height) }
      }
      above += rows[place].count
    }
    guard let best else { return [Array(rows.joined())] }
    return [Array(rows.prefix(best.place).joined()), Array(rows.dropFirst(best.place + 1).joined())]
  }

  private static func styled(_ lines: [HelpText.Line], width: Int, appearance: Appearance) -> [[StyledText]] {
    let (theme, glyphs) = (appearance.theme, appearance.glyphs)
    let keyWidth = min(18, width / 3)
    return lines.flatMap { line -> [[StyledText]] in
      switch line {
      case .blank: return [[]]
      case .heading(let text): return [[StyledText(glyphs.spelled(text), style: theme.title)]]
      case .entry(let keys, let text):
        let name = glyphs.spelled(keys)
        let paragraph = TextLayout.wrap(glyphs.spelled(text), width: max(1, width - keyWidth - 1))
          .map { [StyledText(DisplayText.padded("", to: keyWidth + 1))] + $0 }
        // A name that is too long for its column has a line of its own.
        guard DisplayText.width(name) <= keyWidth else {
          return [[StyledText(name, style: theme.key)]] + paragraph
        }
        return paragraph.enumerated().map { row, runs in
          row == 0
            ? [StyledText(DisplayText.padded(name, to: keyWidth + 1), style: theme.key)] + runs.dropFirst()
            : runs
        }
      }
    }
  }

  // MARK: Pages

  /// The pages with the columns of their titles, inside the box.
  private var tabs: [(page: HelpView.Page, title: String, x: Int)] {
    guard !state.choosing.isOpen else { return [] }
    var x = 0
    return HelpView.Page.allCases.map { page in
      let title =
        switch page {
        case .keys: "Keys on \(state.screen.title)"
        case .words: "Words on \(state.screen.title)"
        case .everything: "Everything"
        }
      defer { x += title.count + 3 }
      return (page, title, x)
    }
  }

  /// The page whose title is at a place of the terminal.
  func page(at point: Point) -> HelpView.Page? {
    let line = Self.box(in: size).frame(in: size).inset(left: 2, top: 1, right: 2)
    guard point.y == line.y else { return nil }
    return tabs.first { ($0.x..<$0.x + $0.title.count).contains(point.x - line.x) }?.page
  }

  // MARK: Drawing

  func draw(on canvas: inout Canvas) {
    let theme = appearance.theme
    Self.box(in: size, title: "Help").draw(on: &canvas, appearance: appearance) { canvas in
      for tab in tabs {
        canvas.write(
          tab.title, at: Point(x: tab.x, y: 0),
          style: tab.page == help.page ? theme.activeTab : theme.inactiveTab)
      }
      let text = canvas.bounds.inset(top: 2, bottom: 1)
      let parts = text.split(columns: Array(repeating: .fill, count: columns.count), spacing: 3)
      for (lines, part) in zip(columns, parts) {
        canvas.draw(in: part) { canvas in
          for (row, line) in lines.dropFirst(firstLine).prefix(canvas.size.height).enumerated() {
            canvas.write(line, at: Point(x: 0, y: row))
            mark(line, row: row, on: &canvas)
          }
        }
      }
      drawBottom(on: &canvas)
    }
  }

  /// Marks the searched text in a line.
  private func mark(_ line: [StyledText], row: Int, on canvas: inout Canvas) {
    let text = line.map(\.text).joined()
    for match in Self.matches(of: help.search, in: text) {
      let start = DisplayText.width(String(text[..<match.lowerBound]))
      let width = DisplayText.width(String(text[match]))
      canvas.restyle(Rect(x: start, y: row, width: width, height: 1)) { _ in appearance.theme.selection }
    }
  }

  private static func matches(of search: String, in text: String) -> [Range<String.Index>] {
    guard !search.isEmpty else { return [] }
    let letters = Array(search.lowercased())
    var (found, start) = ([Range<String.Index>](), text.startIndex)
    while start < text.endIndex {
      if let end = text.index(start, offsetBy: letters.count, limitedBy: text.endIndex),
        text[start..<end].lowercased() == String(letters)
      {
        found.append(start..<end)
        start = end
      } else {
        start = text.index(after: start)
      }
    }
    return found
  }

  private func drawBottom(on canvas: inout Canvas) {
    let theme = appearance.theme
    let y = canvas.size.height - 1
    let count = matchingLines.count
    let found = count == 1 ? "1 line" : "\(count) lines"
    if help.isTyping {
      let used = canvas.write("/", at: Point(x: 0, y: y), style: theme.key)
      let note = help.search.isEmpty ? "" : count == 0 ? "not on this page" : found
      drawInput(
        help.search, on: &canvas, rect: canvas.bounds.row(y).inset(left: used, right: note.count + 1),
        appearance: appearance)
      canvas.write(
        note, at: Point(x: 0, y: y), style: count == 0 ? theme.warning : theme.muted,
        maxWidth: canvas.size.width, alignment: .trailing)
      return
    }
    let height = Self.textSize(in: size).height
    let place =
      lastScroll > 0 ? "\(firstLine + 1)-\(firstLine + height) of \(lastScroll + height)" : ""
    let hints: [KeyHints.Hint] =
      (tabs.isEmpty ? [] : [KeyHints.Hint("Tab", "next page", isKept: true)])
      + [
        KeyHints.Hint("/", help.search.isEmpty ? "find" : "\(help.search): \(found)"),
        KeyHints.Hint("n", help.search.isEmpty ? "" : "next"), KeyHints.Hint("j/k", "scroll"),
        KeyHints.Hint("Esc", "closes", isKept: true),
      ].filter { !$0.label.isEmpty }
    KeyHints(hints).draw(
      into: &canvas, rect: canvas.bounds.row(y).inset(right: place.count + 2), appearance: appearance)
    canvas.write(
      place, at: Point(x: 0, y: y), style: theme.muted, maxWidth: canvas.size.width, alignment: .trailing)
  }
}
