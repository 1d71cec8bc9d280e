import Synchronization

/// A dataset in a file, as requested from a child process.
struct HDF5Place: Sendable {
  let file: HDF5File
  /// The address of its header: several names may lead to one dataset, and a name need not be text.
  let address: UInt64
  /// The decompressed size of a chunk; 0 if there are no chunks.
  let chunkByteCount: Int
  /// Whether the last dimension is that of rows, as in MATLAB files.
  var isLastDimension = false
}

/// The values of a chunked, possibly compressed dataset, read by rows on demand.
final class HDF5Rows: Sendable {
  /// Datasets up to this size are read once, as a whole, and kept in memory: chunks contain many rows, and each
  /// request needs a child process.
  private static let keptByteCountLimit = 1 << 26

  private let place: HDF5Place
  private let name: String
  private let rowCount: Int
  private let rowByteCount: Int
  private let isColumnMajor: Bool
  private let kept = Mutex<ByteRegion?>(nil)
  private let ahead = Mutex(ReadAhead())

  /// Rows that were read ahead for sequential reads: chunks contain many rows and would otherwise be decompressed for
  /// each range.
  private struct ReadAhead {
    static let byteCount = 1 << 25
    var rows = 0..<0
    var region: ByteRegion?
    /// The end of the last request.
    var end = 0
  }

  init(_ place: HDF5Place, name: String, rowCount: Int, rowByteCount: Int, isColumnMajor: Bool) {
    self.place = place
    self.name = name
    self.rowCount = rowCount
    self.rowByteCount = rowByteCount
    self.isColumnMajor = isColumnMajor
  }

  var byteCount: Int { rowCount * rowByteCount }
  var isKept: Bool { byteCount <= Self.keptByteCountLimit }

  /// All values, in the layout of the file.
  func region() throws(FeatureFileError) -> ByteRegion {
    guard isKept else { return try read([0..<rowCount]) }
    return try kept.withLock { (kept) throws(FeatureFileError) in
      if let kept { return kept }
      let region = try read([0..<rowCount])
      kept = region
      return region
    }
  }

  /// A block for each run of rows. Decompresses only the chunks that contain them.
  func blocks(
    of rows: RowSelection, _ shape: [Int], _ layout: BinaryLayout
  ) throws(FeatureFileError) -> [RowBlock] {
    guard rows.count > 0 else { return [] }
    if rows.runs.count == 1, let block = try blockAhead(of: rows.runs[0], shape, layout) { return [block] }
    let region = try read(rows.runs)
    var blocks: [RowBlock] = []
    var offset = 0
    for run in rows.runs {
      guard let part = region.slice(at: offset, count: run.count * rowByteCount) else { break }
      offset += part.count
      blocks.append(block(of: run, from: run.lowerBound, count: run.count, in: part, shape, layout))
    }
    return blocks
  }

  /// The rows of `run` in `region`, which holds `count` rows from `first` on.
  private func block(
    of run: Range<Int>, from first: Int, count: Int, in region: ByteRegion, _ shape: [Int],
    _ layout: BinaryLayout
  ) -> RowBlock {
    let extents = [count] + shape.dropFirst()
    var layout = layout
    if isColumnMajor { layout.strides = ArrayShape.columnMajorStrides(extents) }
    let inside = RowSelection(run.lowerBound - first..<run.upperBound - first)
    return RowBlock(
      region: region, decoder: ElementDecoder(shape: extents, layout: layout), rows: inside, firstRow: first)
  }

  /// The rows of `run` from those read ahead, reading further if requests are sequential; nil for scattered rows or
  /// several concurrent readers.
  private func blockAhead(
    of run: Range<Int>, _ shape: [Int], _ layout: BinaryLayout
  ) throws(FeatureFileError) -> RowBlock? {
    try ahead.withLock { (ahead) throws(FeatureFileError) in
      let isInOrder = run.lowerBound == ahead.end
      ahead.end = run.upperBound
      if ahead.region == nil || !ahead.rows.contains(run.lowerBound) || run.upperBound > ahead.rows.upperBound
      {
        let count = max(1, ReadAhead.byteCount / max(1, rowByteCount))
        guard isInOrder, run.count < count else { return nil }
        let rows = run.lowerBound..<min(rowCount, run.lowerBound + count)
        ahead.region = try read([rows])
        ahead.rows = rows
      }
      guard let region = ahead.region else { return nil }
      return block(of: run, from: ahead.rows.lowerBound, count: ahead.rows.count, in: region, shape, layout)
    }
  }

  private func read(_ runs: [Range<Int>]) throws(FeatureFileError) -> ByteRegion {
    let byteCount = runs.reduce(0) { $0 + $1.count } * rowByteCount
    let child = try HDF5Child.reading(place, runs: runs, byteCount: byteCount)
    return try ByteRegion(count: byteCount) { (output) throws(FeatureFileError) in
      var offset = 0
      for run in runs {
        try child.nextRows(of: name)
        let end = offset + run.count * rowByteCount
        try child.receive(UnsafeMutableRawBufferPointer(rebasing: output[offset..<end]))
        offset = end
      }
      try child.expectEnd()
    }
  }
}
