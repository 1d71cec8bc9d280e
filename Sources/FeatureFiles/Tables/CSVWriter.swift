/// Writes tables (RFC 4180, with `\n` between lines).
public enum CSVWriter {
  /// Writes `header` and `rows` to `path`, whole or not at all (see `AtomicFile`).
  public static func write(
    header: [String], rows: some Sequence<[String]>, to path: String
  ) throws(FeatureFileError) {
    try AtomicFile.write(to: path) { writer in
      try writer.write(line(header))
      for row in rows { try writer.write(line(row)) }
    }
  }

  /// One line with its line break; fields are quoted where they need it.
  public static func line(_ fields: [String]) -> String {
    fields.map(quotedIfNeeded).joined(separator: ",") + "\n"
  }

  private static func quotedIfNeeded(_ field: String) -> String {
    let special = "\",\r\n".utf8
    guard field.utf8.contains(where: special.contains) else { return field }
    // By byte: a line break of two characters is one `Character`.
    var quoted = "\""
    for scalar in field.unicodeScalars {
      if scalar == "\"" { quoted += "\"" }
      quoted.unicodeScalars.append(scalar)
    }
    return quoted + "\""
  }
}
