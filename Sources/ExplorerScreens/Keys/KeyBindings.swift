import ExplorerModel
import TerminalRendering

/// All key bindings, in the order of the footer.
enum KeyBindings {
  static let all = forSingleScreens + forTables + forSetting + forMoving + forScreens + forProgram

  static func bindings(on screen: Screen) -> [KeyBinding] { all.filter { $0.screens.contains(screen) } }

  static func binding(for key: KeyPress, on screen: Screen) -> KeyBinding? {
    all.first { $0.screens.contains(screen) && $0.keys.contains(key) }
  }

  /// The bindings of screens and choosers, for the help.
  static let everywhere = all + forFileChooser + forArrayChooser

  /// The binding of a key in a state.
  static func binding(for key: KeyPress, in state: ExplorerState) -> KeyBinding? {
    bindings(in: state).first { $0.keys.contains(key) }
  }

  static func bindings(in state: ExplorerState) -> [KeyBinding] {
    if state.choosing.arrays != nil { return forArrayChooser }
    return state.choosing.files != nil ? forFileChooser : bindings(on: state.screen)
  }

  /// The footer's hints for a state.
  static func hints(for state: ExplorerState, glyphs: Glyphs) -> KeyHints {
    var hints: [KeyHints.Hint] = []
    let isEmpty = state.classes.outlines.isEmpty && !state.choosing.isOpen
    for binding in bindings(in: state) {
      // Without data, keys that act on data would only distract.
      if isEmpty && !(binding.group == .program && binding.isKept) { continue }
      guard let label = binding.label(state).map(glyphs.spelled), let key = binding.keys.first else {
        continue
      }
      let name = key.name(glyphs: glyphs)
      if let last = hints.last, last.label == label {
        hints[hints.count - 1].key += "/" + name
      } else {
        hints.append(KeyHints.Hint(name, label, isKept: binding.isKept))
      }
    }
    return KeyHints(hints)
  }
}
