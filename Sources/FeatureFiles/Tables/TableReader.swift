/// Tables of text: comma- or tab-separated, with or without a header, UTF-8 with or without a mark.
///
/// A table gives one array `features` of all numeric columns, in their order; `labels` and `ids` from columns
/// of such names (see `TableLayout`); and an array of text from each other column. A column is numeric if its
/// first cell with content is a number: after that everything else in it is an error. Empty lines are
/// skipped, but in a table of one column only at its end.
enum TableReader: FormatReader {
  static var formats: [FileFormat] { [.csv, .tsv] }

  /// More columns are a file without line breaks rather than a table.
  private static let columnLimit = 1 << 20
  private static let byteOrderMark: [UInt8] = [0xEF, 0xBB, 0xBF]

  /// Text with a separator in its first line.
  static func recognizes(_ bytes: ByteRegion) -> Bool {
    let start = bytes.prefix(4096)
    let end = start.firstIndex { $0 == 0x0A || $0 == 0x0D } ?? start.endIndex
    let isText = start.allSatisfy { $0 >= 0x20 || (0x09...0x0D).contains($0) }
    return isText && start[..<end].contains { $0 == UInt8(ascii: ",") || $0 == UInt8(ascii: "\t") }
  }

  static func read(
    _ bytes: ByteRegion, path: String, stage: ReadStage
  ) throws(FeatureFileError) -> FeatureFile {
    try bytes.withBytes { (content) throws(FeatureFileError) in
      try read(content, path: path, stage: stage) { bytes.noteRead($0, places: 0) }
    }
  }

  private static func read(
    _ bytes: UnsafeRawBufferPointer, path: String, stage: ReadStage,
    noteRead: @escaping @Sendable (Int) -> Void
  ) throws(FeatureFileError) -> FeatureFile {
    let start = bytes.starts(with: byteOrderMark) ? byteOrderMark.count : 0
    let format = separatedBy(bytes, from: start, path: path)
    let separator = format == .tsv ? UInt8(ascii: "\t") : UInt8(ascii: ",")
    // Line breaks after the last line are no empty lines.
    let end = bytes.lastIndex { $0 != 0x0A && $0 != 0x0D }.map { $0 + 1 } ?? 0
    guard end > start else { throw .emptyFile(path: path) }
    let content = UnsafeRawBufferPointer(rebasing: bytes[..<end])

    var scanner = TableScanner(separator: separator, path: path, position: start)
    let first = try record(&scanner, in: content)
    if let cell = first.first, first.count == 1 { try checkSeparator(cell, path: path) }
    let afterFirst = scanner
    let second = scanner.position < end ? try record(&scanner, in: content) : nil
    let hasHeader = TableLayout.isHeader(first, over: second)
    if hasHeader { try checkNames(first, path: path) }

    let rows = TableRows(
      scanner: hasHeader
        ? afterFirst : TableScanner(separator: separator, path: path, position: start),
      columnCount: first.count)
    let isNumeric = try rows.numericColumns(in: content)
    let layout = TableLayout(
      header: hasHeader ? first : nil, isNumeric: isNumeric, hasRows: rows.scanner.position < end)
    var columns = TableColumns(layout: layout, path: path)
    let quick = OrderlyTable(layout: layout, separator: separator)
    if let values = try quick.values(content, from: rows.scanner.position, stage: stage, noteRead) {
      columns.take(values)
    } else {
      columns.reserve(byteCount: end - rows.scanner.position)
      try rows.fill(&columns, from: content, stage: stage.rest)
    }
    return try FeatureFile(path: path, format: format, byteCount: bytes.count, arrays: columns.arrays())
  }

  /// The separator is what the name promises, unless only the other one is in the first line.
  private static func separatedBy(_ bytes: UnsafeRawBufferPointer, from start: Int, path: String)
    -> FileFormat
  {
    var isQuoted = false
    var (hasComma, hasTab) = (false, false)
    for byte in bytes[start...] {
      if byte == UInt8(ascii: "\"") { isQuoted.toggle() }
      guard !isQuoted else { continue }
      if byte == 0x0A || byte == 0x0D { break }
      hasComma = hasComma || byte == UInt8(ascii: ",")
      hasTab = hasTab || byte == UInt8(ascii: "\t")
    }
    if FileFormat(fileExtensionOf: path) == .tsv { return hasTab || !hasComma ? .tsv : .csv }
    return hasComma || !hasTab ? .csv : .tsv
  }

  /// The cells of the next line, without white space around them.
  private static func record(
    _ scanner: inout TableScanner, in bytes: UnsafeRawBufferPointer
  ) throws(FeatureFileError) -> [String] {
    var cells: [String] = []
    while true {
      let (line, column) = (scanner.line, scanner.column)
      let cell = try scanner.next(in: bytes)
      guard let text = TableScanner.text(of: cell, in: bytes) else {
        throw .malformedCell(
          path: scanner.path, line: line, column: column, problem: "is not UTF-8; save it as such")
      }
      guard cells.count < columnLimit else {
        throw .impossibleSize(
          path: scanner.path, place: "line \(line)", problem: "more than \(columnLimit) columns")
      }
      cells.append(trimmed(text))
      if cell.endsLine { return cells }
    }
  }

  private static func trimmed(_ text: String) -> String {
    func isSpace(_ character: Character) -> Bool { character == " " || character == "\t" }
    let start = text.drop(while: isSpace)
    guard let last = start.lastIndex(where: { !isSpace($0) }) else { return "" }
    return String(start[...last])
  }

  private static func checkSeparator(_ line: String, path: String) throws(FeatureFileError) {
    if line.contains(";") { throw .unsupportedSeparator(path: path, separator: "semicolons") }
    let words = line.split(separator: " ")
    if words.count > 1, words.allSatisfy({ TableLayout.isNumber(String($0)) }) {
      throw .unsupportedSeparator(path: path, separator: "spaces")
    }
  }

  private static func checkNames(_ names: [String], path: String) throws(FeatureFileError) {
    var seen: Set<String> = []
    for name in names where !name.isEmpty && !seen.insert(name).inserted {
      throw .duplicateName(path: path, name: name)
    }
  }
}
