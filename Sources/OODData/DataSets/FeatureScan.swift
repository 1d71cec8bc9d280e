import FeatureFiles
import LinearAlgebra
import OODDetection

/// One pass over a feature array. Finds rows with NaN or infinite values and the range of the finite values.
struct FeatureScan: Sendable {
  private(set) var nonFiniteRows: [Int] = []
  private(set) var nonFiniteValueCount = 0
  private(set) var nanCount = 0
  /// The first few non-finite values, at most one per row.
  private(set) var firstNonFinite: [(row: Int, column: Int)] = []
  /// Rows with a finite value whose magnitude exceeds ``largestMagnitude``.
  private(set) var tooLargeRows: [Int] = []
  private(set) var firstTooLarge: (row: Int, column: Int, value: Double)?
  private var (least, greatest) = (Double.infinity, -Double.infinity)
  private var (sum, count) = (0.0, 0)

  /// The largest magnitude whose square, and sums of such squares, do not overflow.
  static let largestMagnitude = 1e150
  private static let shownCount = 5

  /// Rows with non-finite or too large values, in ascending order.
  var unusableRows: [Int] {
    tooLargeRows.isEmpty ? nonFiniteRows : Set(nonFiniteRows + tooLargeRows).sorted()
  }

  /// Whether some values are so large that integers may have lost digits in conversion to double.
  var mayHoldInexactIntegers: Bool { max(-least, greatest) >= 0x1p53 }

  /// The range of the finite values. Nil if there are none.
  var range: ValueRange? {
    count > 0 ? ValueRange(minimum: least, maximum: greatest, mean: sum / Double(count)) : nil
  }

  /// The number of values per piece. Large enough to justify a task; independent of the thread count, so that
  /// sums are reproducible.
  static let pieceElementCount = 1 << 22

  /// Splits an array into row ranges that can be scanned independently. Returns a single range if a checksum
  /// must be verified or the whole array must be decompressed first.
  static func pieces(of array: NamedArray, elementCount: Int = pieceElementCount) -> [Range<Int>] {
    guard !array.isCompressedAsAWhole, IntegrityCheck(of: array) == nil else { return [0..<array.rowCount] }
    let size = max(1, elementCount / max(1, array.rowLength))
    return stride(from: 0, to: max(1, array.rowCount), by: size).map { $0..<min($0 + size, array.rowCount) }
  }

  /// Scans a whole array. O(N·D). Reads blocks of about 1 MB and checks for cancellation at each block.
  /// Verifies the array's checksum if its archive stores one.
  ///
  /// - Parameter progress: Receives the completed fraction. For compressed arrays, decompression is the first
  ///   half.
  init(_ array: NamedArray, progress: (Double) -> Void = { _ in }) throws {
    var integrity = IntegrityCheck(of: array)
    try self.init(array, rows: 0..<array.rowCount, progress: progress) { integrity?.didRead(rowsBefore: $0) }
    try integrity?.finish()
  }

  /// Scans one of several pieces of an array.
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

  /// The scans of all ranks, in the order of ranks. A collective.
  static func joined(_ own: [FeatureScan], over ranks: Ranks) async throws -> [FeatureScan] {
    if ranks.isSingle { return own }
    let numbers = own.flatMap(\.numbers)
    return try await ranks.waiting { ranks in
      try ranks.allGather(numbers).flatMap { numbers in
        var rest = numbers[...]
        var scans: [FeatureScan] = []
        while !rest.isEmpty { scans.append(FeatureScan(&rest)) }
        return scans
      }
    }
  }

  /// This scan as numbers, lists with their lengths.
  private var numbers: [Double] {
    func list(_ values: [Int]) -> [Double] { [Double(values.count)] + values.map(Double.init) }
    let first: [Double] = firstTooLarge.map { [Double($0.row), Double($0.column), $0.value] } ?? [-1, 0, 0]
    let places = firstNonFinite.flatMap { [$0.row, $0.column] }
    let rest = [Double(nonFiniteValueCount), Double(nanCount), least, greatest, sum, Double(count)]
    var numbers = list(nonFiniteRows)
    numbers += list(tooLargeRows)
    numbers += list(places)
    return numbers + first + rest
  }

  /// Takes a scan off the beginning of `numbers`.
  private init(_ numbers: inout ArraySlice<Double>) {
    func next() -> Double { numbers.popFirst() ?? 0 }
    func list() -> [Int] { (0..<Int(next())).map { _ in Int(next()) } }
    nonFiniteRows = list()
    tooLargeRows = list()
    let places = list()
    firstNonFinite = stride(from: 0, to: places.count, by: 2).map { (places[$0], places[$0 + 1]) }
    let (row, column, value) = (next(), next(), next())
    firstTooLarge = row >= 0 ? (Int(row), Int(column), value) : nil
    nonFiniteValueCount = Int(next())
    nanCount = Int(next())
    (least, greatest, sum) = (next(), next(), next())
    count = Int(next())
  }

  /// Appends the results of the rows that follow.
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
