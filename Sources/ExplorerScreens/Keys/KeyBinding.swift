import ExplorerModel
import TerminalRendering

/// One command and its keys, declared once for dispatch, footer, help and palette.
struct KeyBinding: Sendable {
  /// A heading in the help.
  enum Group: String, CaseIterable, Sendable {
    case setting = "Setting (on every screen)"
    case screens = "Screens"
    case moving = "Navigation"
    case tables = "Classes and outliers"
    case classes = "Classes"
    case scores = "Scores"
    case outliers = "Outliers"
    case tuning = "Tuning"
    case distances = "Distances"
    case compare = "Compare"
    case program = "Program"
    case fileChooser = "Choosing files"
    case arrayChooser = "Choosing arrays"
  }

  enum Outcome: Sendable {
    /// Returns `nil` if there is nothing to do.
    case action(@Sendable (KeyContext) -> Action?)
    case frontEnd(FrontEndCommand)
  }

  /// The keys of the command; the footer shows the first.
  var keys: [KeyPress]
  /// The description shown in help and palette.
  var help: String
  var group: Group
  /// The screens where it works.
  var screens: Set<Screen>
  /// The footer label in a state; `nil` leaves it out. Neighbors with the same label share a hint.
  var label: @Sendable (ExplorerState) -> String?
  /// Whether it stays in the footer when others do not fit.
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

  /// The keys as the help shows them: `↑ k`.
  func keyNames(glyphs: Glyphs) -> String {
    keys.map { $0.name(glyphs: glyphs) }.joined(separator: " ")
  }
}

extension [KeyPress] {
  /// One key per character.
  static func characters(_ text: String) -> [KeyPress] { text.map(KeyPress.character) }
}
