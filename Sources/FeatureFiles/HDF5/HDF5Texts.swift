import CHDF5

/// The texts of a dataset with elements of variable length: strings, or MATLAB cells of characters.
struct HDF5Texts: TextSource {
  let place: HDF5Place
  let name: String
  let rowCount: Int
  let elementCount: Int
  /// The limit on the length of all texts together, since many elements may share one text in the file.
  let byteCountLimit: Int
  /// Whether the texts are MATLAB cells, in UTF-16.
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

/// Decodes bytes that should be UTF-8, such as names and texts in HDF5 files, whose writers may use any encoding.
enum EscapedText {
  /// The text, with invalid bytes escaped as `\xE9`, so that different bytes give different texts.
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
