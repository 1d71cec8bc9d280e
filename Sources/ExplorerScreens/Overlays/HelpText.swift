import ExplorerModel
import TerminalRendering

/// The text of the help: keys by group, and words in alphabetical order.
struct HelpText {
  enum Line {
    case heading(String)
    case entry(String, String)
    case blank
  }

  private(set) var lines: [Line] = []

  /// A page of the help on what is shown. While files or arrays are chosen, every page has the keys of the chooser.
  init(_ page: HelpView.Page, of state: ExplorerState, glyphs: Glyphs) {
    let bindings = KeyBindings.everywhere(in: state)
    if let group = state.chooserGroup {
      add(group.rawValue, Self.keys(of: group, in: bindings, glyphs))
      _ = lines.popLast()
      return
    }
    let screen = state.screen
    switch page {
    case .keys:
      let here = bindings.filter { $0.screens.contains(screen) }
      // What only this screen has, before what all have.
      let common = Set(here.filter { $0.screens.count == Screen.allCases.count }.map(\.group))
      let groups = KeyBinding.Group.allCases
      add(
        "Keys on \(screen.title)", here.filter { !common.contains($0.group) }.map { Self.entry($0, glyphs) })
      for group in groups where common.contains(group) {
        add(group.rawValue, Self.keys(of: group, in: here, glyphs))
      }
    case .words:
      add("On \(screen.title)", Glossary.entries(on: screen, glyphs: glyphs, isCommon: false).map(\.line))
      add("On every screen", Glossary.entries(on: screen, glyphs: glyphs, isCommon: true).map(\.line))
    case .everything:
      for group in KeyBinding.Group.allCases {
        add(group.rawValue, Self.keys(of: group, in: bindings, glyphs))
      }
      add("Words and symbols", Glossary.entries(on: nil, glyphs: glyphs, isCommon: nil).map(\.line))
    }
    _ = lines.popLast()
  }

  private static func entry(_ binding: KeyBinding, _ glyphs: Glyphs) -> (String, String) {
    (binding.keyNames(glyphs: glyphs), binding.help)
  }

  private static func keys(
    of group: KeyBinding.Group, in bindings: [KeyBinding], _ glyphs: Glyphs
  ) -> [(String, String)] {
    bindings.filter { $0.group == group }.map { entry($0, glyphs) }
  }

  private mutating func add(_ heading: String, _ entries: [(String, String)]) {
    guard !entries.isEmpty else { return }
    lines.append(.heading(heading))
    lines += entries.map { .entry($0.0, $0.1) }
    lines.append(.blank)
  }
}
