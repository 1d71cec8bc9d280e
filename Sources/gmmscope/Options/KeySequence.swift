import ArgumentParser
import TerminalRendering

/// Keys to press, as text. A character stands for itself; other keys are names in angle brackets.
struct KeySequence: ExpressibleByArgument {
  var keys: [KeyPress] = []

  init() {}

  nonisolated init?(argument: String) { try? self.init(parsing: argument) }

  /// - Throws: a usage error that names the unknown key.
  nonisolated init(parsing argument: String) throws {
    var rest = argument[...]
    while let character = rest.first {
      if character == "<", let end = rest.firstIndex(of: ">"), rest.index(after: rest.startIndex) < end {
        let name = String(rest[rest.index(after: rest.startIndex)..<end])
        guard let key = KeyPress(name: name) else {
          throw ValidationError(
            "<\(name)> is not a key; use characters and names such as <Enter>, <Esc>, <Up> or <^S>")
        }
        keys.append(key)
        rest = rest[rest.index(after: end)...]
      } else {
        keys.append(.character(character))
        rest.removeFirst()
      }
    }
  }

  nonisolated var defaultValueDescription: String { "none" }
}
