/// Formats that are not read, but often met: their name, and the way out.
struct ForeignFormat {
  let name: String
  let remedy: String

  private static let signatures: [(bytes: [UInt8], format: ForeignFormat)] = [
    (Array("PAR1".utf8) + [0x15], ForeignFormat(name: "Parquet", remedy: "write it with DataFrame.to_csv")),
    (Array("ARROW1".utf8) + [0], ForeignFormat(name: "Arrow", remedy: "write it with DataFrame.to_csv")),
    ([0xFF, 0xFE], ForeignFormat(name: "UTF-16 text", remedy: "save it as UTF-8")),
    ([0xFE, 0xFF], ForeignFormat(name: "UTF-16 text", remedy: "save it as UTF-8")),
    (Array("BZh".utf8), ForeignFormat(name: "compressed by bzip2", remedy: "unpack it with bunzip2")),
    ([0x04, 0x22, 0x4D, 0x18], ForeignFormat(name: "compressed by LZ4", remedy: "unpack it with unlz4")),
  ]

  private init(name: String, remedy: String) {
    self.name = name
    self.remedy = remedy
  }

  init?(recognizing bytes: ByteRegion) {
    let start = bytes.prefix(32)
    guard let match = Self.signatures.first(where: { start.starts(with: $0.bytes) }) else { return nil }
    self = match.format
  }
}
