import CHDF5

/// The texts of a dataset whose elements are of different lengths: strings, or MATLAB's cells of characters.
struct HDF5Texts: TextSource {
  let path: String
  let dataset: String
  let name: String
  let rowCount: Int
  let elementCount: Int
  /// Many elements may share one text in the file; together they may be this long.
  let byteCountLimit: Int
  /// Whether it is MATLAB's cells, in UTF-16.
  let isCells: Bool
  let isLastDimension: Bool

  func strings() throws(FeatureFileError) -> [String] {
    let child = try HDF5Child.reading(
      dataset, runs: [0..<rowCount], isLastDimension: isLastDimension,
      byteCount: byteCountLimit + elementCount * MemoryLayout<UInt32>.size, path: path)
    guard try child.nextRecord() == GMMSCOPE_HDF5_ROWS else { throw child.malformed("rows are missing") }
    var strings: [String] = []
    strings.reserveCapacity(elementCount)
    for position in 0..<elementCount {
      let bytes = try child.nextBytes(Int(try child.next(UInt32.self)))
      let text =
        isCells ? MATLABText.text(utf16: bytes) : String(validating: bytes, as: UTF8.self)
      guard let text else {
        throw .invalidText(path: path, array: name, row: position / max(1, elementCount / max(1, rowCount)))
      }
      strings.append(text)
    }
    guard try child.nextRecord() == GMMSCOPE_HDF5_END else { throw child.malformed("there are more rows") }
    return strings
  }
}
