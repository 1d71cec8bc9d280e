import CDecompression

/// Decompresses a whole file into memory.
///
/// Its size is not known before, and what a file says about it need not be true. So it is decompressed in steps into
/// memory that grows with it, as far as is permitted.
struct CompressedFile {
  let compression: Compression
  let bytes: ByteRegion
  let path: String

  /// Decompresses all streams that follow each other in the file.
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
      path: path, remedy: "allow more memory")
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

  /// How many bytes of padding follow a stream.
  private func paddingCount(
    after end: Int, in input: UnsafeRawBufferPointer
  ) throws(FeatureFileError) -> Int {
    guard let unit = compression.paddingUnit else { return 0 }
    let count = (input[end...].firstIndex { $0 != 0 } ?? input.count) - end
    guard count.isMultiple(of: unit) else { throw corrupt("its padding is not a multiple of \(unit) bytes") }
    return count
  }

  /// Decompresses one stream from the beginning of `input` and gives its length there.
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
        if inputCount == 0 && outputCount == 0 { throw corrupt("it ends too early") }
      case GMMSCOPE_TOO_LARGE:
        throw .memoryExceeded(
          path: path, place: "decompressing it", neededByteCount: gmmscope_decoder_needed(decoder),
          permittedByteCount: memory.byteCount,
          remedy: "allow more memory or compress it with a smaller window")
      case GMMSCOPE_NEEDS_DICTIONARY:
        throw .unsupportedFormat(
          path: path, format: "compressed with a dictionary",
          remedy: "unpack it with \(compression.unpacker) -D")
      default: throw corrupt("it is damaged")
      }
    }
  }

  private func corrupt(_ problem: String) -> FeatureFileError {
    .corruptCompression(path: path, member: "the content", problem: problem)
  }
}
