#if canImport(Glibc)
  import Glibc
#elseif canImport(Darwin)
  import Darwin
#endif

/// Environment variables by name. An unset variable is empty.
enum Environment {
  static subscript(_ name: String) -> String { getenv(name).map { String(cString: $0) } ?? "" }
}
