#if canImport(Glibc)
  import Glibc
#elseif canImport(Musl)
  import Musl
#else
  import Darwin
#endif

/// Writes files as a whole or not at all.
public enum AtomicFile {
  /// Writes what `body` hands to its writer into a temporary file beside `path`, then renames it into place.
  ///
  /// Whatever fails, a file that was at `path` is still there as it was, and nothing is left beside it. A
  /// replaced file's permissions are kept; a symbolic link is followed. Devices and pipes, such as
  /// `/dev/stdout`, cannot be replaced and are written to directly.
  ///
  /// - Throws: `cannotWrite`; where `body` throws, its error, as the reason of a `cannotWrite` if it is of
  ///   another type.
  public static func write(
    to path: String, _ body: (FileWriter) throws -> Void
  ) throws(FeatureFileError) {
    guard !path.isEmpty, !path.utf8.contains(0) else {
      throw .cannotWrite(path: path, reason: "not a file name")
    }
    let target = resolvingLinks(path)
    var status = stat()
    let exists = stat(target, &status) == 0
    if exists {
      switch status.st_mode & S_IFMT {
      case S_IFREG: break
      case S_IFDIR: throw .cannotWrite(path: path, reason: "it is a directory; name a file in it")
      default: return try writeThrough(path, body)
      }
    }
    let (temporary, descriptor) = try createTemporary(beside: target, path: path)
    do throws(FeatureFileError) {
      defer { close(descriptor) }
      if exists { _ = fchmod(descriptor, status.st_mode & 0o7777) }
      try fill(descriptor, path: path, body)
      guard fsync(descriptor) == 0 else { throw systemError(path) }
    } catch {
      unlink(temporary)
      throw error
    }
    guard rename(temporary, target) == 0 else {
      let error = systemError(path)
      unlink(temporary)
      throw error
    }
  }

  private static func writeThrough(
    _ path: String, _ body: (FileWriter) throws -> Void
  ) throws(FeatureFileError) {
    let descriptor = open(path, O_WRONLY | O_CLOEXEC)
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

  /// A new file with the permissions that the user's mask leaves. `mkstemp` would give it others.
  private static func createTemporary(
    beside target: String, path: String
  ) throws(FeatureFileError) -> (String, Int32) {
    while true {
      let suffix = String(UInt64.random(in: 0...UInt64.max), radix: 36)
      let temporary = "\(target).\(suffix).tmp"
      let descriptor = open(temporary, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0o666)
      if descriptor >= 0 { return (temporary, descriptor) }
      guard errno == EEXIST || errno == EINTR else { throw systemError(path) }
    }
  }

  private static func resolvingLinks(_ path: String) -> String {
    guard let resolved = realpath(path, nil) else { return path }
    defer { free(resolved) }
    return String(cString: resolved)
  }

  private static func systemError(_ path: String) -> FeatureFileError {
    let reason = errno == ENOENT ? "no such directory" : String(cString: strerror(errno))
    return .cannotWrite(path: path, reason: reason)
  }
}
