import Dispatch
import Synchronization
import SystemSupport

/// A table without quotes, divided into ranges of complete lines, with their line counts.
///
/// Unchecked: the memory is not modified during the lifetime of this value.
struct TablePieces: @unchecked Sendable {
  let base: UnsafePointer<UInt8>
  let byteCount: Int
  /// Receives the number of bytes that were read.
  let noteRead: @Sendable (Int) -> Void
  /// Consecutive ranges. If lines are longer than pieces, some are empty.
  let ranges: [Range<Int>]
  /// The first row of each piece among all rows. The last entry is the number of rows.
  private let firstRows: [Int]

  var count: Int { ranges.count }
  var rowCount: Int { firstRows.last ?? 0 }

  func rows(of piece: Int) -> Range<Int> { firstRows[piece]..<firstRows[piece + 1] }

  /// The limit on the length of a line. Each piece searches for its own ends, so longer lines would be searched
  /// repeatedly.
  private static let longestLineByteCount = 1 << 24

  /// Divides and counts the lines of `bytes` from `start` on; nil if there is no line, a quote, or a very long line.
  ///
  /// - Throws: `cancelled`.
  init?(
    _ bytes: UnsafeRawBufferPointer, from start: Int, workers: PieceWorkers, stage: ReadStage,
    _ noteRead: @escaping @Sendable (Int) -> Void
  ) throws(FeatureFileError) {
    guard let base = bytes.baseAddress?.assumingMemoryBound(to: UInt8.self), start < bytes.count else {
      return nil
    }
    let source = Source(base: base, range: start..<bytes.count)
    byteCount = bytes.count - start
    let pieceCount = (byteCount - 1) / ReadStage.stepByteCount + 1
    var ranges = [Range<Int>](repeating: start..<start, count: pieceCount)
    var lineCounts = [Int](repeating: 0, count: pieceCount)
    let countedCount = Atomic(0)
    let total = byteCount
    let outcome = ranges.withUnsafeMutableBufferPointer { ranges in
      lineCounts.withUnsafeMutableBufferPointer { lineCounts in
        let (ranges, lineCounts) = (SharedBuffer(ranges), SharedBuffer(lineCounts))
        return workers.forEach(0..<pieceCount) { piece in
          guard let range = source.lines(ofPiece: piece), let count = source.lineCount(range) else {
            return false
          }
          ranges.value[piece] = range
          lineCounts.value[piece] = count
          noteRead(range.count)
          stage.report(countedCount.add(range.count, ordering: .relaxed).newValue, of: total)
          return true
        }
      }
    }
    if outcome == .cancelled { throw .cancelled(path: stage.path) }
    guard outcome == .complete else { return nil }
    self.base = base
    self.noteRead = noteRead
    self.ranges = ranges
    firstRows = lineCounts.reduce(into: [0]) { $0.append($0.last! + $1) }
  }

  /// The bytes to be divided.
  private struct Source: @unchecked Sendable {
    let base: UnsafePointer<UInt8>
    let range: Range<Int>

    /// The lines that begin in a piece; nil if one is too long.
    func lines(ofPiece piece: Int) -> Range<Int>? {
      let lower = range.lowerBound + piece * ReadStage.stepByteCount
      guard let first = lineStart(atOrAfter: lower),
        let end = lineStart(atOrAfter: lower + ReadStage.stepByteCount)
      else { return nil }
      return first..<end
    }

    private func lineStart(atOrAfter place: Int) -> Int? {
      if place <= range.lowerBound { return range.lowerBound }
      if place >= range.upperBound { return range.upperBound }
      let searchEnd = min(range.upperBound, place - 1 + longestLineByteCount)
      guard let found = find(UInt8(ascii: "\n"), in: place - 1..<searchEnd) else {
        return searchEnd == range.upperBound ? searchEnd : nil
      }
      return found + 1
    }

    /// The number of lines; nil if they contain a quote.
    func lineCount(_ lines: Range<Int>) -> Int? {
      guard find(UInt8(ascii: "\""), in: lines) == nil else { return nil }
      var count = 0
      var place = lines.lowerBound
      while place < lines.upperBound {
        count += 1
        guard let found = find(UInt8(ascii: "\n"), in: place..<lines.upperBound) else { break }
        place = found + 1
      }
      return count
    }

    private func find(_ byte: UInt8, in range: Range<Int>) -> Int? {
      memchr(base + range.lowerBound, Int32(byte), range.count)
        .map { UnsafeRawPointer($0) - UnsafeRawPointer(base) }
    }
  }
}

/// A buffer that several threads write to, each element by one thread only.
///
/// Unchecked: the creator guarantees this, and reads the buffer only after all threads have finished.
struct SharedBuffer<Element>: @unchecked Sendable {
  let value: UnsafeMutableBufferPointer<Element>
  init(_ value: UnsafeMutableBufferPointer<Element>) { self.value = value }
}

/// Runs pieces of work on several threads, each of which takes the next pending piece.
struct PieceWorkers {
  enum Outcome { case complete, refused, cancelled }

  let threadCount: Int

  /// Runs `body` for all pieces. If `body` returns false or the calling task is cancelled, each thread stops after its
  /// current piece.
  func forEach(_ pieces: Range<Int>, _ body: @Sendable (Int) -> Bool) -> Outcome {
    let next = Atomic(pieces.lowerBound)
    let isRefused = Atomic(false)
    let isCancelled = Atomic(false)
    @Sendable func work() {
      // Dispatch threads belong to no task. The calling thread, which participates, detects cancellation for all.
      while !isRefused.load(ordering: .relaxed), !isCancelled.load(ordering: .relaxed) {
        if Task.isCancelled { return isCancelled.store(true, ordering: .relaxed) }
        let (piece, _) = next.add(1, ordering: .relaxed)
        guard piece < pieces.upperBound else { return }
        if !body(piece) { isRefused.store(true, ordering: .relaxed) }
      }
    }
    let workerCount = min(threadCount, pieces.count)
    if workerCount <= 1 {
      work()
    } else {
      DispatchQueue.concurrentPerform(iterations: workerCount) { _ in work() }
    }
    if isCancelled.load(ordering: .relaxed) || Task.isCancelled { return .cancelled }
    return isRefused.load(ordering: .relaxed) ? .refused : .complete
  }
}
