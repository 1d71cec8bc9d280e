#if canImport(Glibc)
  import Glibc
#elseif canImport(Musl)
  import Musl
#else
  import Darwin
#endif

/// Takes the content of a file that `AtomicFile` writes, piece by piece, and buffers small pieces.
public final class FileWriter {
  private let descriptor: Int32
  private let path: String
  private var buffer: [UInt8] = []
  /// Bytes taken so far.
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

  /// Hands everything buffered to the operating system.
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
