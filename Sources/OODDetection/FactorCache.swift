import Foundation
import LinearAlgebra
import Synchronization

/// What a factor was made of: a class's samples, λ and the way of computing.
struct FactorKey: Sendable, Hashable {
  /// Of the n·D features' bits in row order.
  let content: SIMD2<UInt64>
  let count: Int
  let dimension: Int
  let regularization: Regularization

  /// A name for a file, without its ending.
  var name: String {
    var hash = ContentHash()
    for word in words { hash.combine(word) }
    let value = hash.value
    return [value.x, value.y].map { word in
      let digits = String(word, radix: 16)
      return String(repeating: "0", count: 16 - digits.count) + digits
    }.joined()
  }

  /// Everything that makes a difference.
  var words: [UInt64] {
    [
      FactorFile.version, content.x, content.y, UInt64(count), UInt64(dimension),
      regularization.value.bitPattern, UInt64(PackedTriangle.panelHeight),
    ]
  }
}

/// Triangular factors in a directory, a file each, for those that do not fit in memory and for the next start.
///
/// Nothing that goes wrong here is an error: a factor that is not there, is damaged or cannot be written is made
/// again from the samples. The least recently used files make room for new ones; those that this process has used
/// stay. Several processes may share a directory.
public final class FactorCache: Sendable {
  public let directory: String
  /// How many bytes the directory may hold.
  public let byteLimit: Int

  private struct State {
    /// The files that this process has not used, the least recently used first; nil before the first look.
    var unused: ArraySlice<FactorFile.Entry>?
    /// Of all files.
    var totalBytes = 0
    var used: Set<String> = []
    var (reads, writes) = (0, 0)
  }

  private let state = Mutex(State())

  /// - Parameter byteLimit: nil for 32 GiB, or half of what is free on the disk together with what is cached, where
  ///   that is less.
  public init(directory: String, byteLimit: Int? = nil) {
    self.directory = directory
    self.byteLimit = byteLimit ?? Self.standardByteLimit(directory)
  }

  /// `$XDG_CACHE_HOME/gmmscope`, in the home directory's `.cache` where that is not set.
  public static var standardDirectory: String {
    let base = ProcessInfo.processInfo.environment["XDG_CACHE_HOME"].flatMap { $0.hasPrefix("/") ? $0 : nil }
    return (base ?? NSHomeDirectory() + "/.cache") + "/gmmscope"
  }

  /// How often a factor was found, and how often one was written.
  var counts: (reads: Int, writes: Int) { state.withLock { ($0.reads, $0.writes) } }

  /// The factor, whole and undamaged; nil where there is none.
  func factor(for key: FactorKey) -> RegularizedCovariance? {
    let path = path(of: key)
    guard let stored = FactorFile.load(path, key: key) else { return nil }
    FactorFile.touch(path)
    state.withLock {
      $0.used.insert(key.name)
      $0.reads += 1
    }
    return stored
  }

  /// Keeps a factor, if there is room; whether it does.
  @discardableResult
  func store(_ stored: RegularizedCovariance, for key: FactorKey) -> Bool {
    let byteCount = FactorFile.byteCount(dimension: key.dimension)
    let name = key.name
    let isAllowed = state.withLock { state in
      guard makeRoom(for: byteCount, &state) else { return false }
      state.totalBytes += byteCount
      state.used.insert(name)
      return true
    }
    guard isAllowed else { return false }
    try? FileManager.default.createDirectory(atPath: directory, withIntermediateDirectories: true)
    let isWritten = FactorFile.save(stored, key: key, to: path(of: key))
    state.withLock {
      if isWritten { $0.writes += 1 } else { $0.totalBytes -= byteCount }
    }
    return isWritten
  }

  private func path(of key: FactorKey) -> String { directory + "/" + key.name + FactorFile.ending }

  /// Removes the least recently used files until `byteCount` more fit in; false where they cannot.
  private func makeRoom(for byteCount: Int, _ state: inout State) -> Bool {
    guard byteCount <= byteLimit else { return false }
    if state.unused == nil {
      let files = FactorFile.list(directory)
      state.totalBytes = files.reduce(0) { $0 + $1.byteCount }
      state.unused = files.sorted { $0.lastUse < $1.lastUse }[...]
    }
    while state.totalBytes + byteCount > byteLimit, let oldest = state.unused?.popFirst() {
      guard !state.used.contains(oldest.name) else { continue }
      if FactorFile.remove(directory + "/" + oldest.name + FactorFile.ending) {
        state.totalBytes -= oldest.byteCount
      }
    }
    return state.totalBytes + byteCount <= byteLimit
  }

  private static func standardByteLimit(_ directory: String) -> Int {
    let cached = FactorFile.list(directory).reduce(0) { $0 + $1.byteCount }
    // The directory may not be there yet: the nearest one above it is on the same disk.
    var place = directory
    while place.count > 1, !FileManager.default.fileExists(atPath: place) {
      place = (place as NSString).deletingLastPathComponent
    }
    let attributes = try? FileManager.default.attributesOfFileSystem(forPath: place)
    let free = (attributes?[.systemFreeSize] as? NSNumber)?.intValue ?? 0
    return min(32 << 30, (free + cached) / 2)
  }
}
