/// Writes tables (RFC 4180, with `\n` between lines).
public enum CSVWriter {
  /// Writes `header` and `rows` to `path` atomically (see `AtomicFile`).
  public static func write(
    header: [String], rows: some Sequence<[String]>, to path: String, separator: Character = ","
  ) throws(FeatureFileError) {
    try AtomicFile.write(to: path) { writer in
      try writer.write(line(header, separator: separator))
      for row in rows { try writer.write(line(row, separator: separator)) }
    }
  }

  /// A line with its line break. Fields are quoted if necessary.
  ///
  /// - Parameter separator: What stands between fields: a comma, or a tab for TSV.
  public static func line(_ fields: [String], separator: Character = ",") -> String {
    fields.map { quotedIfNeeded($0, separator) }.joined(separator: String(separator)) + "\n"
  }

  private static func quotedIfNeeded(_ field: String, _ separator: Character) -> String {
    let special: [UInt8] =
      [UInt8(ascii: "\""), UInt8(ascii: "\r"), UInt8(ascii: "\n")] + String(separator).utf8
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
