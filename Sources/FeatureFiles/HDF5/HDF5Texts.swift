import CHDF5

/// The texts of a dataset whose elements are of different lengths: strings, or MATLAB's cells of characters.
struct HDF5Texts: TextSource {
  let place: HDF5Place
  let name: String
  let rowCount: Int
  let elementCount: Int
  /// Many elements may share one text in the file; together they may be this long.
  let byteCountLimit: Int
  /// Whether it is MATLAB's cells, in UTF-16.
  let isCells: Bool

  func strings() throws(FeatureFileError) -> [String] {
    let child = try HDF5Child.reading(
      place, runs: [0..<rowCount],
      byteCount: byteCountLimit + elementCount * MemoryLayout<UInt32>.size)
    try child.nextRows(of: name)
    var strings: [String] = []
    strings.reserveCapacity(elementCount)
    for _ in 0..<elementCount {
      let bytes = try child.nextElementText(of: name)
      strings.append(isCells ? MATLABText.text(utf16: bytes) : EscapedText.decode(bytes))
    }
    try child.expectEnd()
    return strings
  }
}

/// Bytes that should be UTF-8, such as names and texts of HDF5 files, whose writers may use any encoding.
enum EscapedText {
  /// The text, with bytes that are not UTF-8 as `\xE9`, so that different bytes stay different texts.
  static func decode(_ bytes: some Collection<UInt8>) -> String {
    if let text = String(validating: bytes, as: UTF8.self) { return text }
    let bytes = Array(bytes)
    var scalars = String.UnicodeScalarView()
    var start = 0
    while start < bytes.count {
      let length = (1...4).first { length in
        start + length <= bytes.count
          && String(validating: bytes[start..<start + length], as: UTF8.self) != nil
      }
      if let length, let text = String(validating: bytes[start..<start + length], as: UTF8.self) {
        scalars.append(contentsOf: text.unicodeScalars)
        start += length
      } else {
        let digits = String(bytes[start], radix: 16, uppercase: true)
        scalars.append(contentsOf: ("\\x" + (digits.count < 2 ? "0" : "") + digits).unicodeScalars)
        start += 1
      }
    }
    return String(scalars)
  }
}
