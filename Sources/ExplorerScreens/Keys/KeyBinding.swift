import ExplorerModel
import TerminalRendering

/// One thing that keys do, declared once: dispatch, footer, help and palette all read it.
struct KeyBinding: Sendable {
  /// A heading of the help.
  enum Group: String, CaseIterable, Sendable {
    case setting = "Setting, on every screen"
    case screens = "Screens"
    case moving = "Moving about"
    case tables = "Classes and outliers"
    case scores = "Scores"
    case outliers = "Outliers"
    case tuning = "Tuning"
    case distances = "Distances"
    case program = "Program"
    case fileChooser = "Choosing files"
    case arrayChooser = "Choosing arrays"
  }

  enum Outcome: Sendable {
    /// Nil where there is nothing to do.
    case action(@Sendable (KeyContext) -> Action?)
    case frontEnd(FrontEndCommand)
  }

  /// Any of them; the first is the one that the footer shows.
  var keys: [KeyPress]
  /// What it does, for help and palette.
  var help: String
  var group: Group
  /// Where it works.
  var screens: Set<Screen>
  /// What the footer calls it in a state; nil where it is left out. Neighbours of one name share a hint.
  var label: @Sendable (ExplorerState) -> String?
  /// Stays in the footer when others have no room.
  var isKept: Bool
  var outcome: Outcome

  init(
    _ keys: [KeyPress], _ help: String, group: Group, on screens: Set<Screen> = Set(Screen.allCases),
    label: String? = nil, isKept: Bool = false, action: @escaping @Sendable (KeyContext) -> Action?
  ) {
    self.init(
      keys, help, group: group, on: screens, label: { _ in label }, isKept: isKept,
      outcome: .action(action))
  }

  init(
    _ keys: [KeyPress], _ help: String, group: Group, on screens: Set<Screen> = Set(Screen.allCases),
    label: @escaping @Sendable (ExplorerState) -> String?, isKept: Bool = false, outcome: Outcome
  ) {
    self.keys = keys
    self.help = help
    self.group = group
    self.screens = screens
    self.label = label
    self.isKept = isKept
    self.outcome = outcome
  }

  /// Its keys as help shows them: `↑ k`.
  func keyNames(glyphs: Glyphs) -> String {
    keys.map { $0.name(glyphs: glyphs) }.joined(separator: " ")
  }
}

extension [KeyPress] {
  /// A key per character.
  static func characters(_ text: String) -> [KeyPress] { text.map(KeyPress.character) }
}
