/// Writes tables (RFC 4180, with `\n` between lines).
public enum CSVWriter {
  /// Writes `header` and `rows` to `path` atomically (see `AtomicFile`).
  public static func write(
    header: [String], rows: some Sequence<[String]>, to path: String
  ) throws(FeatureFileError) {
    try AtomicFile.write(to: path) { writer in
      try writer.write(line(header))
      for row in rows { try writer.write(line(row)) }
    }
  }

  /// A line with its line break. Fields are quoted if necessary.
  public static func line(_ fields: [String]) -> String {
    fields.map(quotedIfNeeded).joined(separator: ",") + "\n"
  }

  private static func quotedIfNeeded(_ field: String) -> String {
    let special = "\",\r\n".utf8
    guard field.utf8.contains(where: special.contains) else { return field }
    // By scalar, since a line break of two characters is one `Character`.
    var quoted = "\""
    for scalar in field.unicodeScalars {
      if scalar == "\"" { quoted += "\"" }
      quoted.unicodeScalars.append(scalar)
    }
    return quoted + "\""
  }
}
