import ExplorerModel
import TerminalRendering

/// All key bindings, in the order of the footer.
enum KeyBindings {
  static let all = forSingleScreens + forTables + forSetting + forMoving + forScreens + forProgram

  static func bindings(on screen: Screen) -> [KeyBinding] { all.filter { $0.screens.contains(screen) } }

  static func binding(for key: KeyPress, on screen: Screen) -> KeyBinding? {
    all.first { $0.screens.contains(screen) && $0.keys.contains(key) }
  }

  /// The bindings of screens, with the keys that the user chose.
  static func all(in state: ExplorerState) -> [KeyBinding] { all(with: state.preferences.keys) }

  /// The bindings of screens, some with other keys, by the names of their commands.
  static func all(with keys: [String: [String]]) -> [KeyBinding] {
    guard !keys.isEmpty else { return all }
    return all.map { binding in
      guard let chosen = keys[binding.name] else { return binding }
      var changed = binding
      changed.keys = chosen.compactMap { KeyPress(name: $0) }
      return changed
    }
  }

  /// The bindings of screens and choosers, for the help.
  static func everywhere(in state: ExplorerState) -> [KeyBinding] {
    all(in: state) + forFileChooser + forArrayChooser
  }

  /// The binding of a key in a state.
  static func binding(for key: KeyPress, in state: ExplorerState) -> KeyBinding? {
    bindings(in: state).first { $0.keys.contains(key) }
  }

  static func bindings(in state: ExplorerState) -> [KeyBinding] {
    if state.choosing.arrays != nil { return forArrayChooser }
    if state.choosing.files != nil { return forFileChooser }
    return all(in: state).filter { $0.screens.contains(state.screen) }
  }

  /// The footer's hints for a state.
  static func hints(for state: ExplorerState, glyphs: Glyphs) -> KeyHints {
    KeyHints(hintedBindings(for: state, glyphs: glyphs).map(\.hint))
  }

  /// The binding whose hint is at a column of the footer: in a hint of two keys, the one under the mouse.
  static func binding(
    atColumn column: Int, width: Int, for state: ExplorerState, glyphs: Glyphs
  ) -> KeyBinding? {
    let hinted = hintedBindings(for: state, glyphs: glyphs)
    guard let found = KeyHints(hinted.map(\.hint)).hint(atColumn: column, width: width) else { return nil }
    let bindings = hinted[found.place].bindings
    var end = 0
    for binding in bindings {
      // Names are joined by a slash, which belongs to the key before it.
      end += DisplayText.width(binding.keys.first?.name(glyphs: glyphs) ?? "") + 1
      if found.column < end { return binding }
    }
    return bindings.first
  }

  /// The hints, each with the bindings that it stands for.
  private static func hintedBindings(
    for state: ExplorerState, glyphs: Glyphs
  ) -> [(hint: KeyHints.Hint, bindings: [KeyBinding])] {
    var hints: [(hint: KeyHints.Hint, bindings: [KeyBinding])] = []
    let isEmpty = state.classes.outlines.isEmpty && !state.choosing.isOpen
    for binding in bindings(in: state) {
      // Without data, keys that act on data would only distract.
      if isEmpty && !(binding.group == .program && binding.isKept) { continue }
      guard let label = binding.label(state).map(glyphs.spelled), let key = binding.keys.first else {
        continue
      }
      let name = key.name(glyphs: glyphs)
      if let last = hints.last, last.hint.label == label {
        hints[hints.count - 1].hint.key += "/" + name
        hints[hints.count - 1].bindings.append(binding)
      } else {
        hints.append((KeyHints.Hint(name, label, isKept: binding.isKept), [binding]))
      }
    }
    return hints
  }
}
