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
  ///   - setting: Normalization, pooling and ridge rule. With pooling, the classes' covariances are decomposed after
  ///     the pooled one is known, in a second pass over the features if they do not fit in memory; a tied covariance
  ///     is decomposed once.
  ///   - memory: The memory limit for fitting and scoring; nil to keep all eigenvectors in memory. If the eigenvectors
  ///     do not fit, fitting needs another pass over the features.
  ///   - cache: Stores the eigenvectors that do not fit, for scoring and for the next fit of the same samples.
  /// - Throws: ``DetectorError``, with ``DetectorError/memoryTooSmall(neededBytes:permittedBytes:)`` if `memory` does
  ///   not suffice, or if eigenvectors that do not fit cannot be cached; `CancellationError`; and the errors of
  ///   `rows`.
  @concurrent
  public static func fit(
    _ rows: any FeatureRows, labels: [Int], setting: FitSetting = .standard,
    threadCount: Int = defaultThreadCount, memory: MemoryBudget? = nil, cache: FactorCache? = nil,
    progress: ProgressHandler? = nil
  ) async throws -> SpectralDetector {
    try await fit(
      rows, labels: labels, setting: setting, memory: memory, cache: cache,
      execution: Execution(threadCount: threadCount, meter: WorkMeter(progress)))
  }

  /// The largest D whose eigendecomposition LAPACK's 32-bit integers can address.
  static let largestDimension = 32_000

  static func fit(
    _ original: any FeatureRows, labels: [Int], setting: FitSetting = .standard, memory: MemoryBudget? = nil,
    cache: FactorCache? = nil, execution: Execution
  ) async throws -> SpectralDetector {
    let rows = setting.normalization.normalized(original)
    let members = try ClassMembers.partition(labels, sampleCount: rows.count)
    let share = (original as? DividedRows)?.share ?? ClassShare(classCount: members.count)
    let dimension = try usableDimension(rows)
    let fits = members.map { ClassFit(members: $0, rows: rows, execution: execution) }
    let plan = try await share.ranks.together { () -> SpectraPlan? in
      guard let memory else { return nil }
      return try SpectraPlan(
        SpectraPlan.Workload(
          classCounts: setting.pooling.basisCounts(
            (setting.pooling == .tied ? Array(fits.indices) : share.own).map { fits[$0].count },
            dimension: dimension),
          dimension: dimension, threadCount: execution.threadCount,
          share: (original as? DividedRows)?.sharedWork()),
        budget: memory, hasCache: cache != nil)
    }
    let store = cache.flatMap { SpectrumStore(cache: $0, plan: plan, storesHeld: !share.isWhole) }
    var detector = try await fit(fits, setting: setting, store: store, share: share, execution)
    let others = OtherSamples.byteCount(classCount: fits.count, dimension: dimension)
    if let plan, plan.allSpectraPeakBytes + others > plan.budget.bytes { detector.otherSamples = nil }
    // The detector normalizes rows itself.
    return try await detector.with(setting.ridgeRule, original, labels: labels, execution: execution)
  }

  /// - Parameter store: Stores the spectra that do not fit in memory; nil to keep all in memory.
  /// - Returns: The detector with absolute ridges.
  static func fit(
    _ fits: [ClassFit], setting: FitSetting = .standard, store: SpectrumStore?, share: ClassShare? = nil,
    _ execution: Execution
  ) async throws -> SpectralDetector {
    let sampleCount = fits.reduce(0) { $0 + $1.count }
    let share = share ?? ClassShare(classCount: fits.count)
    var setting = setting
    setting.ridgeRule = .absolute
    let fitted =
      setting.pooling == .none
      ? try await decomposed(fits, store: store, share, execution)
      : try await decomposed(fits, pooling: setting.pooling, store: store, share, execution)
    return SpectralDetector(
      classes: zip(fits, fitted.classes).map { fit, found in
        GaussianClass(
          label: fit.label, count: fit.count, weight: Double(fit.count) / Double(sampleCount),
          mean: found.scatter.mean.rounded, meanRemainder: found.scatter.mean.remainder,
          spectrum: found.spectrum,
          moments: found.scatter.moments,
          divisors: setting.pooling.divisors(count: fit.count, sampleCount: sampleCount))
      },
      dimension: fits[0].dimension, sampleCount: sampleCount, pooled: fitted.pooled, setting: setting,
      share: share)
  }

  private typealias Decomposition = (classes: [(scatter: ClassScatter, spectrum: Spectrum)], pooled: Spectrum)

  /// Decomposes every class's own covariance, and the pooled one.
  private static func decomposed(
    _ fits: [ClassFit], store: SpectrumStore?, _ share: ClassShare, _ execution: Execution
  ) async throws -> Decomposition {
    let dimension = fits[0].dimension
    let sampleCount = fits.reduce(0) { $0 + $1.count }
    let pooledWork = WorkCount.eigendecomposition(order: dimension)
    execution.meter.plan(share.own.reduce(pooledWork) { $0 + fits[$1].decomposedWork })
    let entries = try await share.entries(of: store, for: fits, mixes: false, execution)

    var classes: [(scatter: ClassScatter, spectrum: Spectrum)] = []
    var pooled = ClassSum(
      share, weights: fits.map { Double($0.count) / Double(sampleCount) }, dimension: dimension)
    for group in share.groups {
      (classes, pooled) = try await share.ranks.together { [classes, pooled] in
        var (classes, pooled) = (classes, pooled)
        var nonFinite = NonFiniteRows()
        // Each result holds two large matrices, so only few may wait.
        try await forEachInOrder(group.count, threadCount: execution.threadCount, ahead: 2) { place in
          let index = group[place]
          guard let store, let entry = entries[index] else { return try await fits[index].decomposed() }
          return try await store.decomposed(fits[index], entry)
        } consume: { place, outcome in
          switch outcome {
          case .fitted(var scatter, let spectrum):
            if spectrum.isHeld { execution.memory.hold(8 * spectrum.directionCount * dimension) }
            if let covariance = scatter.covariance { pooled.add(covariance, of: group[place]) }
            scatter.covariance = nil
            classes.append((scatter, spectrum))
          case .nonFinite(let rows): nonFinite.append(rows)
          }
        }
        try nonFinite.check()
        return (classes, pooled)
      }
      try await pooled.finishGroup()
    }
    let covariance = try await pooled.total()
    let all = try await share.completed(classes, dimension: dimension)
    let spectrum = try await share.computing(pooledWork) { [share] in
      try Spectrum(
        pooling: all.map(\.spectrum), weights: fits.map { Double($0.count) / Double(sampleCount) },
        covariance: covariance, share)
    }
    execution.meter.complete(pooledWork)
    return (all, spectrum)
  }

  /// Decomposes the pooled covariance, and every class's with the pooled one mixed in.
  private static func decomposed(
    _ fits: [ClassFit], pooling: Pooling, store: SpectrumStore?, _ share: ClassShare,
    _ execution: Execution
  ) async throws -> Decomposition {
    let dimension = fits[0].dimension
    let work = WorkCount.eigendecomposition(order: dimension)
    execution.meter.plan(
      share.own.reduce(work) { $0 + fits[$1].momentsWork + (pooling == .tied ? WorkCount() : work) })
    let entries = try await share.entries(
      of: pooling == .tied ? nil : store, for: fits, mixes: true, execution)
    let (scatters, covariance) = try await scatters(fits, keeps: pooling != .tied, share, execution)
    let samples = share.pooledSamples(fits, scatters)
    let spectrum = try await share.computing(work) { try Spectrum(completing: covariance, of: samples) }
    execution.meter.complete(work)
    if pooling == .tied { return (scatters.map { ($0, spectrum) }, spectrum) }

    let pooled = PooledScatter(
      pooling: pooling, sampleCount: samples.count, covariance: covariance,
      rows: Shared { spectrum.scaledDirections() })
    let classes = try await share.ranks.together {
      var classes: [(scatter: ClassScatter, spectrum: Spectrum)] = []
      try await forEachInOrder(share.own.count, threadCount: execution.threadCount, ahead: 2) { place in
        let index = share.own[place]
        guard let store, let entry = entries[index] else {
          return try await fits[index].decomposed(scatters[index], mixing: pooled)
        }
        return try await store.decomposed(fits[index], scatters[index], entry, mixing: pooled)
      } consume: { place, spectrum in
        if spectrum.isHeld { execution.memory.hold(8 * spectrum.directionCount * dimension) }
        var scatter = scatters[share.own[place]]
        scatter.covariance = nil
        classes.append((scatter, spectrum))
      }
      return classes
    }
    return (try await share.completed(classes, dimension: dimension), spectrum)
  }

  /// The largest size of all covariances that are kept between two passes, in bytes.
  static let largestKeptBytes = 1 << 30

  /// Every class's mean and own covariance, and the pooled covariance S/n in the upper triangle.
  ///
  /// - Parameter keeps: Whether to keep the covariances of this rank's classes if they are small enough.
  static func scatters(
    _ fits: [ClassFit], keeps: Bool, _ share: ClassShare, _ execution: Execution
  ) async throws -> (classes: [ClassScatter], pooled: Matrix) {
    let dimension = fits[0].dimension
    let sampleCount = fits.reduce(0) { $0 + $1.count }
    let keeps = keeps && 8 * dimension * dimension * share.own.count <= largestKeptBytes
    var scatters: [ClassScatter] = []
    var pooled = ClassSum(
      share, weights: fits.map { Double($0.count) / Double(sampleCount) }, dimension: dimension)
    for group in share.groups {
      (scatters, pooled) = try await share.ranks.together { [scatters, pooled] in
        var (scatters, pooled) = (scatters, pooled)
        var nonFinite = NonFiniteRows()
        try await forEachInOrder(group.count, threadCount: execution.threadCount, ahead: 2) {
          place -> Result<ClassScatter, UnusableRows> in
          try fits[group[place]].moments().map(fits[group[place]].scatter)
        } consume: { place, outcome in
          switch outcome {
          case .success(var scatter):
            if let covariance = scatter.covariance { pooled.add(covariance, of: group[place]) }
            if keeps { execution.memory.hold(8 * dimension * dimension) } else { scatter.covariance = nil }
            scatters.append(scatter)
          case .failure(let unusable): nonFinite.append(unusable.rows)
          }
        }
        try nonFinite.check()
        return (scatters, pooled)
      }
      try await pooled.finishGroup()
    }
    return (try await share.completed(scatters, dimension: dimension), try await pooled.total())
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

extension Pooling {
  /// The numbers of samples that bound the numbers of eigenvectors: with pooling, all samples reach every class.
  func basisCounts(_ counts: [Int], dimension: Int) -> [Int] {
    switch self {
    case .none: counts
    case .tied: [max(dimension, counts.reduce(0, +))]
    default: counts.map { max($0, dimension) }
    }
  }
}

extension SpectralDetector {
  /// The same detector under another ridge rule, without decomposing anything again.
  ///
  /// O(K·D), or for ``RidgeRule/leaveOneOut`` a path of leave-one-out over the training samples, which must be those
  /// of the fit.
  ///
  /// - Throws: ``DetectorError/unavailableRidgeRule(_:)`` if a moment that the rule needs is unknown, which a saved model
  ///   does not have, and the errors of ``leaveOneOut(_:labels:heldOut:along:includesAccuracy:threadCount:progress:)``.
  @concurrent
  public func with(
    _ rule: RidgeRule, _ rows: any FeatureRows, labels: [Int],
    threadCount: Int = SpectralDetector.defaultThreadCount, progress: ProgressHandler? = nil
  ) async throws -> SpectralDetector {
    try await with(
      rule, rows, labels: labels, execution: Execution(threadCount: threadCount, meter: WorkMeter(progress)))
  }

  func with(
    _ rule: RidgeRule, _ rows: any FeatureRows, labels: [Int], execution: Execution
  ) async throws -> SpectralDetector {
    guard rule != setting.ridgeRule else { return self }
    if rule == .leaveOneOut {
      let absolute = try with(.absolute)
      return absolute.with(rule, try await absolute.leaveOneOutRidges(rows, labels: labels, execution)) {
        try absolute.leaveOneOutRidge(ofBackground: $0, rows, labels: labels)
      }
    }
    guard rule == .ledoitWolf else { return try with(rule) }
    let meanVariance = pooled.trace / Double(dimension)
    return with(rule, try ridges(by: rule)) { gaussian in
      let fourthMoment = try fourthMoment(of: rows, labels: labels, around: gaussian)
      return try rule.ridge(
        gaussian.moments.map { ScatterMoments($0, fourthMoment: fourthMoment) },
        meanVariance: gaussian.spectrum.trace / Double(dimension), pooledMeanVariance: meanVariance,
        label: nil)
    }
  }

  /// The same detector under another ridge rule, without training samples. O(K·D).
  ///
  /// - Throws: ``DetectorError/unavailableRidgeRule(_:)`` for ``RidgeRule/leaveOneOut``, and if a moment that the rule
  ///   needs is unknown. Relative scores under ``RidgeRule/ledoitWolf`` throw it when they are computed.
  public func with(_ rule: RidgeRule) throws(DetectorError) -> SpectralDetector {
    guard rule != setting.ridgeRule else { return self }
    return with(rule, try ridges(by: rule), nil)
  }

  private func ridges(by rule: RidgeRule) throws(DetectorError) -> [ClassRidge] {
    var ridges: [ClassRidge] = []
    for gaussian in classes {
      ridges.append(
        try rule.ridge(
          gaussian.moments, meanVariance: gaussian.spectrum.trace / Double(dimension),
          pooledMeanVariance: pooled.trace / Double(dimension), label: gaussian.label))
    }
    return ridges
  }

  private func with(
    _ rule: RidgeRule, _ ridges: [ClassRidge],
    _ background: (@Sendable (GaussianClass) throws -> ClassRidge)?
  ) -> SpectralDetector {
    var setting = setting
    setting.ridgeRule = rule
    var detector = SpectralDetector(
      classes: zip(classes, ridges).map { $0.with($1) }, dimension: dimension, sampleCount: sampleCount,
      pooled: pooled, setting: setting, backgroundRidge: background, share: share)
    detector.otherSamples = otherSamples
    return detector
  }

  /// Σ ‖z − m_0‖⁴ over the training samples, class after class. O(N·D). A collective on several ranks.
  private func fourthMoment(
    of rows: any FeatureRows, labels: [Int], around gaussian: GaussianClass
  ) throws -> Double {
    let members = try ClassMembers.partition(labels, sampleCount: rows.count)
    let share = (rows as? DividedRows)?.share ?? ClassShare(classCount: members.count)
    let normalized = normalized(rows)
    let own = try share.own.map { index in
      let samples = GaussianClass(
        label: -1, count: members[index].rows.count, weight: 1, mean: gaussian.mean,
        meanRemainder: gaussian.meanRemainder, spectrum: gaussian.spectrum)
      return [try samples.samples(members[index], in: normalized, Execution(threadCount: 1)).fourthMoment()]
    }
    return try share.joinedNow(own, length: 1).reduce(0) { $0 + $1[0] }
  }
}

/// The ridges that leave-one-out chooses.
extension SpectralDetector {
  /// The grid of ``RidgeRule/leaveOneOut``: 10^(−8, −7.9 … 2) times the pooled mean variance.
  private var ridgeGrid: [Regularization] {
    let meanVariance = pooled.trace / Double(dimension)
    return RegularizationPath.standard.map { Regularization(unchecked: $0.value * meanVariance) }
  }

  /// For each class the λ of the grid with its least own leave-one-out NLL, given absolute ridges. Classes of one
  /// sample, and those that do not vary, take the λ that is best for all classes together.
  fileprivate func leaveOneOutRidges(
    _ rows: any FeatureRows, labels: [Int], _ execution: Execution
  ) async throws -> [ClassRidge] {
    let grid = ridgeGrid
    guard pooled.trace > 0 else { return classes.map { _ in ClassRidge(scale: 1, unit: 0) } }
    guard grid[0].value >= ScatterMoments.leastExact else {
      throw DetectorError.covarianceUnderflowed(label: nil)
    }
    let path = try await leaveOneOut(rows, labels: labels, along: grid, execution: execution)
    let common = grid.lowest(path.meanNLL)
    return zip(classes, path.classMeanNLL).map { gaussian, curve in
      let own = gaussian.spectrum.rank > 0 ? curve.map(grid.lowest) : nil
      return ClassRidge(scale: 1, unit: (own ?? common).value)
    }
  }

  /// The same for the background, as a class of all training samples without pooling. O(N·D·(D + P)).
  fileprivate func leaveOneOutRidge(
    ofBackground gaussian: GaussianClass, _ rows: any FeatureRows, labels: [Int]
  ) throws -> ClassRidge {
    let grid = ridgeGrid
    let rows = (rows as? DividedRows)?.onAllRanks ?? rows
    let members = ClassMembers(label: -1, rows: labels.indices.filter { labels[$0] >= 0 })
    let execution = Execution(threadCount: 1)
    let reached = try ReachedDirections(of: self, storedEpsilon: rows.storedEpsilon)
    let holdout = ClassHoldout(
      gaussian: try reached.represented(gaussian), dimension: reached.dimension,
      samples: gaussian.samples(members, in: normalized(rows), execution) { reached.projected($0) },
      others: nil, path: grid)
    guard gaussian.spectrum.rank > 0, let curve = try holdout.totals(execution) else {
      return ClassRidge(scale: 1, unit: 0)
    }
    return ClassRidge(scale: 1, unit: grid.lowest(curve).value)
  }
}

extension [Regularization] {
  /// The first λ with the least value, NaN aside.
  fileprivate func lowest(_ values: [Double]) -> Regularization {
    self[values.indices.min { values[$0] < values[$1] } ?? startIndex]
  }
}

extension ScatterMoments {
  fileprivate init(_ known: ScatterMoments, fourthMoment: Double?) {
    self.init(
      count: known.count, dimension: known.dimension, trace: known.trace, squaredNorm: known.squaredNorm,
      squaredDeviation: known.squaredDeviation, fourthMoment: fourthMoment)
  }
}
