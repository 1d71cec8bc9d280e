/// A parsed table: the content of each column, and arrays of columns.
///
/// A column is numeric if each of its cells is a number or missing (NaN), and text otherwise. The column names
/// determine the ``FeatureFile/arrays`` of a table. Use ``FeatureFile/using(_:)`` for other uses of columns, such as a
/// label column of any name.
public struct Table: Sendable {
  public enum Content: Sendable, Equatable {
    /// Integers or missing values.
    case integers
    case numbers
    case text
    /// Every cell is missing.
    case nothing
  }

  public struct Column: Sendable, Equatable {
    /// The name in the header; `column3` for the third column if there is no header or no name.
    public let name: String
    /// Whether the header names it.
    public let isNamed: Bool
    public let content: Content
    /// Its index among the numeric or the text columns.
    let place: Int
    /// For text columns: the number of cells that are not missing, and of those that are numbers or numbers with a
    /// decimal comma or with thousands separators.
    var contentCount = 0
    var numberCount = 0
    var decimalCommaCount = 0
    /// For text columns: the first row whose cell is neither a number nor missing.
    var firstTextRow: Int?

    public var isNumeric: Bool { content == .integers || content == .numbers }

    /// Whether all its cells are numbers, some with decimal commas or thousands separators.
    var hasDecimalCommas: Bool {
      content == .text && decimalCommaCount > 0 && numberCount + decimalCommaCount == contentCount
    }
  }

  public let hasHeader: Bool
  public let columns: [Column]
  public let rowCount: Int
  let path: String
  let numbers: TableNumbers
  let texts: [[String]]
  /// The text of the table, for looking up cells; nil if keeping it would take too much memory.
  let source: ByteRegion?
  let rows: TableRows
  /// Whether the text is in Windows-1252 rather than Unicode, as Excel writes CSV in Western languages.
  public internal(set) var isWindows1252 = false

  /// - Parameters:
  ///   - names: The names in the header; nil without a header.
  ///   - idColumn: The column that is text regardless of its cells.
  init(
    names: [String]?, idColumn: Int?, kinds: [RectangularTable.Kind?], values: RectangularTable.Values,
    path: String,
    source: ByteRegion?, rows: TableRows
  ) {
    hasHeader = names != nil
    rowCount = values.rowCount
    numbers = TableNumbers(values: values.numbers, width: kinds.count { $0 != .text })
    texts = values.texts
    self.path = path
    self.source = source
    self.rows = rows
    let contents = numbers.contents(rowCount: values.rowCount)
    var (numberPlace, textPlace) = (0, 0)
    columns = kinds.indices.map { index in
      let name = names?[index] ?? ""
      let shown = name.isEmpty ? "column\(index + 1)" : name
      if kinds[index] == .text {
        defer { textPlace += 1 }
        if index == idColumn {
          return Column(name: shown, isNamed: true, content: .text, place: textPlace)
        }
        return Self.textColumn(shown, isNamed: !name.isEmpty, place: textPlace, values.texts[textPlace])
      }
      defer { numberPlace += 1 }
      return Column(
        name: shown, isNamed: !name.isEmpty, content: contents[numberPlace], place: numberPlace)
    }
  }

  private static func textColumn(_ name: String, isNamed: Bool, place: Int, _ texts: [String]) -> Column {
    var column = Column(name: name, isNamed: isNamed, content: .text, place: place)
    for (row, text) in texts.enumerated() {
      if TableText.mayBeNumber(text), TableText.isNumber(text) {
        column.numberCount += 1
      } else if MissingValue.isMark(text) {
        continue
      } else {
        if TableText.mayBeNumber(text), TableText.isDecimalComma(text) { column.decimalCommaCount += 1 }
        if column.firstTextRow == nil { column.firstTextRow = row }
      }
      column.contentCount += 1
    }
    return column
  }

  /// The column with the given name. Ignores case if there is no exact match and only one such column.
  public func column(named name: String) -> Int? {
    if let exact = columns.firstIndex(where: { $0.name == name }) { return exact }
    let folded = name.lowercased()
    let similar = columns.indices.filter { columns[$0].name.lowercased() == folded }
    return similar.count == 1 ? similar[0] : nil
  }

  /// Numeric or empty columns as one array of shape (rows, columns), in the given order.
  public func array(ofColumns indices: [Int], named name: String) -> NamedArray {
    let runs = RowSelection(indices.map { columns[$0].place }).runs
    var array = NamedArray(
      name: name, shape: [rowCount, indices.count], elementType: .float64, path: path,
      storage: .columns(numbers, runs))
    if hasHeader { array.columnNames = indices.map { columns[$0].name } }
    array.table = self
    return array
  }

  /// One column as an array of shape (rows): text, integers if all values are integers up to 2⁵³, or numbers.
  public func array(ofColumn index: Int, named name: String) -> NamedArray {
    let column = columns[index]
    if column.content == .text {
      return NamedArray(
        name: name, shape: [rowCount], elementType: .string, path: path,
        storage: .strings(texts[column.place]))
    }
    if column.content == .nothing, let source {
      return NamedArray(
        name: name, shape: [rowCount], elementType: .string, path: path,
        storage: .deferredStrings(ColumnText(rows: rows, column: index, source: source, path: path)))
    }
    let areIntegers = numbers.areExactIntegers(column.place, rowCount: rowCount)
    return NamedArray(
      name: name, shape: [rowCount], elementType: areIntegers ? .int64 : .float64, path: path,
      storage: .columns(numbers, [column.place..<column.place + 1]))
  }

  /// One column as text, exactly as written, of shape (rows).
  public func textArray(ofColumn index: Int, named name: String) -> NamedArray {
    let column = columns[index]
    guard column.content != .text, let source else { return array(ofColumn: index, named: name) }
    return NamedArray(
      name: name, shape: [rowCount], elementType: .string, path: path,
      storage: .deferredStrings(ColumnText(rows: rows, column: index, source: source, path: path)))
  }

  /// The numbers of a text column whose cells are lists of numbers, all of one length, as pandas writes arrays in cells:
  /// `[0.5, 1.5]` or `[0.5 1.5]`. Nil for any other column, most often after its first cell.
  func matrix(ofColumn index: Int) -> NamedArray? {
    guard columns[index].content == .text else { return nil }
    var values: [Double] = []
    var width: Int?
    for text in texts[columns[index].place] {
      guard let row = Self.listedNumbers(text), row.count == width ?? row.count, !row.isEmpty else {
        return nil
      }
      width = row.count
      values += row
    }
    guard let width else { return nil }
    return NamedArray(
      name: columns[index].name, shape: [rowCount, width], elementType: .float64, path: path,
      storage: .doubles(values))
  }

  private static func listedNumbers(_ text: String) -> [Double]? {
    var text = text
    return text.withUTF8 { utf8 -> [Double]? in
      let bytes = UnsafeRawBufferPointer(utf8)
      guard bytes.first == UInt8(ascii: "["), bytes.last == UInt8(ascii: "]"), bytes.count > 2 else {
        return nil
      }
      var numbers: [Double] = []
      var start = 1
      for place in 1..<bytes.count where " ,\n\r\t]".utf8.contains(bytes[place]) {
        if place > start {
          guard let number = DecimalNumber.parse(bytes, in: start..<place) else { return nil }
          numbers.append(number)
        }
        start = place + 1
      }
      return numbers
    }
  }

  /// Whether an array is a column without a name that holds row numbers or nothing, as pandas, R and spreadsheets write.
  package func isRowNumbers(_ name: String) -> Bool {
    guard hasHeader, let column = columns.first(where: { $0.name == name }), !column.isNamed else {
      return false
    }
    return column.content == .integers || column.content == .nothing
  }

  /// The line of the file in which a row begins, counted from 1; nil if the text is not kept. O(lines before it).
  public func line(ofRow row: Int) -> Int? {
    guard let source, (try? source.requireUnchanged()) != nil else { return nil }
    return source.withBytes { try? rows.line(ofRow: row, in: $0) }
  }

  /// Whether a column of integers maps one-to-one to the labels, like a different encoding of them. O(rows), stops at
  /// the first contradiction.
  public func mirrors<Label: Hashable>(_ labels: [Label], column index: Int) -> Bool {
    guard columns[index].content == .integers, labels.count == rowCount else { return false }
    var values: [Label: Double] = [:]
    var ofValue: [Double: Label] = [:]
    for (row, label) in labels.enumerated() {
      let value = numbers.value(columns[index].place, row: row)
      guard !value.isNaN, values[label] ?? value == value, ofValue[value] ?? label == label else {
        return false
      }
      values[label] = value
      ofValue[value] = label
    }
    return values.count > 1 && values.count < rowCount
  }

  /// The cell of a text column.
  func text(ofColumn index: Int, row: Int) -> String {
    let column = columns[index]
    return column.content == .text ? texts[column.place][row] : ""
  }

  private struct ColumnText: TextSource {
    let rows: TableRows
    let column: Int
    let source: ByteRegion
    let path: String

    func strings() throws(FeatureFileError) -> [String] {
      try source.requireUnchanged()
      return try source.withBytes { (bytes) throws(FeatureFileError) in
        try rows.texts(ofColumn: column, in: bytes, path: path)
      }
    }
  }
}

/// The numeric columns of a table, row-major.
struct TableNumbers: Sendable {
  let values: [Double]
  let width: Int

  /// The cells of the columns in `runs` and the rows in `selection`, row-major.
  func gather(_ selection: RowSelection, _ runs: [Range<Int>]) -> [Double] {
    if runs == [0..<width], selection.runs.count == 1, let rows = selection.runs.first {
      return rows.count * width == values.count
        ? values : Array(values[rows.lowerBound * width..<rows.upperBound * width])
    }
    let count = selection.count * runs.reduce(0) { $0 + $1.count }
    return [Double](unsafeUninitializedCapacity: count) { output, initializedCount in
      values.withUnsafeBufferPointer { input in
        for rows in selection.runs {
          for row in rows {
            for run in runs {
              for place in row * width + run.lowerBound..<row * width + run.upperBound {
                output.initializeElement(at: initializedCount, to: input[place])
                initializedCount += 1
              }
            }
          }
        }
      }
    }
  }

  func value(_ place: Int, row: Int) -> Double { values[row * width + place] }

  /// The content of each column. O(rows) for each column of integers; others stop at their first fraction.
  func contents(rowCount: Int) -> [Table.Content] {
    // Without rows, columns count as numeric.
    guard rowCount > 0 else { return Array(repeating: .numbers, count: width) }
    var integers = Array(0..<width)
    var isEmpty = [Bool](repeating: true, count: width)
    for row in 0..<rowCount {
      if integers.isEmpty { break }
      integers.removeAll { place in
        let value = value(place, row: row)
        if value.isNaN { return false }
        isEmpty[place] = false
        return value.rounded(.towardZero) != value || value.isInfinite
      }
    }
    var contents = [Table.Content](repeating: .numbers, count: width)
    for place in integers { contents[place] = isEmpty[place] ? .nothing : .integers }
    return contents
  }

  /// Whether all values are integers that doubles represent exactly.
  func areExactIntegers(_ place: Int, rowCount: Int) -> Bool {
    (0..<rowCount).allSatisfy {
      let value = value(place, row: $0)
      return value.magnitude <= 0x1p53 && value.rounded(.towardZero) == value
    }
  }

  /// Whether the values identify rows: nonnegative and distinct.
  func areDistinct(_ place: Int, rowCount: Int) -> Bool {
    var seen = Set<Double>(minimumCapacity: rowCount)
    return (0..<rowCount).allSatisfy {
      let value = value(place, row: $0)
      return value >= 0 && seen.insert(value).inserted
    }
  }

  /// Whether each value is one more than the previous one, except where counting restarts at 0 or 1, as in
  /// concatenated tables.
  func areCounted(_ place: Int, rowCount: Int, restarts: Bool) -> Bool {
    guard rowCount > 0, value(place, row: 0) >= 0 else { return false }
    return (1..<max(1, rowCount)).allSatisfy {
      let value = value(place, row: $0)
      return value == self.value(place, row: $0 - 1) + 1 || restarts && (value == 0 || value == 1)
    }
  }
}

extension Table {
  /// The first cell of the given columns with an integer that a double does not represent exactly: its row, its index
  /// among the columns, and its text; nil if there is none or the text is not kept. O(file).
  func firstInexactInteger(_ runs: [Range<Int>]) throws(FeatureFileError) -> (
    row: Int, column: Int, text: String
  )? {
    guard let source else { return nil }
    try source.requireUnchanged()
    var places: [Int: Int] = [:]
    for place in runs.joined() { places[place] = places.count }
    let wanted = columns.map { $0.content == .text ? nil : places[$0.place] }
    return try source.withBytes { (bytes) throws(FeatureFileError) in
      try rows.firstCell(in: bytes, path: path) { cell, column in
        wanted[column] != nil && DecimalNumber.isInexactInteger(bytes, in: cell)
      }.map { ($0.row, wanted[$0.column] ?? 0, $0.text) }
    }
  }
}
