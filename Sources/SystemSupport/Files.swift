import CPendingFiles

/// Writes all bytes to a descriptor, however many calls that takes.
///
/// - Throws: `SystemError`.
package func writeAll(_ bytes: UnsafeRawBufferPointer, to descriptor: Int32) throws {
  var rest = bytes[...]
  while !rest.isEmpty {
    let count = write(descriptor, UnsafeRawBufferPointer(rebasing: rest).baseAddress, rest.count)
    if count > 0 {
      rest = rest.dropFirst(count)
    } else if count == 0 || errno != EINTR {
      throw SystemError(count == 0 ? EIO : errno)
    }
  }
}

/// Calls `body` for each entry of a folder except `.` and `..`, with the folder's descriptor and the entry, whose type
/// is one of `DT_REG` and its like.
///
/// - Parameter folder: The path, which ends in a null byte.
/// - Throws: `SystemError` if the folder cannot be opened; the errors of `body`.
package func forEachEntry(
  of folder: UnsafePointer<CChar>,
  _ body: (_ descriptor: Int32, _ name: UnsafePointer<CChar>, _ type: Int32) throws -> Void
) throws {
  guard let directory = opendir(folder) else { throw SystemError() }
  defer { closedir(directory) }
  let descriptor = dirfd(directory)
  while let entry = readdir(directory) {
    try withUnsafePointer(to: &entry.pointee.d_name) { name in
      try name.withMemoryRebound(to: CChar.self, capacity: 1) { name in
        guard strcmp(name, ".") != 0, strcmp(name, "..") != 0 else { return }
        try body(descriptor, name, Int32(entry.pointee.d_type))
      }
    }
  }
}

/// Writes a new file beside `target` and gives it the name `target` when it is complete.
///
/// After an error, an existing file is unchanged and no temporary file remains. Where the system has unnamed files,
/// none remains even if the process is killed; elsewhere, the program's signal handler or the next call on the same
/// machine removes it.
///
/// - Parameters:
///   - target: The path, which ends in a null byte. Symbolic links are not followed.
///   - permissions: The permissions of the new file, restricted by the umask, unlike those of `mkstemp`.
///   - write: Writes the content to a descriptor. Its errors are rethrown.
/// - Throws: `SystemError`; the errors of `write`.
package func replaceFile(
  at target: [CChar], permissions: mode_t = 0o666, _ write: (_ descriptor: Int32) throws -> Void
) throws {
  let file = try PendingFile(beside: target, permissions: permissions)
  try write(file.descriptor)
  try file.commit(as: target)
}

/// A file that is being written and does not have its final name yet. It is removed unless it is renamed.
private struct PendingFile: ~Copyable {
  let descriptor: Int32
  /// The folder, with a slash at its end and no null byte.
  private let folder: [CChar]
  /// The temporary name; nil for an unnamed file.
  private var temporary: [CChar]?
  /// The number of the temporary name among those that a signal handler removes.
  private var number: Int32 = -1

  private static let prefix = ".gmmscope-"
  private static let ending = ".tmp"

  init(beside target: [CChar], permissions: mode_t) throws(SystemError) {
    folder = target.lastIndex(of: 0x2F).map { Array(target[...$0]) } ?? [0x2E, 0x2F]
    #if os(Linux)
      let unnamed = open(folder + [0], O_WRONLY | O_CLOEXEC | O_DIRECTORY | 0o20_000_000, permissions)
      if unnamed >= 0 {
        if access(Self.place(of: unnamed), F_OK) == 0 {
          descriptor = unnamed
          return
        }
        close(unnamed)
      }
    #endif
    Self.removeAbandoned(in: folder)
    while true {
      let name = Self.newName(in: folder)
      number = pending_files_add(name)
      let named = open(name, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, permissions)
      if named >= 0 {
        descriptor = named
        temporary = name
        return
      }
      let reason = errno
      pending_files_forget(number)
      errno = reason
      guard errno == EEXIST || errno == EINTR else { throw SystemError() }
    }
  }

  deinit {
    close(descriptor)
    if let temporary { unlink(temporary) }
    pending_files_forget(number)
  }

  consuming func commit(as target: [CChar]) throws(SystemError) {
    #if os(Linux)
      // A link cannot replace a file, so replacing takes a temporary name and a rename.
      if temporary == nil, link(as: target) { return }
      while temporary == nil {
        let name = Self.newName(in: folder)
        number = pending_files_add(name)
        if link(as: name) {
          temporary = name
        } else {
          let reason = errno
          pending_files_forget(number)
          if reason != EEXIST { throw SystemError(reason) }
        }
      }
    #endif
    guard let source = temporary else { return }
    guard rename(source, target) == 0 else { throw SystemError() }
    temporary = nil
  }

  private static func newName(in folder: [CChar]) -> [CChar] {
    folder
      + "\(prefix)\(machine)-\(getpid())-\(String(UInt64.random(in: 0...UInt64.max), radix: 36))\(ending)"
      .utf8CString
  }

  /// A name for this machine, of letters and digits: in a folder that machines share, the number of a process says
  /// nothing without it.
  private static let machine: String = {
    var name = [CChar](repeating: 0, count: 256)
    gethostname(&name, name.count - 1)
    // FNV-1a (Fowler, Noll and Vo), for host names can be long and have dashes.
    let hash = name.prefix { $0 != 0 }.reduce(0xCBF2_9CE4_8422_2325 as UInt64) {
      ($0 ^ UInt64(UInt8(bitPattern: $1))) &* 0x100_0000_01B3
    }
    return String(hash, radix: 36)
  }()

  /// Removes temporary files of processes of this machine that were killed. Their names contain both.
  private static func removeAbandoned(in folder: [CChar]) {
    try? forEachEntry(of: folder + [0]) { descriptor, bytes, _ in
      let name = String(cString: bytes)
      let own = "\(prefix)\(machine)-"
      guard name.hasPrefix(own), name.hasSuffix(ending),
        let process = Int32(name.dropFirst(own.count).prefix { $0 != "-" }), process > 0,
        kill(process, 0) != 0, errno == ESRCH
      else { return }
      unlinkat(descriptor, bytes, 0)
    }
  }

  #if os(Linux)
    private static func place(of descriptor: Int32) -> String { "/proc/self/fd/\(descriptor)" }

    private func link(as name: [CChar]) -> Bool {
      linkat(AT_FDCWD, Self.place(of: descriptor), AT_FDCWD, name, AT_SYMLINK_FOLLOW) == 0
    }
  #endif
}
