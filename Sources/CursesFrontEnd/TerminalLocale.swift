import CNCurses

/// The character set of the terminal, as the environment states it.
enum TerminalLocale {
  /// Takes the user's locale for this process. Where the environment names none, or a UTF-8 one that this
  /// machine has not got, C.UTF-8 stands in: a bare SSH session still gets braille.
  ///
  /// - Returns: Whether text is UTF-8.
  static func adopt() -> Bool {
    let named = ["LC_ALL", "LC_CTYPE", "LANG"].map { Environment[$0] }.first { !$0.isEmpty } ?? ""
    let isKnown = setlocale(LC_ALL, "") != nil
    if named.isEmpty || !isKnown && named.uppercased().replacing("-", with: "").hasSuffix("UTF8") {
      _ = setlocale(LC_ALL, "C.UTF-8")
    }
    // Numbers are written and read the same way everywhere.
    _ = setlocale(LC_NUMERIC, "C")
    return cn_locale_is_utf8()
  }
}
