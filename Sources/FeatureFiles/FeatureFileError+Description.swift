extension FeatureFileError: CustomStringConvertible {
  /// One line: the file, the place, what is wrong, what to try.
  public var description: String {
    "\(path == "-" ? "standard input" : Self.printable(path, limit: .max)): \(explanation)"
  }

  /// The file concerned, as it was named by whoever opened it.
  public var path: String {
    switch self {
    case .fileNotFound(let path), .cannotRead(let path, _), .notAFile(let path, _), .emptyFile(let path),
      .unknownFormat(let path), .unsupportedFormat(let path, _, _), .missingLibrary(let path, _, _),
      .wrongSignature(let path, _), .changedSinceOpening(let path), .cancelled(let path),
      .truncated(let path, _, _, _), .malformedHeader(let path, _, _), .impossibleSize(let path, _, _),
      .overlappingArrays(let path, _, _), .duplicateName(let path, _),
      .unsupportedElementType(let path, _, _, _), .valuesInOtherFiles(let path, _, _, _),
      .unsupportedCompression(let path, _, _),
      .memoryExceeded(let path, _, _, _, _), .corruptCompression(let path, _, _), .wrongChecksum(let path, _),
      .raggedRow(let path, _, _, _),
      .notANumber(let path, _, _, _, _),
      .malformedCell(let path, _, _, _), .unsupportedSeparator(let path, _),
      .noSuchArray(let path, _, _), .noSuchRow(let path, _, _, _), .wrongElementType(let path, _, _, _),
      .notAnInteger(let path, _, _, _), .invalidText(let path, _, _), .cannotWrite(let path, _),
      .unwritableArray(let path, _, _):
      path
    }
  }

  private var explanation: String {
    switch self {
    case .fileNotFound: "no such file"
    case .cannotRead(_, let reason): "cannot be read: \(reason)"
    case .notAFile(_, let kind): "is a \(kind), not a file; name a file"
    case .emptyFile: "is empty; was it written completely?"
    case .unknownFormat:
      "not a format that can be read (\(FileFormat.allCases.map(\.rawValue).joined(separator: ", ")))"
    case .unsupportedFormat(_, let format, let remedy): "is \(format), which cannot be read; \(remedy)"
    case .missingLibrary(_, let library, let remedy): "needs \(library), which is not found; \(remedy)"
    case .changedSinceOpening:
      "was written to after it was opened; open it again when that is done"
    case .cancelled: "reading it was cancelled"
    case .wrongSignature(_, let format):
      "is named like a \(format.displayName) but does not begin like one; check how it was written"
    case .truncated(_, let place, let needed, let found):
      "\(Self.printable(place)) needs \(needed) bytes, \(found) are there; "
        + "the file is cut short, copy it again"
    case .malformedHeader(_, let place, let problem):
      "\(Self.printable(place)): \(Self.printable(problem)); the file is damaged, write it again"
    case .impossibleSize(_, let place, let problem):
      "\(Self.printable(place)): \(Self.printable(problem)); the file is damaged, write it again"
    case .overlappingArrays(_, let first, let second):
      "\(Self.quoted(first)) and \(Self.quoted(second)) claim the same bytes; "
        + "the file is damaged, write it again"
    case .duplicateName(_, let name): "\(Self.quoted(name)) is there twice; give each a name of its own"
    case .unsupportedElementType(_, let array, let type, let remedy),
      .valuesInOtherFiles(_, let array, let type, let remedy):
      "\(Self.quoted(array)) holds \(Self.printable(type)); \(remedy)"
    case .memoryExceeded(_, let place, let needed, let permitted, let remedy):
      "\(Self.printable(place)) needs \(Self.megabytes(needed)) of memory"
        + (permitted.map { ", \(Self.megabytes($0)) may be used for what is compressed; " }
          ?? ", which the system does not grant; ") + remedy
    case .unsupportedCompression(_, let member, let method):
      "\(Self.quoted(member)) is \(method); write it with numpy.savez or numpy.savez_compressed"
    case .corruptCompression(_, let member, let problem):
      "\(Self.quoted(member)) does not decompress: \(problem); the file is damaged, copy it again"
    case .wrongChecksum(_, let member):
      "\(Self.quoted(member)) does not match its checksum; the file is damaged, copy it again"
    default: explanationOfValues
    }
  }

  private var explanationOfValues: String {
    switch self {
    case .raggedRow(_, let line, let expected, let found):
      "line \(line): \(Self.count(found, "cell")) where the first line has \(expected)"
    case .notANumber(_, let line, let column, let name, let text):
      "line \(line), column \(column)\(Self.named(name)): \(Self.quoted(text)) where a number belongs"
        + (TableText.isDecimalComma(text) ? "; write decimals with a point and thousands without a mark" : "")
    case .malformedCell(_, let line, let column, let problem): "line \(line), column \(column): \(problem)"
    case .unsupportedSeparator(_, let separator):
      "cells seem to be separated by \(separator); "
        + "write commas or tabs between cells, and decimals with a point"
    case .noSuchArray(_, let name, let available):
      "has no array \(Self.quoted(name)); it has \(Self.list(available))"
    case .noSuchRow(_, let array, let row, let count):
      "\(Self.quoted(array)) has no row \(row), only \(Self.count(count, "row"))"
    case .wrongElementType(_, let array, let found, let wanted):
      "\(Self.quoted(array)) holds \(found.rawValue) where \(wanted) are needed; choose another array"
    case .notAnInteger(_, let array, let row, let value):
      "\(Self.quoted(array)), row \(row): \(value) where an integer belongs"
    case .invalidText(_, let array, let row):
      "\(Self.quoted(array)), row \(row): not valid Unicode; write it as UTF-8 or as NumPy str"
    case .cannotWrite(_, let reason): "cannot be written: \(reason)"
    case .unwritableArray(_, let array, let problem): "\(Self.quoted(array)) cannot be written: \(problem)"
    default: ""
    }
  }

  private static func count(_ count: Int, _ noun: String) -> String {
    "\(count) \(noun)\(count == 1 ? "" : "s")"
  }

  /// The first names, and how many more there are.
  private static func list(_ names: [String], limit: Int = 20) -> String {
    let shown = names.prefix(limit).map { quoted($0) }.joined(separator: ", ")
    return names.count > limit ? "\(shown) and \(names.count - limit) more" : shown
  }

  private static func megabytes(_ byteCount: Int) -> String {
    byteCount >> 20 < 10 ? "\(byteCount) bytes" : "\(byteCount >> 20) MiB"
  }

  private static func named(_ name: String) -> String { name.isEmpty ? "" : " (\(printable(name)))" }

  /// Text from a file, in quotes.
  static func quoted(_ text: String) -> String { "‘\(printable(text))’" }

  /// Text from a file as part of one line: control characters escaped, and not endless. A path is no such text:
  /// the system bounds its length, and its end says most.
  static func printable(_ text: String, limit: Int = 200) -> String {
    var result = ""
    var length = 0
    for scalar in text.unicodeScalars {
      length += 1
      guard length <= limit else { return result + "…" }
      switch scalar.properties.generalCategory {
      case .control, .format, .lineSeparator, .paragraphSeparator, .surrogate, .unassigned:
        result += scalar.escaped(asASCII: true)
      default: result.unicodeScalars.append(scalar)
      }
    }
    return result
  }
}
