/// The lines of data of a table, each of which must have as many cells as the first.
struct TableRows {
  /// Stands before the first of them.
  let scanner: TableScanner
  let columnCount: Int

  /// For each column whether its first cell with content is a number; `nil` where no cell has any.
  ///
  /// Looks at as few lines as it can.
  func numericColumns(in bytes: UnsafeRawBufferPointer) throws(FeatureFileError) -> [Bool?] {
    var isNumeric = [Bool?](repeating: nil, count: columnCount)
    var undecidedCount = columnCount
    var scanner = scanner
    var nextLookUp = ReadStage.stepByteCount
    while undecidedCount > 0, scanner.position < bytes.count {
      if scanner.position >= nextLookUp {
        try ReadStage.checkCancellation(path: scanner.path)
        nextLookUp = scanner.position + ReadStage.stepByteCount
      }
      try forEachCellOfLine(&scanner, in: bytes) { cell, column, _ in
        guard isNumeric[column] == nil, !cell.range.isEmpty else { return }
        isNumeric[column] = DecimalNumber.parse(bytes, in: cell.range) != nil
        undecidedCount -= 1
      }
    }
    return isNumeric
  }

  /// Reads all lines into `columns`.
  func fill(
    _ columns: inout TableColumns, from bytes: UnsafeRawBufferPointer, stage: ReadStage
  ) throws(FeatureFileError) {
    var scanner = scanner
    var nextReport = 0
    while scanner.position < bytes.count {
      if scanner.position >= nextReport {
        try stage.advance(to: scanner.position, of: bytes.count)
        nextReport = scanner.position + ReadStage.stepByteCount
      }
      try forEachCellOfLine(&scanner, in: bytes) { (cell, column, line) throws(FeatureFileError) in
        try columns.append(cell, column: column, line: line, from: bytes)
      }
    }
  }

  @inline(__always)
  private func forEachCellOfLine(
    _ scanner: inout TableScanner, in bytes: UnsafeRawBufferPointer,
    _ body: (_ cell: TableScanner.Cell, _ column: Int, _ line: Int) throws(FeatureFileError) -> Void
  ) throws(FeatureFileError) {
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
