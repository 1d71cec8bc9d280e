import ExplorerModel
import TerminalRendering

extension KeyBindings {
  static let forProgram: [KeyBinding] = [
    KeyBinding(.characters("y"), "copy what is chosen, or the marked ids", group: .program, label: "copy") {
      _ in .copySelection
    },
    KeyBinding([.control("s")], "export what the screen shows to a file", group: .program, label: "export") {
      _ in .ask(.export)
    },
    KeyBinding(
      .characters(":"), "command palette: find a command by its words", group: .program, label: "commands"
    ) {
      _ in .openOverlay(.palette(query: "", selected: 0))
    },
    KeyBinding(
      [.character("?"), .function(1)], "this help", group: .program, label: "help", isKept: true
    ) { _ in .openOverlay(.help(scroll: 0)) },
    KeyBinding(
      [.escape], "out one level", group: .program,
      label: { $0.hasWayBack ? "back" : nil }, isKept: true, outcome: .action { _ in .back(mayQuit: false) }),
    KeyBinding(
      .characters("q"), "out one level, and at the top quit", group: .program,
      label: { $0.hasWayBack ? nil : "quit" }, isKept: true,
      outcome: .action { _ in .back(mayQuit: true) }),
    KeyBinding(.characters("Q"), "quit at once", group: .program) { _ in .quit },
    KeyBinding([.control("c")], "cancel the task that is running", group: .program) { _ in .cancelTask },
    KeyBinding(
      [.control("r")], "read the files again", group: .program,
      label: { $0.failure != nil && $0.outlines.isEmpty ? "read again" : nil }, isKept: true,
      outcome: .action { _ in .reload }),
    KeyBinding(
      [.control("o")], "open other files", group: .program,
      label: { $0.outlines.isEmpty && $0.longTask == nil ? "open files" : nil }, isKept: true,
      outcome: .action { _ in .chooseFiles }),
    KeyBinding(
      [.control("l")], "draw the screen anew", group: .program, label: { _ in nil },
      outcome: .frontEnd(.redraw)),
    KeyBinding(
      [.control("z")], "suspend; fg comes back", group: .program, label: { _ in nil },
      outcome: .frontEnd(.suspend)),
  ]
}

extension ExplorerState {
  /// Whether Esc closes or clears something here.
  var hasWayBack: Bool {
    switch screen {
    case .classes: classes.isDetailOpen || !classes.filter.isEmpty
    case .outliers: outliers.isDetailOpen || !outliers.filter.isEmpty || outliers.classFilter != nil
    case .scores: scoresView.classFilter != nil
    case .tuning, .distances, .data: false
    }
  }
}
