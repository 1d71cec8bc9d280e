import CNCurses
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

/// The character set of the terminal, according to the environment.
enum TerminalLocale {
  /// Sets the user's locale for this process. If the environment names none, or a UTF-8 locale that is not
  /// installed, uses C.UTF-8, so that a minimal SSH session still shows braille.
  ///
  /// - Returns: Whether the character set is UTF-8.
  static func adopt() -> Bool {
    let named = ["LC_ALL", "LC_CTYPE", "LANG"].map { Environment[$0] }.first { !$0.isEmpty } ?? ""
    let isKnown = setlocale(LC_ALL, "") != nil
    if named.isEmpty || !isKnown && named.uppercased().replacing("-", with: "").hasSuffix("UTF8") {
      _ = setlocale(LC_ALL, "C.UTF-8")
    }
    // Numbers do not depend on the locale.
    _ = setlocale(LC_NUMERIC, "C")
    return cn_locale_is_utf8()
  }
}
