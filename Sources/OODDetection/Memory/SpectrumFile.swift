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

/// Stores the spectra that do not fit in memory, and reuses those of an earlier fit.
struct SpectrumStore: Sendable {
  let cache: FactorCache
  /// The number of classes, from the first on, that are kept in memory instead.
  let heldCount: Int
  /// The memory to keep all spectra.
  let allBytes: Int
  let permittedBytes: Int

  init(cache: FactorCache, plan: SpectraPlan) {
    self.init(
      cache: cache, heldCount: plan.heldCount, allBytes: plan.allSpectraPeakBytes,
      permittedBytes: plan.budget.bytes)
  }

  init(cache: FactorCache, heldCount: Int, allBytes: Int, permittedBytes: Int) {
    self.cache = cache
    self.heldCount = heldCount
    self.allBytes = allBytes
    self.permittedBytes = permittedBytes
  }

  func isStored(_ classIndex: Int) -> Bool { classIndex >= heldCount }

  /// Hashes the samples of each class, in one pass over the features.
  func contents(of fits: [ClassFit], _ execution: Execution) async throws -> [ClassContent] {
    execution.meter.plan(fits.reduce(WorkCount()) { $0 + $1.meanWork })
    return try await CholeskyDetector.contents(of: fits, execution).map(\.content)
  }

  /// Fits one class with its basis in the cache. Decomposes it only if the cache does not have it yet.
  ///
  /// - Throws: ``DetectorError/memoryTooSmall(neededBytes:permittedBytes:)`` if the cache cannot store it.
  func decomposed(_ fit: ClassFit, _ content: ClassContent) async throws -> ClassFit.DecomposedOutcome {
    if let known = cache.spectrum(for: content) { return try await fit.decomposed(known: known) }
    fit.execution.memory.countFactorization()
    let outcome = try await fit.decomposed()
    guard case .fitted(let scatter, let spectrum) = outcome else { return outcome }
    return .fitted(scatter, try stored(spectrum, content, fit.execution))
  }

  /// The spectrum of a class with the pooled covariance mixed in, with its basis in the cache.
  ///
  /// - Throws: as ``decomposed(_:_:)``.
  func decomposed(
    _ fit: ClassFit, _ scatter: ClassScatter, _ content: ClassContent, mixing pooled: PooledScatter
  ) async throws -> Spectrum {
    let content = content.mixed(with: pooled)
    if let known = cache.spectrum(for: content) { return known }
    fit.execution.memory.countFactorization()
    return try stored(try await fit.decomposed(scatter, mixing: pooled), content, fit.execution)
  }

  /// The spectrum with its basis in the cache.
  private func stored(
    _ spectrum: Spectrum, _ content: ClassContent, _ execution: Execution
  ) throws -> Spectrum {
    let bytes = 8 * spectrum.directionCount * spectrum.eigenvalues.count
    execution.memory.hold(bytes)
    defer { execution.memory.release(bytes) }
    guard cache.store(spectrum, for: content), let stored = cache.spectrum(for: content) else {
      throw DetectorError.memoryTooSmall(neededBytes: allBytes, permittedBytes: permittedBytes)
    }
    return stored
  }
}
