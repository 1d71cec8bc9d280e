import Foundation
import Synchronization

/// A directory of triangular factors and spectra, one per file, for those that do not fit in memory and for later
/// runs.
///
/// The cache never throws: missing or corrupt files, and those that cannot be written, are recomputed from the
/// samples. New files replace the least recently used ones, except those that this process has used. Several processes
/// may share a directory.
public final class FactorCache: Sendable {
  public let directory: String
  /// The size limit of the directory, in bytes.
  public let byteLimit: Int
  /// The number of processes that fill the directory at the same rate.
  private let writerCount: Int

  private struct State {
    /// The files that this process has not used, the least recently used first; nil until the directory is listed.
    var unused: ArraySlice<CacheFile.Entry>?
    /// The size of all files.
    var totalBytes = 0
    var used: Set<String> = []
    var (reads, writes) = (0, 0)
  }

  private let state = Mutex(State())

  /// - Parameters:
  ///   - byteLimit: nil for 32 GiB, or, if smaller, half of the free disk space plus the cached bytes.
  ///   - writerCount: The number of ranks that share the directory. Each counts what it writes that often.
  public init(directory: String, byteLimit: Int? = nil, writerCount: Int = 1) {
    self.directory = directory
    self.writerCount = writerCount
    self.byteLimit = byteLimit ?? Self.standardByteLimit(directory)
  }

  /// `$XDG_CACHE_HOME/gmmscope`, or `~/.cache/gmmscope` if the variable is not set.
  public static var standardDirectory: String {
    let base = ProcessInfo.processInfo.environment["XDG_CACHE_HOME"].flatMap { $0.hasPrefix("/") ? $0 : nil }
    return (base ?? NSHomeDirectory() + "/.cache") + "/gmmscope"
  }

  /// The number of successful reads and writes.
  var counts: (reads: Int, writes: Int) { state.withLock { ($0.reads, $0.writes) } }

  /// The factor; nil if there is no intact file.
  func factor(for key: FactorKey) -> RegularizedCovariance? {
    found(key.name) { FactorFile.load($0, key: key) }
  }

  /// Stores a factor if there is room. Returns whether it was stored.
  @discardableResult
  func store(_ stored: RegularizedCovariance, for key: FactorKey) -> Bool {
    store(key.name, byteCount: FactorFile.byteCount(dimension: key.dimension)) {
      FactorFile.save(stored, key: key, to: $0)
    }
  }

  /// A class's spectrum, whose basis stays in the file; nil if there is no intact file.
  func spectrum(for content: ClassContent) -> Spectrum? {
    found(content.spectrumName) { SpectrumFile.load($0, content) }
  }

  /// Stores a spectrum if there is room. Returns whether it was stored.
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
    let byteCount = byteCount * writerCount
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

  /// Removes the least recently used files until there is room for `byteCount` more. Returns false if there is not
  /// enough.
  private func makeRoom(for byteCount: Int, _ state: inout State) -> Bool {
    guard byteCount <= byteLimit else { return false }
    if state.unused == nil {
      let files = Self.files(in: directory)
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

  private static func files(in directory: String) -> [CacheFile.Entry] {
    CacheFile.list(directory, endings: [FactorFile.ending, SpectrumFile.ending])
  }

  private static func standardByteLimit(_ directory: String) -> Int {
    let cached = files(in: directory).reduce(0) { $0 + $1.byteCount }
    // The directory may not exist yet; its nearest existing parent is on the same disk.
    var place = directory
    while place.count > 1, !FileManager.default.fileExists(atPath: place) {
      place = (place as NSString).deletingLastPathComponent
    }
    let attributes = try? FileManager.default.attributesOfFileSystem(forPath: place)
    let free = (attributes?[.systemFreeSize] as? NSNumber)?.intValue ?? 0
    return min(32 << 30, (free + cached) / 2)
  }
}
