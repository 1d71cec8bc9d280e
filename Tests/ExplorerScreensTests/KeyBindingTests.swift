import ExplorerModel
import Testing
import TerminalRendering

@testable import ExplorerScreens

@Suite struct KeyBindingTests {
  @Test(arguments: Screen.allCases)
  func keysOfAScreenAreUnique(screen: Screen) {
    var owners: [KeyPress: String] = [:]
    for binding in KeyBindings.bindings(on: screen) {
      for key in binding.keys {
        #expect(owners[key] == nil, "\(key): \(owners[key] ?? "") and \(binding.help)")
        owners[key] = binding.help
      }
    }
    #expect(owners.count > 30)
  }

  @Test func everyKeyReachesItsBindingOnItsScreens() {
    for binding in KeyBindings.all {
      #expect(!binding.keys.isEmpty && !binding.screens.isEmpty)
      for screen in binding.screens {
        for key in binding.keys {
          #expect(KeyBindings.binding(for: key, on: screen)?.help == binding.help)
        }
      }
    }
  }

  @Test func everyKeyOfTheDesignIsBound() {
    let everywhere: [KeyPress] =
      .characters("1234567+-{}=ouUmyqQ:?") + [
        .tab, .backTab, .escape, .function(1), .control("s"), .control("l"), .control("r"), .control("c"),
        .control("z"),
      ]
    for screen in Screen.allCases {
      for key in everywhere {
        #expect(KeyBindings.binding(for: key, on: screen) != nil, "\(key) on \(screen)")
      }
    }
    let inTables: [KeyPress] =
      .characters("jkgG/nN\\<>IK") + [
        .down, .up, .pageUp, .pageDown, .enter, .control("f"), .control("b"), .control("d"), .control("u"),
      ]
    for screen in [Screen.classes, .outliers] {
      for key in inTables { #expect(KeyBindings.binding(for: key, on: screen) != nil, "\(key) on \(screen)") }
    }
  }

  @Test func helpNamesEveryBinding() {
    let state = ExplorerState()
    var entries: Set<String> = []
    for case .entry(_, let text) in HelpText(.everything, of: state, glyphs: .unicode).lines {
      entries.insert(text)
    }
    for binding in KeyBindings.all { #expect(entries.contains(binding.help)) }
    for screen in Screen.allCases {
      let state = state.awaiting(.show(screen))
      var here: [String] = []
      for case .entry(_, let text) in HelpText(.keys, of: state, glyphs: .unicode).lines { here.append(text) }
      #expect(here.sorted() == KeyBindings.bindings(on: screen).map(\.help).sorted(), "\(screen)")
    }
  }

  @MainActor @Test(arguments: Screen.allCases)
  func footerFitsAndKeepsHelpAndQuit(screen: Screen) async {
    let state = await Fixture.state(after: [.show(screen)])
    for glyphs in [Glyphs.unicode, .ascii] {
      let hints = KeyBindings.hints(for: state, glyphs: glyphs)
      for width in [58, 78, 118] {
        let fitting = hints.fitting(width: width)
        let used = fitting.reduce(-3) { $0 + 3 + $1.key.count + 1 + $1.label.count }
        #expect(used <= width)
        #expect(fitting.contains { $0.key == "?" } && fitting.contains { $0.label == "quit" })
        #expect(fitting.contains { $0.label == glyphs.lambda }, "λ turns on every screen")
      }
    }
  }

  @Test func asciiTextsContainOnlyASCII() {
    for binding in KeyBindings.all {
      let text = Glyphs.ascii.spelled(binding.help) + binding.keyNames(glyphs: .ascii)
      #expect(text.utf8.allSatisfy { $0 < 0x80 }, "\(text)")
    }
    for case .entry(let name, let text) in HelpText(.everything, of: ExplorerState(), glyphs: .ascii).lines {
      #expect(Glyphs.ascii.spelled(name + text).utf8.allSatisfy { $0 < 0x80 }, "\(name) \(text)")
    }
    #expect(Glyphs.ascii.spelled("λ ≥ 1") == "reg >= 1")
    #expect(Glyphs.unicode.spelled("λ ≥ 1") == "λ ≥ 1")
  }
}
