import CZlib
import Synchronization

/// A compressed part of a file: a zip member, or an array of MATLAB's. It is decompressed as a whole when its values
/// are first asked for, and kept where they will be asked for again.
final class DeflatedMember: Sendable {
  let path: String
  let name: String
  private let compressed: ByteRegion
  private let byteCount: Int
  /// `nil` where the stream carries its own.
  private let checksum: UInt32?
  private let memory: DecompressionMemory
  private let decompressed = Mutex<ByteRegion?>(nil)

  /// Deflate cannot do better than 258 bytes in two bits.
  private static let largestRatio = 1032

  /// - Throws: `impossibleSize` where `byteCount` is more than `compressed` can hold, before anybody
  ///   allocates as much.
  init(
    compressed: ByteRegion, byteCount: Int, checksum: UInt32?, name: String, path: String,
    memory: DecompressionMemory = .standard
  ) throws(FeatureFileError) {
    guard byteCount / Self.largestRatio <= compressed.count else {
      throw .impossibleSize(
        path: path, place: FeatureFileError.quoted(name),
        problem: "claims to hold \(byteCount) bytes in \(compressed.count) compressed ones")
    }
    self.compressed = compressed
    self.byteCount = byteCount
    self.checksum = checksum
    self.name = name
    self.path = path
    self.memory = memory
  }

  /// The first bytes, at most `count`, decompressed without the rest.
  func prefix(_ count: Int) throws(FeatureFileError) -> [UInt8] {
    let count = min(count, byteCount)
    let region = try ByteRegion(
      count: count, in: memory, place: FeatureFileError.quoted(name), path: path, remedy: Self.remedy
    ) { (output) throws(FeatureFileError) in
      let inflated = try inflate(into: output)
      guard inflated.byteCount == count else { throw corrupt("it ends too early") }
    }
    return region.prefix(count)
  }

  /// All bytes, whose number and checksum are as the archive promises.
  ///
  /// - Parameters:
  ///   - isKept: whether they stay in memory for the next time.
  ///   - report: told how many of them are there, and how many there will be, after every megabyte; not where they
  ///     are at hand already.
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
        guard inflated.byteCount == byteCount else { throw corrupt("it ends too early") }
        guard inflated.isComplete else { throw corrupt("it is longer than it claims") }
        if let checksum, found.value != checksum {
          throw FeatureFileError.wrongChecksum(path: path, member: name)
        }
      }
      if isKept { kept = region }
      return region
    }
  }

  private static let remedy = "allow more memory or save it uncompressed, as numpy.savez does"

  /// Whether the bytes are in memory, or would fit there.
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

  /// Gives the memory back that kept bytes take; they are decompressed again when they are asked for again.
  func discard() { decompressed.withLock { $0 = nil } }

  private func corrupt(_ problem: String) -> FeatureFileError {
    .corruptCompression(path: path, member: name, problem: problem)
  }

  /// Decompresses until `output` is full or the stream ends; `take` is given each piece of it while it is still in the
  /// cache.
  private func inflate(
    into output: UnsafeMutableRawBufferPointer, take: (Range<Int>) -> Void = { _ in }
  ) throws(FeatureFileError) -> (byteCount: Int, isComplete: Bool) {
    try compressed.requireUnchanged()
    return try compressed.withBytes { (input) throws(FeatureFileError) in
      var stream = z_stream()
      // Negative: a bare stream without zlib's own header and checksum.
      guard gmmscope_inflateInit2(&stream, checksum == nil ? 15 : -15) == Z_OK else {
        throw corrupt("zlib cannot begin")
      }
      defer { inflateEnd(&stream) }
      var (taken, given) = (0, 0)
      // Room for one byte more than expected, to notice streams that are too long.
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
          // The stream's end may be still to come after its last byte; a byte more is a lie.
          return (given, status == Z_STREAM_END && stream.avail_out == 1)
        }
        let piece = given..<given + outputCount - Int(stream.avail_out)
        given = piece.upperBound
        take(piece)
        switch status {
        case Z_STREAM_END: return (given, true)
        case Z_OK: continue
        case Z_BUF_ERROR: throw corrupt("it ends too early")
        default: throw corrupt(stream.msg.map { String(cString: $0) } ?? "zlib error \(status)")
        }
      }
    }
  }
}
