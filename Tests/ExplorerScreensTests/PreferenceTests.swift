import ExplorerModel
import Testing
import TerminalRendering

@testable import ExplorerScreens

/// Keys and colors of the user.
@MainActor @Suite struct PreferenceTests {
  private func checked(
    keys: [String: [String]], colors: [String: ThemeColor] = [:]
  ) -> (keys: [String: [String]], colors: [String: ThemeColor], problems: [String]) {
    var preferences = DisplayPreferences()
    (preferences.keys, preferences.colors) = (keys, colors)
    let (result, problems) = PreferenceCheck.checked(preferences)
    return (result.keys, result.colors, problems.map(\.text))
  }

  @Test func everyCommandHasANameOfItsOwn() {
    let names = KeyBindings.all.map(\.name)
    #expect(Set(names).count == names.count)
    // Every name of the table belongs to a command.
    let known = Set(CommandNames.names.values.flatMap(\.values))
    #expect(known.subtracting(names).isEmpty, "\(known.subtracting(names))")
    for name in known { #expect(name.allSatisfy { $0.isLetter && $0.isLowercase || $0 == "-" }, "\(name)") }
  }

  @Test func commandsGetOtherKeys() {
    let (keys, _, problems) = checked(keys: ["undo": ["F2", "^X"], "log-counts": ["H"], "quit": []])
    #expect(problems == [])
    var preferences = DisplayPreferences()
    preferences.keys = keys
    let state = ExplorerState(preferences: preferences)
    let bindings = KeyBindings.all(in: state)
    func help(_ key: KeyPress, on screen: Screen) -> String? {
      bindings.first { $0.screens.contains(screen) && $0.keys.contains(key) }?.help
    }
    #expect(help(.function(2), on: .data)?.hasPrefix("undo") == true)
    #expect(help(.control("x"), on: .data)?.hasPrefix("undo") == true)
    #expect(help(.character("u"), on: .data) == nil)
    #expect(help(.character("H"), on: .scores)?.contains("logarithmic") == true)
    #expect(help(.character("Q"), on: .data) == nil)
    let turned = pressing([.character("+"), .function(2)], in: state)
    #expect(turned.setting.regularization == state.setting.regularization)
    // Help, footer and palette show the chosen keys.
    var entries: [String: String] = [:]
    for case .entry(let key, let text) in HelpText(.everything, of: state, glyphs: .ascii).lines {
      entries[text] = key
    }
    #expect(entries.contains { $0.key.hasPrefix("undo the last change") && $0.value == "F2 ^X" })
    let palette = PaletteOverlay(query: "undo", selected: 0, state: state)
    #expect(palette.chosen?.keys == [.function(2), .control("x")])
  }

  @Test func unknownNamesAndKeysAreReported() {
    let (keys, colors, problems) = checked(
      keys: ["undone": ["x"], "redo": ["Hyper-X"], "undo": ["F3"]],
      colors: ["pink": .indexed(9), "id": .indexed(20)])
    #expect(keys == ["undo": ["F3"]] && colors == ["id": .indexed(20)])
    #expect(problems.count == 3)
    #expect(problems.contains { $0.contains("‘undone’ is not a command; did you mean undo?") })
    #expect(problems.contains { $0.contains("‘Hyper-X’ is not a key") })
    #expect(problems.contains { $0.hasPrefix("‘pink’ is not a color of the theme; the colors are accent,") })
  }

  @Test func conflictsAreReportedAndKeysCanBeSwapped() {
    let conflict = checked(keys: ["undo": ["q"]])
    #expect(conflict.keys.isEmpty)
    #expect(conflict.problems == ["‘undo’: q is the key of ‘back-or-quit’"])
    let swapped = checked(keys: ["undo": ["U"], "redo": ["u"]])
    #expect(swapped.problems == [] && swapped.keys.count == 2)
    // Commands of different screens can share a key.
    #expect(checked(keys: ["class-plot": ["L"]]).problems == [])
    #expect(checked(keys: ["log-counts": ["p"]]).problems.count == 1)
    // Without the wrong entry, the other one meets the default key.
    let chain = checked(keys: ["undo": ["U"], "redo": ["+"]])
    #expect(chain.keys.isEmpty && chain.problems.count == 2)
  }

  @Test func keysHaveNames() {
    for key in KeyBindings.everywhere(in: ExplorerState()).flatMap(\.keys) {
      #expect(KeyPress(name: key.description) == key, "\(key)")
    }
    #expect(KeyPress(name: "ctrl-c") == .control("c") && KeyPress(name: "F12") == .function(12))
    #expect(KeyPress(name: "λ") == .character("λ"))
    for name in ["", " ", "F0", "F99", "Ctrl-", "^ab", "Meta-x"] {
      #expect(KeyPress(name: name) == nil, "‘\(name)’")
    }
  }

  @Test func chosenThemeIsDrawn() async {
    let state = await Fixture.state()
    func ground(_ theme: DisplayPreferences.Theme, on background: TerminalBackground?) -> Style {
      let capabilities = TerminalCapabilities(unicode: true, colorDepth: .trueColor, background: background)
      let canvas = Explorer.draw(
        state.awaiting(.setTheme(theme)), size: terminalSize, capabilities: capabilities)
      return canvas[0, 0].style
    }
    #expect(ground(.automatic, on: .light) == .plain)
    #expect(ground(.light, on: .light) == .plain)
    #expect(ground(.light, on: .dark) == TerminalBackground.light.ground)
    #expect(ground(.dark, on: .light) == TerminalBackground.dark.ground)
    #expect(ground(.terminal, on: .light) == .plain)
  }
}
