import Synchronization

#if canImport(Glibc)
  import Glibc
#elseif canImport(Musl)
  import Musl
#else
  import Darwin
#endif

/// Read-only bytes, mapped or allocated, released when the last region of them goes away.
///
/// Unchecked: the bytes never change after initialization and the pointer is only lent out.
private final class ByteOwner: @unchecked Sendable {
  let bytes: UnsafeRawBufferPointer
  /// The file that is mapped; nil for memory.
  let file: MappedFileIdentity?
  /// What the memory counts as taken; nil for what is mapped.
  private let reservation: DecompressionMemory.Reservation?
  /// Bytes read since pages were given back.
  private let readCount = Atomic(0)

  /// Of all files together, as it is all of them that fill the memory.
  private static let mappedByteCount = Atomic(0)

  /// - Parameter bytes: mapped from `file`, or allocated by `malloc`.
  init(
    _ bytes: UnsafeRawBufferPointer, of file: MappedFileIdentity? = nil,
    reservation: DecompressionMemory.Reservation? = nil
  ) {
    self.bytes = bytes
    self.file = file
    self.reservation = reservation
    if isMapped { Self.mappedByteCount.add(bytes.count, ordering: .relaxed) }
  }

  var isMapped: Bool { file != nil }

  /// Pages of a mapped file that have been read count as the process's memory until they are given back; what is
  /// read again comes from the system's cache, and has to be mapped again, which for rows here and there costs more
  /// than the reading. So nothing is given back where all files together take no more than 256 MiB. The first look at
  /// a place maps what the system holds in one piece around it, some hundred kilobytes, so that what is mapped of
  /// larger ones stays about 128 MiB.
  func noteRead(_ count: Int, places: Int) {
    guard isMapped, Self.mappedByteCount.load(ordering: .relaxed) > 256 << 20, let base = bytes.baseAddress
    else { return }
    let (_, total) = readCount.add(count + (places << 19), ordering: .relaxed)
    guard total >= 64 << 20 else { return }
    readCount.store(0, ordering: .relaxed)
    madvise(UnsafeMutableRawPointer(mutating: base), bytes.count, MADV_DONTNEED)
  }

  deinit {
    if !isMapped {
      free(UnsafeMutableRawPointer(mutating: bytes.baseAddress))
    } else if let base = bytes.baseAddress {
      Self.mappedByteCount.subtract(bytes.count, ordering: .relaxed)
      munmap(UnsafeMutableRawPointer(mutating: base), bytes.count)
    }
  }
}

/// Memory that grows while it is filled and then becomes a region.
struct GrowingBytes: ~Copyable {
  private var memory: UnsafeMutableRawBufferPointer
  private let limits: DecompressionMemory
  private var reservation: DecompressionMemory.Reservation?
  private let path: String
  private let place: String
  private let remedy: String
  /// Bytes that are filled.
  var count = 0

  /// - Parameters:
  ///   - capacity: bytes to begin with, or fewer where no more are permitted.
  ///   - place: how messages name what is put there.
  /// - Throws: `memoryExceeded`.
  init(
    capacity: Int, in limits: DecompressionMemory, place: String, path: String, remedy: String
  ) throws(FeatureFileError) {
    (self.limits, self.place, self.path, self.remedy) = (limits, place, path, remedy)
    memory = UnsafeMutableRawBufferPointer(start: nil, count: 0)
    try resize(to: max(1, min(capacity, limits.availableByteCount)))
  }

  deinit { free(memory.baseAddress) }

  /// Bytes that can be filled before it must grow.
  var room: Int { memory.count - count }

  /// Doubles its size, or takes what is left where that is less.
  ///
  /// - Throws: `memoryExceeded` where nothing is left.
  mutating func grow() throws(FeatureFileError) {
    try resize(to: max(memory.count + 1, memory.count + min(memory.count, limits.availableByteCount)))
  }

  private mutating func resize(to newCount: Int) throws(FeatureFileError) {
    // The larger piece replaces the smaller one, mostly without a copy.
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

  /// Lends the part that is not filled.
  func fill<Result>(_ body: (UnsafeMutableRawBufferPointer) -> Result) -> Result {
    body(UnsafeMutableRawBufferPointer(rebasing: memory[count...]))
  }

  /// What was filled.
  consuming func region() -> ByteRegion {
    let region = ByteRegion(adopting: UnsafeRawBufferPointer(memory), count: count, reservation: reservation)
    memory = UnsafeMutableRawBufferPointer(start: nil, count: 0)
    return region
  }
}

/// A stretch of read-only bytes that stays readable as long as this value lives.
struct ByteRegion: Sendable {
  private let owner: ByteOwner
  private let range: Range<Int>

  var count: Int { range.count }
  var isMapped: Bool { owner.isMapped }

  /// Lends the bytes for the duration of `body`; they must not escape it.
  func withBytes<Result, Failure>(
    _ body: (UnsafeRawBufferPointer) throws(Failure) -> Result
  ) throws(Failure) -> Result {
    defer { withExtendedLifetime(owner) {} }
    return try body(UnsafeRawBufferPointer(rebasing: owner.bytes[range]))
  }

  /// To be asked before bytes are read that were mapped some time ago: another program may have written to the file
  /// since. Pages beyond the end of one that was cut are not there any more, and whoever looks at them is ended.
  ///
  /// - Throws: `changedSinceOpening`.
  func requireUnchanged() throws(FeatureFileError) {
    if let file = owner.file, file.hasChanged { throw .changedSinceOpening(path: file.path) }
  }

  /// To be told how many bytes were read in how many places, so that a mapped file does not fill the memory.
  func noteRead(_ count: Int, places: Int) { owner.noteRead(count, places: places) }

  /// The part from `offset` on, `count` bytes long, or `nil` where that is not inside.
  func slice(at offset: Int, count: Int) -> ByteRegion? {
    guard offset >= 0, count >= 0, offset <= self.count, count <= self.count - offset else { return nil }
    let start = range.lowerBound + offset
    return ByteRegion(owner: owner, range: start..<start + count)
  }

  /// Where a part of this region begins in it; `nil` for bytes elsewhere.
  func offset(of part: ByteRegion) -> Int? {
    guard part.owner === owner, part.range.lowerBound >= range.lowerBound else { return nil }
    return part.range.lowerBound - range.lowerBound
  }

  /// The little-endian integer at `offset`, or `nil` where that is not inside.
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

  /// `count` bytes in memory, filled by `fill`; what it throws is thrown on.
  init<Failure>(
    count: Int, filledBy fill: (UnsafeMutableRawBufferPointer) throws(Failure) -> Void
  ) throws(Failure) {
    let memory = UnsafeMutableRawBufferPointer(start: malloc(max(1, count)), count: count)
    owner = ByteOwner(UnsafeRawBufferPointer(memory))
    range = 0..<count
    try fill(memory)
  }

  /// `count` bytes in memory, of what `limits` permits, filled by `fill`; what it throws is thrown on.
  ///
  /// - Parameters:
  ///   - place: how messages name what is put there.
  ///   - remedy: what to do where that is too much.
  /// - Throws: `memoryExceeded`, before anything is allocated.
  init(
    count: Int, in limits: DecompressionMemory, place: String, path: String,
    remedy: String = "allow more memory",
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

  /// A copy of `bytes`, which are few.
  init(copying bytes: [UInt8]) {
    self.init(count: bytes.count) { $0.copyBytes(from: bytes) }
  }

  /// The first `count` bytes of memory that nobody else releases.
  fileprivate init(
    adopting memory: UnsafeRawBufferPointer, count: Int, reservation: DecompressionMemory.Reservation?
  ) {
    owner = ByteOwner(memory, reservation: reservation)
    range = 0..<count
  }

  /// Maps a file, or reads what comes through a pipe (see ``InputStream``). Anything else but a non-empty regular file
  /// is refused, without waiting on the other end of a FIFO.
  ///
  /// - Parameter memory: what may come through a pipe.
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
      throw .cannotRead(path: path, reason: String(cString: strerror(errno)))
    }
    defer { close(descriptor) }
    var status = stat()
    guard fstat(descriptor, &status) == 0 else {
      throw .cannotRead(path: path, reason: String(cString: strerror(errno)))
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
      throw .cannotRead(path: path, reason: String(cString: strerror(errno)))
    }
    owner = ByteOwner(
      UnsafeRawBufferPointer(start: base, count: count), of: MappedFileIdentity(path: path, status))
    range = 0..<count
    OpenedFiles.note(FileStatus(status), at: path)
  }
}
