import CHDF5
import Synchronization

/// The values of a dataset that are in chunks, compressed perhaps: read when asked for, by rows.
final class HDF5Rows: Sendable {
  /// Datasets up to this size are read as a whole, once, and kept: chunks reach over many rows, and each
  /// request costs a child process.
  private static let keptByteCountLimit = 1 << 26

  private let path: String
  private let dataset: String
  private let rowCount: Int
  private let rowByteCount: Int
  private let isColumnMajor: Bool
  /// Whether rows are counted by the last dimension, as in MATLAB's files.
  private let isLastDimension: Bool
  private let kept = Mutex<ByteRegion?>(nil)

  init(
    path: String, dataset: String, rowCount: Int, rowByteCount: Int, isColumnMajor: Bool,
    isLastDimension: Bool
  ) {
    self.path = path
    self.dataset = dataset
    self.rowCount = rowCount
    self.rowByteCount = rowByteCount
    self.isColumnMajor = isColumnMajor
    self.isLastDimension = isLastDimension
  }

  var byteCount: Int { rowCount * rowByteCount }
  var isKept: Bool { byteCount <= Self.keptByteCountLimit }

  /// All values, as they are in the file.
  func region() throws(FeatureFileError) -> ByteRegion {
    guard isKept else { return try read([0..<rowCount]) }
    return try kept.withLock { (kept) throws(FeatureFileError) in
      if let kept { return kept }
      let region = try read([0..<rowCount])
      kept = region
      return region
    }
  }

  /// Each run of rows as a block of its own; nothing else is decompressed but the chunks that hold them.
  func blocks(
    of rows: RowSelection, _ shape: [Int], _ layout: BinaryLayout
  ) throws(FeatureFileError) -> [RowBlock] {
    guard rows.count > 0 else { return [] }
    let region = try read(rows.runs)
    var blocks: [RowBlock] = []
    var offset = 0
    for run in rows.runs {
      guard let part = region.slice(at: offset, count: run.count * rowByteCount) else { break }
      offset += part.count
      let extents = [run.count] + shape.dropFirst()
      var layout = layout
      if isColumnMajor { layout.strides = ArrayShape.columnMajorStrides(extents) }
      let decoder = ElementDecoder(shape: extents, layout: layout)
      blocks.append(
        RowBlock(
          region: part, decoder: decoder, rows: RowSelection(0..<run.count), firstRow: run.lowerBound))
    }
    return blocks
  }

  private func read(_ runs: [Range<Int>]) throws(FeatureFileError) -> ByteRegion {
    let byteCount = runs.reduce(0) { $0 + $1.count } * rowByteCount
    let child = try HDF5Child.reading(
      dataset, runs: runs, isLastDimension: isLastDimension, byteCount: byteCount, path: path)
    return try ByteRegion(count: byteCount) { (output) throws(FeatureFileError) in
      var offset = 0
      for run in runs {
        guard try child.nextRecord() == GMMSCOPE_HDF5_ROWS else { throw child.malformed("rows are missing") }
        let end = offset + run.count * rowByteCount
        try child.receive(UnsafeMutableRawBufferPointer(rebasing: output[offset..<end]))
        offset = end
      }
      guard try child.nextRecord() == GMMSCOPE_HDF5_END else { throw child.malformed("there are more rows") }
    }
  }
}
