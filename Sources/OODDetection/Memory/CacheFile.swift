import Foundation
import LinearAlgebra

#if canImport(Glibc)
  import Glibc
#elseif canImport(Musl)
  import Musl
#else
  import Darwin
#endif

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

  /// Writes a temporary file and renames it to `path`. Returns whether it succeeded.
  static func save(_ words: [UInt64], _ parts: [[Double]], to path: String) -> Bool {
    let temporary = path + "." + String(UInt64.random(in: 0...UInt64.max), radix: 36) + temporaryEnding
    let file = open(temporary, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0o600)
    guard file >= 0 else { return false }
    let header = words + checksum(words, parts)
    let isWritten =
      header.withUnsafeBytes { put($0, into: file) }
      && parts.allSatisfy { $0.withUnsafeBytes { put($0, into: file) } }
    close(file)
    if isWritten, rename(temporary, path) == 0 { return true }
    unlink(temporary)
    return false
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

  static func remove(_ path: String) -> Bool { unlink(path) == 0 }

  struct Entry {
    /// Without the directory.
    var name: String
    var byteCount: Int
    /// In seconds.
    var lastUse: Int
    /// Whether the file is incomplete. The process that writes it may still be running.
    var isUnfinished: Bool
  }

  /// The files with the given extensions in a directory; empty if it cannot be read.
  static func list(_ directory: String, endings: [String]) -> [Entry] {
    let names = (try? FileManager.default.contentsOfDirectory(atPath: directory)) ?? []
    return names.compactMap { name in
      let isUnfinished = name.hasSuffix(temporaryEnding) && endings.contains { name.contains($0 + ".") }
      var status = stat()
      guard isUnfinished || endings.contains(where: name.hasSuffix),
        stat(directory + "/" + name, &status) == 0
      else { return nil }
      #if canImport(Darwin)
        let lastUse = status.st_mtimespec.tv_sec
      #else
        let lastUse = status.st_mtim.tv_sec
      #endif
      return Entry(
        name: name, byteCount: Int(status.st_size), lastUse: lastUse, isUnfinished: isUnfinished)
    }
  }

  private static let temporaryEnding = ".tmp"

  private static func fill(_ buffer: UnsafeMutableRawBufferPointer, from file: Int32) -> Bool {
    move(buffer.count) { done in read(file, buffer.baseAddress.map { $0 + done }, buffer.count - done) }
  }

  private static func put(_ bytes: UnsafeRawBufferPointer, into file: Int32) -> Bool {
    move(bytes.count) { done in write(file, bytes.baseAddress.map { $0 + done }, bytes.count - done) }
  }

  /// Calls `step` until `count` bytes are transferred. Returns false if it fails.
  private static func move(_ count: Int, _ step: (_ done: Int) -> Int) -> Bool {
    var done = 0
    while done < count {
      let moved = step(done)
      if moved < 0 && errno == EINTR { continue }
      if moved <= 0 { return false }
      done += moved
    }
    return true
  }
}
