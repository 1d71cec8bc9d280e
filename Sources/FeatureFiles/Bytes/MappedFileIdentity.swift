#if canImport(Glibc)
  import Glibc
#elseif canImport(Musl)
  import Musl
#else
  import Darwin
#endif

/// What a file was when it was mapped, to tell whether it is that still.
struct MappedFileIdentity: Sendable {
  let path: String
  private let device: UInt64
  private let node: UInt64
  private let byteCount: Int
  private let seconds: Int
  private let nanoseconds: Int

  init(path: String, _ status: stat) {
    self.path = path
    device = UInt64(truncatingIfNeeded: status.st_dev)
    node = UInt64(truncatingIfNeeded: status.st_ino)
    byteCount = Int(status.st_size)
    #if canImport(Darwin)
      let time = status.st_mtimespec
    #else
      let time = status.st_mtim
    #endif
    (seconds, nanoseconds) = (Int(time.tv_sec), Int(time.tv_nsec))
  }

  /// Whether somebody has written to the file, or cut it. One that was replaced or removed has not changed: what is
  /// mapped stays as it was.
  var hasChanged: Bool {
    var status = stat()
    guard FileName.withBytes(of: path, { stat($0, &status) }) == 0 else { return false }
    let now = MappedFileIdentity(path: path, status)
    guard now.device == device, now.node == node else { return false }
    return now.byteCount != byteCount || now.seconds != seconds || now.nanoseconds != nanoseconds
  }
}
