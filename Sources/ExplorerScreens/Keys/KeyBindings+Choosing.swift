import ExplorerModel
import OODData
import TerminalRendering

extension KeyBindings {
  /// The bindings of the file chooser; every other character edits its filter.
  static let forFileChooser: [KeyBinding] = [
    file([.enter], "open the file, the marked files, or the folder", isKept: true) { state in
      switch state.choosing.files?.selectedRow {
      case .entry(let entry) where entry.isFolder: "open folder"
      case .parent: "go up"
      case nil where state.choosing.files?.namesPath == true: "go to path"
      default: (state.choosing.files?.marks.isEmpty ?? true) ? "open" : "open marked"
      }
    } action: { _ in
      .enter
    },
    file([.tab], "mark a file: the first is for training, others are scored", label: { _ in "mark" }) {
      _ in .toggleMark
    },
    file(
      [.control("n")], "skip or reject samples with NaN or infinite features",
      label: { state in
        state.messages.notice?.severity == .error && state.messages.notice?.remedy == .skipNonFinite
          ? "skip them" : nil
      }
    ) { _ in .toggleNonFinite },
    file([.left], "go to the parent folder", label: { _ in "parent folder" }) { _ in .toParentFolder },
    file([.right], "open the folder") { context in
      guard case .entry(let entry)? = context.state.choosing.files?.selectedRow, entry.isFolder else {
        return nil
      }
      return .enter
    },
    file([.backspace], "delete a character; with no filter, go to the parent folder") { context in
      context.state.choosing.files?.filter.isEmpty == true ? .toParentFolder : .editText(.deleteBackward)
    },
    file([.control("u")], "clear the filter") { _ in .editText(.clear) },
    file([.down], "move one row down") { _ in .move(.lines(1)) },
    file([.up], "move one row up") { _ in .move(.lines(-1)) },
    file([.pageDown, .control("f")], "move one page down") { .move(.page($0.pageHeight)) },
    file([.pageUp, .control("b")], "move one page up") { .move(.page(-$0.pageHeight)) },
    file([.home], "go to the first row") { _ in .move(.toStart) },
    file([.end], "go to the last row") { _ in .move(.toEnd) },
    file([.function(1)], "show this help", isKept: true, label: { _ in "help" }) { _ in
      .openOverlay(.help(scroll: 0))
    },
    file([.control("c")], "cancel loading") { _ in .cancelTask },
    file(
      [.escape], "cancel loading, clear the filter or marks, or go back", isKept: true,
      label: { state in
        if state.tasks[.load] != nil { return "cancel" }
        if state.choosing.files?.filter.isEmpty == false { return "clear" }
        if state.choosing.files?.marks.isEmpty == false { return "unmark" }
        return state.canLeaveChooser ? "back" : "quit"
      }
    ) { _ in .back(mayQuit: true) },
  ]

  private static func file(
    _ keys: [KeyPress], _ help: String, isKept: Bool = false,
    label: @escaping @Sendable (ExplorerState) -> String? = { _ in nil },
    action: @escaping @Sendable (KeyContext) -> Action?
  ) -> KeyBinding {
    KeyBinding(
      keys, help, group: .fileChooser, on: [], label: label, isKept: isKept, outcome: .action(action))
  }
}

extension ExplorerState {
  /// The key group of the open chooser; `nil` if a screen is shown.
  var chooserGroup: KeyBinding.Group? {
    if choosing.arrays != nil { return .arrayChooser }
    return choosing.files != nil ? .fileChooser : nil
  }
}
