#if canImport(Glibc)
  import Glibc
#elseif canImport(Musl)
  import Musl
#else
  import Darwin
#endif

/// Writes files as a whole or not at all.
public enum AtomicFile {
  /// Writes what `body` hands to its writer into a file without a name in the folder of `path`, then gives it its
  /// name.
  ///
  /// Whatever fails, a file that was at `path` is still there as it was, and nothing is left beside it, even where
  /// the process is killed. A replaced file's permissions are kept; a symbolic link is followed, also one to a file
  /// that is not there yet. Devices and pipes cannot be replaced and are written to directly. `/dev/stdout`,
  /// `/dev/stderr` and `/dev/fd/N` are the process's own descriptors, whatever is behind them: a file that a shell
  /// appends to is appended to.
  ///
  /// - Throws: `cannotWrite`; where `body` throws, its error, as the reason of a `cannotWrite` if it is of
  ///   another type.
  public static func write(
    to path: String, _ body: (FileWriter) throws -> Void
  ) throws(FeatureFileError) {
    guard FileName.isPossible(path) else { throw .cannotWrite(path: path, reason: "not a file name") }
    if let descriptor = ownDescriptor(path) { return try writeThrough(dup(descriptor), path: path, body) }
    let target = try resolvingLinks(path)
    let existing = FileStatus(of: target)
    switch existing?.kind {
    case nil, .file: break
    case .folder: throw .cannotWrite(path: path, reason: "it is a directory; name a file in it")
    case .pipe, .other:
      let descriptor = FileName.withBytes(of: target) { open($0, O_WRONLY | O_NOCTTY | O_CLOEXEC) }
      return try writeThrough(descriptor, path: path, body)
    }
    let draft = try Draft(besides: target, path: path)
    do throws(FeatureFileError) {
      defer { close(draft.descriptor) }
      if let existing { _ = fchmod(draft.descriptor, existing.permissions) }
      try fill(draft.descriptor, path: path, body)
      guard fsync(draft.descriptor) == 0 else { throw systemError(path) }
      try draft.name(target, replacing: existing != nil, path: path)
    } catch {
      draft.discard()
      throw error
    }
  }

  /// Whether `path` is one of the process's own descriptors or a device or pipe: results pass through it, and its
  /// name says nothing about their format.
  public static func isStream(_ path: String) -> Bool {
    guard FileName.isPossible(path) else { return false }
    if ownDescriptor(path) != nil { return true }
    return FileStatus(of: path).map { $0.kind == .pipe || $0.kind == .other } ?? false
  }

  /// The descriptor that a path names, whether or not it is open.
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

  /// - Parameter descriptor: closed in the end; negative where it could not be opened.
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

  /// Where a path leads: to what is there, or, at the end of a dangling link, to what is to be there.
  private static func resolvingLinks(_ path: String) throws(FeatureFileError) -> String {
    var place = path
    // As many as the system itself follows.
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

/// A file that is being written and has not got its name yet.
private struct Draft {
  let descriptor: Int32
  /// Where the file system has no files without names, or the system no place to name them from.
  private let temporary: String?
  private let folder: String

  private static let prefix = ".gmmscope-"
  private static let ending = ".tmp"

  /// - Parameter target: the name that it is to get. Its permissions are those that the user's mask leaves; `mkstemp`
  ///   would give it others.
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

  /// Gives the file its name.
  func name(_ target: String, replacing isThere: Bool, path: String) throws(FeatureFileError) {
    var source = temporary
    #if os(Linux)
      // A link replaces nothing: where something is there, it takes a second name and a renaming.
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

  /// Removes what processes that were killed have left here: their number is in the name.
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
