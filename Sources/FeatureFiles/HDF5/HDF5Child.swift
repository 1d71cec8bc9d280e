import CHDF5
import Synchronization
import SystemSupport

/// An HDF5 file and its reading state.
final class HDF5File: Sendable {
  let path: String
  let byteCount: Int
  /// Whether the file is marked as open for single-writer/multiple-reader access.
  let isSWMR: Bool
  /// The error after libhdf5 has timed out once. Nothing more is read then, since every array of a damaged file might
  /// take as long.
  private let failure = Mutex<FeatureFileError?>(nil)
  /// Nil if the file no longer exists.
  private let version: FileVersion?

  init(path: String, byteCount: Int, isSWMR: Bool) {
    self.path = path
    self.byteCount = byteCount
    self.isSWMR = isSWMR
    version = FileVersion(of: path)
  }

  /// Checks the file before a child process opens it again by its path.
  ///
  /// - Throws: The error of an earlier timeout; `changedSinceOpening` if the file has changed.
  func checkReadable() throws(FeatureFileError) {
    if let failure = failure.withLock({ $0 }) { throw failure }
    if FileVersion(of: path) != version { throw .changedSinceOpening(path: path) }
  }

  func giveUp(_ reason: FeatureFileError) { failure.withLock { $0 = reason } }
}

/// A child process in which libhdf5 reads a file, and the records that it sends.
///
/// The records are not trusted: a damaged file may make the child send anything.
final class HDF5Child {
  private static let place = "the HDF5 structure"
  /// The limit on the length of a dataset's path.
  private static let textByteCountLimit = 1 << 14

  private let file: HDF5File
  private let child: gmmscope_hdf5_child
  private var isFinished = false
  /// The number of bytes that may still be received.
  private var remainingByteCount: Int
  private var buffer = [UInt8](repeating: 0, count: 1 << 16)
  /// The part of `buffer` that was received but not consumed yet.
  private var buffered = 0..<0

  private init(
    _ file: HDF5File, byteCountLimit: Int, start: (inout gmmscope_hdf5_child) -> Int32
  ) throws(FeatureFileError) {
    guard gmmscope_hdf5_load() == 0 else {
      throw .missingLibrary(
        path: file.path, library: "libhdf5 1.10 or newer",
        remedy: "install it (apt install hdf5-tools, brew install hdf5) or set GMMSCOPE_LIBHDF5 to its path")
    }
    try file.checkReadable()
    var child = gmmscope_hdf5_child()
    let error = start(&child)
    guard error == 0 else { throw .cannotRead(path: file.path, reason: "\(SystemError(error))") }
    self.file = file
    self.child = child
    remainingByteCount = byteCountLimit
  }

  deinit { if !isFinished { _ = gmmscope_hdf5_finish(child) } }

  /// The time limit for a number of bytes. libhdf5 is normally much faster; a damaged file may keep it busy until the
  /// limit.
  private static func limits(memory: Int, work: Int) -> gmmscope_hdf5_limits {
    gmmscope_hdf5_limits(
      byte_count: UInt64(memory), processor_seconds: UInt64(2 + work >> 22),
      silent_seconds: UInt64(15 + work >> 22))
  }

  /// Starts a child that lists the datasets of a file.
  static func listing(_ file: HDF5File) throws(FeatureFileError) -> HDF5Child {
    let limits = limits(memory: 1 << 28 + 4 * file.byteCount, work: file.byteCount)
    return try HDF5Child(file, byteCountLimit: 1 << 23 + 16 * file.byteCount) { child in
      FileName.withBytes(of: file.path) { gmmscope_hdf5_list($0, file.isSWMR ? 1 : 0, limits, &child) }
    }
  }

  /// Starts a child that reads ranges of rows, at most `byteCount` bytes altogether.
  static func reading(
    _ place: HDF5Place, runs: [Range<Int>], byteCount: Int
  ) throws(FeatureFileError) -> HDF5Child {
    let bounds = runs.flatMap { [UInt64($0.lowerBound), UInt64($0.upperBound)] }
    // Each range may be a small part of a chunk, which libhdf5 keeps in memory as a whole. The format permits chunks
    // of up to 4 GB; 1 GB is sufficient.
    let (chunks, overflow) = place.chunkByteCount.multipliedReportingOverflow(by: runs.count + 1)
    let limits = limits(
      memory: 1 << 30 + 2 * byteCount, work: byteCount + (overflow ? 1 << 34 : min(chunks, 1 << 34)))
    let file = place.file
    return try HDF5Child(file, byteCountLimit: byteCount + 16 * runs.count + 1024) { child in
      bounds.withUnsafeBufferPointer { bounds in
        let request = gmmscope_hdf5_request(
          address: place.address, runs: bounds.baseAddress, run_count: UInt64(runs.count),
          is_last_dimension: place.isLastDimension ? 1 : 0)
        return FileName.withBytes(of: file.path) {
          gmmscope_hdf5_read($0, file.isSWMR ? 1 : 0, request, limits, &child)
        }
      }
    }
  }

  // MARK: Receiving

  /// The kind of the next record.
  ///
  /// - Throws: If libhdf5 rejected the file or crashed.
  func nextRecord() throws(FeatureFileError) -> gmmscope_hdf5_record {
    let record = gmmscope_hdf5_record(rawValue: try next(UInt8.self))
    if record == GMMSCOPE_HDF5_FAILED { throw unreadable }
    return record
  }

  /// The error for a file that libhdf5 cannot interpret.
  var unreadable: FeatureFileError {
    malformed("libhdf5 cannot read the file, or is older than the library that wrote it")
  }

  /// Expects the rows of `array` as the next record.
  ///
  /// - Throws: Also the reason why they cannot be read.
  func nextRows(of array: String) throws(FeatureFileError) {
    switch try nextRecord() {
    case GMMSCOPE_HDF5_ROWS: break
    case GMMSCOPE_HDF5_REFUSED: throw try nextRefusal(of: array, prefix: "")
    default: throw malformed("rows are missing")
    }
  }

  /// - Throws: If further records follow.
  func expectEnd() throws(FeatureFileError) {
    guard try nextRecord() == GMMSCOPE_HDF5_END else { throw malformed("libhdf5 returned too many rows") }
  }

  /// The bytes of the next text of `array`.
  ///
  /// - Throws: Also the reason why it cannot be read.
  func nextElementText(of array: String) throws(FeatureFileError) -> [UInt8] {
    let count = try next(UInt32.self)
    guard count < UInt32.max else { throw try nextRefusal(of: array, prefix: "a cell with ") }
    return try nextBytes(Int(count))
  }

  private func nextRefusal(of array: String, prefix: String) throws(FeatureFileError) -> FeatureFileError {
    let remedy = gmmscope_hdf5_remedy(rawValue: try next(UInt8.self))
    let problem = try nextText(byteCount: try next(UInt32.self))
    return HDF5Dataset.refusal(
      of: array, at: file.path, type: problem.hasPrefix("cells") ? problem : prefix + problem, remedy)
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
    guard byteCount <= Self.textByteCountLimit else {
      throw malformed("a name of \(byteCount) bytes exceeds the limit")
    }
    return EscapedText.decode(try nextBytes(Int(byteCount)))
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
        guard count > 0 else { throw ended() }
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

  /// Waits until the child has sent data or ended, checking for cancellation.
  private func waitForBytes() throws(FeatureFileError) {
    let interval: Int32 = 50
    while true {
      try ReadStage.checkCancellation(path: file.path)
      var waiting = pollfd(fd: child.descriptor, events: Int16(POLLIN), revents: 0)
      let readyCount = poll(&waiting, 1, interval)
      if readyCount > 0 || (readyCount < 0 && errno != EINTR) { return }
    }
  }

  /// The reason why the child ended prematurely.
  private func ended() -> FeatureFileError {
    isFinished = true
    guard gmmscope_hdf5_finish(child) == 1 else { return malformed("libhdf5 failed while reading the file") }
    let error = malformed("libhdf5 timed out while reading the file")
    file.giveUp(error)
    return error
  }

  private var tooLong: FeatureFileError {
    .impossibleSize(
      path: file.path, place: Self.place, problem: "libhdf5 returned more data than the file can hold")
  }

  func malformed(_ problem: String) -> FeatureFileError {
    .malformedHeader(path: file.path, place: Self.place, problem: problem)
  }
}
