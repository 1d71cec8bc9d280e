import Foundation
import LinearAlgebra

#if canImport(Glibc)
  import Glibc
#elseif canImport(Musl)
  import Musl
#else
  import Darwin
#endif

/// One factor in a file: a header of 64-bit words (magic number, key, condition number, checksum of all the rest),
/// then the triangle's numbers, all in the machine's byte order. Raw reads and writes, for it is 18 MB at D = 2,048.
enum FactorFile {
  /// Changes whenever the contents or the way they are computed does.
  static let version: UInt64 = 1
  static let ending = ".factor"

  private static let magic: UInt64 = 0x524F_5443_4146_4D47
  private static let headerCount = 11

  static func byteCount(dimension: Int) -> Int {
    8 * (headerCount + PackedTriangle.elementCount(order: dimension))
  }

  private static func header(_ key: FactorKey, conditionNumber: Double, _ elements: [Double]) -> [UInt64] {
    let words = [magic] + key.words + [conditionNumber.bitPattern]
    var hash = ContentHash()
    for word in words { hash.combine(word) }
    hash.combine(elements)
    return words + [hash.value.x, hash.value.y]
  }

  /// Nil where there is no such file, or not the one that was written.
  static func load(_ path: String, key: FactorKey) -> RegularizedCovariance? {
    let file = open(path, O_RDONLY | O_CLOEXEC)
    guard file >= 0 else { return nil }
    defer { close(file) }
    var status = stat()
    guard fstat(file, &status) == 0, Int(status.st_size) == byteCount(dimension: key.dimension) else {
      return nil
    }
    let words = [UInt64](unsafeUninitializedCapacity: headerCount) { buffer, count in
      count = fill(UnsafeMutableRawBufferPointer(buffer), from: file) ? headerCount : 0
    }
    let elementCount = PackedTriangle.elementCount(order: key.dimension)
    let elements = [Double](unsafeUninitializedCapacity: elementCount) { buffer, count in
      count = fill(UnsafeMutableRawBufferPointer(buffer), from: file) ? elementCount : 0
    }
    guard words.count == headerCount else { return nil }
    let conditionNumber = Double(bitPattern: words[headerCount - 3])
    guard words == header(key, conditionNumber: conditionNumber, elements),
      let triangle = PackedTriangle(order: key.dimension, elements: elements)
    else { return nil }
    return RegularizedCovariance(
      factor: CholeskyFactorization(upperFactor: triangle), conditionNumber: conditionNumber)
  }

  /// Writes beside `path` and renames into place; whether that worked.
  static func save(_ stored: RegularizedCovariance, key: FactorKey, to path: String) -> Bool {
    let temporary = path + "." + String(UInt64.random(in: 0...UInt64.max), radix: 36) + temporaryEnding
    let file = open(temporary, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0o600)
    guard file >= 0 else { return false }
    let elements = stored.factor.upperFactor.elements
    let words = header(key, conditionNumber: stored.conditionNumber, elements)
    let isWritten =
      words.withUnsafeBytes { put($0, into: file) } && elements.withUnsafeBytes { put($0, into: file) }
    close(file)
    if isWritten, rename(temporary, path) == 0 { return true }
    unlink(temporary)
    return false
  }

  /// Notes that it was used now.
  static func touch(_ path: String) { utimes(path, nil) }

  static func remove(_ path: String) -> Bool { unlink(path) == 0 }

  struct Entry {
    /// Without directory and ending.
    var name: String
    var byteCount: Int
    /// In seconds.
    var lastUse: Int
  }

  /// The factors in a directory, none where it cannot be read. What a process left half-written a day ago is removed.
  static func list(_ directory: String) -> [Entry] {
    let names = (try? FileManager.default.contentsOfDirectory(atPath: directory)) ?? []
    let yesterday = Int(Date().timeIntervalSince1970) - 86_400
    return names.compactMap { name in
      var status = stat()
      guard name.contains(ending), stat(directory + "/" + name, &status) == 0 else { return nil }
      #if canImport(Darwin)
        let lastUse = status.st_mtimespec.tv_sec
      #else
        let lastUse = status.st_mtim.tv_sec
      #endif
      if name.hasSuffix(temporaryEnding), lastUse < yesterday { unlink(directory + "/" + name) }
      guard name.hasSuffix(ending) else { return nil }
      return Entry(
        name: String(name.dropLast(ending.count)), byteCount: Int(status.st_size), lastUse: lastUse)
    }
  }

  private static let temporaryEnding = ".tmp"

  private static func fill(_ buffer: UnsafeMutableRawBufferPointer, from file: Int32) -> Bool {
    move(buffer.count) { done in read(file, buffer.baseAddress.map { $0 + done }, buffer.count - done) }
  }

  private static func put(_ bytes: UnsafeRawBufferPointer, into file: Int32) -> Bool {
    move(bytes.count) { done in write(file, bytes.baseAddress.map { $0 + done }, bytes.count - done) }
  }

  /// Calls until `count` bytes are through, however few go at once; false where no more do.
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
