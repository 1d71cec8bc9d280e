import Synchronization
import SystemSupport

/// Input from standard input or another open descriptor instead of a file: `-`, `/dev/stdin`, and `/dev/fd/63`, which
/// a shell substitutes for `<(…)`.
///
/// A stream can be read only once, so its content is kept for the lifetime of the process. Opening the same stream
/// again, under any of its names, gives the same bytes. A FIFO in a folder is not accepted, since it may never receive
/// data.
struct InputStream {
  private static let contents = Mutex<[FileStatus.Identity: ByteRegion]>([:])

  let path: String
  private let descriptor: Int32

  /// Nil if `path` does not name a descriptor.
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

  /// Whether the descriptor is a pipe or socket rather than a file.
  var isPipe: Bool {
    var status = stat()
    return fstat(descriptor, &status) == 0 && Self.isPipe(status)
  }

  private static func isPipe(_ status: stat) -> Bool {
    [S_IFIFO, S_IFSOCK].contains(status.st_mode & S_IFMT)
  }

  /// The complete content of a pipe; nil for a file, which can be mapped.
  ///
  /// - Parameter memory: The memory for the content.
  /// - Throws: `notAFile` for a terminal or a device, `cannotRead`, `emptyFile`, `memoryExceeded`, `cancelled`.
  func content(in memory: DecompressionMemory) throws(FeatureFileError) -> ByteRegion? {
    var status = stat()
    guard fstat(descriptor, &status) == 0 else {
      throw .cannotRead(path: path, reason: "it is not open: \(SystemError())")
    }
    if status.st_mode & S_IFMT == S_IFCHR {
      throw .notAFile(path: path, kind: isatty(descriptor) == 1 ? "terminal" : "device")
    }
    guard Self.isPipe(status) else { return nil }
    let identity = FileStatus(status).identity
    if let known = Self.contents.withLock({ $0[identity] }) { return known }
    let region = try read(in: memory)
    guard region.count > 0 else { throw .emptyFile(path: path) }
    return Self.contents.withLock { contents in
      // The first reader received the whole content.
      if let known = contents[identity] { return known }
      contents[identity] = region
      return region
    }
  }

  private func read(in memory: DecompressionMemory) throws(FeatureFileError) -> ByteRegion {
    var bytes = try GrowingBytes(
      capacity: 1 << 20, in: memory, place: "the piped input", path: path,
      remedy: "save it to a file, which is memory-mapped, or raise the memory limit")
    while true {
      try ReadStage.checkCancellation(path: path)
      var request = pollfd(fd: descriptor, events: Int16(POLLIN), revents: 0)
      // A timeout, to check for cancellation.
      let ready = poll(&request, 1, 100)
      if ready == 0 || ready < 0 && errno == EINTR { continue }
      if bytes.room == 0 { try bytes.grow() }
      let count = bytes.fill { rest in
        SystemSupport.read(descriptor, rest.baseAddress, min(rest.count, 1 << 20))
      }
      if count == 0 { return bytes.region() }
      guard count > 0 else {
        if [EINTR, EAGAIN, EWOULDBLOCK].contains(errno) { continue }
        throw .cannotRead(path: path, reason: "\(SystemError())")
      }
      bytes.count += count
    }
  }
}

extension FeatureFile {
  /// Whether a path names an open pipe of this process, such as `-` or `<(…)`. Its content is read into memory once.
  public static func isPipe(_ path: String) -> Bool { InputStream(path)?.isPipe == true }
}
