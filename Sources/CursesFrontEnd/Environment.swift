import SystemSupport

/// Environment variables by name. An unset variable is empty.
enum Environment {
  static var current: [String: String] {
    var variables: [String: String] = [:]
    for name in ClipboardSequence.variables {
      if let value = getenv(name) { variables[name] = String(cString: value) }
    }
    return variables
  }

  static subscript(_ name: String) -> String { getenv(name).map { String(cString: $0) } ?? "" }
}
