import LinearAlgebra
import SystemSupport

/// Files of the cache: a header of 64-bit words that ends in a checksum of everything else, followed by doubles, in
/// the machine's byte order. Uses unbuffered reads and writes, since a file has tens of megabytes at D = 2,048.
enum CacheFile {
  /// The format version. Change it whenever the contents, or the way they are computed, change.
  static let version: UInt64 = 5

  static func byteCount(wordCount: Int, elementCount: Int) -> Int { 8 * (wordCount + 2 + elementCount) }

  /// The checksum of the header words and the parts.
  private static func checksum(_ words: [UInt64], _ parts: [[Double]]) -> [UInt64] {
    var hash = ContentHash()
    for word in words { hash.combine(word) }
    for part in parts { hash.combine(part) }
    return [hash.value.x, hash.value.y]
  }

  /// Writes or replaces the file as a whole. Returns whether it succeeded.
  static func save(_ words: [UInt64], _ parts: [[Double]], to path: String) -> Bool {
    let header = words + checksum(words, parts)
    do {
      try replaceFile(at: Array(path.utf8CString), permissions: 0o600) { file in
        try header.withUnsafeBytes { try writeAll($0, to: file) }
        for part in parts { try part.withUnsafeBytes { try writeAll($0, to: file) } }
      }
      return true
    } catch {
      return false
    }
  }

  /// Reads the header and the numbers of an intact file. Returns nil if the file is missing or corrupt, or if its size
  /// does not match its header.
  ///
  /// - Parameters:
  ///   - elementCount: The number of doubles for a header; nil for an unexpected header.
  ///   - keep: Receives the open file, the header and the numbers.
  static func load<Kept>(
    _ path: String, wordCount: Int, elementCount: ([UInt64]) -> Int?,
    keep: (Int32, [UInt64], [Double]) -> Kept?
  ) -> Kept? {
    let file = open(path, O_RDONLY | O_CLOEXEC)
    guard file >= 0 else { return nil }
    defer { close(file) }
    var status = stat()
    let header = [UInt64](unsafeUninitializedCapacity: wordCount + 2) { buffer, count in
      count = fill(UnsafeMutableRawBufferPointer(buffer), from: file) ? wordCount + 2 : 0
    }
    guard header.count == wordCount + 2, fstat(file, &status) == 0,
      let elementCount = elementCount(Array(header.prefix(wordCount))), elementCount >= 0,
      elementCount < 1 << 40,
      Int(status.st_size) == byteCount(wordCount: wordCount, elementCount: elementCount)
    else { return nil }
    let elements = [Double](unsafeUninitializedCapacity: elementCount) { buffer, count in
      count = fill(UnsafeMutableRawBufferPointer(buffer), from: file) ? elementCount : 0
    }
    let words = Array(header.prefix(wordCount))
    guard elements.count == elementCount, checksum(words, [elements]) == Array(header.suffix(2)) else {
      return nil
    }
    return keep(file, words, elements)
  }

  /// Sets the time of last use to now.
  static func touch(_ path: String) { utimes(path, nil) }

  /// Returns whether the file is gone, even if another process removed it.
  static func remove(_ path: String) -> Bool { unlink(path) == 0 || errno == ENOENT }

  struct Entry {
    /// Without the directory.
    var name: String
    var byteCount: Int
    /// In seconds.
    var lastUse: Int
  }

  /// The files with the given extensions in a directory; empty if it cannot be read.
  static func list(_ directory: String, endings: [String]) -> [Entry] {
    var entries: [Entry] = []
    try? forEachEntry(of: directory) { folder, bytes, _ in
      let name = String(cString: bytes)
      var status = stat()
      guard endings.contains(where: name.hasSuffix), fstatat(folder, bytes, &status, 0) == 0 else { return }
      entries.append(
        Entry(name: name, byteCount: Int(status.st_size), lastUse: status.modificationTime.tv_sec))
    }
    return entries
  }

  private static func fill(_ buffer: UnsafeMutableRawBufferPointer, from file: Int32) -> Bool {
    var done = 0
    while done < buffer.count {
      let count = read(file, buffer.baseAddress.map { $0 + done }, buffer.count - done)
      if count < 0 && errno == EINTR { continue }
      if count <= 0 { return false }
      done += count
    }
    return true
  }
}
