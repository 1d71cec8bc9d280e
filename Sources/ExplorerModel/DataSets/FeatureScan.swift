import FeatureFiles
import OODDetection

/// One pass over an array of features: rows with NaN or infinite values, and the range of the others.
struct FeatureScan {
  private(set) var nonFiniteRows: [Int] = []
  private(set) var nonFiniteValueCount = 0
  private(set) var nanCount = 0
  private(set) var range: ValueRange?

  /// O(N·D), reading blocks of about a megabyte; checks for cancellation at each. What an archive keeps a checksum of
  /// is compared with it on the way.
  ///
  /// - Parameter progress: told the fraction that is done; decompressing all values is the first half.
  init(_ array: NamedArray, progress: (Double) -> Void = { _ in }) throws {
    let scanStart = array.isCompressedAsAWhole ? 0.5 : 0
    try array.decompress { progress(scanStart * Double($0) / Double(max(1, $1))) }
    let length = max(1, array.rowLength)
    let blockRows = max(1, 131_072 / length)
    var (least, greatest, sum, count) = (Double.infinity, -Double.infinity, 0.0, 0)
    var integrity = IntegrityCheck(of: array)
    var start = 0
    while start < array.rowCount {
      try Task.checkCancellation()
      let end = min(array.rowCount, start + blockRows)
      let values = try array.doubles(rows: Array(start..<end))
      // x·0 is 0 for every finite x: one sum tells whether the block needs a closer look.
      if values.reduce(into: 0.0, { $0 += $1 * 0 }) == 0 {
        for value in values {
          least = min(least, value)
          greatest = max(greatest, value)
          sum += value
        }
        count += values.count
      } else {
        for row in start..<end {
          let slice = values[(row - start) * length..<(row - start + 1) * length]
          let bad = slice.count { !$0.isFinite }
          if bad > 0 { nonFiniteRows.append(row) }
          nonFiniteValueCount += bad
          if bad > 0 { nanCount += slice.count(where: \.isNaN) }
          for value in slice where value.isFinite {
            least = min(least, value)
            greatest = max(greatest, value)
            sum += value
            count += 1
          }
        }
      }
      integrity?.didRead(rowsBefore: end)
      progress(scanStart + (1 - scanStart) * Double(end) / Double(array.rowCount))
      start = end
    }
    try integrity?.finish()
    if count > 0 { range = ValueRange(minimum: least, maximum: greatest, mean: sum / Double(count)) }
  }
}
