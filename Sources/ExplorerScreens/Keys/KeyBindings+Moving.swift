import ExplorerModel
import TerminalRendering

extension KeyBindings {
  private static let lists: Set<Screen> = [.classes, .outliers, .distances, .compare, .data]

  /// Moving through the list of the screen.
  static let forMoving: [KeyBinding] = [
    KeyBinding([.down, .character("j")], "move one row down", group: .moving, on: lists) {
      $0.move(.lines(1))
    },
    KeyBinding([.up, .character("k")], "move one row up", group: .moving, on: lists) { $0.move(.lines(-1)) },
    KeyBinding([.pageDown, .control("f")], "move one page down", group: .moving, on: lists) {
      $0.move(.page($0.pageHeight))
    },
    KeyBinding([.pageUp, .control("b")], "move one page up", group: .moving, on: lists) {
      $0.move(.page(-$0.pageHeight))
    },
    KeyBinding([.control("d")], "move half a page down", group: .moving, on: lists) {
      $0.move(.page(max(1, $0.pageHeight / 2)))
    },
    KeyBinding([.control("u")], "move half a page up", group: .moving, on: lists) {
      $0.move(.page(-max(1, $0.pageHeight / 2)))
    },
    KeyBinding([.character("g"), .home], "go to the first row", group: .moving, on: lists) {
      $0.move(.toStart)
    },
    KeyBinding([.character("G"), .end], "go to the last row", group: .moving, on: lists) { $0.move(.toEnd) },
  ]

  /// Switching between screens.
  static let forScreens: [KeyBinding] =
    Screen.allCases.map { screen in
      KeyBinding(.characters("\(screen.number)"), purpose(of: screen), group: .screens) { _ in .show(screen) }
    } + [
      KeyBinding([.tab], "show the next screen", group: .screens) { _ in .showNextScreen(offset: 1) },
      KeyBinding([.backTab], "show the previous screen", group: .screens) { _ in .showNextScreen(offset: -1)
      },
    ]

  private static func purpose(of screen: Screen) -> String {
    switch screen {
    case .classes: "Classes: is the fitted detector sound?"
    case .scores: "Scores: how well does it separate?"
    case .outliers: "Outliers: which samples are outliers, and why?"
    case .tuning: "Tuning: which setting should I use?"
    case .distances: "Distances: which classes are close?"
    case .compare: "Compare: which setting is best, and compared with what?"
    case .data: "Data: what do the files contain, and is anything wrong?"
    }
  }
}
