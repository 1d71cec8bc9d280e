import Synchronization
import SystemSupport

/// Converts between paths, which are bytes to the system, and text.
///
/// Nearly all paths are valid UTF-8 and are unchanged. A byte that is not part of valid UTF-8 becomes the scalar
/// U+10FF00 + byte, at the end of the last private-use plane. In a path that contains such a scalar itself, its bytes
/// are converted one by one. The conversion is therefore lossless and injective. User interfaces should display these
/// scalars as U+FFFD.
///
/// Every system call that takes or returns a path uses this type.
public enum FileName {
  /// The scalars that represent single bytes, 0x80 to 0xFF.
  public static let byteScalars: ClosedRange<UInt32> = 0x10FF80...0x10FFFF

  /// The text of a null-terminated path.
  public static func text(of path: UnsafePointer<CChar>) -> String {
    text(ofBytes: UnsafeRawBufferPointer(start: path, count: strlen(path)))
  }

  /// The text of a path's bytes.
  public static func text(ofBytes bytes: UnsafeRawBufferPointer) -> String {
    if let text = String(validating: bytes, as: UTF8.self), !mayHoldBytes(text) { return text }
    var scalars = String.UnicodeScalarView()
    var rest = bytes[...]
    while let first = rest.first {
      let count = Self.scalarByteCount(first)
      let scalar = String(validating: rest.prefix(count), as: UTF8.self)?.unicodeScalars.first
      if let scalar, !byteScalars.contains(scalar.value) {
        scalars.append(scalar)
        rest = rest.dropFirst(count)
      } else {
        scalars.append(Unicode.Scalar(0x10FF00 + UInt32(first)) ?? "\u{FFFD}")
        rest = rest.dropFirst()
      }
    }
    return String(scalars)
  }

  /// Calls `body` with the null-terminated bytes of a path, as system calls expect them. A path that contains a null
  /// byte is truncated there; check ``isPossible(_:)`` first.
  public static func withBytes<Result>(
    of path: String, _ body: (UnsafePointer<CChar>) throws -> Result
  ) rethrows -> Result {
    try mayHoldBytes(path) ? body(bytes(of: path)) : path.withCString(body)
  }

  /// The null-terminated bytes of a path.
  static func bytes(of path: String) -> [CChar] {
    var bytes: [UInt8] = []
    for scalar in path.unicodeScalars {
      if byteScalars.contains(scalar.value) {
        bytes.append(UInt8(truncatingIfNeeded: scalar.value))
      } else {
        bytes += UTF8.encode(scalar).map(Array.init) ?? []
      }
    }
    return (bytes + [0]).map { CChar(bitPattern: $0) }
  }

  /// Whether a path is valid: it is not empty and contains no null byte.
  public static func isPossible(_ path: String) -> Bool { !path.isEmpty && !path.utf8.contains(0) }

  /// The working directory of the process; `/` if it was removed.
  public static var workingDirectory: String {
    guard let path = getcwd(nil, 0) else { return "/" }
    defer { free(path) }
    return text(of: path)
  }

  /// Whether text may contain byte scalars, which begin with 0xF4 in UTF-8, as few others do.
  private static func mayHoldBytes(_ text: String) -> Bool { text.utf8.contains(0xF4) }

  /// The length of a scalar in UTF-8, given its first byte; 1 if that is invalid.
  private static func scalarByteCount(_ first: UInt8) -> Int {
    switch first {
    case 0xC2...0xDF: 2
    case 0xE0...0xEF: 3
    case 0xF0...0xF4: 4
    default: 1
    }
  }
}

/// The status of a file, following links.
public struct FileStatus: Sendable, Equatable {
  public enum Kind: Sendable { case file, folder, pipe, other }

  /// The identity of a file, independent of its path.
  public struct Identity: Sendable, Hashable {
    var device: UInt64
    var node: UInt64
  }

  public let kind: Kind
  public let identity: Identity
  /// The permissions, as for `chmod`.
  let permissions: mode_t

  /// Nil if nothing exists at the path or it is not accessible.
  public init?(of path: String) {
    guard FileName.isPossible(path) else { return nil }
    var status = stat()
    guard FileName.withBytes(of: path, { stat($0, &status) }) == 0 else { return nil }
    self.init(status)
  }

  init(_ status: stat) {
    kind =
      switch status.st_mode & S_IFMT {
      case S_IFREG: .file
      case S_IFDIR: .folder
      case S_IFIFO: .pipe
      default: .other
      }
    identity = Identity(
      device: UInt64(truncatingIfNeeded: status.st_dev), node: UInt64(truncatingIfNeeded: status.st_ino))
    permissions = status.st_mode & 0o7777
  }
}

/// The identity of a file, its size and the time of its last change.
struct FileVersion: Sendable, Equatable {
  let identity: FileStatus.Identity
  private let byteCount: Int
  private let seconds: Int
  private let nanoseconds: Int

  init(_ status: stat) {
    identity = FileStatus(status).identity
    byteCount = Int(status.st_size)
    (seconds, nanoseconds) = (status.modificationTime.tv_sec, status.modificationTime.tv_nsec)
  }

  /// The current version of the file at `path`; nil if there is none.
  init?(of path: String) {
    var status = stat()
    guard FileName.withBytes(of: path, { stat($0, &status) }) == 0 else { return nil }
    self.init(status)
  }
}

/// Tracks the files that this process has opened as input, so that none of them is overwritten by output.
///
/// Overwriting an input would lose it: features cannot be recovered from a fitted model. Programs check this before
/// writing; `AtomicFile` itself does not.
public enum OpenedFiles {
  /// The paths that each file was opened by.
  private static let paths = Mutex<[FileStatus.Identity: Set<String>]>([:])

  static func note(_ file: FileStatus, at path: String) {
    _ = paths.withLock { $0[file.identity, default: []].insert(path) }
  }

  /// Whether `path` leads to a file that was opened by this path, another path, or a link. The file must still exist
  /// at one of those paths, since the system reuses the identity of removed files.
  public static func include(_ path: String) -> Bool {
    guard let file = FileStatus(of: path), file.kind == .file else { return false }
    let opened = paths.withLock { $0[file.identity] } ?? []
    return opened.contains { FileStatus(of: $0)?.identity == file.identity }
  }
}
