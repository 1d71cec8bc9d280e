import FeatureFiles
import LinearAlgebra
import OODDetection

/// One pass over an array of features: rows with NaN or infinite values, and the range of the others.
struct FeatureScan: Sendable {
  private(set) var nonFiniteRows: [Int] = []
  private(set) var nonFiniteValueCount = 0
  private(set) var nanCount = 0
  /// The first few values that are not finite, each in a row of its own.
  private(set) var firstNonFinite: [(row: Int, column: Int)] = []
  /// Rows of finite values some of which are too large: see ``largestMagnitude``.
  private(set) var tooLargeRows: [Int] = []
  private(set) var firstTooLarge: (row: Int, column: Int, value: Double)?
  private var (least, greatest) = (Double.infinity, -Double.infinity)
  private var (sum, count) = (0.0, 0)

  /// What squares and their sums do not overflow for.
  static let largestMagnitude = 1e150
  private static let shownCount = 5

  /// Rows that nothing can be computed of, in ascending order.
  var unusableRows: [Int] {
    tooLargeRows.isEmpty ? nonFiniteRows : Set(nonFiniteRows + tooLargeRows).sorted()
  }

  /// Whether there are values so large that integers may have lost digits on the way.
  var mayHoldInexactIntegers: Bool { max(-least, greatest) >= 0x1p53 }

  /// Of the finite values; nil where there are none.
  var range: ValueRange? {
    count > 0 ? ValueRange(minimum: least, maximum: greatest, mean: sum / Double(count)) : nil
  }

  /// How many values a piece holds: enough to be worth a task, and independent of their number, so that sums are too.
  static let pieceElementCount = 1 << 22

  /// Rows of an array that can be scanned apart from the others; all of them where a checksum is compared on the way,
  /// or everything has to be decompressed first.
  static func pieces(of array: NamedArray, elementCount: Int = pieceElementCount) -> [Range<Int>] {
    guard !array.isCompressedAsAWhole, IntegrityCheck(of: array) == nil else { return [0..<array.rowCount] }
    let size = max(1, elementCount / max(1, array.rowLength))
    return stride(from: 0, to: max(1, array.rowCount), by: size).map { $0..<min($0 + size, array.rowCount) }
  }

  /// All of an array. O(N·D), reading blocks of about a megabyte; checks for cancellation at each. What an archive
  /// keeps a checksum of is compared with it on the way.
  ///
  /// - Parameter progress: told the fraction that is done; decompressing all values is the first half.
  init(_ array: NamedArray, progress: (Double) -> Void = { _ in }) throws {
    var integrity = IntegrityCheck(of: array)
    try self.init(array, rows: 0..<array.rowCount, progress: progress) { integrity?.didRead(rowsBefore: $0) }
    try integrity?.finish()
  }

  /// One of several pieces of an array.
  init(_ array: NamedArray, piece: Range<Int>, progress: (Double) -> Void) throws {
    if piece == 0..<array.rowCount {
      try self.init(array, progress: progress)
    } else {
      try self.init(array, rows: piece, progress: progress) { _ in }
    }
  }

  private init(
    _ array: NamedArray, rows: Range<Int>, progress: (Double) -> Void, didRead: (Int) -> Void
  ) throws {
    let scanStart = array.isCompressedAsAWhole ? 0.5 : 0
    try array.decompress { progress(scanStart * Double($0) / Double(max(1, $1))) }
    let length = max(1, array.rowLength)
    let blockRows = max(1, 131_072 / length)
    var start = rows.lowerBound
    while start < rows.upperBound {
      try Task.checkCancellation()
      let end = min(rows.upperBound, start + blockRows)
      add(try array.doubles(rows: Array(start..<end)), firstRow: start, rowLength: length)
      didRead(end)
      progress(scanStart + (1 - scanStart) * Double(end - rows.lowerBound) / Double(rows.count))
      start = end
    }
  }

  private mutating func add(_ values: [Double], firstRow: Int, rowLength length: Int) {
    if let range = FiniteRange(values) {
      least = min(least, range.least)
      greatest = max(greatest, range.greatest)
      sum += range.sum
      count += values.count
      if max(-range.least, range.greatest) > Self.largestMagnitude {
        for row in 0..<values.count / length {
          noteTooLarge(values[row * length..<(row + 1) * length], row: firstRow + row)
        }
      }
      return
    }
    for row in 0..<values.count / length {
      let slice = values[row * length..<(row + 1) * length]
      let bad = slice.count { !$0.isFinite }
      if bad > 0 {
        nonFiniteRows.append(firstRow + row)
        nonFiniteValueCount += bad
        nanCount += slice.count(where: \.isNaN)
        if firstNonFinite.count < Self.shownCount, let place = slice.firstIndex(where: { !$0.isFinite }) {
          firstNonFinite.append((firstRow + row, place - slice.startIndex))
        }
      }
      noteTooLarge(slice, row: firstRow + row)
      for value in slice where value.isFinite {
        least = min(least, value)
        greatest = max(greatest, value)
        sum += value
        count += 1
      }
    }
  }

  private mutating func noteTooLarge(_ values: ArraySlice<Double>, row: Int) {
    func isTooLarge(_ value: Double) -> Bool { value.isFinite && value.magnitude > Self.largestMagnitude }
    guard let place = values.firstIndex(where: isTooLarge) else { return }
    tooLargeRows.append(row)
    firstTooLarge = firstTooLarge ?? (row, place - values.startIndex, values[place])
  }

  /// Takes what was found in the rows behind.
  mutating func append(_ next: FeatureScan) {
    nonFiniteRows += next.nonFiniteRows
    nonFiniteValueCount += next.nonFiniteValueCount
    nanCount += next.nanCount
    firstNonFinite = Array((firstNonFinite + next.firstNonFinite).prefix(Self.shownCount))
    tooLargeRows += next.tooLargeRows
    firstTooLarge = firstTooLarge ?? next.firstTooLarge
    least = min(least, next.least)
    greatest = max(greatest, next.greatest)
    sum += next.sum
    count += next.count
  }
}
