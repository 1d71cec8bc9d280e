import Synchronization

#if canImport(Glibc)
  import Glibc
#elseif canImport(Musl)
  import Musl
#else
  import Darwin
#endif

/// A table without quotes cut into stretches of whole lines, and how many lines each has.
///
/// Unchecked: it reads memory that nobody writes to while it is lent, and is not kept longer.
struct TablePieces: @unchecked Sendable {
  let base: UnsafePointer<UInt8>
  let byteCount: Int
  /// To be told how many bytes were read.
  let noteRead: @Sendable (Int) -> Void
  /// In order, one after the other. Where lines are longer than pieces, some are empty.
  let ranges: [Range<Int>]
  /// The first row of each piece among all rows; one more entry for the end.
  private let firstRows: [Int]

  var count: Int { ranges.count }
  var rowCount: Int { firstRows.last ?? 0 }

  func rows(of piece: Int) -> Range<Int> { firstRows[piece]..<firstRows[piece + 1] }

  /// Each piece looks for its ends itself, so that lines of more bytes would be looked through over and over.
  private static let longestLineByteCount = 1 << 24

  /// Cuts and counts the lines of `bytes` from `start` on; `nil` where there is none, a quote, or a very long line.
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
        let (ranges, lineCounts) = (Lent(ranges), Lent(lineCounts))
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

  /// The bytes that are cut.
  private struct Source: @unchecked Sendable {
    let base: UnsafePointer<UInt8>
    let range: Range<Int>

    /// The lines that begin in a piece; `nil` where one is too long.
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

    /// How many lines there are; `nil` where a quote is among them.
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

/// Memory that is written to by one thread per place.
///
/// Unchecked: who lends it sees to that, and takes it back before anybody reads.
struct Lent<Element>: @unchecked Sendable {
  let value: UnsafeMutableBufferPointer<Element>
  init(_ value: UnsafeMutableBufferPointer<Element>) { self.value = value }
}
