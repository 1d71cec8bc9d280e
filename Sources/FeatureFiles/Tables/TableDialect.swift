/// The dialect of a table: the start of its lines, its separator, and its comment line.
///
/// Detected from the first lines, since commas would split lines with other separators or decimal commas into cells that
/// look like numbers. ``TableNotation`` deals with runs of spaces and decimal commas.
struct TableDialect {
  private(set) var separator = UInt8(ascii: ",")
  /// Whether lines are paths of files with labels. A path may contain spaces, so the last one is the separator.
  private(set) var isList = false
  /// The position of the first line that is neither a comment nor empty, and its line number.
  private(set) var start: Int
  private(set) var line = 1
  /// The last comment line before it, without its marker: `numpy.savetxt` writes column names there.
  private(set) var comment: Range<Int>?

  var format: FileFormat { separator == UInt8(ascii: "\t") ? .tsv : .csv }

  private static let byteOrderMark: [UInt8] = [0xEF, 0xBB, 0xBF]

  /// - Parameter bytes: The text, without trailing line breaks.
  /// - Throws: `unsupportedSeparator`; `emptyFile` if there are only comments.
  init(_ bytes: UnsafeRawBufferPointer, path: String) throws(FeatureFileError) {
    start = bytes.starts(with: Self.byteOrderMark) ? Self.byteOrderMark.count : 0
    var named: UInt8?
    while start < bytes.count {
      let end = Self.lineEnd(bytes, from: start)
      if line == 1, let separator = Self.separatorLine(bytes[start..<end]) {
        named = separator
      } else if end > start {
        let mark = TableScanner.commentMarkLength(at: start, in: bytes)
        // A comment marker may also be the name of a column. A column may be called so.
        let isName =
          start + mark < end && [UInt8(ascii: ","), UInt8(ascii: "\t")].contains(bytes[start + mark])
        guard mark > 0, !isName else { break }
        comment = start + mark..<end
      }
      skip(to: end, in: bytes)
    }
    if start >= bytes.count {
      // Perhaps a header alone.
      guard let comment else { throw .emptyFile(path: path) }
      start = comment.lowerBound
      self.comment = nil
    }
    let first = Self.line(bytes, from: start)
    var secondStart = Self.lineEnd(bytes, from: start)
    while secondStart < bytes.count, bytes[secondStart] == 0x0A || bytes[secondStart] == 0x0D {
      secondStart += 1
    }
    let lines = [first] + (secondStart < bytes.count ? [Self.line(bytes, from: secondStart)] : [])
    if let named, !",;|\t".utf8.contains(named) {
      throw .unsupportedSeparator(path: path, separator: "‘\(Character(Unicode.Scalar(named)))’")
    }
    isList = named == nil && lines.allSatisfy(\.isPathWithLabel)
    if isList {
      separator = UInt8(ascii: " ")
    } else {
      separator = named ?? Self.unusualSeparator(of: lines) ?? Self.separator(of: lines, path: path)
    }
  }

  private mutating func skip(to end: Int, in bytes: UnsafeRawBufferPointer) {
    start = min(bytes.count, end + 1)
    if end + 1 < bytes.count, bytes[end] == 0x0D, bytes[end + 1] == 0x0A { start += 1 }
    line += 1
  }

  private static func lineEnd(_ bytes: UnsafeRawBufferPointer, from start: Int) -> Int {
    bytes[start...].firstIndex { $0 == 0x0A || $0 == 0x0D } ?? bytes.count
  }

  /// The first line from `start`, limited to 64 KiB.
  private static func line(_ bytes: UnsafeRawBufferPointer, from start: Int) -> Line {
    Line(bytes[start..<min(lineEnd(bytes, from: start), start + 1 << 16)])
  }

  /// The separator of a first line such as `sep=;`, which spreadsheets write.
  private static func separatorLine(_ line: Slice<UnsafeRawBufferPointer>) -> UInt8? {
    guard line.count <= 8 else { return nil }
    let text = line.filter { $0 != UInt8(ascii: "\"") }
    guard text.count == 5, text.starts(with: Array("sep=".utf8)) else { return nil }
    return text[4]
  }

  // MARK: Separators

  /// One of the first lines, which can be split at any separator.
  private struct Line {
    let text: String
    let isQuoted: Bool

    init(_ bytes: Slice<UnsafeRawBufferPointer>) {
      text = String(decoding: bytes, as: UTF8.self)
      isQuoted = bytes.contains(UInt8(ascii: "\""))
    }

    /// Whether the line is the path of a file, such as `my photos/a b.jpg`, and a label after a space.
    var isPathWithLabel: Bool {
      guard count(",") + count("\t") + count(";") + count("|") == 0 else { return false }
      let words = text.split(separator: " ")
      guard words.count >= 2, let label = words.last, let name = words.dropLast().last else { return false }
      let unquoted = name.last == "\"" ? name.dropLast() : name
      guard let point = unquoted.lastIndex(of: "."), point != unquoted.startIndex || words.count > 2 else {
        return false
      }
      let ending = unquoted[point...].dropFirst()
      return !label.contains("/") && (1...5).contains(ending.count)
        && ending.allSatisfy { $0.isASCII && ($0.isLetter || $0.isNumber) }
        && ending.contains(where: \.isLetter)
        && !TableText.isNumber(String(unquoted)) && Int(label) != nil
    }

    func count(_ separator: Character) -> Int {
      var isInQuotes = false
      var count = 0
      for character in text {
        if character == "\"" { isInQuotes.toggle() }
        if character == separator, !isInQuotes { count += 1 }
      }
      return count
    }

    func parts(_ separator: Character) -> [String] {
      var parts = [""]
      var isInQuotes = false
      for character in text {
        if character == "\"" {
          isInQuotes.toggle()
        } else if character == separator, !isInQuotes {
          parts.append("")
        } else {
          parts[parts.count - 1].append(character)
        }
      }
      return separator == " " ? parts.filter { !$0.isEmpty } : parts.map(\.trimmingSpaces)
    }
  }

  /// The separator of the first lines if it is neither a comma nor, with decimal points, a tab.
  private static func unusualSeparator(of lines: [Line]) -> UInt8? {
    for separator: Character in [";", "|", " ", "\t"] {
      let parts = lines.map { $0.parts(separator) }
      guard let columnCount = parts.last?.count, columnCount > 1, let first = parts.first, first.count > 0,
        // The header of R's row names has one name fewer, and cells may end with separators.
        abs(first.count - columnCount) <= 1, let last = parts.last
      else { continue }
      let hasDecimalCommas = last.contains(where: TableText.isDecimalComma)
      let numberCount = last.count { TableText.isNumber($0) || TableText.isDecimalComma($0) }
      // Spaces and tabs may also occur within text.
      let isCertain =
        [";", "|"].contains(separator) ? 2 * numberCount >= columnCount : numberCount == columnCount
      // Decimal commas are not separators.
      let splitsNumbers = hasDecimalCommas && isCertain
      let hasOthers = lines.first.map { $0.count(",") + $0.count("\t") > 0 } ?? false
      let isList =
        separator == " " && columnCount == 2 && parts.allSatisfy { $0.count == 2 && isLabelled($0) }
      let isOnlyOne =
        !hasOthers && separator != "\t" && (separator != " " || 2 * numberCount > columnCount || isList)
      if splitsNumbers || isOnlyOne { return separator.asciiValue }
    }
    return nil
  }

  /// Whether a line is the path of a file and a label.
  private static func isLabelled(_ parts: [String]) -> Bool {
    !TableText.isNumber(parts[0]) && parts[0].contains(where: { "/.".contains($0) }) && !parts[1].isEmpty
  }

  /// The separator that the file extension indicates, unless only the other one occurs in the first line, or only the
  /// other one splits both lines into the same number of cells.
  private static func separator(of lines: [Line], path: String) -> UInt8 {
    let (comma, tab) = (UInt8(ascii: ","), UInt8(ascii: "\t"))
    guard let first = lines.first, let last = lines.last else { return comma }
    let (commaCount, tabCount) = (first.count(","), first.count("\t"))
    if commaCount > 0, tabCount > 0 {
      if last.count("\t") == tabCount, last.count(",") != commaCount { return tab }
      if last.count(",") == commaCount, last.count("\t") != tabCount { return comma }
    }
    if FileFormat(fileExtensionOf: path) == .tsv { return tabCount > 0 || commaCount == 0 ? tab : comma }
    return commaCount > 0 || tabCount == 0 ? comma : tab
  }
}

/// Classifies the text of a cell.
enum TableText {
  /// Whether the first character could begin a number, possibly after spaces.
  static func mayBeNumber(_ text: String) -> Bool {
    guard let first = text.utf8.first else { return false }
    return first < 0x3A || "nNiI".utf8.contains(first)
  }

  static func isNumber(_ text: String) -> Bool {
    Array(text.utf8).withUnsafeBytes { DecimalNumber.parse($0, in: 0..<$0.count) != nil }
  }

  /// Whether a number has a decimal comma or thousands separators: `1,5`, `-2,5e3`, `1.234,5`, `1 234`, `1'234.5`.
  static func isDecimalComma(_ text: String) -> Bool {
    if let plain = withoutThousandsSeparators(text) { return isNumber(plain) || isDecimalComma(plain) }
    guard text.utf8.count <= 64, let comma = text.firstIndex(of: ","), comma != text.startIndex,
      text.index(after: comma) != text.endIndex, text[text.index(after: comma)].isASCII,
      text[text.index(after: comma)].isNumber
    else { return false }
    let pointed = text.filter { $0 != "." }.map { $0 == "," ? "." : $0 }
    if pointed.count(where: { $0 == "." }) == 1 { return isNumber(String(pointed)) }
    return isNumber(text.filter { $0 != "," })
  }
}

extension TableText {
  /// Spaces of any width that is usual in numbers, and apostrophes, as Swiss and French spreadsheets write them.
  static let thousandsSeparators: [Character] = [" ", "\u{A0}", "\u{2009}", "\u{202F}", "'", "\u{2019}"]

  /// A number without the spaces or apostrophes between groups of three digits; nil for any other text.
  static func withoutThousandsSeparators(_ text: String) -> String? {
    // Most text is told apart by its bytes: the separators are a space, an apostrophe, or begin with 0xC2 or 0xE2.
    guard text.utf8.count <= 64, text.utf8.contains(where: { [0x20, 0x27, 0xC2, 0xE2].contains($0) }),
      let first = text.first(where: thousandsSeparators.contains)
    else { return nil }
    let sign = text.prefix { "+-\u{2212}".contains($0) }
    guard sign.count <= 1 else { return nil }
    let whole = text.dropFirst(sign.count).prefix { $0.isASCII && $0.isNumber || $0 == first }
    let groups = whole.split(separator: first, omittingEmptySubsequences: false)
    guard groups.count > 1, (1...3).contains(groups[0].count), groups[0] != "0",
      groups.dropFirst().allSatisfy({ $0.count == 3 })
    else { return nil }
    let rest = text.dropFirst(sign.count + whole.count)
    // Decimals, and perhaps an exponent.
    guard rest.isEmpty || ".,".contains(rest.first ?? " "),
      rest.dropFirst().allSatisfy({ "0123456789eE+-".contains($0) })
    else { return nil }
    return (sign.isEmpty ? "" : sign == "+" ? "+" : "-") + groups.joined() + rest
  }
}

extension StringProtocol {
  /// The text without surrounding spaces and tabs.
  var trimmingSpaces: String {
    func isSpace(_ character: Character) -> Bool { character == " " || character == "\t" }
    let start = drop(while: isSpace)
    guard let last = start.lastIndex(where: { !isSpace($0) }) else { return "" }
    return String(start[...last])
  }
}
