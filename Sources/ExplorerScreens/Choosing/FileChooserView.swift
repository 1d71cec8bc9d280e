import ExplorerModel
import Foundation
import OODData
import TerminalRendering

/// Chooses the files to open. Lists recent files and the contents of a folder, filtered by the typed text.
enum FileChooserView: ScreenView {
  static func draw(_ state: ExplorerState, on canvas: inout Canvas, appearance: Appearance) {
    guard let chooser = state.choosing.files else { return }
    let layout = FileChooserLayout(size: canvas.size, recentCount: chooser.recentRowCount)
    drawInput(of: chooser, on: &canvas, rect: layout.input, appearance: appearance)
    let tables = FileTable(chooser: chooser, appearance: appearance)
    for (table, rect) in [
      (tables.recent(in: layout.recent), layout.recent), (tables.folder(in: layout.folder), layout.folder),
    ] {
      table.draw(into: &canvas, rect: rect, appearance: appearance)
      markMatches(of: chooser.filterWords, in: table, on: &canvas, rect: rect, appearance: appearance)
    }
    canvas.write(
      counts(of: chooser, appearance: appearance), at: layout.counts.origin, maxWidth: layout.counts.width)
  }

  static func actions(
    for mouse: MouseEvent, in state: ExplorerState, size: Size, appearance: Appearance
  ) -> [Action] {
    guard let chooser = state.choosing.files else { return [] }
    let row = row(at: mouse.position, of: chooser, size: size, appearance: appearance)
    switch mouse.kind {
    case .wheelUp: return [.move(.lines(-3))]
    case .wheelDown: return [.move(.lines(3))]
    case .press: return row.map { [.selectRow($0)] } ?? []
    case .doubleClick: return row.map { [.selectRow($0), .enter] } ?? []
    case .release, .drag: return []
    }
  }

  static func pageHeight(in state: ExplorerState, size: Size) -> Int {
    let count = state.choosing.files?.recentRowCount ?? 0
    return max(1, FileChooserLayout(size: size, recentCount: count).folder.height - 1)
  }

  private static func row(
    at position: Point, of chooser: FileChooserState, size: Size, appearance: Appearance
  ) -> Int? {
    let layout = FileChooserLayout(size: size, recentCount: chooser.recentRowCount)
    let tables = FileTable(chooser: chooser, appearance: appearance)
    return tables.recent(in: layout.recent).row(at: position, in: layout.recent)
      ?? tables.folder(in: layout.folder).row(at: position, in: layout.folder).map {
        $0 + chooser.recentRowCount
      }
  }

  // MARK: Parts

  /// `~/features/tra▏`: the folder, followed by the typed text.
  private static func drawInput(
    of chooser: FileChooserState, on canvas: inout Canvas, rect: Rect, appearance: Appearance
  ) {
    let theme = appearance.theme
    var used = 0
    if !chooser.namesPath {
      let path = chooser.shortened(chooser.folder ?? "")
      let shown = DisplayText.truncatedAtFront(
        path == "/" || path.isEmpty ? path : path + "/", to: rect.width * 2 / 3,
        ellipsis: appearance.glyphs.ellipsis)
      used = canvas.write(shown, at: rect.origin, style: theme.title, maxWidth: rect.width)
    }
    let field = rect.inset(left: used)
    ExplorerScreens.drawInput(chooser.filter, on: &canvas, rect: field, appearance: appearance)
    if chooser.filter.isEmpty {
      canvas.write("type to filter", at: Point(x: field.x + 2, y: field.y), style: theme.muted)
    }
  }

  /// Underlines the matches of the filter in each name.
  private static func markMatches(
    of words: [String], in table: TableView, on canvas: inout Canvas, rect: Rect, appearance: Appearance
  ) {
    guard !words.isEmpty else { return }
    for y in rect.y..<rect.maxY {
      guard let row = table.row(at: Point(x: rect.x, y: y), in: rect), let name = table.cells(row).first
      else {
        continue
      }
      let x = rect.x + 2
      let end = (x..<rect.maxX).first { table.column(at: Point(x: $0, y: y), in: rect) != 0 } ?? rect.maxX
      for word in words {
        guard let match = name.text.range(of: word, options: .caseInsensitive) else { continue }
        let start = x + DisplayText.width(String(name.text[..<match.lowerBound]))
        let width = min(DisplayText.width(String(name.text[match])), end - start)
        canvas.restyle(Rect(x: start, y: y, width: width, height: 1)) { style in
          row == table.selectedRow
            ? style.adding([.bold, .underline])
            : Style(foreground: appearance.theme.accent.foreground, attributes: [.bold, .underline])
        }
      }
    }
  }

  private static func counts(of chooser: FileChooserState, appearance: Appearance) -> [StyledText] {
    let (theme, glyphs, numbers) = (appearance.theme, appearance.glyphs, appearance.numbers)
    guard let listing = chooser.listing, chooser.requestedFolder == nil, !chooser.namesPath else { return [] }
    if let problem = listing.problem {
      return [StyledText("This folder cannot be read: \(problem).", style: theme.bad)]
    }
    func counted(_ count: Int, _ one: String, _ many: String) -> String {
      "\(numbers.grouped(count)) \(count == 1 ? one : many)"
    }
    var parts: [StyledText] = []
    let visible = listing.entries.filter { !$0.name.hasPrefix(".") }
    if chooser.filter.isEmpty {
      let folderCount = visible.count { $0.isFolder }
      let fileCount = visible.count - folderCount
      if folderCount > 0 { parts.append(StyledText(counted(folderCount, "folder", "folders"))) }
      if visible.isEmpty { parts.append(StyledText("nothing to open here")) }
      if fileCount > 0 { parts.append(StyledText(counted(fileCount, "file", "files"))) }
    } else {
      let shown = numbers.grouped(chooser.rows.count - chooser.recentRowCount)
      let filter = glyphs.openQuote + chooser.filter + glyphs.closeQuote
      parts.append(
        StyledText("\(shown) of \(numbers.grouped(visible.count)) match \(filter)", style: theme.accent))
    }
    if listing.otherCount > 0 {
      let others = counted(listing.otherCount, "other file", "other files")
      parts.append(StyledText("\(others) not shown", style: theme.muted))
    }
    return Array(
      parts.map { [$0] }.joined(separator: [StyledText(" \(glyphs.separator) ", style: theme.muted)]))
  }
}

/// The layout of the file chooser, from the top: input line, recent files, folder, counts.
struct FileChooserLayout {
  var input: Rect
  /// Includes its header; empty if there are no recent files.
  var recent: Rect
  /// Includes its header.
  var folder: Rect
  var counts: Rect

  init(size: Size, recentCount: Int) {
    let all = Rect(size: size)
    let isTall = size.height >= 15
    // The folder keeps two thirds of the height.
    let recentRows = min(recentCount, max(2, (size.height - 6) / 3))
    let rows = all.split(rows: [
      .fixed(1), .fixed(isTall ? 1 : 0), .fixed(recentCount > 0 ? recentRows + 1 : 0),
      .fixed(isTall && recentCount > 0 ? 1 : 0), .fill, .fixed(1),
    ])
    (input, recent, folder, counts) = (rows[0], rows[2], rows[4], rows[5])
  }
}
