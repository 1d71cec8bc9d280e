/// The squared distances of a class's training samples, each to the class fitted without it.
public struct HeldOutDistances: Sendable, Equatable {
  /// Row numbers among the training samples, ascending, (n_k,).
  public let rows: [Int]
  /// In the same order, (n_k,); infinite if λ = 0 and the class is singular without the sample.
  public let squaredDistances: [Double]

  /// The squared distance of the training sample in a row; nil if it does not belong to this class.
  public func squaredDistance(ofRow row: Int) -> Double? {
    let index = rows.indices.partitioningIndex { rows[$0] >= row }
    return index < rows.count && rows[index] == row ? squaredDistances[index] : nil
  }
}

extension SpectralDetector {
  /// For each class index, the exact distances of its training samples to the class fitted without them, computed
  /// without refitting. Classes of one sample are absent. `rows` and `labels` must be those of the fit. O(n·m·D).
  ///
  /// - Throws: ``DetectorError/trainingSamplesDiffer(label:expected:found:)``, the errors of scoring,
  ///   `CancellationError`, and the errors of `rows`.
  @concurrent
  public func heldOutDistances(
    of classIndices: Set<Int>, _ rows: any FeatureRows, labels: [Int], at regularization: Regularization,
    threadCount: Int = SpectralDetector.defaultThreadCount
  ) async throws -> [Int: HeldOutDistances] {
    try rows.requireDimension(dimension)
    let members = try trainingMembers(labels, sampleCount: rows.count)
    let execution = Execution(threadCount: threadCount)
    let normalized = normalized(rows)
    return try await HeldOutDistances.collect(classIndices, threadCount: threadCount) { index in
      try classes[index].heldOutDistances(
        members[index], in: normalized, others: others(than: index, members, in: normalized, execution),
        at: regularization, execution)
    }
  }
}

extension CholeskyDetector {
  /// The held-out distances at the detector's λ. Computes the spectra of these classes and discards them: O(n·D² + D³)
  /// for each.
  ///
  /// - Parameter memory: The memory limit; nil for no limit.
  /// - Throws: as ``SpectralDetector/heldOutDistances(of:_:labels:at:threadCount:)``, and
  ///   ``DetectorError/memoryTooSmall(neededBytes:permittedBytes:)``.
  @concurrent
  public func heldOutDistances(
    of classIndices: Set<Int>, _ rows: any FeatureRows, labels: [Int],
    threadCount: Int = SpectralDetector.defaultThreadCount, memory: MemoryBudget? = nil
  ) async throws -> [Int: HeldOutDistances] {
    try rows.requireDimension(dimension)
    let members = try ClassMembers.partition(labels, sampleCount: rows.count)
    for (known, found) in zip(classes, members)
    where (known.label, known.count) != (found.label, found.rows.count) {
      throw DetectorError.trainingSamplesDiffer(
        label: known.label, expected: known.count, found: known.label == found.label ? found.rows.count : 0)
    }
    guard classes.count == members.count else {
      let label = members.count > classes.count ? members[classes.count].label : classes[members.count].label
      throw DetectorError.trainingSamplesDiffer(
        label: label, expected: members.count > classes.count ? 0 : classes[members.count].count,
        found: members.count > classes.count ? members[classes.count].rows.count : 0)
    }
    let counts = setting.pooling.basisCounts(classIndices.map { classes[$0].count }, dimension: dimension)
    let threadCount =
      try memory.map { try Self.affordableThreadCount(counts, dimension, threadCount, $0) } ?? threadCount
    let execution = Execution(threadCount: threadCount)
    let normalized = setting.normalization.normalized(rows)
    let fits = members.map { ClassFit(members: $0, rows: normalized, execution: execution) }
    let isPooled = setting.pooling != .none
    let pooled = isPooled ? try await pooledScatter(fits, execution) : nil
    return try await HeldOutDistances.collect(classIndices, threadCount: threadCount) { index in
      let known = classes[index]
      guard known.count > 1 else { return nil }
      let (scatter, spectrum): (ClassScatter, Spectrum)
      var others: CentredSamples?
      if let pooled {
        scatter = pooled.classes[index]
        spectrum =
          setting.pooling == .tied
          ? pooled.spectrum : try await fits[index].decomposed(scatter, mixing: pooled.scatter)
        others = CentredSamples.joined(
          fits.indices.filter { $0 != index }.map {
            fits[$0].centredSamples(around: pooled.classes[$0].mean, blockSize: execution.blockSize)
          }
        ).withRowsScaled(by: setting.pooling.value.squareRoot())
      } else {
        switch try await fits[index].decomposed() {
        case .fitted(let found, let own): (scatter, spectrum) = (found, own)
        case .nonFinite(let rows):
          throw DetectorError.nonFiniteFeatures(rowCount: rows.count, firstRows: Array(rows.prefix(5)))
        }
      }
      let gaussian = GaussianClass(
        label: known.label, count: known.count, weight: known.weight, mean: scatter.mean.rounded,
        meanRemainder: scatter.mean.remainder, spectrum: spectrum, ridge: known.ridge,
        divisors: setting.pooling.divisors(count: known.count, sampleCount: sampleCount))
      return try gaussian.heldOutDistances(
        members[index], in: normalized, others: others, at: regularization, execution)
    }
  }

  /// The means and covariances of all classes, and the spectrum of the pooled covariance.
  private func pooledScatter(
    _ fits: [ClassFit], _ execution: Execution
  ) async throws -> (scatter: PooledScatter, classes: [ClassScatter], spectrum: Spectrum) {
    let (scatters, covariance) = try await SpectralDetector.scatters(fits, keeps: false, share, execution)
    let samples = share.pooledSamples(fits, scatters)
    let spectrum = try Spectrum(completing: covariance, of: samples)
    return (
      PooledScatter(
        pooling: setting.pooling, sampleCount: sampleCount, covariance: covariance,
        rows: Shared { spectrum.scaledDirections() }), scatters, spectrum
    )
  }
}

extension CholeskyDetector {
  /// The number of classes that can be decomposed at a time: `threadCount`, or one.
  private static func affordableThreadCount(
    _ classCounts: [Int], _ dimension: Int, _ threadCount: Int, _ memory: MemoryBudget
  ) throws(DetectorError) -> Int {
    func plan(_ threadCount: Int) -> SpectraPlan {
      SpectraPlan(
        SpectraPlan.Workload(classCounts: classCounts, dimension: dimension, threadCount: threadCount),
        permitting: memory)
    }
    if plan(threadCount).isPossible { return threadCount }
    let least = plan(1)
    guard least.isPossible else {
      throw .memoryTooSmall(neededBytes: least.leastBytes, permittedBytes: memory.bytes)
    }
    return 1
  }
}

extension GaussianClass {
  /// The held-out distances in all D dimensions, as for scores; nil for a class of one sample.
  fileprivate func heldOutDistances(
    _ members: ClassMembers, in rows: any FeatureRows, others: CentredSamples?,
    at regularization: Regularization,
    _ execution: Execution
  ) throws -> HeldOutDistances? {
    try ClassHoldout(
      gaussian: self, dimension: mean.count, samples: samples(members, in: rows, execution), others: others,
      path: [regularization]
    ).squaredDistances(execution).map { HeldOutDistances(rows: members.rows, squaredDistances: $0) }
  }
}

extension HeldOutDistances {
  fileprivate static func collect(
    _ classIndices: Set<Int>, threadCount: Int,
    _ distances: @escaping @Sendable (Int) async throws -> HeldOutDistances?
  ) async throws -> [Int: HeldOutDistances] {
    let wanted = classIndices.sorted()
    var collected: [Int: HeldOutDistances] = [:]
    try await forEachInOrder(wanted.count, threadCount: threadCount) { place in
      try await distances(wanted[place])
    } consume: { place, found in
      collected[wanted[place]] = found
    }
    return collected
  }
}
