import CHDF5

#if canImport(Glibc)
  import Glibc
#elseif canImport(Musl)
  import Musl
#else
  import Darwin
#endif

/// A child process in which libhdf5 reads a file, and what it sends.
///
/// What comes is not trusted: a child that was led astray by a damaged file may send anything.
final class HDF5Child {
  private static let place = "the HDF5 structure"
  /// Names of groups and datasets together.
  private static let textByteCountLimit = 4096

  private let path: String
  private let child: gmmscope_hdf5_child
  /// What may still be received.
  private var remainingByteCount: Int
  private var buffer = [UInt8](repeating: 0, count: 1 << 16)
  /// The part of `buffer` that was received and not yet given on.
  private var buffered = 0..<0

  private init(path: String, byteCountLimit: Int, start: (inout gmmscope_hdf5_child) -> Int32)
    throws(FeatureFileError)
  {
    guard gmmscope_hdf5_load() == 0 else {
      throw .missingLibrary(
        path: path, library: "libhdf5 1.10 or newer",
        remedy: "install it (apt install hdf5-tools, brew install hdf5) or set GMMSCOPE_LIBHDF5 to its path")
    }
    var child = gmmscope_hdf5_child()
    let error = start(&child)
    guard error == 0 else { throw .cannotRead(path: path, reason: String(cString: strerror(error))) }
    self.path = path
    self.child = child
    remainingByteCount = byteCountLimit
  }

  deinit { _ = gmmscope_hdf5_finish(child) }

  /// Lists the datasets of a file.
  static func listing(path: String, fileByteCount: Int) throws(FeatureFileError) -> HDF5Child {
    let limits = gmmscope_hdf5_limits(
      byte_count: UInt64(1 << 28 + 4 * fileByteCount), seconds: UInt64(5 + fileByteCount >> 27))
    return try HDF5Child(path: path, byteCountLimit: 1 << 20 + 16 * fileByteCount) { child in
      FileName.withBytes(of: path) { gmmscope_hdf5_list($0, limits, &child) }
    }
  }

  /// Reads stretches of a dataset, `byteCount` bytes altogether at most.
  static func reading(
    _ dataset: String, runs: [Range<Int>], isLastDimension: Bool, byteCount: Int, path: String
  ) throws(FeatureFileError) -> HDF5Child {
    let bounds = runs.flatMap { [UInt64($0.lowerBound), UInt64($0.upperBound)] }
    // Chunks, which libhdf5 holds as a whole, may be up to 4 GB by the format; a gigabyte is plenty.
    let limits = gmmscope_hdf5_limits(
      byte_count: UInt64(1 << 30 + 2 * byteCount), seconds: UInt64(10 + byteCount >> 24))
    return try HDF5Child(path: path, byteCountLimit: byteCount + 16 * runs.count + 1024) { child in
      FileName.withBytes(of: path) {
        gmmscope_hdf5_read(
          $0, dataset, bounds, UInt64(runs.count), isLastDimension ? 1 : 0, limits, &child)
      }
    }
  }

  // MARK: Receiving

  /// The next record's kind.
  ///
  /// - Throws: where libhdf5 refused the file or did not survive it.
  func nextRecord() throws(FeatureFileError) -> gmmscope_hdf5_record {
    let record = gmmscope_hdf5_record(rawValue: try next(UInt8.self))
    if record == GMMSCOPE_HDF5_FAILED {
      throw malformed("libhdf5 cannot read it, or is older than what wrote it")
    }
    return record
  }

  func next<Value: BitwiseCopyable & ExpressibleByIntegerLiteral>(
    _: Value.Type
  ) throws(FeatureFileError) -> Value {
    var value: Value = 0
    try withUnsafeMutableBytes(of: &value) { (bytes) throws(FeatureFileError) in try receive(bytes) }
    return value
  }

  func nextDataset() throws(FeatureFileError) -> gmmscope_hdf5_dataset {
    var value = gmmscope_hdf5_dataset()
    try withUnsafeMutableBytes(of: &value) { (bytes) throws(FeatureFileError) in try receive(bytes) }
    return value
  }

  func nextText(byteCount: UInt32) throws(FeatureFileError) -> String {
    guard byteCount <= Self.textByteCountLimit else { throw malformed("it has a name of \(byteCount) bytes") }
    return String(decoding: try nextBytes(Int(byteCount)), as: UTF8.self)
  }

  /// The next `count` bytes, which must be within the limit.
  func nextBytes(_ count: Int) throws(FeatureFileError) -> [UInt8] {
    guard count <= remainingByteCount else { throw tooLong }
    let region = try ByteRegion(count: count) { (output) throws(FeatureFileError) in try receive(output) }
    return region.prefix(count)
  }

  /// Fills `output`.
  func receive(_ output: UnsafeMutableRawBufferPointer) throws(FeatureFileError) {
    guard output.count <= remainingByteCount else { throw tooLong }
    remainingByteCount -= output.count
    var filled = 0
    while filled < output.count {
      if buffered.isEmpty {
        try waitForBytes()
        let count = buffer.withUnsafeMutableBytes { read(child.descriptor, $0.baseAddress, $0.count) }
        if count < 0 && errno == EINTR { continue }
        guard count > 0 else { throw malformed("libhdf5 failed in the midst of it") }
        buffered = 0..<count
      }
      let part = buffered.prefix(output.count - filled)
      buffer.withUnsafeBytes { bytes in
        UnsafeMutableRawBufferPointer(rebasing: output[filled...])
          .copyMemory(from: UnsafeRawBufferPointer(rebasing: bytes[part]))
      }
      filled += part.count
      buffered.removeFirst(part.count)
    }
  }

  /// Waits until the child has sent something or ended, looking up now and then.
  private func waitForBytes() throws(FeatureFileError) {
    let interval: Int32 = 50
    while true {
      try ReadStage.checkCancellation(path: path)
      var waiting = pollfd(fd: child.descriptor, events: Int16(POLLIN), revents: 0)
      let readyCount = poll(&waiting, 1, interval)
      if readyCount > 0 || (readyCount < 0 && errno != EINTR) { return }
    }
  }

  private var tooLong: FeatureFileError {
    .impossibleSize(path: path, place: Self.place, problem: "it gives far more than the file can hold")
  }

  func malformed(_ problem: String) -> FeatureFileError {
    .malformedHeader(path: path, place: Self.place, problem: problem)
  }
}
