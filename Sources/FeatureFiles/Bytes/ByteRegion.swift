import Synchronization
import SystemSupport

/// Read-only bytes, mapped or allocated, released with their last region.
///
/// Unchecked: the bytes never change after initialization, and the pointer never escapes.
private final class ByteOwner: @unchecked Sendable {
  let bytes: UnsafeRawBufferPointer
  /// The mapped file; nil for allocated memory.
  let file: MappedFile?
  /// The reservation of allocated memory; nil for a mapped file.
  private let reservation: DecompressionMemory.Reservation?

  /// - Parameter bytes: Mapped from `file`, or allocated by `malloc`.
  init(
    _ bytes: UnsafeRawBufferPointer, of file: MappedFile? = nil,
    reservation: DecompressionMemory.Reservation? = nil
  ) {
    self.bytes = bytes
    self.file = file
    self.reservation = reservation
    if isMapped { MappedPages.shared.add(bytes) }
  }

  var isMapped: Bool { file != nil }

  func noteRead(_ count: Int, places: Int) {
    if isMapped { MappedPages.shared.noteRead(count, places: places, of: bytes) }
  }

  func releasePages() {
    if isMapped { MappedPages.shared.release(bytes) }
  }

  deinit {
    if !isMapped {
      free(UnsafeMutableRawPointer(mutating: bytes.baseAddress))
    } else if let base = bytes.baseAddress {
      MappedPages.shared.remove(bytes)
      munmap(UnsafeMutableRawPointer(mutating: base), bytes.count)
    }
  }
}

/// The pages of all mapped files that count as the process's memory.
///
/// Pages do so after they are read, until they are released. Reading them again takes them from the system's cache but
/// requires mapping them again, which costs more than the reading if rows are scattered. Nothing is therefore released
/// while all files together have at most 256 MiB. The first read at a position maps some hundred kilobytes around it, so
/// the mapped part of more or larger files stays at about 128 MiB.
private final class MappedPages: Sendable {
  static let shared = MappedPages()

  private struct State {
    /// The size of all mapped files together.
    var byteCount = 0
    /// The number of bytes read since pages were released.
    var readCount = 0
    /// The size of each file that was read since then, by its address.
    var read: [UInt: Int] = [:]
  }

  private let state = Mutex(State())

  func add(_ bytes: UnsafeRawBufferPointer) { state.withLock { $0.byteCount += bytes.count } }

  func remove(_ bytes: UnsafeRawBufferPointer) {
    state.withLock {
      $0.byteCount -= bytes.count
      $0.read[UInt(bitPattern: bytes.baseAddress)] = nil
    }
  }

  func noteRead(_ count: Int, places: Int, of bytes: UnsafeRawBufferPointer) {
    state.withLock {
      $0.read[UInt(bitPattern: bytes.baseAddress)] = bytes.count
      $0.readCount += count + (places << 19)
      guard $0.byteCount > 256 << 20, $0.readCount >= 64 << 20 else { return }
      // Under the lock, since a file that is unmapped meanwhile may have given its addresses to something else.
      for (address, count) in $0.read {
        madvise(UnsafeMutableRawPointer(bitPattern: address), count, MADV_DONTNEED)
      }
      $0.readCount = 0
      $0.read = [:]
    }
  }

  func release(_ bytes: UnsafeRawBufferPointer) {
    madvise(UnsafeMutableRawPointer(mutating: bytes.baseAddress), bytes.count, MADV_DONTNEED)
  }
}

/// The file that was mapped, to detect changes.
private struct MappedFile {
  let path: String
  let version: FileVersion

  /// Whether the file was modified or truncated. A file that was replaced or removed has not changed, since its
  /// mapping remains valid.
  var hasChanged: Bool {
    FileVersion(of: path).map { $0.identity == version.identity && $0 != version } ?? false
  }
}

/// A growing buffer that becomes a region when it is complete.
struct GrowingBytes: ~Copyable {
  private var memory: UnsafeMutableRawBufferPointer
  private let limits: DecompressionMemory
  private var reservation: DecompressionMemory.Reservation?
  private let path: String
  private let place: String
  private let remedy: String
  /// The number of filled bytes.
  var count = 0

  /// - Parameters:
  ///   - capacity: The initial size, or less if the limit does not permit it.
  ///   - place: The name of the content in messages.
  /// - Throws: `memoryExceeded`.
  init(
    capacity: Int, in limits: DecompressionMemory, place: String, path: String, remedy: String
  ) throws(FeatureFileError) {
    (self.limits, self.place, self.path, self.remedy) = (limits, place, path, remedy)
    memory = UnsafeMutableRawBufferPointer(start: nil, count: 0)
    try resize(to: max(1, min(capacity, limits.availableByteCount)))
  }

  deinit { free(memory.baseAddress) }

  /// The number of bytes before it must grow.
  var room: Int { memory.count - count }

  /// Doubles the size, up to the limit.
  ///
  /// - Throws: `memoryExceeded` at the limit.
  mutating func grow() throws(FeatureFileError) {
    try resize(to: max(memory.count + 1, memory.count + min(memory.count, limits.availableByteCount)))
  }

  private mutating func resize(to newCount: Int) throws(FeatureFileError) {
    // `realloc` usually avoids a copy.
    let added = limits.reserve(newCount - memory.count)
    guard let added else { throw exceeded(newCount, permitted: limits.byteCount) }
    guard let base = realloc(memory.baseAddress, newCount) else { throw exceeded(newCount, permitted: nil) }
    memory = UnsafeMutableRawBufferPointer(start: base, count: newCount)
    if let reservation { reservation.absorb(added) } else { reservation = added }
  }

  private func exceeded(_ count: Int, permitted: Int?) -> FeatureFileError {
    .memoryExceeded(
      path: path, place: place, neededByteCount: count, permittedByteCount: permitted, remedy: remedy)
  }

  /// Calls `body` with the unfilled part.
  func fill<Result>(_ body: (UnsafeMutableRawBufferPointer) -> Result) -> Result {
    body(UnsafeMutableRawBufferPointer(rebasing: memory[count...]))
  }

  /// The filled bytes.
  consuming func region() -> ByteRegion {
    let region = ByteRegion(adopting: UnsafeRawBufferPointer(memory), count: count, reservation: reservation)
    memory = UnsafeMutableRawBufferPointer(start: nil, count: 0)
    return region
  }
}

/// A range of read-only bytes that stays valid as long as this value exists.
struct ByteRegion: Sendable {
  private let owner: ByteOwner
  private let range: Range<Int>

  var count: Int { range.count }
  var isMapped: Bool { owner.isMapped }

  /// Calls `body` with the bytes, which must not escape it.
  func withBytes<Result, Failure>(
    _ body: (UnsafeRawBufferPointer) throws(Failure) -> Result
  ) throws(Failure) -> Result {
    defer { withExtendedLifetime(owner) {} }
    return try body(UnsafeRawBufferPointer(rebasing: owner.bytes[range]))
  }

  /// Call this before reading bytes that were mapped earlier: another program may have modified the file. Accessing
  /// pages beyond the end of a truncated file terminates the process.
  ///
  /// - Throws: `changedSinceOpening`.
  func requireUnchanged() throws(FeatureFileError) {
    if let file = owner.file, file.hasChanged { throw .changedSinceOpening(path: file.path) }
  }

  /// Records the number of bytes read and of their positions, so that a mapped file does not fill the memory.
  func noteRead(_ count: Int, places: Int) { owner.noteRead(count, places: places) }

  /// Gives the pages of a mapped file back to the system, which maps them again when they are read.
  func releasePages() { owner.releasePages() }

  /// The `count` bytes from `offset` on; nil if they are out of range.
  func slice(at offset: Int, count: Int) -> ByteRegion? {
    guard offset >= 0, count >= 0, offset <= self.count, count <= self.count - offset else { return nil }
    let start = range.lowerBound + offset
    return ByteRegion(owner: owner, range: start..<start + count)
  }

  /// The offset of a part of this region; nil for other bytes.
  func offset(of part: ByteRegion) -> Int? {
    guard part.owner === owner, part.range.lowerBound >= range.lowerBound else { return nil }
    return part.range.lowerBound - range.lowerBound
  }

  /// The little-endian integer at `offset`; nil if that is out of range.
  func integer<Value: FixedWidthInteger & BitwiseCopyable>(_: Value.Type, at offset: Int) -> Value? {
    guard offset >= 0, offset <= count - MemoryLayout<Value>.size else { return nil }
    return withBytes { Value(littleEndian: $0.loadUnaligned(fromByteOffset: offset, as: Value.self)) }
  }

  /// A copy of the first bytes, at most `count`.
  func prefix(_ count: Int) -> [UInt8] {
    withBytes { Array($0.prefix(count)) }
  }

  private init(owner: ByteOwner, range: Range<Int>) {
    self.owner = owner
    self.range = range
  }

  /// Allocates `count` bytes and fills them by `fill`, whose errors are rethrown.
  init<Failure>(
    count: Int, filledBy fill: (UnsafeMutableRawBufferPointer) throws(Failure) -> Void
  ) throws(Failure) {
    let memory = UnsafeMutableRawBufferPointer(start: malloc(max(1, count)), count: count)
    owner = ByteOwner(UnsafeRawBufferPointer(memory))
    range = 0..<count
    try fill(memory)
  }

  /// Allocates `count` bytes within `limits` and fills them by `fill`, whose errors are rethrown.
  ///
  /// - Parameters:
  ///   - place: The name of the content in messages.
  ///   - remedy: The remedy if the limit is exceeded.
  /// - Throws: `memoryExceeded`, before anything is allocated.
  init(
    count: Int, in limits: DecompressionMemory, place: String, path: String,
    remedy: String = "raise the memory limit",
    filledBy fill: (UnsafeMutableRawBufferPointer) throws(FeatureFileError) -> Void
  ) throws(FeatureFileError) {
    guard let reservation = limits.reserve(count) else {
      throw .memoryExceeded(
        path: path, place: place, neededByteCount: count, permittedByteCount: limits.byteCount, remedy: remedy
      )
    }
    guard let base = malloc(max(1, count)) else {
      throw .memoryExceeded(
        path: path, place: place, neededByteCount: count, permittedByteCount: nil, remedy: remedy)
    }
    let memory = UnsafeMutableRawBufferPointer(start: base, count: count)
    owner = ByteOwner(UnsafeRawBufferPointer(memory), reservation: reservation)
    range = 0..<count
    try fill(memory)
  }

  /// Copies a small number of bytes.
  init(copying bytes: [UInt8]) {
    self.init(count: bytes.count) { $0.copyBytes(from: bytes) }
  }

  /// Takes ownership of memory and exposes its first `count` bytes.
  fileprivate init(
    adopting memory: UnsafeRawBufferPointer, count: Int, reservation: DecompressionMemory.Reservation?
  ) {
    owner = ByteOwner(memory, reservation: reservation)
    range = 0..<count
  }

  /// Maps a file, or reads a pipe (see ``InputStream``). Rejects anything else but a non-empty regular file, without
  /// waiting for the other end of a FIFO.
  ///
  /// - Parameter memory: The memory for the content of a pipe.
  init(mappingFileAt path: String, memory: DecompressionMemory = .standard) throws(FeatureFileError) {
    guard FileName.isPossible(path) else { throw .fileNotFound(path: path) }
    if let content = try InputStream(path)?.content(in: memory) {
      self = content
      return
    }
    let name = path == "-" ? "/dev/stdin" : path
    let descriptor = FileName.withBytes(of: name) { open($0, O_RDONLY | O_NONBLOCK | O_CLOEXEC) }
    guard descriptor >= 0 else {
      if errno == ENOENT || errno == ENOTDIR { throw .fileNotFound(path: path) }
      throw .cannotRead(path: path, reason: "\(SystemError())")
    }
    defer { close(descriptor) }
    var status = stat()
    guard fstat(descriptor, &status) == 0 else {
      throw .cannotRead(path: path, reason: "\(SystemError())")
    }
    switch status.st_mode & S_IFMT {
    case S_IFREG: break
    case S_IFDIR: throw .notAFile(path: path, kind: "directory")
    case S_IFIFO: throw .notAFile(path: path, kind: "pipe")
    default: throw .notAFile(path: path, kind: "device or socket")
    }
    let count = Int(status.st_size)
    guard count > 0 else { throw .emptyFile(path: path) }
    guard let base = mmap(nil, count, PROT_READ, MAP_PRIVATE, descriptor, 0), base != MAP_FAILED else {
      throw .cannotRead(path: path, reason: "\(SystemError())")
    }
    owner = ByteOwner(
      UnsafeRawBufferPointer(start: base, count: count),
      of: MappedFile(path: path, version: FileVersion(status)))
    range = 0..<count
    OpenedFiles.note(FileStatus(status), at: path)
  }
}
