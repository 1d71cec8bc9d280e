import LinearAlgebra

/// Puts away the spectra that do not fit in memory as they are made, and finds those of an earlier fit.
struct SpectrumStore: Sendable {
  let cache: FactorCache
  /// How many classes, the first ones, are held instead.
  let heldCount: Int
  /// What would be needed to hold all.
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

  /// What tells each class's samples from others: a pass over the features.
  func contents(of fits: [ClassFit], _ execution: Execution) async throws -> [ClassContent] {
    execution.meter.plan(fits.reduce(WorkCount()) { $0 + $1.meanWork })
    return try await FactoredDetector.contents(of: fits, execution).map(\.content)
  }

  /// One class, its basis in the cache: decomposed only where it is not there yet.
  ///
  /// - Throws: ``DetectorError/memoryTooSmall(neededBytes:permittedBytes:)`` where it cannot be put there.
  func decomposed(_ fit: ClassFit, _ content: ClassContent) async throws -> ClassFit.DecomposedOutcome {
    if let known = cache.spectrum(for: content) { return try await fit.decomposed(known: known) }
    fit.execution.memory.countFactorization()
    let outcome = try await fit.decomposed()
    guard case .fitted(let mean, let spectrum, let covariance) = outcome else { return outcome }
    let bytes = 8 * spectrum.directionCount * fit.dimension
    fit.execution.memory.hold(bytes)
    defer { fit.execution.memory.release(bytes) }
    guard cache.store(spectrum, for: content), let stored = cache.spectrum(for: content) else {
      throw DetectorError.memoryTooSmall(neededBytes: allBytes, permittedBytes: permittedBytes)
    }
    return .fitted(mean: mean, stored, covariance: covariance)
  }
}
