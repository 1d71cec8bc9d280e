import Synchronization

/// The fast parser for tables: it reads several pieces in parallel and each cell once.
///
/// It requires a table without quotes, in which every line feed ends a line, and without errors. It gives up at the
/// first irregularity, which the line-by-line parser then reports with its position.
struct RectangularTable {
  enum Kind { case number, text }

  let kinds: [Kind]
  let separator: UInt8
  let numberCount: Int
  let textColumns: [Int]

  /// The values of all columns.
  struct Values {
    var rowCount = 0
    /// The cells of all numeric columns, row-major, NaN for missing values.
    var numbers: [Double] = []
    /// The cells of each text column.
    var texts: [[String]] = []
  }

  init(kinds: [Kind], separator: UInt8) {
    self.kinds = kinds
    self.separator = separator
    numberCount = kinds.count { $0 == .number }
    textColumns = kinds.indices.filter { kinds[$0] == .text }
  }

  /// The values of all lines of `bytes` from `start` on; nil if anything is irregular.
  ///
  /// Makes two passes, to count lines and to parse them, with the number of threads of `stage`.
  /// - Throws: `cancelled`, after at most a piece per thread.
  func values(
    _ bytes: UnsafeRawBufferPointer, from start: Int, stage: ReadStage,
    _ noteRead: @escaping @Sendable (Int) -> Void = { _ in }
  ) throws(FeatureFileError) -> Values? {
    let pieces = try TablePieces(
      bytes, from: start, workers: workers(stage), stage: stage.part(0, to: Self.countingShare),
      noteRead)
    guard let pieces else { return nil }
    return try read(pieces, stage: stage.part(Self.countingShare, to: 1))
  }

  /// The share of counting in the progress: a bit more than its share of the time if the file is in the system's
  /// cache.
  private static let countingShare = 0.125

  private func workers(_ stage: ReadStage) -> PieceWorkers { PieceWorkers(threadCount: stage.threadCount) }

  private func read(_ pieces: TablePieces, stage: ReadStage) throws(FeatureFileError) -> Values? {
    let rowCount = pieces.rowCount
    var values = Values(rowCount: rowCount)
    var texts = [[[String]]](repeating: [], count: pieces.count)
    var outcome = PieceWorkers.Outcome.complete
    let readCount = Atomic(0)
    values.numbers = [Double](unsafeUninitializedCapacity: rowCount * numberCount) { numbers, count in
      texts.withUnsafeMutableBufferPointer { texts in
        let (numbers, texts) = (SharedBuffer(numbers), SharedBuffer(texts))
        outcome = workers(stage).forEach(0..<pieces.count) { piece in
          let range = pieces.ranges[piece]
          var lines = TableLineParser(self, pieces.base, range)
          let isRegular = lines.read(numbers.value.baseAddress, rows: pieces.rows(of: piece))
          texts.value[piece] = lines.texts
          pieces.noteRead(range.count)
          stage.report(readCount.add(range.count, ordering: .relaxed).newValue, of: pieces.byteCount)
          return isRegular
        }
      }
      count = outcome == .complete ? rowCount * numberCount : 0
    }
    if outcome == .cancelled { throw .cancelled(path: stage.path) }
    guard outcome == .complete else { return nil }
    values.texts = textColumns.indices.map { place in texts.flatMap { $0[place] } }
    return values
  }
}

/// Parses complete lines of a ``RectangularTable``, writing each number to its position.
struct TableLineParser {
  private let table: RectangularTable
  private let base: UnsafePointer<UInt8>
  private let end: Int
  private var place: Int
  private let fastParser = FastNumberParser()
  private(set) var texts: [[String]]

  init(_ table: RectangularTable, _ base: UnsafePointer<UInt8>, _ part: Range<Int>) {
    self.table = table
    self.base = base
    place = part.lowerBound
    end = part.upperBound
    texts = Array(repeating: [], count: table.textColumns.count)
  }

  /// Parses the lines. Returns false if any of them is irregular.
  mutating func read(
    _ numbers: UnsafeMutablePointer<Double>?, rows: Range<Int>
  ) -> Bool {
    let last = table.kinds.count - 1
    for row in rows {
      var number = numbers.map { $0 + row * table.numberCount }
      var text = 0
      for column in 0...last {
        switch table.kinds[column] {
        case .number:
          guard let value = nextNumber(isLast: column == last), let place = number else { return false }
          place.initialize(to: value)
          number = place + 1
        case .text:
          guard let cell = cell(isLast: column == last),
            let value = String(
              validating: UnsafeBufferPointer(start: base + cell.lowerBound, count: cell.count),
              as: UTF8.self)
          else { return false }
          texts[text].append(value)
          text += 1
        }
      }
    }
    return place == end
  }

  @inline(__always)
  private mutating func nextNumber(isLast: Bool) -> Double? {
    guard place < end else { return nil }
    let start = place
    if let value = fastParser.parse(base, &place, end: end), endCell(isLast: isLast) { return value }
    place = start
    guard let cell = cell(isLast: isLast) else { return nil }
    let bytes = UnsafeRawBufferPointer(start: base, count: end)
    return DecimalNumber.parse(bytes, in: cell) ?? (MissingValue.isMark(bytes, in: cell) ? .nan : nil)
  }

  /// The bytes of the next cell. Skips its terminator.
  private mutating func cell(isLast: Bool) -> Range<Int>? {
    let start = place
    while place < end, base[place] != table.separator, base[place] != 0x0A, base[place] != 0x0D {
      place += 1
    }
    let cell = start..<place
    return endCell(isLast: isLast) ? cell : nil
  }

  /// Skips a separator or, after the last cell, a line break.
  @inline(__always)
  private mutating func endCell(isLast: Bool) -> Bool {
    guard isLast else {
      guard place < end, base[place] == table.separator else { return false }
      place += 1
      return true
    }
    if place == end { return true }
    if base[place] == 0x0D {
      place += 1
      guard place < end else { return false }
    }
    guard base[place] == 0x0A else { return false }
    place += 1
    return true
  }
}
