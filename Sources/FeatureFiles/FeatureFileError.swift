import SystemSupport

/// An error in reading or writing a file.
///
/// `description` is one line: the file, the place, the problem and the remedy. Lines and columns of a table are
/// counted from 1; rows and indices of an array from 0.
public enum FeatureFileError: Error, Equatable, Sendable {
  // MARK: The file as a whole

  /// The file does not exist.
  case fileNotFound(path: String)
  /// The operating system cannot open or read the file; `reason` is its message.
  case cannotRead(path: String, reason: String)
  /// The path leads to a directory, pipe or device.
  case notAFile(path: String, kind: String)
  /// The file is empty.
  case emptyFile(path: String)
  /// Neither the content nor the name matches a supported format.
  case unknownFormat(path: String)
  /// The format is recognized but not supported; `remedy` says what to do instead.
  case unsupportedFormat(path: String, format: String, remedy: String)
  /// The library that reads this format is not installed; `remedy` says how to install it.
  case missingLibrary(path: String, library: String, remedy: String)
  /// The file extension indicates `format`, but the file does not begin with its signature.
  case wrongSignature(path: String, format: FileFormat)

  /// Another program modified the file after it was opened.
  case changedSinceOpening(path: String)
  /// The reading task was cancelled.
  case cancelled(path: String)

  // MARK: Binary formats

  /// The file ends before the end of `place`.
  case truncated(path: String, place: String, neededByteCount: Int, foundByteCount: Int)
  /// A header is malformed.
  case malformedHeader(path: String, place: String, problem: String)
  /// A size overflows, reaches outside the file, or contradicts another size.
  case impossibleSize(path: String, place: String, problem: String)
  /// The content of `place` exceeds the memory limit; `permittedByteCount` is nil if the allocation itself failed.
  case memoryExceeded(
    path: String, place: String, neededByteCount: Int, permittedByteCount: Int?, remedy: String)
  /// Two arrays occupy the same bytes.
  case overlappingArrays(path: String, first: String, second: String)
  /// Two arrays or columns have the same name.
  case duplicateName(path: String, name: String)
  /// A valid element type that cannot be read as numbers or text.
  case unsupportedElementType(path: String, array: String, type: String, remedy: String)
  /// An array's values are in other files, which are never read: otherwise a file could expose the contents of others.
  case valuesInOtherFiles(path: String, array: String, type: String, remedy: String)
  /// A zip member is encrypted or compressed by a method other than deflate.
  case unsupportedCompression(path: String, member: String, method: String)
  /// Compressed bytes do not decompress to the declared content.
  case corruptCompression(path: String, member: String, problem: String)
  /// Bytes of an archive do not match their stored checksum.
  case wrongChecksum(path: String, member: String)

  // MARK: Tables

  /// A row has more or fewer cells than the first.
  case raggedRow(path: String, line: Int, expectedCount: Int, foundCount: Int)
  /// A numeric column contains text.
  case notANumber(path: String, line: Int, column: Int, name: String, text: String)
  /// A cell has invalid quoting or invalid UTF-8.
  case malformedCell(path: String, line: Int, column: Int, problem: String)
  /// The first line, as in `sep=x`, names a separator that is not supported.
  case unsupportedSeparator(path: String, separator: String)

  // MARK: Reading values

  /// There is no array with this name.
  case noSuchArray(path: String, name: String, available: [String])
  /// A row index is outside the array.
  case noSuchRow(path: String, array: String, row: Int, rowCount: Int)
  /// The requested type of values differs from that of the array.
  case wrongElementType(path: String, array: String, found: ElementType, wanted: String)
  /// A value has a fraction, is NaN or is too large for an integer.
  case notAnInteger(path: String, array: String, row: Int, value: Double)
  /// Text is not valid Unicode.
  case invalidText(path: String, array: String, row: Int)

  // MARK: Writing

  /// The file cannot be written; an existing file is unchanged.
  case cannotWrite(path: String, reason: String)
  /// The shape does not match the values, or the format cannot store them.
  case unwritableArray(path: String, array: String, problem: String)
}

extension FeatureFileError: CustomStringConvertible {
  /// One line: the file, the place, the problem, and the remedy.
  public var description: String {
    "\(path == "-" ? "standard input" : Self.printable(path, limit: .max)): \(explanation)"
  }

  /// The path of the file, as the caller gave it.
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
    case .notAFile(_, let kind): "is a \(kind), not a file; give the path of a file"
    case .emptyFile: "is empty; check that it was written completely"
    case .unknownFormat:
      "unrecognized file format; use a supported one (\(FileFormat.allCases.map(\.rawValue).joined(separator: ", ")))"
    case .unsupportedFormat(_, let format, let remedy): "is \(format), which is not supported; \(remedy)"
    case .missingLibrary(_, let library, let remedy): "needs \(library), which was not found; \(remedy)"
    case .changedSinceOpening:
      "was modified after it was opened; open it again when it is complete"
    case .cancelled: "reading was cancelled"
    case .wrongSignature(_, let format):
      "is not in the format that its extension indicates, \(format.displayName); check how it was written"
    case .truncated(_, let place, let needed, let found):
      "\(Self.printable(place)) needs \(needed) bytes, but only \(found) are available; "
        + "the file is truncated, copy it again"
    case .malformedHeader(_, let place, let problem):
      "\(Self.printable(place)): \(Self.printable(problem)); the file is damaged, write it again"
    case .impossibleSize(_, let place, let problem):
      "\(Self.printable(place)): \(Self.printable(problem)); the file is damaged, write it again"
    case .overlappingArrays(_, let first, let second):
      "\(Self.quoted(first)) and \(Self.quoted(second)) overlap; "
        + "the file is damaged, write it again"
    case .duplicateName(_, let name): "the name \(Self.quoted(name)) occurs twice; use unique names"
    case .unsupportedElementType(_, let array, let type, let remedy),
      .valuesInOtherFiles(_, let array, let type, let remedy):
      "\(Self.quoted(array)) holds \(Self.printable(type)); \(remedy)"
    case .memoryExceeded(_, let place, let needed, let permitted, let remedy):
      "\(Self.printable(place)) needs \(needed.byteCountText) of memory"
        + (permitted.map { ", but the limit for decompressed data is \($0.byteCountText); " }
          ?? ", which could not be allocated; ") + remedy
    case .unsupportedCompression(_, let member, let method):
      "\(Self.quoted(member)) is \(method); write it with numpy.savez or numpy.savez_compressed"
    case .corruptCompression(_, let member, let problem):
      "\(Self.quoted(member)) cannot be decompressed: \(problem); the file is damaged, copy it again"
    case .wrongChecksum(_, let member):
      "\(Self.quoted(member)) does not match its checksum; the file is damaged, copy it again"
    default: explanationOfValues
    }
  }

  private var explanationOfValues: String {
    switch self {
    case .raggedRow(_, let line, let expected, let found):
      "line \(line): expected \(Self.count(expected, "cell")), as in the first line, but found \(found)"
    case .notANumber(_, let line, let column, let name, let text):
      "line \(line), column \(column)\(Self.named(name)): expected a number, but found \(Self.quoted(text))"
        + (TableText.isDecimalComma(text) ? "; use a decimal point and no thousands separators" : "")
    case .malformedCell(_, let line, let column, let problem): "line \(line), column \(column): \(problem)"
    case .unsupportedSeparator(_, let separator):
      "cells appear to be separated by \(separator); "
        + "separate them by commas, semicolons or tabs"
    case .noSuchArray(_, let name, let available):
      "has no array named \(Self.quoted(name)); available arrays: \(Self.list(available))"
    case .noSuchRow(_, let array, let row, let count):
      "\(Self.quoted(array)) has no row \(row); it has \(Self.count(count, "row")), counted from 0"
    case .wrongElementType(_, let array, let found, let wanted):
      "\(Self.quoted(array)) holds \(found.rawValue), but \(wanted) are required; choose another array"
    case .notAnInteger(_, let array, let row, let value):
      "\(Self.quoted(array)), row \(row): expected an integer"
        + (value.isFinite && value == value.rounded(.towardZero)
          ? " below 2⁶³, or 2⁵³ as a floating-point number" : "") + ", but found \(value)"
    case .invalidText(_, let array, let row):
      "\(Self.quoted(array)), row \(row): the text is not valid Unicode; write it as UTF-8 or as NumPy str"
    case .cannotWrite(_, let reason): "cannot be written: \(reason)"
    case .unwritableArray(_, let array, let problem): "\(Self.quoted(array)) cannot be written: \(problem)"
    default: ""
    }
  }

  private static func count(_ count: Int, _ noun: String) -> String {
    "\(count) \(noun)\(count == 1 ? "" : "s")"
  }

  /// The first names, and the number of the others.
  private static func list(_ names: [String], limit: Int = 20) -> String {
    let shown = names.prefix(limit).map { quoted($0) }.joined(separator: ", ")
    return names.count > limit ? "\(shown) and \(names.count - limit) more" : shown
  }

  private static func named(_ name: String) -> String { name.isEmpty ? "" : " (\(printable(name)))" }

  /// Text from a file, in quotes.
  static func quoted(_ text: String) -> String { "‘\(printable(text))’" }

  /// Text from a file as part of one line: truncated, with control characters escaped. Paths need no truncation: the
  /// system limits their length, and their end is the most informative part.
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
