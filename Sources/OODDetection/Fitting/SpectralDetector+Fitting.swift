import Foundation
import LinearAlgebra

extension SpectralDetector {
  /// The number of processors that this process may use.
  public static var defaultThreadCount: Int { ProcessInfo.processInfo.activeProcessorCount }

  /// Fits one Gaussian per class. The classes are the distinct labels ≥ 0, ascending. Rows with a label below 0 are
  /// out-of-distribution and are not read.
  ///
  /// Computes means and centred covariances in one pass over the features (N, D), and the eigendecomposition of the
  /// smaller of covariance and Gram matrix. O(N·D² + K·D³) at most; see ``SpectraPlan`` for the memory. Up to
  /// `threadCount` child tasks run at a time and check for cancellation at every block. A decomposition in progress
  /// keeps running after cancellation; its result is discarded. The result does not depend on the number of tasks.
  ///
  /// - Parameters:
  ///   - memory: The memory limit for fitting and scoring; nil to keep all eigenvectors in memory. If the eigenvectors
  ///     do not fit, fitting needs another pass over the features.
  ///   - cache: Stores the eigenvectors that do not fit, for scoring and for the next fit of the same samples.
  /// - Throws: ``DetectorError``, with ``DetectorError/memoryTooSmall(neededBytes:permittedBytes:)`` if `memory` does
  ///   not suffice, or if eigenvectors that do not fit cannot be cached; `CancellationError`; and the errors of
  ///   `rows`.
  @concurrent
  public static func fit(
    _ rows: any FeatureRows, labels: [Int], threadCount: Int = defaultThreadCount,
    memory: MemoryBudget? = nil, cache: FactorCache? = nil, progress: ProgressHandler? = nil
  ) async throws -> SpectralDetector {
    try await fit(
      rows, labels: labels, memory: memory, cache: cache,
      execution: Execution(threadCount: threadCount, meter: WorkMeter(progress)))
  }

  /// The largest D whose eigendecomposition LAPACK's 32-bit integers can address.
  static let largestDimension = 32_000

  static func fit(
    _ rows: any FeatureRows, labels: [Int], memory: MemoryBudget? = nil, cache: FactorCache? = nil,
    execution: Execution
  ) async throws -> SpectralDetector {
    let members = try ClassMembers.partition(labels, sampleCount: rows.count)
    _ = try usableDimension(rows)
    let fits = members.map { ClassFit(members: $0, rows: rows, execution: execution) }
    guard let memory else { return try await fit(fits, store: nil, execution) }
    let plan = try SpectraPlan(
      SpectraPlan.Workload(
        classCounts: fits.map(\.count), dimension: rows.dimension, threadCount: execution.threadCount),
      budget: memory, hasCache: cache != nil)
    let store = plan.holdsAllSpectra ? nil : cache.map { SpectrumStore(cache: $0, plan: plan) }
    return try await fit(fits, store: store, execution)
  }

  /// - Parameter store: Stores the spectra that do not fit in memory; nil to keep all in memory.
  static func fit(
    _ fits: [ClassFit], store: SpectrumStore?, _ execution: Execution
  ) async throws -> SpectralDetector {
    let dimension = fits[0].dimension
    let sampleCount = fits.reduce(0) { $0 + $1.count }
    let pooledWork = WorkCount.eigendecomposition(order: dimension)
    execution.meter.plan(fits.reduce(pooledWork) { $0 + $1.decomposedWork })
    let contents = try await store?.contents(of: fits, execution)

    var classes: [GaussianClass] = []
    var pooled = Matrix(rowCount: dimension, columnCount: dimension)
    var nonFinite = NonFiniteRows()
    // Each result holds two large matrices, so only few may wait.
    try await forEachInOrder(fits.count, threadCount: execution.threadCount, ahead: 2) { index in
      guard let store, let content = contents?[index], store.isStored(index) else {
        return try await fits[index].decomposed()
      }
      return try await store.decomposed(fits[index], content)
    } consume: { index, outcome in
      switch outcome {
      case .fitted(let mean, let spectrum, let covariance):
        let weight = Double(fits[index].count) / Double(sampleCount)
        if spectrum.isHeld { execution.memory.hold(8 * spectrum.directionCount * dimension) }
        classes.append(
          GaussianClass(
            label: fits[index].label, count: fits[index].count, weight: weight, mean: mean.rounded,
            meanRemainder: mean.remainder, spectrum: spectrum))
        pooled.add(covariance, times: weight)
      case .nonFinite(let rows): nonFinite.append(rows)
      }
    }
    try nonFinite.check()
    let spectrum = try await abandonable(pooledWork) { [pooled, classes] in
      try Spectrum(pooling: classes.map { ($0.spectrum, $0.weight) }, covariance: pooled)
    }
    execution.meter.complete(pooledWork)
    return SpectralDetector(
      classes: classes, dimension: dimension, sampleCount: sampleCount, pooled: spectrum)
  }

  /// D, if it can be fitted.
  static func usableDimension(_ rows: any FeatureRows) throws(DetectorError) -> Int {
    guard rows.dimension > 0 else { throw .dimensionMismatch(expected: 1, found: 0) }
    guard rows.dimension <= largestDimension else {
      throw .tooManyDimensions(dimension: rows.dimension, limit: largestDimension)
    }
    return rows.dimension
  }
}
