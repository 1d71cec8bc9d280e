import ExplorerModel
import TerminalRendering

extension KeyBindings {
  private static let tables: Set<Screen> = [.classes, .outliers]

  /// Bindings of both sortable tables.
  static let forTables: [KeyBinding] = [
    KeyBinding(
      [.enter], "open the selected row; from a class in full, list its samples", group: .tables, on: tables,
      label: { $0.isDetailOpen ? nil : $0.showsFrequencies ? "list these" : "open" },
      outcome: .action { _ in .enter }),
    KeyBinding(.characters("<"), "sort by the column to the left", group: .tables, on: tables, label: "sort")
    {
      _ in .sortByNeighbor(offset: -1)
    },
    KeyBinding(.characters(">"), "sort by the column to the right", group: .tables, on: tables, label: "sort")
    {
      _ in .sortByNeighbor(offset: 1)
    },
    KeyBinding(.characters("I"), "invert the sort order", group: .tables, on: tables, label: "invert") {
      _ in .invertSort
    },
    KeyBinding(
      .characters("K"), "choose the columns: show, hide and move them", group: .tables, on: tables,
      label: "columns"
    ) { _ in .chooseColumns },
    KeyBinding(.characters("/"), "find a row by name", group: .tables, on: tables, label: "find") {
      _ in .ask(.find)
    },
    KeyBinding(.characters("n"), "go to the next match", group: .tables, on: tables) { _ in
      .findNext(forward: true)
    },
    KeyBinding(.characters("N"), "go to the previous match", group: .tables, on: tables) {
      _ in .findNext(forward: false)
    },
    KeyBinding(
      .characters("\\"), "filter the rows: a part of the name, or a condition such as n < 200 and cond > 1e8",
      group: .tables, on: tables, label: "filter"
    ) {
      _ in .ask(.filter)
    },
  ]
}

extension ExplorerState {
  fileprivate var showsFrequencies: Bool { screen == .outliers && outliers.showsFrequencies }

  /// Whether the screen shows one row in full instead of its table.
  var isDetailOpen: Bool {
    switch screen {
    case .classes: classes.isDetailOpen
    case .outliers: outliers.isDetailOpen
    case .scores, .tuning, .distances, .compare, .data: false
    }
  }
}
