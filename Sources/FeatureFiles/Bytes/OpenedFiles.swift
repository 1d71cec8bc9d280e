import Synchronization

/// The files that this process has opened as input, so that none of them is replaced by output.
///
/// Of a file that is an input and an output nothing is left but the output: features that were fitted to cannot be
/// had back from the model. Programs ask before they write; `AtomicFile` itself replaces what it is told to.
public enum OpenedFiles {
  /// The paths that each was opened by.
  private static let paths = Mutex<[FileStatus.Identity: Set<String>]>([:])

  static func note(_ file: FileStatus, at path: String) {
    _ = paths.withLock { $0[file.identity, default: []].insert(path) }
  }

  /// Whether `path` leads to a file that was opened, by this path or another, a link or a hard link, and that is still
  /// where it was: the system gives the identity of a file that was removed to new ones.
  public static func include(_ path: String) -> Bool {
    guard let file = FileStatus(of: path), file.kind == .file else { return false }
    let opened = paths.withLock { $0[file.identity] } ?? []
    return opened.contains { FileStatus(of: $0)?.identity == file.identity }
  }
}
