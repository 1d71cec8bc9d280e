import Synchronization

/// The fast way through a table: several pieces of it at once, each cell read once.
///
/// It is for tables without quotes, whose line feeds are then the ends of lines, and without anything to report. At
/// the first thing out of order it gives up, and whoever reads the lines one by one says what and where it is.
struct OrderlyTable {
  enum Kind { case number, text }

  let kinds: [Kind]
  let separator: UInt8
  let numberCount: Int
  let textColumns: [Int]

  /// What the columns hold.
  struct Values {
    var rowCount = 0
    /// Row-major: of each line the cells of all columns of numbers; NaN where one is missing.
    var numbers: [Double] = []
    /// By place among the columns of text.
    var texts: [[String]] = []
  }

  init(kinds: [Kind], separator: UInt8) {
    self.kinds = kinds
    self.separator = separator
    numberCount = kinds.count { $0 == .number }
    textColumns = kinds.indices.filter { kinds[$0] == .text }
  }

  /// The values of all lines of `bytes` from `start` on; `nil` where anything is out of order.
  ///
  /// It is gone through twice, to count lines and to read them, by as many threads as `stage` allows.
  /// - Parameter noteRead: told how many bytes were read, after each piece.
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

  /// What of the time counting takes where the file is in the system's cache, with room for one that is not.
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
        let (numbers, texts) = (Lent(numbers), Lent(texts))
        outcome = workers(stage).forEach(0..<pieces.count) { piece in
          let range = pieces.ranges[piece]
          var lines = OrderlyLines(self, pieces.base, range)
          let isOrderly = lines.read(numbers.value.baseAddress, rows: pieces.rows(of: piece))
          texts.value[piece] = lines.texts
          pieces.noteRead(range.count)
          stage.report(readCount.add(range.count, ordering: .relaxed).newValue, of: pieces.byteCount)
          return isOrderly
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
