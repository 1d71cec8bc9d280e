/// The values of a table's columns as they are read.
struct TableColumns {
  private let layout: TableLayout
  private let path: String
  private let featureCount: Int
  private var features: [Double] = []
  /// By column; empty for columns of another kind.
  private var numbers: [[Double]]
  private var texts: [[String]]
  private var rowCount = 0

  init(layout: TableLayout, path: String) {
    self.layout = layout
    self.path = path
    featureCount = layout.roles.count { $0 == .feature }
    numbers = Array(repeating: [], count: layout.roles.count)
    texts = Array(repeating: [], count: layout.roles.count)
  }

  /// Makes room for what `byteCount` bytes may hold, if cells are of usual length.
  mutating func reserve(byteCount: Int) {
    let usualCellByteCount = 8
    if featureCount > 0 { features.reserveCapacity(byteCount / usualCellByteCount) }
  }

  /// Takes all cells at once.
  mutating func take(_ values: OrderlyTable.Values) {
    rowCount = values.rowCount
    features = values.features
    for (column, numbers) in values.numbers { self.numbers[column] = numbers }
    for (column, texts) in values.texts { self.texts[column] = texts }
  }

  /// Takes a cell; those of a line must come in order.
  ///
  /// - Throws: `emptyCell`, `notANumber`, `malformedCell`.
  @inline(__always)
  mutating func append(
    _ cell: TableScanner.Cell, column: Int, line: Int, from bytes: UnsafeRawBufferPointer
  ) throws(FeatureFileError) {
    switch layout.roles[column] {
    case .feature: features.append(try number(cell, column: column, line: line, from: bytes))
    case .numbers: numbers[column].append(try number(cell, column: column, line: line, from: bytes))
    case .text: texts[column].append(try text(cell, column: column, line: line, from: bytes))
    }
    if column == 0 { rowCount += 1 }
  }

  @inline(__always)
  private func number(
    _ cell: TableScanner.Cell, column: Int, line: Int, from bytes: UnsafeRawBufferPointer
  ) throws(FeatureFileError) -> Double {
    if let value = DecimalNumber.parse(bytes, in: cell.range) { return value }
    let text = try text(cell, column: column, line: line, from: bytes)
    let name = layout.names[column]
    if text.allSatisfy({ $0 == " " || $0 == "\t" }) {
      throw .emptyCell(path: path, line: line, column: column + 1, name: name)
    }
    throw .notANumber(path: path, line: line, column: column + 1, name: name, text: text)
  }

  private func text(
    _ cell: TableScanner.Cell, column: Int, line: Int, from bytes: UnsafeRawBufferPointer
  ) throws(FeatureFileError) -> String {
    guard let text = TableScanner.text(of: cell, in: bytes) else {
      throw .malformedCell(
        path: path, line: line, column: column + 1, problem: "is not UTF-8; save it as such")
    }
    return text
  }

  /// `features`, if there are any, where the first of them is; the other columns in their order.
  func arrays() -> [NamedArray] {
    var arrays: [NamedArray] = []
    var hasFeatures = false
    for (column, role) in layout.roles.enumerated() {
      switch role {
      case .feature:
        if hasFeatures { continue }
        hasFeatures = true
        arrays.append(
          NamedArray(
            name: "features", shape: [rowCount, featureCount], elementType: .float64, path: path,
            storage: .doubles(features)))
      case .numbers(let name): arrays.append(numberArray(name, numbers[column]))
      case .text(let name):
        arrays.append(
          NamedArray(
            name: name, shape: [rowCount], elementType: .string, path: path, storage: .strings(texts[column]))
        )
      }
    }
    return arrays
  }

  /// Integers where all of them are, and are small enough that reading them as doubles lost nothing.
  private func numberArray(_ name: String, _ values: [Double]) -> NamedArray {
    let integers = values.compactMap { $0.magnitude <= 0x1p53 ? Int(exactly: $0) : nil }
    let areIntegers = integers.count == values.count
    return NamedArray(
      name: name, shape: [rowCount], elementType: areIntegers ? .int64 : .float64, path: path,
      storage: areIntegers ? .integers(integers) : .doubles(values))
  }
}
