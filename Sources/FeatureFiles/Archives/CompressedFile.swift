import CDecompression

/// A compression of whole files.
struct Compression: Sendable {
  private let signature: [UInt8]
  private let fileExtension: String
  let unpacker: String
  /// The library, and how to install it.
  let library: (name: String, remedy: String)
  let code: gmmscope_compression
  /// The unit of zero padding after a stream, or nil if padding is invalid: any number of bytes after gzip, to fill
  /// tape blocks, and a multiple of four after xz (section 2.2 of its specification).
  let paddingUnit: Int?

  private static let zstd = Compression(
    signature: [0x28, 0xB5, 0x2F, 0xFD], fileExtension: "zst", unpacker: "unzstd",
    library: (
      "libzstd", "install it (apt install libzstd1, brew install zstd) or unpack the file with unzstd"
    ),
    code: GMMSCOPE_ZSTD, paddingUnit: nil)
  private static let all = [
    Compression(
      signature: [0x1F, 0x8B], fileExtension: "gz", unpacker: "gunzip",
      library: ("zlib", "unpack the file with gunzip"), code: GMMSCOPE_GZIP, paddingUnit: 1),
    zstd,
    Compression(
      signature: [0xFD, 0x37, 0x7A, 0x58, 0x5A, 0], fileExtension: "xz", unpacker: "unxz",
      library: ("liblzma", "install it (apt install liblzma5, brew install xz) or unpack the file with unxz"),
      code: GMMSCOPE_XZ, paddingUnit: 4),
  ]
}

extension Compression {
  init?(recognizing bytes: ByteRegion) {
    let start = bytes.prefix(6)
    if let match = Self.all.first(where: { start.starts(with: $0.signature) }) {
      self = match
    } else if start.count >= 4, (0x50...0x5F).contains(start[0]),
      start[1...].starts(with: [0x2A, 0x4D, 0x18])
    {
      // A skippable frame, which zstd's tools may write before the first frame.
      self = .zstd
    } else {
      return nil
    }
  }

  /// A path without the extension of a compression.
  static func uncompressedName(of path: String) -> Substring {
    for compression in all where path.lowercased().hasSuffix(".\(compression.fileExtension)") {
      return path.dropLast(compression.fileExtension.count + 1)
    }
    return path[...]
  }
}

/// Decompresses a whole file into memory.
///
/// The decompressed size is not known in advance, and a declared size need not be true. The content is therefore
/// decompressed in steps into growing memory, up to the limit.
struct CompressedFile {
  let compression: Compression
  let bytes: ByteRegion
  let path: String

  /// Decompresses all consecutive streams of the file.
  ///
  /// - Throws: `missingLibrary`, `corruptCompression`, `memoryExceeded`, `cancelled`.
  func decompressed(stage: ReadStage) throws(FeatureFileError) -> ByteRegion {
    guard let decoder = gmmscope_decoder_create(compression.code, stage.memory.byteCount) else {
      let (library, remedy) = compression.library
      throw .missingLibrary(path: path, library: library, remedy: remedy)
    }
    defer { gmmscope_decoder_destroy(decoder) }
    let (expected, overflow) = bytes.count.multipliedReportingOverflow(by: 4)
    var output = try GrowingBytes(
      capacity: overflow ? bytes.count : expected + 4096, in: stage.memory, place: "the decompressed content",
      path: path, remedy: "raise the memory limit")
    try bytes.withBytes { (input) throws(FeatureFileError) in
      var taken = 0
      while taken < input.count {
        let start = taken
        taken += try decompressStream(
          decoder, UnsafeRawBufferPointer(rebasing: input[taken...]), to: &output, memory: stage.memory
        ) { (count) throws(FeatureFileError) in try stage.advance(to: start + count, of: input.count) }
        taken += try paddingCount(after: taken, in: input)
      }
    }
    return output.region()
  }

  /// The number of padding bytes after a stream.
  private func paddingCount(
    after end: Int, in input: UnsafeRawBufferPointer
  ) throws(FeatureFileError) -> Int {
    guard let unit = compression.paddingUnit else { return 0 }
    let count = (input[end...].firstIndex { $0 != 0 } ?? input.count) - end
    guard count.isMultiple(of: unit) else { throw corrupt("the padding is not a multiple of \(unit) bytes") }
    return count
  }

  /// Decompresses one stream from the beginning of `input` and returns its compressed length.
  private func decompressStream(
    _ decoder: OpaquePointer, _ input: UnsafeRawBufferPointer, to output: inout GrowingBytes,
    memory: DecompressionMemory, progress: (_ takenCount: Int) throws(FeatureFileError) -> Void
  ) throws(FeatureFileError) -> Int {
    var taken = 0
    while true {
      if output.room == 0 { try output.grow() }
      try progress(taken)
      var inputCount = min(input.count - taken, ReadStage.stepByteCount)
      var outputCount = min(output.room, ReadStage.stepByteCount)
      let outcome = output.fill { rest in
        gmmscope_decoder_run(
          decoder, input.baseAddress.map { $0 + taken }, &inputCount, rest.baseAddress, &outputCount)
      }
      taken += inputCount
      output.count += outputCount
      switch outcome {
      case GMMSCOPE_COMPLETE: return taken
      case GMMSCOPE_CONTINUES:
        if inputCount == 0 && outputCount == 0 { throw corrupt("the stream ends too early") }
      case GMMSCOPE_TOO_LARGE:
        throw .memoryExceeded(
          path: path, place: "decompression", neededByteCount: gmmscope_decoder_needed(decoder),
          permittedByteCount: memory.byteCount,
          remedy: "raise the memory limit or compress it with a smaller window")
      case GMMSCOPE_NEEDS_DICTIONARY:
        throw .unsupportedFormat(
          path: path, format: "compressed with a dictionary",
          remedy: "unpack it with \(compression.unpacker) -D")
      default: throw corrupt("the stream is corrupt")
      }
    }
  }

  private func corrupt(_ problem: String) -> FeatureFileError {
    .corruptCompression(path: path, member: "the content", problem: problem)
  }
}
