import Foundation
import LinearAlgebra

extension FittedDetector {
  /// The number of processors this process may use at once.
  public static var defaultThreadCount: Int { ProcessInfo.processInfo.activeProcessorCount }

  /// Fits one Gaussian per class: the distinct labels ≥ 0, ascending. Rows with a label below 0 are
  /// out-of-distribution and are not read.
  ///
  /// Two passes over the features (N, D), block by block: means, then centred covariances and their
  /// eigendecompositions, through the smaller of covariance and Gram matrix. O(N·D² + K·D³) at
  /// most; memory O(K·D·min(n_k, D)) for the result. Children of the calling task do the work, `threadCount`
  /// at a time, and check for cancellation with every block; a decomposition that is under way then is left to end for
  /// nobody. The result does not depend on their number.
  ///
  /// - Throws: ``DetectorError``, `CancellationError`, and what `rows` throws.
  @concurrent
  public static func fit(
    _ rows: any FeatureRows, labels: [Int], threadCount: Int = defaultThreadCount,
    progress: ProgressHandler? = nil
  ) async throws -> FittedDetector {
    try await fit(
      rows, labels: labels, execution: Execution(threadCount: threadCount, meter: WorkMeter(progress)))
  }

  /// The largest D whose eigendecomposition LAPACK's 32-bit integers can address.
  static let largestDimension = 32_000

  static func fit(
    _ rows: any FeatureRows, labels: [Int], execution: Execution
  ) async throws -> FittedDetector {
    let members = try ClassMembers.partition(labels, sampleCount: rows.count)
    let dimension = try usableDimension(rows)
    let fits = members.map { ClassFit(members: $0, rows: rows, execution: execution) }
    let sampleCount = fits.reduce(0) { $0 + $1.count }
    let pooledWork = WorkCount.eigendecomposition(order: dimension)
    execution.meter.plan(fits.reduce(pooledWork) { $0 + $1.meanWork + $1.spectrumWork })

    let means = try await means(of: fits, execution)
    var classes: [GaussianClass] = []
    var pooled = Matrix(rowCount: dimension, columnCount: dimension)
    try await forEachInOrder(fits.count, threadCount: execution.threadCount) { index in
      try await fits[index].spectrum(around: means[index])
    } consume: { index, fitted in
      let weight = Double(fits[index].count) / Double(sampleCount)
      classes.append(
        GaussianClass(
          label: fits[index].label, count: fits[index].count, weight: weight, mean: means[index],
          spectrum: fitted.spectrum))
      pooled.add(fitted.covariance, times: weight)
    }
    let largestRank = sampleCount - classes.count
    let spectrum = try await abandonable(pooledWork) { [pooled] in
      try Spectrum(ofCovariance: pooled, sampleCount: sampleCount, largestRank: largestRank, label: nil)
    }
    execution.meter.complete(pooledWork)
    return FittedDetector(
      classes: classes, dimension: dimension, sampleCount: sampleCount, pooled: spectrum)
  }

  /// D, where it is one that can be fitted.
  static func usableDimension(_ rows: any FeatureRows) throws(DetectorError) -> Int {
    guard rows.dimension > 0 else { throw .dimensionMismatch(expected: 1, found: 0) }
    guard rows.dimension <= largestDimension else {
      throw .tooManyDimensions(dimension: rows.dimension, limit: largestDimension)
    }
    return rows.dimension
  }

  /// Every class's mean; all non-finite rows are found before the first is reported.
  private static func means(of fits: [ClassFit], _ execution: Execution) async throws -> [[Double]] {
    var means: [[Double]] = []
    var nonFinite = NonFiniteRows()
    try await forEachInOrder(fits.count, threadCount: execution.threadCount) { index in
      try fits[index].mean()
    } consume: { _, found in
      means.append(found.mean)
      nonFinite.append(found.nonFiniteRows)
    }
    try nonFinite.check()
    return means
  }
}
