/// Text tables with or without a header: cells separated by commas, tabs, semicolons, bars or spaces, with decimal points
/// or commas and any thousands separator, in UTF-8, UTF-16 or Windows-1252. Comment lines may precede and separate the
/// lines of data, and rows without any content may end them.
///
/// A table gives one array `features` of all numeric columns without another use, in order; `labels` and `ids` from
/// columns with such names; and an array from each other column (see `Table` and `TableLayout`). Empty lines are
/// skipped; in a table of one column, only at its end.
enum TableReader: FormatReader {
  static var formats: [FileFormat] { [.csv, .tsv] }

  /// The limit on columns. A file with more is probably not a table.
  private static let columnLimit = 1 << 20

  /// Text with a separator in its first line, or UTF-16 with its mark.
  static func recognizes(_ bytes: ByteRegion) -> Bool {
    let start = bytes.prefix(4096)
    if start.starts(with: [0xFF, 0xFE]) || start.starts(with: [0xFE, 0xFF]) {
      return TableNotation.isUTF16(start)
    }
    let end = start.firstIndex { $0 == 0x0A || $0 == 0x0D } ?? start.endIndex
    return isText(bytes) && start[..<end].contains { $0 == UInt8(ascii: ",") || $0 == UInt8(ascii: "\t") }
  }

  static func isText(_ bytes: ByteRegion) -> Bool {
    bytes.prefix(4096).allSatisfy { $0 >= 0x20 || (0x09...0x0D).contains($0) }
  }

  static func read(
    _ bytes: ByteRegion, path: String, stage: ReadStage
  ) throws(FeatureFileError) -> FeatureFile {
    let text = try TableNotation.decodingUTF16(bytes, stage: stage) ?? bytes
    do {
      return try text.withBytes { (content) throws(FeatureFileError) in
        try read(text, content, of: bytes.count, path: path, stage: stage)
      }
    } catch {
      guard case .malformedCell(_, _, _, problem: TableScanner.invalidText) = error,
        let decoded = try TableNotation.decodingWindows1252(text, stage: stage)
      else { throw error }
      var file = try decoded.withBytes { (content) throws(FeatureFileError) in
        try read(decoded, content, of: bytes.count, path: path, stage: stage.rest)
      }
      file.table?.isWindows1252 = true
      return file
    }
  }

  /// - Parameters:
  ///   - byteCount: The size of the file.
  ///   - isTabbed: Whether runs of spaces were replaced.
  ///   - isPointed: Whether decimal commas were replaced.
  private static func read(
    _ region: ByteRegion, _ bytes: UnsafeRawBufferPointer, of byteCount: Int, path: String, stage: ReadStage,
    isTabbed: Bool = false, isPointed: Bool = false
  ) throws(FeatureFileError) -> FeatureFile {
    // Trailing line breaks are not empty lines.
    let lastEnd = bytes.lastIndex { $0 != 0x0A && $0 != 0x0D }.map { $0 + 1 } ?? 0
    guard lastEnd > (bytes.starts(with: [0xEF, 0xBB, 0xBF]) ? 3 : 0) else { throw .emptyFile(path: path) }
    let dialect = try TableDialect(UnsafeRawBufferPointer(rebasing: bytes[..<lastEnd]), path: path)
    let end = TableNotation.endOfContent(UnsafeRawBufferPointer(rebasing: bytes[..<lastEnd]), dialect)
    guard let text = region.slice(at: 0, count: end) else { throw .emptyFile(path: path) }
    let content = UnsafeRawBufferPointer(rebasing: bytes[..<end])
    if !isTabbed, dialect.separator == UInt8(ascii: " ") {
      let tabbed =
        try dialect.isList
        ? TableNotation.tabbedBeforeLabels(text, stage: stage) : TableNotation.tabbed(text, stage: stage)
      return try tabbed.withBytes { (content) throws(FeatureFileError) in
        try read(tabbed, content, of: byteCount, path: path, stage: stage, isTabbed: true)
      }
    }
    let (header, columnCount, rowStart) = try header(content, dialect, path: path)
    if let header { try checkNames(header, path: path) }

    let rows = TableRows(scanner: rowStart, columnCount: columnCount)
    let idColumn = header.flatMap { names in
      TableLayout.idKeys.lazy.compactMap(names.map { $0.lowercased() }.firstIndex).first
    }
    /// Ids remain as written, even if they are numbers.
    func withoutIDs(_ kinds: [RectangularTable.Kind?]) -> [RectangularTable.Kind?] {
      guard let idColumn else { return kinds }
      var kinds = kinds
      kinds[idColumn] = .text
      return kinds
    }
    var kinds = withoutIDs(try rows.firstKinds(in: content))
    func fastValues() throws(FeatureFileError) -> RectangularTable.Values? {
      try RectangularTable(kinds: kinds.map { $0 ?? .number }, separator: dialect.separator).values(
        content, from: rows.scanner.position, stage: stage
      ) { region.noteRead($0, places: 0) }
    }
    var values = try fastValues()
    if values == nil {
      // The table is irregular, possibly only because a column begins with numbers and continues with text.
      let all = withoutIDs(try rows.kinds(in: content, stage: stage.rest.part(0, to: 0.5)))
      if all != kinds {
        kinds = all
        values = try fastValues()
      }
    }
    if values == nil {
      values = try rows.values(kinds.map { $0 ?? .number }, in: content, stage: stage.rest)
    }
    let table = Table(
      names: header, idColumn: idColumn, kinds: kinds,
      values: values ?? RectangularTable.Values(), path: path,
      source: region.isMapped || end <= keptByteCount ? text : nil, rows: rows)
    if !isPointed, table.columns.contains(where: \.hasDecimalCommas),
      let pointed = try TableNotation.pointed(text, rows: rows, stage: stage.rest)
    {
      return try pointed.withBytes { (content) throws(FeatureFileError) in
        try read(
          pointed, content, of: byteCount, path: path, stage: stage.rest, isTabbed: true, isPointed: true)
      }
    }
    return try FeatureFile(
      path: path, format: dialect.format, byteCount: byteCount, table: table, use: TableUse())
  }

  /// The largest text that is kept in memory in addition to its numbers, for looking up lines and cells.
  private static let keptByteCount = 64 << 20

  /// The column names (nil without a header), the number of columns, and a scanner at the first line of data.
  private static func header(
    _ content: UnsafeRawBufferPointer, _ dialect: TableDialect, path: String
  ) throws(FeatureFileError) -> (names: [String]?, columnCount: Int, rowStart: TableScanner) {
    let start = TableScanner(
      separator: dialect.separator, path: path, position: dialect.start, line: dialect.line)
    var scanner = start
    let first = try record(&scanner, in: content)
    let afterFirst = scanner
    var second: [String]?
    while second == nil, scanner.position < content.count {
      if scanner.skipComment(columnCount: first.count, in: content) { continue }
      let cells = try record(&scanner, in: content)
      if cells != [""] || first.count == 1 { second = cells }
    }
    if let second, second.count == first.count + 1, TableLayout.isHeader([""] + first, over: second) {
      // R does not name the column of row names. Or data lines end with separators.
      let names = second.last?.isEmpty == true ? first + [""] : [""] + first
      return (names, names.count, afterFirst)
    }
    if TableLayout.isHeader(first, over: second) { return (first, first.count, afterFirst) }
    if let comment = dialect.comment {
      // numpy.savetxt writes the header as a comment.
      var scanner = TableScanner(separator: dialect.separator, path: path, position: comment.lowerBound)
      let names = try? record(&scanner, in: UnsafeRawBufferPointer(rebasing: content[..<comment.upperBound]))
      if let names, names.count == first.count, TableLayout.isHeader(names, over: first) {
        return (names, first.count, start)
      }
    }
    return (nil, first.count, start)
  }

  /// The trimmed cells of the next line.
  private static func record(
    _ scanner: inout TableScanner, in bytes: UnsafeRawBufferPointer
  ) throws(FeatureFileError) -> [String] {
    var cells: [String] = []
    while true {
      let (line, column) = (scanner.line, scanner.column)
      let cell = try scanner.next(in: bytes)
      guard let text = TableScanner.text(of: cell, in: bytes) else {
        throw .malformedCell(
          path: scanner.path, line: line, column: column,
          problem: TableScanner.invalidText)
      }
      guard cells.count < columnLimit else {
        throw .impossibleSize(
          path: scanner.path, place: "line \(line)", problem: "more than \(columnLimit) columns")
      }
      cells.append(text.trimmingSpaces)
      if cell.endsLine { return cells }
    }
  }

  private static func checkNames(_ names: [String], path: String) throws(FeatureFileError) {
    var seen: Set<String> = []
    for name in names where !name.isEmpty && !seen.insert(name).inserted {
      throw .duplicateName(path: path, name: name)
    }
  }
}
