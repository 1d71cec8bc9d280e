#if canImport(Glibc)
  import Glibc
#elseif canImport(Musl)
  import Musl
#else
  import Darwin
#endif

/// Paths, which are bytes to the system, as the text that the program carries them as.
///
/// Nearly all paths are UTF-8 and stay as they are. A byte that belongs to no valid UTF-8 becomes the scalar
/// U+10FF00 + byte, from the end of the last private-use plane; a path that holds such a scalar itself has its bytes
/// taken one by one. So every path has its text, no two share one, and the text gives the bytes back. What shows text
/// to people shows these scalars as U+FFFD.
///
/// Every call of the system that takes or gives a path goes through here.
public enum FileName {
  /// The scalars that stand for single bytes, 0x80 to 0xFF.
  public static let byteScalars: ClosedRange<UInt32> = 0x10FF80...0x10FFFF

  /// The text of a path that ends at its first zero byte.
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

  /// Lends the bytes of a path, followed by a zero byte, as system calls take them. A path that holds a zero byte is
  /// cut there: ask ``isPossible(_:)`` first.
  public static func withBytes<Result>(
    of path: String, _ body: (UnsafePointer<CChar>) throws -> Result
  ) rethrows -> Result {
    guard mayHoldBytes(path) else { return try path.withCString(body) }
    var bytes: [UInt8] = []
    for scalar in path.unicodeScalars {
      if byteScalars.contains(scalar.value) {
        bytes.append(UInt8(truncatingIfNeeded: scalar.value))
      } else {
        bytes += UTF8.encode(scalar).map(Array.init) ?? []
      }
    }
    return try (bytes + [0]).map { CChar(bitPattern: $0) }.withUnsafeBufferPointer { bytes in
      guard let first = bytes.baseAddress else { return try path.withCString(body) }
      return try body(first)
    }
  }

  /// Whether the system could have a file of that name: it is not empty and holds no zero byte.
  public static func isPossible(_ path: String) -> Bool { !path.isEmpty && !path.utf8.contains(0) }

  /// The process's working directory; `/` where it is gone.
  public static var workingDirectory: String {
    guard let path = getcwd(nil, 0) else { return "/" }
    defer { free(path) }
    return text(of: path)
  }

  /// The byte scalars begin with 0xF4 in UTF-8, as do few others.
  private static func mayHoldBytes(_ text: String) -> Bool { text.utf8.contains(0xF4) }

  /// The length that a scalar's first byte announces; 1 where there is none.
  private static func scalarByteCount(_ first: UInt8) -> Int {
    switch first {
    case 0xC2...0xDF: 2
    case 0xE0...0xEF: 3
    case 0xF0...0xF4: 4
    default: 1
    }
  }
}

/// What the system says about a file; links are followed.
public struct FileStatus: Sendable, Equatable {
  public enum Kind: Sendable { case file, folder, pipe, other }

  /// What makes a file that file, by whatever path it is reached.
  public struct Identity: Sendable, Hashable {
    var device: UInt64
    var node: UInt64
  }

  public let kind: Kind
  public let identity: Identity
  /// Permissions, as `chmod` takes them.
  let permissions: mode_t

  /// Nil where nothing is there, or nothing that this process may know of.
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
