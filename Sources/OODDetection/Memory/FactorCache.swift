import Foundation
import LinearAlgebra
import Synchronization

/// Triangular factors and spectra in a directory, a file each, for those that do not fit in memory and for the next
/// start.
///
/// Nothing that goes wrong here is an error: what is not there, is damaged or cannot be written is made again from
/// the samples. The least recently used files make room for new ones; those that this process has used
/// stay. Several processes may share a directory.
public final class FactorCache: Sendable {
  public let directory: String
  /// How many bytes the directory may hold.
  public let byteLimit: Int

  private struct State {
    /// The files that this process has not used, the least recently used first; nil before the first look.
    var unused: ArraySlice<CacheFile.Entry>?
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

  /// How often something was found, and how often something was written.
  var counts: (reads: Int, writes: Int) { state.withLock { ($0.reads, $0.writes) } }

  /// The factor, whole and undamaged; nil where there is none.
  func factor(for key: FactorKey) -> RegularizedCovariance? {
    found(key.name) { FactorFile.load($0, key: key) }
  }

  /// Keeps a factor, if there is room; whether it does.
  @discardableResult
  func store(_ stored: RegularizedCovariance, for key: FactorKey) -> Bool {
    store(key.name, byteCount: FactorFile.byteCount(dimension: key.dimension)) {
      FactorFile.save(stored, key: key, to: $0)
    }
  }

  /// A class's spectrum, whole and undamaged, its basis in the file; nil where there is none.
  func spectrum(for content: ClassContent) -> Spectrum? {
    found(content.spectrumName) { SpectrumFile.load($0, content) }
  }

  /// Keeps a spectrum, if there is room; whether it does.
  @discardableResult
  func store(_ spectrum: Spectrum, for content: ClassContent) -> Bool {
    store(content.spectrumName, byteCount: SpectrumFile.byteCount(of: spectrum)) {
      SpectrumFile.save(spectrum, content, to: $0)
    }
  }

  private func found<Stored>(_ name: String, _ load: (String) -> Stored?) -> Stored? {
    let path = directory + "/" + name
    guard let stored = load(path) else { return nil }
    CacheFile.touch(path)
    state.withLock {
      $0.used.insert(name)
      $0.reads += 1
    }
    return stored
  }

  private func store(_ name: String, byteCount: Int, _ save: (String) -> Bool) -> Bool {
    let isAllowed = state.withLock { state in
      guard makeRoom(for: byteCount, &state) else { return false }
      state.totalBytes += byteCount
      state.used.insert(name)
      return true
    }
    guard isAllowed else { return false }
    try? FileManager.default.createDirectory(atPath: directory, withIntermediateDirectories: true)
    let isWritten = save(directory + "/" + name)
    state.withLock {
      if isWritten { $0.writes += 1 } else { $0.totalBytes -= byteCount }
    }
    return isWritten
  }

  /// Removes the least recently used files until `byteCount` more fit in; false where they cannot.
  private func makeRoom(for byteCount: Int, _ state: inout State) -> Bool {
    guard byteCount <= byteLimit else { return false }
    if state.unused == nil {
      let files = Self.finishedFiles(directory)
      state.totalBytes = files.reduce(0) { $0 + $1.byteCount }
      state.unused = files.sorted { $0.lastUse < $1.lastUse }[...]
    }
    while state.totalBytes + byteCount > byteLimit, let oldest = state.unused?.popFirst() {
      guard !state.used.contains(oldest.name) else { continue }
      if CacheFile.remove(directory + "/" + oldest.name) {
        state.totalBytes -= oldest.byteCount
      }
    }
    return state.totalBytes + byteCount <= byteLimit
  }

  /// The files that are whole; what a process left half-written a day ago is removed.
  private static func finishedFiles(_ directory: String) -> [CacheFile.Entry] {
    let yesterday = Int(Date().timeIntervalSince1970) - 86_400
    return CacheFile.list(directory, endings: [FactorFile.ending, SpectrumFile.ending]).filter { entry in
      if entry.isUnfinished, entry.lastUse < yesterday { _ = CacheFile.remove(directory + "/" + entry.name) }
      return !entry.isUnfinished
    }
  }

  private static func standardByteLimit(_ directory: String) -> Int {
    let cached = finishedFiles(directory).reduce(0) { $0 + $1.byteCount }
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
