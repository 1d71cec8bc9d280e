import CDecompression

/// Decompresses a whole file into memory.
///
/// Its size is not known before, and what a file says about it need not be true. So it is decompressed in
/// steps into memory that grows with it, up to `largestRatio` times the file's size (plus a megabyte): tables
/// of numbers shrink to a third, features that are mostly zeros to a tenth.
struct CompressedFile {
  let compression: Compression
  let bytes: ByteRegion
  let path: String

  static let largestRatio = 200
  private static let smallByteCount = 1 << 20

  /// Decompresses all streams that follow each other in the file.
  ///
  /// - Throws: `missingLibrary`, `corruptCompression`, `impossibleSize` where it is too large, `cancelled`.
  func decompressed(stage: ReadStage) throws(FeatureFileError) -> ByteRegion {
    guard let decoder = gmmscope_decoder_create(compression.code) else {
      let (library, remedy) = compression.library
      throw .missingLibrary(path: path, library: library, remedy: remedy)
    }
    defer { gmmscope_decoder_destroy(decoder) }
    let limit = Self.largestRatio * bytes.count + Self.smallByteCount
    var output = GrowingBytes(capacity: min(limit, 4 * bytes.count + 4096))
    try bytes.withBytes { (input) throws(FeatureFileError) in
      var taken = 0
      while taken < input.count {
        let start = taken
        taken += try decompressStream(
          decoder, UnsafeRawBufferPointer(rebasing: input[taken...]), to: &output, limit
        ) { (count) throws(FeatureFileError) in try stage.advance(to: start + count, of: input.count) }
      }
    }
    return output.region()
  }

  /// Decompresses one stream from the beginning of `input` and gives its length there.
  private func decompressStream(
    _ decoder: OpaquePointer, _ input: UnsafeRawBufferPointer, to output: inout GrowingBytes, _ limit: Int,
    progress: (_ takenCount: Int) throws(FeatureFileError) -> Void
  ) throws(FeatureFileError) -> Int {
    var taken = 0
    while true {
      if output.room == 0 {
        guard output.count < limit else {
          throw .impossibleSize(
            path: path, place: "the compressed content",
            problem: "is of more than \(limit) bytes, \(Self.largestRatio) times the file's size")
        }
        output.grow(limit: limit)
      }
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
        if inputCount == 0 && outputCount == 0 { throw corrupt("it ends too early") }
      case GMMSCOPE_TOO_LARGE: throw corrupt("it needs too much memory")
      default: throw corrupt("it is damaged")
      }
    }
  }

  private func corrupt(_ problem: String) -> FeatureFileError {
    .corruptCompression(path: path, member: "the content", problem: problem)
  }
}
