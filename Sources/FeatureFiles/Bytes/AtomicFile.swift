#if canImport(Glibc)
  import Glibc
#elseif canImport(Musl)
  import Musl
#else
  import Darwin
#endif

/// Writes files atomically.
public enum AtomicFile {
  /// Writes the output of `body` to an unnamed file in the folder of `path`, then renames it to `path`.
  ///
  /// After an error, an existing file at `path` is unchanged, and no temporary file remains, even if the process is
  /// killed. A replaced file keeps its permissions. Symbolic links are followed, including dangling ones. Devices and
  /// pipes cannot be replaced and are written directly. `/dev/stdout`, `/dev/stderr` and `/dev/fd/N` are the process's
  /// own descriptors: a file that the shell opened for appending is appended to.
  ///
  /// - Throws: `cannotWrite`; the error of `body`, as the reason of a `cannotWrite` if it has another type.
  public static func write(
    to path: String, _ body: (FileWriter) throws -> Void
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
    let pending = try PendingFile(besides: target, path: path)
    do throws(FeatureFileError) {
      defer { close(pending.descriptor) }
      if let existing { _ = fchmod(pending.descriptor, existing.permissions) }
      try fill(pending.descriptor, path: path, body)
      guard fsync(pending.descriptor) == 0 else { throw systemError(path) }
      try pending.name(target, replacing: existing != nil, path: path)
    } catch {
      pending.discard()
      throw error
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
    guard descriptor >= 0 else { throw systemError(path) }
    defer { close(descriptor) }
    try fill(descriptor, path: path, body)
  }

  private static func fill(
    _ descriptor: Int32, path: String, _ body: (FileWriter) throws -> Void
  ) throws(FeatureFileError) {
    let writer = FileWriter(descriptor: descriptor, path: path)
    do {
      try body(writer)
    } catch let error as FeatureFileError {
      throw error
    } catch {
      throw .cannotWrite(path: path, reason: FeatureFileError.printable("\(error)"))
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
    throw .cannotWrite(path: path, reason: String(cString: strerror(ELOOP)))
  }

  private static func linkTarget(_ path: String) -> String? {
    var bytes = [CChar](repeating: 0, count: Int(PATH_MAX))
    let count = FileName.withBytes(of: path) { readlink($0, &bytes, bytes.count) }
    guard count > 0 else { return nil }
    return bytes.withUnsafeBytes {
      FileName.text(ofBytes: UnsafeRawBufferPointer(rebasing: $0.prefix(count)))
    }
  }

  fileprivate static func folder(of path: String) -> String {
    guard let slash = path.lastIndex(of: "/") else { return "." }
    return slash == path.startIndex ? "/" : String(path[..<slash])
  }

  fileprivate static func systemError(_ path: String) -> FeatureFileError {
    let reason = errno == ENOENT ? "no such directory" : String(cString: strerror(errno))
    return .cannotWrite(path: path, reason: reason)
  }
}

/// A file that is being written and does not have its final name yet.
private struct PendingFile {
  let descriptor: Int32
  /// The temporary name, if unnamed files are not supported.
  private let temporary: String?
  private let folder: String

  private static let prefix = ".gmmscope-"
  private static let ending = ".tmp"

  /// - Parameter target: The final name. The permissions follow the umask, unlike those of `mkstemp`.
  init(besides target: String, path: String) throws(FeatureFileError) {
    folder = AtomicFile.folder(of: target)
    #if os(Linux)
      let unnamed = FileName.withBytes(of: folder) { open($0, O_WRONLY | O_CLOEXEC | Self.unnamed, 0o666) }
      if unnamed >= 0 {
        if access(Self.place(of: unnamed), F_OK) == 0 {
          descriptor = unnamed
          temporary = nil
          return
        }
        close(unnamed)
      }
    #endif
    Self.removeAbandoned(in: folder)
    while true {
      let name = Self.newName(in: folder)
      let named = FileName.withBytes(of: name) { open($0, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0o666) }
      if named >= 0 {
        descriptor = named
        temporary = name
        return
      }
      guard errno == EEXIST || errno == EINTR else { throw AtomicFile.systemError(path) }
    }
  }

  /// Gives the file its final name.
  func name(_ target: String, replacing isThere: Bool, path: String) throws(FeatureFileError) {
    var source = temporary
    #if os(Linux)
      // A link cannot replace a file, so replacing takes a temporary name and a rename.
      if source == nil, !isThere, link(as: target) { return }
      while source == nil {
        let name = Self.newName(in: folder)
        if link(as: name) {
          source = name
        } else if errno != EEXIST {
          throw AtomicFile.systemError(path)
        }
      }
    #endif
    guard let source else { return }
    let isRenamed = FileName.withBytes(of: source) { old in
      FileName.withBytes(of: target) { rename(old, $0) == 0 }
    }
    guard isRenamed else {
      let error = AtomicFile.systemError(path)
      _ = FileName.withBytes(of: source) { unlink($0) }
      throw error
    }
  }

  func discard() {
    if let temporary { _ = FileName.withBytes(of: temporary) { unlink($0) } }
  }

  private static func newName(in folder: String) -> String {
    "\(folder)/\(prefix)\(getpid())-\(String(UInt64.random(in: 0...UInt64.max), radix: 36))\(ending)"
  }

  /// Removes temporary files of processes that were killed. Their names contain the process number.
  private static func removeAbandoned(in folder: String) {
    guard let directory = FileName.withBytes(of: folder, { opendir($0) }) else { return }
    defer { closedir(directory) }
    while let entry = readdir(directory) {
      let name = withUnsafePointer(to: &entry.pointee.d_name) {
        $0.withMemoryRebound(to: CChar.self, capacity: 1) { FileName.text(of: $0) }
      }
      guard name.hasPrefix(prefix), name.hasSuffix(ending),
        let process = Int32(name.dropFirst(prefix.count).prefix { $0 != "-" }), process > 0,
        kill(process, 0) != 0, errno == ESRCH
      else { continue }
      _ = FileName.withBytes(of: folder + "/" + name) { unlink($0) }
    }
  }

  #if os(Linux)
    private static let unnamed = O_DIRECTORY | 0o20_000_000

    private static func place(of descriptor: Int32) -> String { "/proc/self/fd/\(descriptor)" }

    private func link(as name: String) -> Bool {
      FileName.withBytes(of: name) {
        linkat(AT_FDCWD, Self.place(of: descriptor), AT_FDCWD, $0, AT_SYMLINK_FOLLOW) == 0
      }
    }
  #endif
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
    let failure: Int32? = bytes.withUnsafeBytes { bytes in
      var sent = 0
      while sent < bytes.count {
        #if canImport(Darwin)
          let count = Darwin.write(descriptor, bytes.baseAddress.map { $0 + sent }, bytes.count - sent)
        #elseif canImport(Musl)
          let count = Musl.write(descriptor, bytes.baseAddress.map { $0 + sent }, bytes.count - sent)
        #else
          let count = Glibc.write(descriptor, bytes.baseAddress.map { $0 + sent }, bytes.count - sent)
        #endif
        if count < 0 {
          if errno == EINTR { continue }
          return errno
        }
        sent += count
      }
      return nil
    }
    if let failure { throw .cannotWrite(path: path, reason: String(cString: strerror(failure))) }
  }
}
