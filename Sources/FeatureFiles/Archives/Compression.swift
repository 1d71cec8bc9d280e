import CDecompression

/// A compression that a whole file may be in.
enum Compression: CaseIterable {
  case gzip, zstd, xz

  private var signature: [UInt8] {
    switch self {
    case .gzip: [0x1F, 0x8B]
    case .zstd: [0x28, 0xB5, 0x2F, 0xFD]
    case .xz: [0xFD, 0x37, 0x7A, 0x58, 0x5A, 0]
    }
  }

  var fileExtension: String {
    switch self {
    case .gzip: "gz"
    case .zstd: "zst"
    case .xz: "xz"
    }
  }

  var unpacker: String {
    switch self {
    case .gzip: "gunzip"
    case .zstd: "unzstd"
    case .xz: "unxz"
    }
  }

  /// The library, and how to get it.
  var library: (name: String, remedy: String) {
    switch self {
    case .gzip: ("zlib", "unpack the file with gunzip")
    case .zstd:
      ("libzstd", "install it (apt install libzstd1, brew install zstd) or unpack the file with unzstd")
    case .xz: ("liblzma", "install it (apt install liblzma5, brew install xz) or unpack the file with unxz")
    }
  }

  var code: gmmscope_compression {
    switch self {
    case .gzip: GMMSCOPE_GZIP
    case .zstd: GMMSCOPE_ZSTD
    case .xz: GMMSCOPE_XZ
    }
  }

  init?(recognizing bytes: ByteRegion) {
    let start = bytes.prefix(6)
    if let match = Self.allCases.first(where: { start.starts(with: $0.signature) }) {
      self = match
    } else if start.count >= 4, (0x50...0x5F).contains(start[0]),
      start[1...].starts(with: [0x2A, 0x4D, 0x18])
    {
      // What zstd's tools put before the first frame for themselves, and others skip.
      self = .zstd
    } else {
      return nil
    }
  }

  /// Zero bytes that may follow a stream, or nil where none may: as many as fill a tape's block after gzip, and a
  /// multiple of four after xz (section 2.2 of its specification).
  var paddingUnit: Int? {
    switch self {
    case .gzip: 1
    case .zstd: nil
    case .xz: 4
    }
  }

  /// A file's name without the ending that says it is compressed.
  static func uncompressedName(of path: String) -> Substring {
    for compression in allCases where path.lowercased().hasSuffix(".\(compression.fileExtension)") {
      return path.dropLast(compression.fileExtension.count + 1)
    }
    return path[...]
  }
}
