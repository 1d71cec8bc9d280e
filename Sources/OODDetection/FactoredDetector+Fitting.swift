import LinearAlgebra

extension FactoredDetector {
  /// Fits one Gaussian per class at one λ: the distinct labels ≥ 0, ascending. Rows with a label below 0 are
  /// out-of-distribution and are not read.
  ///
  /// Means and covariances in one pass over the features (N, D), then a triangular factor of Σ_k + λI.
  /// O(N·D²/2 + K·D³/6); memory O(K·D²) for the result. Children of the calling task do the work,
  /// `threadCount` at a time, and check for cancellation with every block; the result does not depend on
  /// their number.
  ///
  /// - Throws: ``DetectorError``, with ``DetectorError/singularCovariance(label:rank:dimension:)`` where λ = 0
  ///   meets a class without full rank, `CancellationError`, and what `rows` throws.
  @concurrent
  public static func fit(
    _ rows: any FeatureRows, labels: [Int], at regularization: Regularization,
    threadCount: Int = FittedDetector.defaultThreadCount, progress: ProgressHandler? = nil
  ) async throws -> FactoredDetector {
    try await fit(
      rows, labels: labels, at: regularization,
      execution: Execution(threadCount: threadCount, meter: WorkMeter(progress)))
  }

  static func fit(
    _ rows: any FeatureRows, labels: [Int], at regularization: Regularization, execution: Execution
  ) async throws -> FactoredDetector {
    let members = try ClassMembers.partition(labels, sampleCount: rows.count)
    let dimension = try FittedDetector.usableDimension(rows)
    let fits = members.map {
      ClassFit(members: $0, rows: rows, execution: execution)
    }
    let sampleCount = fits.reduce(0) { $0 + $1.count }
    execution.meter.plan(
      fits.reduce(ClassScreen.buildingWork(classCount: fits.count, dimension: dimension)) {
        $0 + $1.factorWork
      })

    var classes: [FactoredClass] = []
    var nonFinite = NonFiniteRows()
    try await forEachInOrder(fits.count, threadCount: execution.threadCount) { index in
      try await fits[index].factored(at: regularization, of: sampleCount)
    } consume: { _, outcome in
      switch outcome {
      case .fitted(let factored): classes.append(factored)
      case .nonFinite(let rows): nonFinite.append(rows)
      case .singular(let error):
        // Of several errors the same one is reported, whatever the timing.
        try nonFinite.check()
        throw error
      }
    }
    try nonFinite.check()
    return FactoredDetector(
      regularization: regularization, classes: classes, dimension: dimension, sampleCount: sampleCount,
      screen: try await ClassScreen.build(classes, execution))
  }
}

extension ClassFit {
  /// What fitting one class at one λ came to.
  enum FactoredOutcome: Sendable {
    case fitted(FactoredClass)
    case nonFinite(rows: [Int])
    case singular(DetectorError)
  }

  var factorWork: WorkCount {
    meanWork + .gram(rows: count, columns: dimension) + .cholesky(order: dimension)
  }

  /// This class at one λ.
  func factored(at regularization: Regularization, of sampleCount: Int) async throws -> FactoredOutcome {
    let moments: ClassMoments
    switch try self.moments() {
    case .success(let found): moments = found
    case .failure(let unusable): return .nonFinite(rows: unusable.rows)
    }
    if regularization.value == 0, let error = try singularity(moments) { return .singular(error) }
    let covariance = try await abandonable(.cholesky(order: dimension)) {
      try RegularizedCovariance(covariance: moments.covariance, at: regularization, label: label)
        ?? RegularizedCovariance(centred: try centred(moments), at: regularization, label: label)
    }
    execution.meter.complete(.cholesky(order: dimension))
    return .fitted(
      FactoredClass(
        label: label, count: count, weight: Double(count) / Double(sampleCount), mean: moments.mean,
        covariance: covariance))
  }

  /// That the covariance has no inverse, by the rank that a spectrum would find.
  private func singularity(_ moments: ClassMoments) throws -> DetectorError? {
    let rank = try Spectrum(
      ofCovariance: moments.covariance, sampleCount: count, largestRank: count - 1, label: label
    ).rank
    return rank < dimension ? .singularCovariance(label: label, rank: rank, dimension: dimension) : nil
  }
}
