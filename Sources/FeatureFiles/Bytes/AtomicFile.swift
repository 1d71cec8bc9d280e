import SystemSupport

/// Writes files atomically.
public enum AtomicFile {
  /// Writes the output of `body` to an unnamed file in the folder of `path`, then renames it to `path`.
  ///
  /// After an error, an existing file at `path` is unchanged, and no temporary file remains, even if the process is
  /// killed. A replaced file keeps its permissions. Symbolic links are followed, including dangling ones. Devices and
  /// pipes cannot be replaced and are written directly. `/dev/stdout`, `/dev/stderr` and `/dev/fd/N` are the process's
  /// own descriptors: a file that the shell opened for appending is appended to.
  ///
  /// - Parameter permissions: Those of a new file, restricted by the umask.
  /// - Throws: `cannotWrite`; the error of `body`, as the reason of a `cannotWrite` if it has another type.
  public static func write(
    to path: String, permissions: UInt32 = 0o666, _ body: (FileWriter) throws -> Void
  ) throws(FeatureFileError) {
    guard FileName.isPossible(path) else {
      throw .cannotWrite(path: path, reason: "the path is not a valid file name")
    }
    if let descriptor = ownDescriptor(path) { return try writeThrough(dup(descriptor), path: path, body) }
    let target = try resolvingLinks(path)
    let existing = FileStatus(of: target)
    switch existing?.kind {
    case nil, .file: break
    case .folder: throw .cannotWrite(path: path, reason: "it is a directory; give the path of a file in it")
    case .pipe, .other:
      let descriptor = FileName.withBytes(of: target) { open($0, O_WRONLY | O_NOCTTY | O_CLOEXEC) }
      return try writeThrough(descriptor, path: path, body)
    }
    do {
      try replaceFile(at: FileName.bytes(of: target), permissions: mode_t(permissions)) { descriptor in
        if let existing { _ = fchmod(descriptor, existing.permissions) }
        try fill(descriptor, path: path, body)
        guard fsync(descriptor) == 0 else { throw SystemError() }
      }
    } catch {
      throw failure(error, path)
    }
  }

  /// Whether `path` is one of the process's own descriptors, a device or a pipe, whose name does not indicate a
  /// format.
  public static func isStream(_ path: String) -> Bool {
    guard FileName.isPossible(path) else { return false }
    if ownDescriptor(path) != nil { return true }
    return FileStatus(of: path).map { $0.kind == .pipe || $0.kind == .other } ?? false
  }

  /// The descriptor that a path names, open or not.
  private static func ownDescriptor(_ path: String) -> Int32? {
    switch path {
    case "/dev/stdout": return STDOUT_FILENO
    case "/dev/stderr": return STDERR_FILENO
    default:
      for prefix in ["/dev/fd/", "/proc/self/fd/"] where path.hasPrefix(prefix) {
        return Int32(path.dropFirst(prefix.count)).flatMap { $0 >= 0 ? $0 : nil }
      }
      return nil
    }
  }

  /// - Parameter descriptor: Closed at the end; negative if it could not be opened.
  private static func writeThrough(
    _ descriptor: Int32, path: String, _ body: (FileWriter) throws -> Void
  ) throws(FeatureFileError) {
    guard descriptor >= 0 else { throw failure(SystemError(), path) }
    defer { close(descriptor) }
    try fill(descriptor, path: path, body)
  }

  private static func fill(
    _ descriptor: Int32, path: String, _ body: (FileWriter) throws -> Void
  ) throws(FeatureFileError) {
    let writer = FileWriter(descriptor: descriptor, path: path)
    do {
      try body(writer)
    } catch {
      throw failure(error, path)
    }
    try writer.flush()
  }

  /// Resolves symbolic links. A dangling link leads to the path to be created.
  private static func resolvingLinks(_ path: String) throws(FeatureFileError) -> String {
    var place = path
    // The number of links that the system itself follows.
    for _ in 0..<40 {
      let resolved: UnsafeMutablePointer<CChar>? = FileName.withBytes(of: place) { realpath($0, nil) }
      if let resolved {
        defer { free(resolved) }
        return FileName.text(of: resolved)
      }
      if errno == ELOOP { break }
      guard errno == ENOENT, let next = linkTarget(place) else { return place }
      place = next.hasPrefix("/") ? next : folder(of: place) + "/" + next
    }
    throw .cannotWrite(path: path, reason: "\(SystemError(ELOOP))")
  }

  private static func linkTarget(_ path: String) -> String? {
    var bytes = [CChar](repeating: 0, count: Int(PATH_MAX))
    let count = FileName.withBytes(of: path) { readlink($0, &bytes, bytes.count) }
    guard count > 0 else { return nil }
    return bytes.withUnsafeBytes {
      FileName.text(ofBytes: UnsafeRawBufferPointer(rebasing: $0.prefix(count)))
    }
  }

  private static func folder(of path: String) -> String {
    guard let slash = path.lastIndex(of: "/") else { return "." }
    return slash == path.startIndex ? "/" : String(path[..<slash])
  }

  fileprivate static func failure(_ error: any Error, _ path: String) -> FeatureFileError {
    switch error {
    case let error as FeatureFileError: error
    case let error as SystemError where error.code == ENOENT:
      .cannotWrite(path: path, reason: "no such directory")
    default: .cannotWrite(path: path, reason: FeatureFileError.printable("\(error)"))
    }
  }
}

/// Writes the content of an `AtomicFile` piece by piece, buffering small pieces.
public final class FileWriter {
  private let descriptor: Int32
  private let path: String
  private var buffer: [UInt8] = []
  /// The number of bytes written so far.
  public private(set) var byteCount = 0

  private static let bufferByteCount = 1 << 16

  init(descriptor: Int32, path: String) {
    self.descriptor = descriptor
    self.path = path
    buffer.reserveCapacity(Self.bufferByteCount)
  }

  /// Appends text as UTF-8.
  public func write(_ text: String) throws(FeatureFileError) {
    try write(Array(text.utf8))
  }

  /// Appends bytes.
  public func write(_ bytes: [UInt8]) throws(FeatureFileError) {
    byteCount += bytes.count
    if buffer.count + bytes.count > Self.bufferByteCount { try flush() }
    if bytes.count > Self.bufferByteCount {
      try send(bytes)
    } else {
      buffer += bytes
    }
  }

  /// Writes the buffer to the operating system.
  func flush() throws(FeatureFileError) {
    try send(buffer)
    buffer.removeAll(keepingCapacity: true)
  }

  private func send(_ bytes: [UInt8]) throws(FeatureFileError) {
    do {
      try bytes.withUnsafeBytes { try writeAll($0, to: descriptor) }
    } catch {
      throw AtomicFile.failure(error, path)
    }
  }
}
