import Synchronization

#if canImport(Glibc)
  import Glibc
#elseif canImport(Musl)
  import Musl
#else
  import Darwin
#endif

/// What comes through standard input or another open descriptor instead of standing in a file: `-`, `/dev/stdin`, and
/// the `/dev/fd/63` that a shell makes of `<(…)`.
///
/// It can be read but once, so what was read is kept as long as the process lives: who opens the same stream again,
/// under any of its names, gets the same bytes. A FIFO that stands in a folder is none: nobody may ever write to it.
struct InputStream {
  private struct Identity: Hashable {
    let device: UInt64
    let node: UInt64
  }

  private static let contents = Mutex<[Identity: ByteRegion]>([:])

  let path: String
  private let descriptor: Int32

  /// Nil where `path` names no open descriptor.
  init?(_ path: String) {
    self.path = path
    switch path {
    case "-", "/dev/stdin": descriptor = STDIN_FILENO
    case _ where path.hasPrefix("/dev/fd/"), _ where path.hasPrefix("/proc/self/fd/"):
      guard let number = Int32(path.split(separator: "/").last ?? ""), number >= 0 else { return nil }
      descriptor = number
    default: return nil
    }
  }

  /// Whether it is a pipe, or a socket, rather than a file that the descriptor was opened for.
  var isPipe: Bool {
    var status = stat()
    return fstat(descriptor, &status) == 0 && Self.isPipe(status)
  }

  private static func isPipe(_ status: stat) -> Bool {
    [S_IFIFO, S_IFSOCK].contains(status.st_mode & S_IFMT)
  }

  /// All that comes through a pipe, read to its end; nil for a file, which can be mapped.
  ///
  /// - Parameter memory: what it may take, as long as the process lives.
  /// - Throws: `notAFile` for a terminal or a device, `cannotRead`, `emptyFile`, `memoryExceeded`, `cancelled`.
  func content(in memory: DecompressionMemory) throws(FeatureFileError) -> ByteRegion? {
    var status = stat()
    guard fstat(descriptor, &status) == 0 else {
      throw .cannotRead(path: path, reason: "it is not open: \(String(cString: strerror(errno)))")
    }
    if status.st_mode & S_IFMT == S_IFCHR {
      throw .notAFile(path: path, kind: isatty(descriptor) == 1 ? "terminal" : "device")
    }
    guard Self.isPipe(status) else { return nil }
    let identity = Identity(
      device: UInt64(truncatingIfNeeded: status.st_dev), node: UInt64(truncatingIfNeeded: status.st_ino))
    if let known = Self.contents.withLock({ $0[identity] }) { return known }
    let region = try read(in: memory)
    guard region.count > 0 else { throw .emptyFile(path: path) }
    return Self.contents.withLock { contents in
      // Who was first has all of it.
      if let known = contents[identity] { return known }
      contents[identity] = region
      return region
    }
  }

  private func read(in memory: DecompressionMemory) throws(FeatureFileError) -> ByteRegion {
    var bytes = try GrowingBytes(
      capacity: 1 << 20, in: memory, place: "what comes through the pipe", path: path,
      remedy: "save it to a file, which takes no memory, or allow more")
    while true {
      try ReadStage.checkCancellation(path: path)
      var request = pollfd(fd: descriptor, events: Int16(POLLIN), revents: 0)
      // Not for ever, so that cancellation is noticed.
      let ready = poll(&request, 1, 100)
      if ready == 0 || ready < 0 && errno == EINTR { continue }
      if bytes.room == 0 { try bytes.grow() }
      let count = bytes.fill { rest in
        #if canImport(Glibc)
          Glibc.read(descriptor, rest.baseAddress, min(rest.count, 1 << 20))
        #elseif canImport(Musl)
          Musl.read(descriptor, rest.baseAddress, min(rest.count, 1 << 20))
        #else
          Darwin.read(descriptor, rest.baseAddress, min(rest.count, 1 << 20))
        #endif
      }
      if count == 0 { return bytes.region() }
      guard count > 0 else {
        if [EINTR, EAGAIN, EWOULDBLOCK].contains(errno) { continue }
        throw .cannotRead(path: path, reason: String(cString: strerror(errno)))
      }
      bytes.count += count
    }
  }
}

extension FeatureFile {
  /// Whether a path names a pipe that is open in this process, as `-` and `<(…)` do: it is read into memory, once.
  public static func isPipe(_ path: String) -> Bool { InputStream(path)?.isPipe == true }
}
