import ExplorerModel
import TerminalRendering

extension KeyBindings {
  static let forProgram: [KeyBinding] = [
    KeyBinding(
      .characters("y"), "copy the selection, the ids of the marked samples, or the setting as a command line",
      group: .program, label: "copy"
    ) {
      _ in .copySelection
    },
    KeyBinding(
      .characters("Y"),
      "copy the row with the names of its columns, or the setting as Python on Tuning", group: .program
    ) { _ in .copyRow },
    KeyBinding(
      [.control("s")], "export what this screen shows as a table, or the screen itself as SVG or text",
      group: .program,
      label: "export"
    ) {
      _ in .ask(.export)
    },
    KeyBinding(
      .characters(":"), "open the command palette, which finds any command", group: .program,
      label: "commands"
    ) {
      _ in .openOverlay(.palette(query: "", selected: 0))
    },
    KeyBinding(
      [.character("?"), .function(1)], "show this help", group: .program, label: "help", isKept: true
    ) { _ in .openOverlay(.help(scroll: 0)) },
    KeyBinding(
      [.escape], "go back one level", group: .program,
      label: { $0.hasWayBack ? "back" : nil }, isKept: true, outcome: .action { _ in .back(mayQuit: false) }),
    KeyBinding(
      .characters("q"), "go back one level; quit at the top level", group: .program,
      label: { $0.hasWayBack ? nil : "quit" }, isKept: true,
      outcome: .action { _ in .back(mayQuit: true) }),
    KeyBinding(.characters("Q"), "quit immediately", group: .program) { _ in .quit },
    KeyBinding([.control("c")], "cancel the running task", group: .program) { _ in .cancelTask },
    KeyBinding(
      [.control("r")], "reload the files", group: .program,
      label: { $0.messages.failure != nil && $0.classes.outlines.isEmpty ? "reload" : nil }, isKept: true,
      outcome: .action { _ in .reload }),
    KeyBinding(
      [.control("o")], "open other files", group: .program,
      label: { $0.classes.outlines.isEmpty && $0.tasks.longTask == nil ? "open files" : nil }, isKept: true,
      outcome: .action { _ in .chooseFiles }),
    KeyBinding(
      [.control("l")], "redraw the screen", group: .program, label: { _ in nil },
      outcome: .frontEnd(.redraw)),
    KeyBinding(
      [.control("z")], "suspend; fg resumes", group: .program, label: { _ in nil },
      outcome: .frontEnd(.suspend)),
  ]
}

extension ExplorerState {
  /// Whether Esc closes or clears something here.
  var hasWayBack: Bool {
    switch screen {
    case .classes: classes.isDetailOpen || classes.filter != nil
    case .outliers:
      outliers.isDetailOpen || outliers.showsFrequencies || outliers.filter != nil
        || outliers.classFilter != nil
        || outliers.setFilter != nil || showsSheet
    case .scores: scores.showsScatter || scores.classFilter != nil || scores.setFilter != nil
    case .distances: distances.plane.isOpen
    case .tuning: tuning.pane != .curves
    case .compare, .data: false
    }
  }
}
