/// The data lines of a table, each of which must have the same number of cells.
struct TableRows {
  /// A scanner at the first data line.
  let scanner: TableScanner
  let columnCount: Int

  /// The kind of the first cell of each column that is not missing; nil if all are missing.
  ///
  /// Reads as few lines as possible.
  func firstKinds(in bytes: UnsafeRawBufferPointer) throws(FeatureFileError) -> [RectangularTable.Kind?] {
    var kinds = [RectangularTable.Kind?](repeating: nil, count: columnCount)
    var undecidedCount = columnCount
    var scanner = scanner
    var nextLookUp = ReadStage.stepByteCount
    while undecidedCount > 0, scanner.position < bytes.count {
      if scanner.position >= nextLookUp {
        try ReadStage.checkCancellation(path: scanner.path)
        nextLookUp = scanner.position + ReadStage.stepByteCount
      }
      try forEachCellOfLine(&scanner, in: bytes) { cell, column, _ in
        guard kinds[column] == nil, let kind = Self.kind(of: cell, in: bytes) else { return }
        kinds[column] = kind
        undecidedCount -= 1
      }
    }
    return kinds
  }

  /// The kind of each column: text if any cell is neither a number nor missing. Reads every cell.
  func kinds(
    in bytes: UnsafeRawBufferPointer, stage: ReadStage
  ) throws(FeatureFileError) -> [RectangularTable.Kind?] {
    var kinds = [RectangularTable.Kind?](repeating: nil, count: columnCount)
    try forEachCell(in: bytes, stage: stage) { cell, column, _ in
      guard kinds[column] != .text, let kind = Self.kind(of: cell, in: bytes) else { return }
      kinds[column] = kind
    }
    return kinds
  }

  /// Nil for a cell that is missing.
  private static func kind(of cell: TableScanner.Cell, in bytes: UnsafeRawBufferPointer) -> RectangularTable
    .Kind?
  {
    if DecimalNumber.parse(bytes, in: cell.range) != nil { return .number }
    return MissingValue.isMark(bytes, in: cell.range) ? nil : .text
  }

  /// All cells, given the kinds of the columns.
  func values(
    _ kinds: [RectangularTable.Kind], in bytes: UnsafeRawBufferPointer, stage: ReadStage
  ) throws(FeatureFileError) -> RectangularTable.Values {
    var values = RectangularTable.Values()
    var textPlaces = [Int?](repeating: nil, count: columnCount)
    for column in kinds.indices where kinds[column] == .text {
      textPlaces[column] = values.texts.count
      values.texts.append([])
    }
    let usualCellByteCount = 8
    values.numbers.reserveCapacity((bytes.count - scanner.position) / usualCellByteCount)
    try forEachCell(in: bytes, stage: stage) { (cell, column, line) throws(FeatureFileError) in
      if column == 0 { values.rowCount += 1 }
      if let place = textPlaces[column] {
        values.texts[place].append(try text(of: cell, column: column, line: line, in: bytes))
      } else {
        values.numbers.append(DecimalNumber.parse(bytes, in: cell.range) ?? .nan)
      }
    }
    return values
  }

  /// The cells of one column as text.
  func texts(ofColumn wanted: Int, in bytes: UnsafeRawBufferPointer, path: String) throws(FeatureFileError)
    -> [String]
  {
    var texts: [String] = []
    let stage = ReadStage(path: path, byteCount: bytes.count)
    try forEachCell(in: bytes, stage: stage) { (cell, column, line) throws(FeatureFileError) in
      if column == wanted { texts.append(try text(of: cell, column: column, line: line, in: bytes)) }
    }
    return texts
  }

  /// The first cell that `isWanted`.
  func firstCell(
    in bytes: UnsafeRawBufferPointer, path: String,
    where isWanted: (_ cell: Range<Int>, _ column: Int) -> Bool
  ) throws(FeatureFileError) -> (row: Int, column: Int, text: String)? {
    var found: (Int, Int, String)?
    var row = -1
    var scanner = scanner
    var nextLookUp = 0
    while scanner.position < bytes.count, found == nil {
      if scanner.position >= nextLookUp {
        try ReadStage.checkCancellation(path: path)
        nextLookUp = scanner.position + ReadStage.stepByteCount
      }
      try forEachCellOfLine(&scanner, in: bytes) { cell, column, _ in
        if column == 0 { row += 1 }
        guard found == nil, isWanted(cell.range, column) else { return }
        found = (row, column, TableScanner.text(of: cell, in: bytes) ?? "")
      }
    }
    return found
  }

  /// The line in which a row begins, counted from 1.
  func line(ofRow row: Int, in bytes: UnsafeRawBufferPointer) throws(FeatureFileError) -> Int? {
    var scanner = scanner
    var current = -1
    var found: Int?
    while scanner.position < bytes.count, found == nil {
      try forEachCellOfLine(&scanner, in: bytes) { _, column, line in
        if column == 0 { current += 1 }
        if column == 0, current == row { found = line }
      }
    }
    return found
  }

  private func text(
    of cell: TableScanner.Cell, column: Int, line: Int, in bytes: UnsafeRawBufferPointer
  ) throws(FeatureFileError) -> String {
    guard let text = TableScanner.text(of: cell, in: bytes) else {
      throw .malformedCell(
        path: scanner.path, line: line, column: column + 1,
        problem: TableScanner.invalidText)
    }
    return text
  }

  func forEachCell(
    in bytes: UnsafeRawBufferPointer, stage: ReadStage,
    _ body: (_ cell: TableScanner.Cell, _ column: Int, _ line: Int) throws(FeatureFileError) -> Void
  ) throws(FeatureFileError) {
    var scanner = scanner
    var nextReport = 0
    while scanner.position < bytes.count {
      if scanner.position >= nextReport {
        try stage.advance(to: scanner.position, of: bytes.count)
        nextReport = scanner.position + ReadStage.stepByteCount
      }
      try forEachCellOfLine(&scanner, in: bytes, body)
    }
  }

  @inline(__always)
  private func forEachCellOfLine(
    _ scanner: inout TableScanner, in bytes: UnsafeRawBufferPointer,
    _ body: (_ cell: TableScanner.Cell, _ column: Int, _ line: Int) throws(FeatureFileError) -> Void
  ) throws(FeatureFileError) {
    if scanner.skipComment(columnCount: columnCount, in: bytes) { return }
    let firstLine = scanner.line
    var column = 0
    while true {
      let line = scanner.line
      let cell = try scanner.next(in: bytes)
      if column == 0, cell.endsLine, cell.range.isEmpty, !cell.isQuoted, columnCount > 1 { return }
      if column < columnCount { try body(cell, column, line) }
      column += 1
      if cell.endsLine { break }
    }
    guard column == columnCount else {
      throw .raggedRow(
        path: scanner.path, line: firstLine, expectedCount: columnCount, foundCount: column)
    }
  }
}
