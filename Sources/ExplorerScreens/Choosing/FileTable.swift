import ExplorerModel
import OODData
import TerminalRendering

/// The two tables of the file chooser: recent files and the contents of the folder.
struct FileTable {
  var chooser: FileChooserState
  var appearance: Appearance

  private var recentCount: Int { chooser.recentRowCount }

  /// The recent files. Row indices are those of the chooser.
  func recent(in rect: Rect) -> TableView {
    let rows = Array(chooser.rows.prefix(recentCount))
    let (chooser, theme) = (chooser, appearance.theme)
    return table(
      ["recent", "in", "opened"], rowCount: rows.count,
      selected: chooser.selected < recentCount ? chooser.selected : nil
    ) { row in
      guard case .recent(let opening) = rows[row] else { return [] }
      return [
        StyledText(opening.request.title), StyledText(chooser.shortened(opening.folder), style: theme.muted),
        StyledText(text(of: opening.opened), style: theme.muted),
      ]
    }
    .centered(in: rect)
  }

  /// The rows of the folder. Row 0 is row ``FileChooserState/recentRowCount`` of the chooser.
  func folder(in rect: Rect) -> TableView {
    let rows = Array(chooser.rows.dropFirst(recentCount))
    let (chooser, theme, numbers) = (chooser, appearance.theme, appearance.numbers)
    // While another folder is being read, the rows of the old one cannot be selected.
    let isWaiting = chooser.requestedFolder != nil
    var table = table(
      ["name", "size", "modified"], rowCount: rows.count,
      selected: !isWaiting && chooser.selected >= recentCount && !rows.isEmpty
        ? chooser.selected - recentCount : nil
    ) { row in
      switch rows[row] {
      case .recent: return []
      case .parent: return [StyledText("../", style: theme.muted)]
      case .entry(let entry):
        let style = isWaiting ? theme.muted : entry.isFolder ? theme.accent : theme.text
        return [
          StyledText(entry.isFolder ? entry.name + "/" : entry.name, style: style),
          StyledText(
            entry.isFolder ? "" : numbers.bytes(entry.byteCount), style: isWaiting ? theme.muted : .plain),
          StyledText(text(of: entry.modified), style: theme.muted),
        ]
      }
    }
    table.isMarked = { row in
      guard let path = chooser.path(of: rows[row]) else { return false }
      return chooser.marks.contains(path)
    }
    table.emptyText = appearance.glyphs.spelled(emptyText)
    return table.centered(in: rect)
  }

  private func table(
    _ titles: [String], rowCount: Int, selected: Int?, cells: @escaping @Sendable (Int) -> [StyledText]
  ) -> TableView {
    let isRecent = titles[0] == "recent"
    return TableView(
      columns: [
        TableView.Column(
          titles[0], minimumWidth: 20, idealWidth: isRecent ? 32 : 20, priority: 100, isFlexible: !isRecent),
        TableView.Column(
          titles[1], alignment: isRecent ? .leading : .trailing, minimumWidth: isRecent ? 14 : 9,
          priority: 80,
          isFlexible: isRecent),
        TableView.Column(titles[2], minimumWidth: 16, priority: 50),
      ], rowCount: rowCount, selectedRow: selected, isMarked: { _ in false }, cells: cells)
  }

  private var emptyText: String {
    if chooser.namesPath { return "Press Enter to go to this path." }
    guard chooser.listing != nil, chooser.requestedFolder == nil else { return "reading…" }
    return chooser.filter.isEmpty ? "" : "No name matches the filter. Press Esc to clear it."
  }

  private func text(of time: LocalTime) -> String {
    func two(_ number: Int) -> String { (number < 10 ? "0" : "") + String(number) }
    return "\(time.year)-\(two(time.month))-\(two(time.day)) \(two(time.hour)):\(two(time.minute))"
  }
}
