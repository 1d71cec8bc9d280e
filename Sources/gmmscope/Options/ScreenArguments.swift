import ArgumentParser
import TerminalRendering

/// A size in columns and rows, written as `120x40`.
struct ScreenSize: ExpressibleByArgument {
  let size: Size

  init(width: Int, height: Int) { size = Size(width: width, height: height) }

  nonisolated init?(argument: String) {
    let parts = argument.lowercased().split(whereSeparator: { $0 == "x" || $0 == "×" })
    guard parts.count == 2, let width = Int(parts[0]), let height = Int(parts[1]),
      (1...1000).contains(width), (1...1000).contains(height)
    else { return nil }
    size = Size(width: width, height: height)
  }

  nonisolated var defaultValueDescription: String { "\(size.width)x\(size.height)" }
}

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
