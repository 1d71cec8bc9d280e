import LinearAlgebra
import Synchronization

extension CholeskyDetector {
  /// Fits one Gaussian per class at one λ. The classes are the distinct labels ≥ 0, ascending. Rows with a label below
  /// 0 are out-of-distribution and are not read.
  ///
  /// Computes means and covariances in one pass over the features (N, D), then a triangular factor of each Σ_k + λI.
  /// O(N·D²/2 + K·D³/6); see ``MemoryPlan`` for the memory. Up to `threadCount` child tasks run at a time and check
  /// for cancellation at every block. The result does not depend on their number. If all factors fit, classes of n ≤ D/2
  /// samples are represented by the span of their samples; elsewhere by a triangular factor, whose scores differ by
  /// rounding errors.
  ///
  /// - Parameters:
  ///   - setting: Normalization, pooling and ridge rule. Every rule but the absolute one, pooling, and the background
  ///     need a pass over the features before the factorizations.
  ///   - includesBackground: Whether to fit the background, which relative scores need.
  ///   - memory: The memory limit for fitting and scoring; nil to keep all factors in memory. If the factors do not
  ///     fit, fitting needs another pass over the features.
  ///   - cache: Stores the factors that do not fit, for scoring and for the next fit of the same samples at the same
  ///     λ. Without a cache they are recomputed whenever they are needed.
  /// - Throws: ``DetectorError``, with ``DetectorError/singularCovariance(label:rank:dimension:)`` if a class lacks full
  ///   rank and has no ridge, ``DetectorError/unavailableRidgeRule(_:)`` for ``RidgeRule/leaveOneOut``, which needs
  ///   spectra, and ``DetectorError/memoryTooSmall(neededBytes:permittedBytes:)`` if `memory` does not
  ///   suffice for a single class; `CancellationError`; and the errors of `rows`.
  @concurrent
  public static func fit(
    _ rows: any FeatureRows, labels: [Int], at regularization: Regularization,
    setting: FitSetting = .standard,
    includesBackground: Bool = false, threadCount: Int = SpectralDetector.defaultThreadCount,
    memory: MemoryBudget? = nil, cache: FactorCache? = nil, progress: ProgressHandler? = nil
  ) async throws -> CholeskyDetector {
    try await fit(
      rows, labels: labels, at: regularization, setting: setting, includesBackground: includesBackground,
      memory: memory, cache: cache,
      execution: Execution(threadCount: threadCount, meter: WorkMeter(progress)))
  }

  static func fit(
    _ original: any FeatureRows, labels: [Int], at regularization: Regularization,
    setting: FitSetting = .standard, includesBackground: Bool = false, memory: MemoryBudget? = nil,
    cache: FactorCache? = nil, allowsSpans: Bool = true, execution: Execution
  ) async throws -> CholeskyDetector {
    guard setting.ridgeRule != .leaveOneOut else { throw DetectorError.unavailableRidgeRule(.leaveOneOut) }
    let rows = setting.normalization.normalized(original)
    let members = try ClassMembers.partition(labels, sampleCount: rows.count)
    let dimension = try SpectralDetector.usableDimension(rows)
    let divided = original as? DividedRows
    let share = divided?.share ?? ClassShare(classCount: members.count)
    let readsClassesOnce = setting.pooling == .none && !includesBackground
    let fits = members.map { ClassFit(members: $0, rows: rows, execution: execution) }
    let plan = try await share.ranks.together { () -> MemoryPlan? in
      guard let memory else { return nil }
      return try MemoryPlan(
        MemoryPlan.Workload(
          sampleCount: rows.count, classCount: setting.pooling == .tied ? 1 : share.own.count,
          largestClassCount: share.own.map { fits[$0].count }.max() ?? 0, dimension: dimension,
          threadCount: execution.threadCount,
          share: divided?.sharedWork(dropsFittedClasses: readsClassesOnce)),
        budget: memory)
    }
    // All ranks go the same way.
    let holdsAll = try await share.ranks.all(plan?.holdsAllFactors ?? true)
    let heldCount = holdsAll ? nil : plan?.heldFactorCount
    // Bounds of spans and of triangular factors rule out few classes of each other's kind.
    let spans = try await share.ranks.all(
      allowsSpans && (plan?.allowsSpans ?? true) && fits.allSatisfy(\.isSpanSmall))
    let allowsEstimates = plan?.allowsEstimates ?? true
    var detector: CholeskyDetector
    if setting.pooling != .none || setting.ridgeRule != .absolute || includesBackground {
      detector = try await fit(
        fits, of: readsClassesOnce ? divided : nil, at: regularization, setting: setting,
        includesBackground: includesBackground, holding: heldCount,
        allowsSpans: spans, allowsEstimates: allowsEstimates, cache: cache, share, execution)
    } else if let heldCount {
      detector = try await fit(
        fits, at: regularization, setting: setting, holding: heldCount, cache: cache, share, execution)
    } else {
      detector = try await fit(
        fits, of: divided, at: regularization, setting: setting, allowsSpans: spans,
        allowsEstimates: allowsEstimates, share, execution)
    }
    if let plan { detector.batchByteCount = plan.batchBytes }
    return detector
  }

  /// The bounds for this rank's classes, which are in memory. A collective.
  ///
  /// - Parameter allowsEstimates: Whether there is memory for ``DistanceEstimates``.
  static func bounds(
    for classes: [FactoredClass], at regularization: Regularization, allowsEstimates: Bool,
    _ share: ClassShare, _ execution: Execution
  ) async throws -> (any DistanceBounds)? {
    let estimates = try await share.ranks.all(
      allowsEstimates && DistanceEstimates.pay(classes, own: share.own))
    return try await share.ranks.together {
      let all = AllMeans(classes.map(\.mean), indices: share.own)
      if estimates, let frame = all.frame {
        return try await DistanceEstimates.build(
          classes, own: share.own, in: frame, at: regularization, execution)
      }
      return try await bounds(for: share.own.map { classes[$0] }, among: all, execution)
    }
  }

  private static func bounds(
    for classes: [FactoredClass], among all: AllMeans, _ execution: Execution
  ) async throws -> (any DistanceBounds)? {
    if QuantizedRows.isFast, let bounds = try await QuantizedSpanBounds.build(classes, among: all, execution)
    {
      return bounds
    }
    return try await ClassBounds.build(classes, among: all, execution)
  }

  /// Fits with all factors in memory.
  ///
  /// - Parameter divided: Where the samples of fitted classes can be dropped.
  private static func fit(
    _ fits: [ClassFit], of divided: DividedRows?, at regularization: Regularization, setting: FitSetting,
    allowsSpans: Bool, allowsEstimates: Bool, _ share: ClassShare, _ execution: Execution
  ) async throws -> CholeskyDetector {
    let sampleCount = fits.reduce(0) { $0 + $1.count }
    let dimension = fits[0].dimension
    let own = share.own.map { fits[$0] }
    execution.meter.plan(
      own.reduce(WorkCount()) { $0 + $1.factorWork(allowsSpans: allowsSpans) }
        + (own.allSatisfy { allowsSpans && $0.isSpanSmall }
          ? WorkCount() : ClassBounds.buildingWork(classCount: own.count, dimension: dimension)))

    let found = try await share.ranks.together {
      var classes: [FactoredClass] = []
      var nonFinite = NonFiniteRows()
      try await forEachInOrder(own.count, threadCount: execution.threadCount) { index in
        try await own[index].factored(at: regularization, allowsSpans: allowsSpans)
      } consume: { index, outcome in
        switch outcome {
        case .fitted(let mean, let covariance):
          execution.memory.hold(covariance.byteCount)
          classes.append(own[index].factoredClass(mean, covariance, at: regularization, of: sampleCount))
        case .spanned(let mean, let span):
          execution.memory.hold(span.byteCount)
          classes.append(own[index].factoredClass(mean, span, of: sampleCount))
        case .nonFinite(let rows): nonFinite.append(rows)
        case .singular(let error):
          // Of several errors, the same one is reported regardless of timing.
          try nonFinite.check()
          throw error
        }
        divided?.drop(share.own[index])
      }
      try nonFinite.check()
      return classes
    }
    let classes = try await share.completed(found, fits)
    return CholeskyDetector(
      setting: setting, regularization: regularization, classes: classes, dimension: dimension,
      sampleCount: sampleCount,
      classBounds: try await bounds(
        for: classes, at: regularization, allowsEstimates: allowsEstimates, share, execution),
      share: share)
  }
}

extension ClassShare {
  /// This rank's classes with those of all others, which keep their factors. A collective.
  func completed(_ found: [FactoredClass], _ fits: [ClassFit]) async throws -> [FactoredClass] {
    if isWhole { return found }
    let dimension = fits[0].dimension
    let sampleCount = Double(fits.reduce(0) { $0 + $1.count })
    let records = try await joined(
      found.map(\.record), length: FactoredClass.recordLength(dimension: dimension))
    var own = found.makeIterator()
    return fits.indices.map { index in
      if isOwn(index), let known = own.next() { return known }
      return FactoredClass(
        label: fits[index].label, count: fits[index].count, weight: Double(fits[index].count) / sampleCount,
        dimension: dimension, record: records[index])
    }
  }
}

extension ClassFit {
  /// The result of fitting one class at one λ.
  enum FactoredOutcome: Sendable {
    case fitted(mean: ClassMean, RegularizedCovariance)
    case spanned(mean: ClassMean, SpanCovariance)
    case nonFinite(rows: [Int])
    case singular(DetectorError)
  }

  var factorWork: WorkCount {
    meanWork + .gram(rows: count, columns: dimension) + .cholesky(order: dimension)
  }

  func factorWork(allowsSpans: Bool) -> WorkCount {
    allowsSpans && isSpanSmall
      ? meanWork + SpanCovariance.work(sampleCount: count, dimension: dimension) : factorWork
  }

  /// Whether this class may be represented by the span of its samples, which are read at once.
  var isSpanSmall: Bool {
    SpanCovariance.isUsable(sampleCount: count, dimension: dimension)
      && count * dimension <= execution.heldElementCount
  }

  /// Fits this class at one λ.
  ///
  /// - Parameter allowsSpans: Whether a class with far fewer samples than dimensions may be represented by their span.
  func factored(at regularization: Regularization, allowsSpans: Bool) async throws -> FactoredOutcome {
    if allowsSpans, isSpanSmall {
      switch try centredSamplesInMemory() {
      case .failure(let unusable): return .nonFinite(rows: unusable.rows)
      case .success(let found):
        let work = SpanCovariance.work(sampleCount: count, dimension: dimension)
        let span = try await abandonable(work) { [count] in
          SpanCovariance(centred: found.rows, divisor: Double(count), ridge: regularization)
        }
        if let span {
          execution.meter.complete(work)
          return .spanned(mean: found.mean, span)
        }
        execution.meter.plan(factorWork - work)
      }
    }
    switch try preparedFactorization(at: regularization) {
    case .failure(let unusable): return unusable.outcome
    case .success(let ready):
      let covariance = try await abandonable(.cholesky(order: dimension), ready.factor)
      execution.meter.complete(.cholesky(order: dimension))
      return .fitted(mean: ready.mean, covariance)
    }
  }

  /// Fits this class at one λ on the calling thread.
  func factoredSynchronously(at regularization: Regularization) throws -> FactoredOutcome {
    switch try preparedFactorization(at: regularization) {
    case .failure(let unusable): return unusable.outcome
    case .success(let ready):
      try Task.checkCancellation()
      return .fitted(mean: ready.mean, try ready.factor())
    }
  }

  private struct PreparedFactorization {
    var mean: ClassMean
    /// May be called once.
    var factor: @Sendable () throws -> RegularizedCovariance
  }

  private struct UnusableClass: Error { var outcome: FactoredOutcome }

  private func preparedFactorization(
    at regularization: Regularization
  ) throws -> Result<PreparedFactorization, UnusableClass> {
    let moments: ClassMoments
    switch try self.moments() {
    case .success(let found): moments = found
    case .failure(let unusable): return .failure(UnusableClass(outcome: .nonFinite(rows: unusable.rows)))
    }
    if regularization.value == 0, let error = try singularity(moments) {
      return .failure(UnusableClass(outcome: .singular(error)))
    }
    let mean = moments.mean
    let transfer = MomentsTransfer(moments, execution.memory)
    return .success(
      PreparedFactorization(mean: mean) {
        var (moments, bytes) = transfer.taken()
        defer { execution.memory.release(bytes) }
        // The covariance is factored in place, so no other reference may remain.
        let covariance = moments.covariance
        moments.covariance = Matrix(rowCount: 0, columnCount: 0)
        return try RegularizedCovariance(
          covariance: consume covariance, of: centredSamples(moments), at: regularization, label: label)
      })
  }

  func factoredClass(
    _ mean: ClassMean, _ covariance: RegularizedCovariance, at regularization: Regularization,
    of sampleCount: Int,
    ridge: ClassRidge = .absolute, keptIn place: ClassFactor? = nil
  ) -> FactoredClass {
    FactoredClass(
      label: label, count: count, weight: Double(count) / Double(sampleCount), mean: mean,
      covariance: covariance, ridge: ridge, regularization: regularization, keptIn: place)
  }

  func factoredClass(
    _ mean: ClassMean, _ span: SpanCovariance, of sampleCount: Int, ridge: ClassRidge = .absolute
  ) -> FactoredClass {
    FactoredClass(
      label: label, count: count, weight: Double(count) / Double(sampleCount), mean: mean, span: span,
      ridge: ridge)
  }

  /// The error of a singular covariance, whose rank comes from its spectrum; nil if it has full rank.
  private func singularity(_ moments: ClassMoments) throws -> DetectorError? {
    let rank = try Spectrum(of: centredSamples(moments), covariance: moments.covariance, label: label).rank
    return rank < dimension ? .singularCovariance(label: label, rank: rank, dimension: dimension) : nil
  }
}

/// Passes moments to another closure without copying them.
private final class MomentsTransfer: Sendable {
  private let moments: Mutex<ClassMoments?>
  private let bytes: Int

  init(_ moments: consuming ClassMoments, _ memory: MemoryMeter) {
    bytes = moments.byteCount
    memory.hold(bytes)
    self.moments = Mutex(moments)
  }

  /// Takes the moments, with their size in bytes. Call at most once.
  func taken() -> (ClassMoments, Int) {
    guard let taken = moments.withLock({ $0.take() }) else {
      preconditionFailure("the moments were already taken")
    }
    return (taken, bytes)
  }
}
