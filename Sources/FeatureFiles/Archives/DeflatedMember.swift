import CZlib
import Synchronization

/// A compressed part of a file: a zip member or a MATLAB array. It is decompressed as a whole on first use, and kept
/// in memory if it will be used again.
final class DeflatedMember: Sendable {
  let path: String
  let name: String
  private let compressed: ByteRegion
  private let byteCount: Int
  /// The expected checksum; nil if the stream contains its own.
  private let checksum: UInt32?
  private let memory: DecompressionMemory
  private let decompressed = Mutex<ByteRegion?>(nil)

  /// The largest ratio of deflate: 258 bytes in two bits.
  private static let largestRatio = 1032

  /// - Throws: `impossibleSize` if `byteCount` is more than `compressed` can hold, before anything is allocated.
  init(
    compressed: ByteRegion, byteCount: Int, checksum: UInt32?, name: String, path: String,
    memory: DecompressionMemory = .standard
  ) throws(FeatureFileError) {
    guard byteCount / Self.largestRatio <= compressed.count else {
      throw .impossibleSize(
        path: path, place: FeatureFileError.quoted(name),
        problem: "declares \(byteCount) bytes, which \(compressed.count) compressed bytes cannot hold")
    }
    self.compressed = compressed
    self.byteCount = byteCount
    self.checksum = checksum
    self.name = name
    self.path = path
    self.memory = memory
  }

  /// The first bytes, at most `count`. Decompresses only these.
  func prefix(_ count: Int) throws(FeatureFileError) -> [UInt8] {
    let count = min(count, byteCount)
    let region = try ByteRegion(
      count: count, in: memory, place: FeatureFileError.quoted(name), path: path, remedy: Self.remedy
    ) { (output) throws(FeatureFileError) in
      let inflated = try inflate(into: output)
      guard inflated.byteCount == count else { throw corrupt("the stream ends too early") }
    }
    return region.prefix(count)
  }

  /// All bytes, with their number and checksum verified.
  ///
  /// - Parameters:
  ///   - isKept: Whether the bytes stay in memory for later use.
  ///   - report: Receives the number of decompressed bytes and their total after every megabyte. Not called if they
  ///     are already in memory.
  /// - Throws: `memoryExceeded`, `corruptCompression`, `wrongChecksum`, `cancelled`.
  func region(
    isKept: Bool = true, report: (_ completed: Int, _ of: Int) -> Void = { _, _ in }
  ) throws(FeatureFileError) -> ByteRegion {
    try decompressed.withLock { (kept) throws(FeatureFileError) in
      if let kept { return kept }
      let region = try ByteRegion(
        count: byteCount, in: memory, place: FeatureFileError.quoted(name), path: path, remedy: Self.remedy
      ) { (output) throws(FeatureFileError) in
        var found = RunningChecksum()
        let inflated = try inflate(into: output) { piece in
          if checksum != nil { found.update(UnsafeRawBufferPointer(rebasing: output[piece])) }
          report(piece.upperBound, byteCount)
        }
        guard inflated.byteCount == byteCount else { throw corrupt("the stream ends too early") }
        guard inflated.isComplete else { throw corrupt("the stream is longer than declared") }
        if let checksum, found.value != checksum {
          throw FeatureFileError.wrongChecksum(path: path, member: name)
        }
      }
      if isKept { kept = region }
      return region
    }
  }

  private static let remedy = "raise the memory limit or save it uncompressed with numpy.savez"

  /// Checks that the bytes are in memory or fit there.
  ///
  /// - Throws: `memoryExceeded`.
  func checkMemory() throws(FeatureFileError) {
    let isKept = decompressed.withLock { $0 != nil }
    guard isKept || byteCount <= memory.availableByteCount else {
      throw .memoryExceeded(
        path: path, place: FeatureFileError.quoted(name), neededByteCount: byteCount,
        permittedByteCount: memory.byteCount, remedy: Self.remedy)
    }
  }

  /// Frees the memory of kept bytes. They are decompressed again on demand.
  func discard() { decompressed.withLock { $0 = nil } }

  private func corrupt(_ problem: String) -> FeatureFileError {
    .corruptCompression(path: path, member: name, problem: problem)
  }

  /// Decompresses until `output` is full or the stream ends. `take` receives each piece while it is in cache.
  private func inflate(
    into output: UnsafeMutableRawBufferPointer, take: (Range<Int>) -> Void = { _ in }
  ) throws(FeatureFileError) -> (byteCount: Int, isComplete: Bool) {
    try compressed.requireUnchanged()
    return try compressed.withBytes { (input) throws(FeatureFileError) in
      var stream = z_stream()
      // Negative: a raw stream without zlib's header and checksum.
      guard gmmscope_inflateInit2(&stream, checksum == nil ? 15 : -15) == Z_OK else {
        throw corrupt("zlib could not be initialized")
      }
      defer { inflateEnd(&stream) }
      var (taken, given) = (0, 0)
      // One byte more than expected, to detect streams that are too long.
      var overflow: UInt8 = 0
      while true {
        try ReadStage.checkCancellation(path: path)
        let inputCount = min(input.count - taken, 1 << 30)
        let outputCount = min(output.count - given, ReadStage.stepByteCount)
        let status = withUnsafeMutablePointer(to: &overflow) { spare in
          stream.next_in = UnsafeMutablePointer(
            mutating: input.assumingMemoryBound(to: Bytef.self).baseAddress
          )
          .map { $0 + taken }
          stream.avail_in = uInt(inputCount)
          let isFull = outputCount == 0
          stream.next_out =
            isFull ? spare : output.assumingMemoryBound(to: Bytef.self).baseAddress.map { $0 + given }
          stream.avail_out = uInt(isFull ? 1 : outputCount)
          return CZlib.inflate(&stream, Z_NO_FLUSH)
        }
        taken += inputCount - Int(stream.avail_in)
        if outputCount == 0 {
          // The end of the stream may follow its last byte; another byte contradicts its size.
          return (given, status == Z_STREAM_END && stream.avail_out == 1)
        }
        let piece = given..<given + outputCount - Int(stream.avail_out)
        given = piece.upperBound
        take(piece)
        switch status {
        case Z_STREAM_END: return (given, true)
        case Z_OK: continue
        case Z_BUF_ERROR: throw corrupt("the stream ends too early")
        default: throw corrupt(stream.msg.map { String(cString: $0) } ?? "zlib error \(status)")
        }
      }
    }
  }
}
