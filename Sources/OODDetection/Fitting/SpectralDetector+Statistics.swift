import LinearAlgebra

extension SpectralDetector {
  /// Fits to statistics of classes instead of samples.
  ///
  /// Scores are those of a fit to the samples up to the rounding errors of the scatters: relative to d², about
  /// D · 2⁻⁵² · κ for the regularized condition number κ. O(K·D³). Holds all spectra in memory, and a few (D, D) matrices
  /// for each thread.
  ///
  /// - Parameters:
  ///   - counts: n_k, (K,).
  ///   - setting: Any but the ridge rule ``RidgeRule/leaveOneOut``. The samples must have been normalized already.
  ///   - statistics: Those of class k, with labels ascending; called once or, with pooling, twice for each class, from
  ///     several threads.
  /// - Throws: ``DetectorError``, with ``DetectorError/unavailableRidgeRule(_:)`` if the rule needs the samples or a
  ///   moment that is unknown; `CancellationError`; the errors of `statistics`.
  @concurrent
  public static func fit(
    counts: [Int], dimension: Int, setting: FitSetting = .standard, threadCount: Int = defaultThreadCount,
    memory: MemoryBudget? = nil, progress: ProgressHandler? = nil,
    statistics: @escaping @Sendable (Int) throws -> ClassStatistics
  ) async throws -> SpectralDetector {
    guard setting.ridgeRule != .leaveOneOut else { throw DetectorError.unavailableRidgeRule(.leaveOneOut) }
    guard !counts.isEmpty else { throw DetectorError.noInDistributionSamples(sampleCount: 0) }
    guard dimension <= largestDimension else {
      throw DetectorError.tooManyDimensions(dimension: dimension, limit: largestDimension)
    }
    try checkMemory(counts, dimension: dimension, setting.pooling, threadCount: threadCount, memory)
    let run = StatisticsFit(
      counts: counts, dimension: dimension, setting: setting, threadCount: threadCount,
      meter: WorkMeter(progress), statistics: statistics)
    return try await run.detector()
  }

  private static func checkMemory(
    _ counts: [Int], dimension: Int, _ pooling: Pooling, threadCount: Int, _ memory: MemoryBudget?
  ) throws(DetectorError) {
    guard let memory else { return }
    let directions = pooling.basisCounts(counts, dimension: dimension).reduce(0) { $0 + min($1, dimension) }
    let needed = 8 * dimension * (directions + (8 * threadCount + 6) * dimension)
    guard needed <= memory.bytes else {
      throw .memoryTooSmall(neededBytes: needed, permittedBytes: memory.bytes)
    }
  }
}

/// A fit to statistics.
private struct StatisticsFit: Sendable {
  let counts: [Int]
  let dimension: Int
  let setting: FitSetting
  let threadCount: Int
  let meter: WorkMeter
  let statistics: @Sendable (Int) throws -> ClassStatistics

  private var sampleCount: Int { counts.reduce(0, +) }
  private var work: WorkCount { .eigendecomposition(order: dimension) }

  /// A class without its scatter.
  private struct Class {
    let label: Int
    let mean: ClassMean
    let moments: ScatterMoments
    var spectrum: Spectrum?
  }

  func detector() async throws -> SpectralDetector {
    meter.plan(counts.reduce(work) { sum, _ in setting.pooling == .tied ? sum : sum + work })
    var (classes, pooled, everything) = try await firstPass()
    let pooledSpectrum = try await spectrum(pooled, count: sampleCount, label: nil)
    if setting.pooling != .none {
      let mixed = setting.pooling == .tied ? nil : try await mixedSpectra(with: pooled)
      for index in classes.indices { classes[index].spectrum = mixed?[index] ?? pooledSpectrum }
    }
    let rule = setting.ridgeRule
    let pooledMeanVariance = pooledSpectrum.trace / Double(dimension)
    var gaussians: [GaussianClass] = []
    for (found, count) in zip(classes, counts) {
      guard let spectrum = found.spectrum else { continue }
      gaussians.append(
        GaussianClass(
          label: found.label, count: count, weight: Double(count) / Double(sampleCount),
          mean: found.mean.rounded, meanRemainder: found.mean.remainder, spectrum: spectrum,
          ridge: try rule.ridge(
            found.moments, meanVariance: spectrum.trace / Double(dimension),
            pooledMeanVariance: pooledMeanVariance, label: found.label),
          moments: found.moments,
          divisors: setting.pooling.divisors(count: count, sampleCount: sampleCount)))
    }
    return SpectralDetector(
      classes: gaussians, dimension: dimension, sampleCount: sampleCount, pooled: pooledSpectrum,
      setting: setting
    ) { [everything] background in
      // The spectrum of the background is that of the classes; only its fourth moment is not.
      try rule.ridge(
        everything.moments, meanVariance: background.spectrum.trace / Double(background.mean.count),
        pooledMeanVariance: pooledMeanVariance, label: nil)
    }
  }

  /// Reads every class once: its mean and, without pooling, its spectrum; S/n of all classes; and the statistics of all
  /// samples together.
  private func firstPass() async throws -> (classes: [Class], pooled: Matrix, everything: ClassStatistics) {
    var classes: [Class] = []
    var pooled = Matrix(rowCount: dimension, columnCount: dimension)
    var everything: ClassStatistics?
    try await forEachInOrder(counts.count, threadCount: threadCount, ahead: 2) { index in
      let found = try statistics(index)
      guard setting.pooling == .none else { return (found, nil) }
      let covariance = found.covariance(dividedBy: Double(found.count))
      return (found, try await spectrum(covariance, count: found.count, label: found.label))
    } consume: { (_: Int, result: (ClassStatistics, Spectrum?)) in
      let found = result.0
      pooled.add(found.covariance(dividedBy: Double(sampleCount)), times: 1)
      everything = try everything.map { try ClassStatistics.merged([$0, found], label: 0) } ?? found
      classes.append(
        Class(label: found.label, mean: found.classMean, moments: found.moments, spectrum: result.1))
    }
    guard let everything else { throw DetectorError.noInDistributionSamples(sampleCount: 0) }
    return (classes, pooled, everything)
  }

  /// Reads every class again, and mixes S/n into its covariance.
  private func mixedSpectra(with pooled: Matrix) async throws -> [Spectrum] {
    // The rows of the pooled covariance serve fits to samples only.
    let scatter = PooledScatter(
      pooling: setting.pooling, sampleCount: sampleCount, covariance: pooled,
      rows: Shared { Matrix(rowCount: 0, columnCount: 0) })
    var spectra: [Spectrum] = []
    try await forEachInOrder(counts.count, threadCount: threadCount, ahead: 2) { index in
      let found = try statistics(index)
      let own = found.covariance(dividedBy: Double(found.count))
      return try await spectrum(
        scatter.mixed(own, count: found.count), count: sampleCount, label: found.label)
    } consume: { _, spectrum in
      spectra.append(spectrum)
    }
    return spectra
  }

  private func spectrum(_ covariance: Matrix, count: Int, label: Int?) async throws -> Spectrum {
    let spectrum = try await abandonable(work) {
      try Spectrum(ofRounded: covariance, count: count, label: label)
    }
    meter.complete(work)
    return spectrum
  }
}

extension ClassStatistics {
  fileprivate var classMean: ClassMean { ClassMean(origin: mean, offset: meanRemainder) }
}

extension Spectrum {
  /// The spectrum of a covariance of `count` samples that is known by its upper triangle (D, D) alone.
  ///
  /// An eigenvalue of the correlation matrix counts as 0 up to D · 2⁻⁵² of the largest, for more the rounding errors of
  /// the covariance hide; so features of different scale keep their digits. O(D³).
  fileprivate init(ofRounded covariance: Matrix, count: Int, label: Int?) throws {
    let rows = Shared { try Self.rows(of: covariance, atMost: count - 1, label: label) }
    let found = try Spectrum(
      completing: covariance,
      of: CentredSamples(count: count, divisor: 1, ranges: [0..<1]) { _ in try rows.value }, label: label)
    let rank = min(found.rank, count - 1)
    guard count <= covariance.columnCount || rank < found.rank else {
      self = found
      return
    }
    self.init(
      eigenvalues: found.eigenvalues.enumerated().map { $0.offset < rank ? $0.element : 0 },
      basis: count <= covariance.columnCount ? found.basis.firstRows(rank) : found.basis, rank: rank)
  }

  /// Rows R with RᵀR equal to a covariance, up to its rounding errors.
  private static func rows(of covariance: Matrix, atMost limit: Int, label: Int?) throws -> Matrix {
    let dimension = covariance.columnCount
    let deviations = (0..<dimension).map { covariance[$0, $0].squareRoot() }
    let scales = deviations.map { $0 > 0 ? 1 / $0 : 0 }
    var correlation = covariance
    correlation.scaleRows(by: scales)
    correlation.scaleColumns(by: scales)
    let found: SymmetricEigendecomposition
    do {
      found = try SymmetricEigendecomposition(upperTriangle: correlation)
    } catch {
      throw DetectorError(error, label: label)
    }
    let zero = (found.eigenvalues.first ?? 0) * Double(dimension) * 0x1p-52
    let kept = min(limit, found.eigenvalues.count { $0 > zero })
    var rows = found.eigenvectors.firstRows(kept)
    rows.scaleRows(by: found.eigenvalues.prefix(kept).map { $0.squareRoot() })
    rows.scaleColumns(by: deviations)
    return rows
  }
}
