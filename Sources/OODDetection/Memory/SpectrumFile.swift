import LinearAlgebra

/// The content that a class's decomposition depends on.
struct ClassContent: Sendable, Hashable {
  /// The hash of the n·D features' bits, in row order.
  let hash: SIMD2<UInt64>
  let count: Int
  let dimension: Int

  /// The same class with the pooled covariance mixed in.
  func mixed(with pooled: PooledScatter) -> ClassContent {
    var combined = ContentHash()
    for word in [hash.x, hash.y, pooled.pooling.value.bitPattern] { combined.combine(word) }
    combined.combine(pooled.covariance.elements)
    return ClassContent(hash: combined.value, count: count, dimension: dimension)
  }

  var words: [UInt64] { [CacheFile.version, hash.x, hash.y, UInt64(count), UInt64(dimension)] }

  /// The file name of the spectrum.
  var spectrumName: String { ContentHash.name(of: words) + SpectrumFile.ending }
}

extension ContentHash {
  /// The hash of `words` as 32 hexadecimal digits.
  static func name(of words: [UInt64]) -> String {
    var hash = ContentHash()
    for word in words { hash.combine(word) }
    return [hash.value.x, hash.value.y].map { word in
      let digits = String(word, radix: 16)
      return String(repeating: "0", count: 16 - digits.count) + digits
    }.joined()
  }
}

/// A class's spectrum in a file: D eigenvalues, then the basis, which is memory-mapped.
enum SpectrumFile {
  static let ending = ".spectrum"

  private static let magic: UInt64 = 0x4D52_5443_4550_5347

  static func byteCount(of spectrum: Spectrum) -> Int {
    let dimension = spectrum.eigenvalues.count
    let content = ClassContent(hash: .zero, count: 0, dimension: dimension)
    return CacheFile.byteCount(
      wordCount: content.words.count + 2, elementCount: (spectrum.directionCount + 1) * dimension)
  }

  /// Nil if there is no intact file for the key.
  static func load(_ path: String, _ content: ClassContent) -> Spectrum? {
    let known = [magic] + content.words
    let dimension = content.dimension
    return CacheFile.load(path, wordCount: known.count + 1) { words in
      let directionCount = words[words.count - 1]
      guard words.starts(with: known), directionCount <= UInt64(dimension) else { return nil }
      return (Int(directionCount) + 1) * dimension
    } keep: { file, words, elements in
      let eigenvalues = Array(elements.prefix(dimension))
      let basis = MappedMatrix(
        file: file,
        offset: CacheFile.byteCount(wordCount: words.count, elementCount: dimension),
        rowCount: Int(words[words.count - 1]), columnCount: dimension)
      return basis.map {
        Spectrum(eigenvalues: eigenvalues, mapped: $0, rank: eigenvalues.count { $0 > 0 })
      }
    }
  }

  /// Returns whether the file was written.
  static func save(_ spectrum: Spectrum, _ content: ClassContent, to path: String) -> Bool {
    CacheFile.save(
      [magic] + content.words + [UInt64(spectrum.directionCount)],
      [spectrum.eigenvalues, spectrum.basis.elements], to: path)
  }
}

/// Stores the spectra that do not fit in memory, and reuses those of an earlier fit. On one of several ranks, it also
/// stores those that fit, so that a job which ended too early is not lost.
struct SpectrumStore: Sendable {
  let cache: FactorCache
  /// The number of classes, from the first on, that are kept in memory instead.
  let heldCount: Int
  /// Whether spectra that are kept in memory are stored too.
  let storesHeld: Bool
  /// The memory to keep all spectra.
  let allBytes: Int
  let permittedBytes: Int

  /// The least work for a spectrum that is stored though it is kept in memory: about 10 ms on a core.
  static let leastWork = WorkCount(multiplyAdds: 5e7)

  /// Nil if there is nothing to store.
  ///
  /// - Parameter plan: nil to keep all spectra in memory.
  init?(cache: FactorCache, plan: SpectraPlan?, storesHeld: Bool) {
    guard storesHeld || plan?.holdsAllSpectra == false else { return nil }
    self.init(
      cache: cache, heldCount: plan?.heldCount ?? .max, storesHeld: storesHeld,
      allBytes: plan?.allSpectraPeakBytes ?? 0, permittedBytes: plan?.budget.bytes ?? 0)
  }

  init(
    cache: FactorCache, heldCount: Int, storesHeld: Bool = false, allBytes: Int, permittedBytes: Int
  ) {
    self.cache = cache
    self.heldCount = heldCount
    self.storesHeld = storesHeld
    self.allBytes = allBytes
    self.permittedBytes = permittedBytes
  }

  /// A class whose spectrum is stored.
  struct Entry {
    let content: ClassContent
    /// Whether it is kept in memory too.
    let isHeld: Bool
  }

  /// The classes that are stored, by their place in `fits`. Hashes the samples, in one pass over the features.
  ///
  /// - Parameter mixes: Whether the pooled covariance is mixed in.
  func entries(
    for fits: [ClassFit], mixes: Bool, _ execution: Execution
  ) async throws -> [Int: Entry] {
    let stored = fits.indices.filter { place in
      let work = mixes ? .eigendecomposition(order: fits[place].dimension) : fits[place].decomposedWork
      return place >= heldCount || storesHeld && work.multiplyAdds >= Self.leastWork.multiplyAdds
    }
    guard !stored.isEmpty else { return [:] }
    execution.meter.plan(fits.reduce(WorkCount()) { $0 + $1.meanWork })
    let contents = try await CholeskyDetector.contents(of: fits, execution)
    return Dictionary(
      uniqueKeysWithValues: stored.map { place in
        (place, Entry(content: contents[place].content, isHeld: place < heldCount))
      })
  }

  /// Fits one class that is stored. Decomposes it only if the cache does not have it yet.
  ///
  /// - Throws: ``DetectorError/memoryTooSmall(neededBytes:permittedBytes:)`` if neither memory nor the cache can keep it.
  func decomposed(
    _ fit: ClassFit, _ entry: Entry
  ) async throws -> ClassFit.DecomposedOutcome {
    if let known = known(entry) { return try await fit.decomposed(known: known) }
    fit.execution.memory.countFactorization()
    let outcome = try await fit.decomposed()
    guard case .fitted(let scatter, let spectrum) = outcome else { return outcome }
    return .fitted(scatter, try stored(spectrum, entry, fit.execution))
  }

  /// The spectrum of a class that is stored, with the pooled covariance mixed in.
  ///
  /// - Throws: as ``decomposed(_:_:)``.
  func decomposed(
    _ fit: ClassFit, _ scatter: ClassScatter, _ entry: Entry, mixing pooled: PooledScatter
  ) async throws -> Spectrum {
    let entry = Entry(content: entry.content.mixed(with: pooled), isHeld: entry.isHeld)
    if let known = known(entry) { return known }
    fit.execution.memory.countFactorization()
    return try stored(try await fit.decomposed(scatter, mixing: pooled), entry, fit.execution)
  }

  private func known(_ entry: Entry) -> Spectrum? {
    let found = cache.spectrum(for: entry.content)
    return entry.isHeld ? found?.held : found
  }

  /// The spectrum that was stored, with its basis in the cache unless that is kept in memory.
  private func stored(
    _ spectrum: Spectrum, _ entry: Entry, _ execution: Execution
  ) throws -> Spectrum {
    if entry.isHeld {
      cache.store(spectrum, for: entry.content)
      return spectrum
    }
    let bytes = 8 * spectrum.directionCount * spectrum.eigenvalues.count
    execution.memory.hold(bytes)
    defer { execution.memory.release(bytes) }
    guard cache.store(spectrum, for: entry.content), let stored = cache.spectrum(for: entry.content) else {
      throw DetectorError.memoryTooSmall(neededBytes: allBytes, permittedBytes: permittedBytes)
    }
    return stored
  }
}
