/// Formats that are not read, but often met: their name, and the way out.
struct ForeignFormat {
  let name: String
  let remedy: String

  private static let pickle = ForeignFormat(
    name: "a Python pickle", remedy: "write its arrays with numpy.savez")

  private static let signatures: [(bytes: [UInt8], format: ForeignFormat)] = [
    (Array("PAR1".utf8) + [0x15], ForeignFormat(name: "Parquet", remedy: "write it with DataFrame.to_csv")),
    (Array("ARROW1".utf8) + [0], ForeignFormat(name: "Arrow", remedy: "write it with DataFrame.to_csv")),
    (
      // The magic number of torch.save before it wrote zip files.
      [0x80, 0x02, 0x8A, 0x0A, 0x6C, 0xFC, 0x9C, 0x46, 0xF9, 0x20, 0x6A, 0xA8, 0x50, 0x19],
      ForeignFormat(
        name: "in PyTorch's format of before version 1.6",
        remedy: "load it and write it again with torch.save of PyTorch 1.6 or newer")
    ),
    ([0xFF, 0xFE], ForeignFormat(name: "UTF-16 text", remedy: "save it as UTF-8")),
    ([0xFE, 0xFF], ForeignFormat(name: "UTF-16 text", remedy: "save it as UTF-8")),
    ([0x80, 0x02], pickle), ([0x80, 0x03], pickle), ([0x80, 0x04], pickle), ([0x80, 0x05], pickle),
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
