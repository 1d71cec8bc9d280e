import ExplorerModel
import OODData
import TerminalRendering

extension KeyBindings {
  /// The bindings of the array chooser.
  static let forArrayChooser: [KeyBinding] =
    uses + [
      array([.character(" "), .tab], "switch to the next possible use of the array", label: "next use") {
        _ in .toggleMark
      },
      array([.enter], "load the marked arrays", label: "load", isKept: true) { _ in .enter },
      array([.down, .character("j")], "move one row down") { _ in .move(.lines(1)) },
      array([.up, .character("k")], "move one row up") { _ in .move(.lines(-1)) },
      array([.pageDown, .control("f")], "move one page down") { .move(.page($0.pageHeight)) },
      array([.pageUp, .control("b")], "move one page up") { .move(.page(-$0.pageHeight)) },
      array([.home, .character("g")], "go to the first row") { _ in .move(.toStart) },
      array([.end, .character("G")], "go to the last row") { _ in .move(.toEnd) },
      array([.control("o")], "choose another file") { _ in .chooseFiles },
      array([.character("?"), .function(1)], "show this help", label: "help", isKept: true) { _ in
        .openOverlay(.help(scroll: 0))
      },
      array([.escape, .character("q")], "cancel loading, or go back", label: "back", isKept: true) { _ in
        .back(mayQuit: false)
      },
      array([.control("c")], "cancel loading") { _ in .cancelTask },
      array([.character("Q")], "quit immediately") { _ in .quit },
    ]

  private static let uses: [KeyBinding] = [
    array(.characters("f"), "use the array as features", label: "features", isKept: true) { _ in
      .assign(.features)
    },
    array(.characters("l"), "use the array as labels", label: "labels", isKept: true) { _ in .assign(.labels)
    },
    array(.characters("i"), "use the array as sample ids", label: "ids") { _ in .assign(.ids) },
    KeyBinding(
      .characters("F"), "use the array as features of the samples to score", group: .arrayChooser, on: [],
      label: { $0.choosing.arrays?.possibleUses.contains(.testFeatures) == true ? "test features" : nil },
      outcome: .action { _ in .assign(.testFeatures) }),
    KeyBinding(
      .characters("L"), "use the array as labels of the samples to score", group: .arrayChooser, on: [],
      label: { $0.choosing.arrays?.possibleUses.contains(.testFeatures) == true ? "test labels" : nil },
      outcome: .action { _ in .assign(.testLabels) }),
  ]

  private static func array(
    _ keys: [KeyPress], _ help: String, label: String? = nil, isKept: Bool = false,
    action: @escaping @Sendable (KeyContext) -> Action?
  ) -> KeyBinding {
    KeyBinding(keys, help, group: .arrayChooser, on: [], label: label, isKept: isKept, action: action)
  }
}
