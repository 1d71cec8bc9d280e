import ExplorerModel
import OODData
import TerminalRendering

extension KeyBindings {
  /// In the file chooser; every other character narrows its list.
  static let forFileChooser: [KeyBinding] = [
    file([.enter], "open the file or all that are marked, or go into the folder", isKept: true) { state in
      switch state.fileChooser?.selectedRow {
      case .entry(let entry) where entry.isFolder: "go in"
      case .parent: "go up"
      case nil where state.fileChooser?.namesPath == true: "go there"
      default: (state.fileChooser?.marks.isEmpty ?? true) ? "open" : "open marked"
      }
    } action: { _ in
      .enter
    },
    file([.tab], "mark a file: the first is fitted to, the others are scored", label: { _ in "mark" }) {
      _ in .toggleMark
    },
    file(
      [.control("n")], "leave out samples with NaN or infinite features, or refuse them",
      label: { state in
        state.notice?.severity == .error && state.notice?.remedy == .skipNonFinite ? "leave them out" : nil
      }
    ) { _ in .toggleNonFinite },
    file([.left], "to the folder above", label: { _ in "folder above" }) { _ in .toParentFolder },
    file([.right], "into the folder") { context in
      guard case .entry(let entry)? = context.state.fileChooser?.selectedRow, entry.isFolder else {
        return nil
      }
      return .enter
    },
    file([.backspace], "take back a character; where there is none, to the folder above") { context in
      context.state.fileChooser?.filter.isEmpty == true ? .toParentFolder : .editText(.deleteBackward)
    },
    file([.control("u")], "clear the filter") { _ in .editText(.clear) },
    file([.down], "one row down") { _ in .move(.lines(1)) },
    file([.up], "one row up") { _ in .move(.lines(-1)) },
    file([.pageDown, .control("f")], "one page down") { .move(.page($0.pageHeight)) },
    file([.pageUp, .control("b")], "one page up") { .move(.page(-$0.pageHeight)) },
    file([.home], "to the first row") { _ in .move(.toStart) },
    file([.end], "to the last row") { _ in .move(.toEnd) },
    file([.function(1)], "this help", isKept: true, label: { _ in "help" }) { _ in
      .openOverlay(.help(scroll: 0))
    },
    file([.control("c")], "cancel loading") { _ in .cancelTask },
    file(
      [.escape], "cancel loading, clear the filter, take marks away, leave", isKept: true,
      label: { state in
        if state.tasks[.load] != nil { return "cancel" }
        if state.fileChooser?.filter.isEmpty == false { return "clear" }
        if state.fileChooser?.marks.isEmpty == false { return "unmark" }
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
  /// The keys of what is being chosen; nil where screens are shown.
  var chooserGroup: KeyBinding.Group? {
    if arrayChooser != nil { return .arrayChooser }
    return fileChooser != nil ? .fileChooser : nil
  }
}
