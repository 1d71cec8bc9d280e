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
  /// Bytes read since pages were given back.
  private let readCount = Atomic(0)

  /// Of all files together, as it is all of them that fill the memory.
  private static let mappedByteCount = Atomic(0)

  init(_ bytes: UnsafeRawBufferPointer, of file: MappedFileIdentity? = nil) {
    self.bytes = bytes
    self.file = file
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
      bytes.deallocate()
    } else if let base = bytes.baseAddress {
      Self.mappedByteCount.subtract(bytes.count, ordering: .relaxed)
      munmap(UnsafeMutableRawPointer(mutating: base), bytes.count)
    }
  }
}

/// Memory that grows while it is filled and then becomes a region.
struct GrowingBytes: ~Copyable {
  private var memory: UnsafeMutableRawBufferPointer
  /// Bytes that are filled.
  var count = 0

  init(capacity: Int) { memory = .allocate(byteCount: max(1, capacity), alignment: 64) }

  deinit { memory.deallocate() }

  /// Bytes that can be filled before it must grow.
  var room: Int { memory.count - count }

  /// Doubles its size, but not beyond `limit`.
  mutating func grow(limit: Int) {
    let larger = UnsafeMutableRawBufferPointer.allocate(
      byteCount: max(memory.count + 1, min(limit, 2 * memory.count)), alignment: 64)
    larger.copyMemory(from: UnsafeRawBufferPointer(rebasing: memory[..<count]))
    memory.deallocate()
    memory = larger
  }

  /// Lends the part that is not filled.
  func fill<Result>(_ body: (UnsafeMutableRawBufferPointer) -> Result) -> Result {
    body(UnsafeMutableRawBufferPointer(rebasing: memory[count...]))
  }

  /// What was filled.
  consuming func region() -> ByteRegion {
    let region = ByteRegion(adopting: UnsafeRawBufferPointer(memory), count: count)
    discard self
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
    let memory = UnsafeMutableRawBufferPointer.allocate(byteCount: count, alignment: 64)
    owner = ByteOwner(UnsafeRawBufferPointer(memory))
    range = 0..<count
    try fill(memory)
  }

  /// The first `count` bytes of memory that nobody else releases.
  fileprivate init(adopting memory: UnsafeRawBufferPointer, count: Int) {
    owner = ByteOwner(memory)
    range = 0..<count
  }

  /// Maps a file. Anything but a non-empty regular file is refused, without waiting on a pipe's other end.
  init(mappingFileAt path: String) throws(FeatureFileError) {
    guard FileName.isPossible(path) else { throw .fileNotFound(path: path) }
    let descriptor = FileName.withBytes(of: path) { open($0, O_RDONLY | O_NONBLOCK | O_CLOEXEC) }
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
