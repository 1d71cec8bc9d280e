public import ExplorerModel
import TerminalRendering

/// Checks what settings call by name: commands, keys and colors.
public enum PreferenceCheck {
  /// A problem with an entry of the settings, given by the names of its table and its own.
  public struct Problem: Sendable, Equatable {
    public var entry: [String]
    public var text: String
  }

  /// The preferences without entries that mean nothing or contradict others, and what is wrong with those.
  public static func checked(
    _ preferences: DisplayPreferences
  ) -> (preferences: DisplayPreferences, problems: [Problem]) {
    var (checked, problems) = (preferences, [Problem]())
    for name in preferences.colors.keys.sorted() where ColorMeaning(rawValue: name) == nil {
      checked.colors[name] = nil
      let known = ColorMeaning.allCases.map(\.rawValue).sorted().joined(separator: ", ")
      problems.append(
        Problem(
          entry: ["theme", name], text: "‘\(name)’ is not a color of the theme; the colors are \(known)"))
    }
    for name in preferences.keys.keys.sorted() {
      guard let text = problem(with: preferences.keys[name] ?? [], of: name) else { continue }
      checked.keys[name] = nil
      problems.append(Problem(entry: ["keys", name], text: text))
    }
    // Without an entry, its command has its own keys again, which can be those of another entry.
    while let (name, text) = conflict(in: checked.keys) {
      checked.keys[name] = nil
      problems.append(Problem(entry: ["keys", name], text: text))
    }
    return (checked, problems)
  }

  private static func problem(with keys: [String], of name: String) -> String? {
    guard KeyBindings.all.contains(where: { $0.name == name }) else {
      let names = KeyBindings.all.map(\.name)
      let near = names.first { $0.contains(name) || name.contains($0) }
      return "‘\(name)’ is not a command" + (near.map { "; did you mean \($0)?" } ?? "")
    }
    if let wrong = keys.first(where: { KeyPress(name: $0) == nil }) {
      return "‘\(name)’: ‘\(wrong)’ is not a key; use characters and names such as ^X, Enter, Up or F2"
    }
    return nil
  }

  /// The first entry that gives a command a key of another one on the same screen.
  private static func conflict(in keys: [String: [String]]) -> (name: String, text: String)? {
    let bindings = KeyBindings.all(with: keys)
    let names = zip(KeyBindings.all, bindings).map { $0.0.name }
    for (place, name) in names.enumerated().sorted(by: { $0.element < $1.element }) where keys[name] != nil {
      for (other, binding) in bindings.enumerated() where other != place {
        guard !binding.screens.isDisjoint(with: bindings[place].screens),
          let key = bindings[place].keys.first(where: binding.keys.contains)
        else { continue }
        return (name, "‘\(name)’: \(key) is the key of ‘\(names[other])’")
      }
    }
    return nil
  }
}
