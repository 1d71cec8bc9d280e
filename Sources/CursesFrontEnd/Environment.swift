import SystemSupport

/// Environment variables by name. An unset variable is empty.
enum Environment {
  static subscript(_ name: String) -> String { getenv(name).map { String(cString: $0) } ?? "" }
}
