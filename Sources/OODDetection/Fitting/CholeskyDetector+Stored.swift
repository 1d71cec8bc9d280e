import LinearAlgebra

extension CholeskyDetector {
  /// Fits with only `heldCount` factors in memory. The first pass over the features computes every class's mean and
  /// content hash. Then each class is factored or read from the cache, its bound is built from all means, and its
  /// factor is stored.
  static func fit(
    _ all: [ClassFit], at regularization: Regularization, setting: FitSetting, holding heldCount: Int,
    cache: FactorCache?, _ share: ClassShare, _ execution: Execution
  ) async throws -> CholeskyDetector {
    let sampleCount = all.reduce(0) { $0 + $1.count }
    let dimension = all[0].dimension
    let fits = share.own.map { all[$0] }
    let boundsWork = ClassBounds.buildingWork(classCount: fits.count, dimension: dimension)
    execution.meter.plan(fits.reduce(boundsWork) { $0 + $1.meanWork + $1.factorWork })
    let contents = try await share.ranks.together { try await Self.contents(of: fits, execution) }
    let means = contents.map(\.mean)
    let allMeans = AllMeans(
      try await share.joined(means.map(\.rounded), length: dimension), indices: share.own)

    var found: [FactoredClass] = []
    var marginals: [ClassMarginal] = []
    (found, marginals) = try await share.ranks.together {
      var classes: [FactoredClass] = []
      var marginals: [ClassMarginal] = []
      try await forEachInOrder(fits.count, threadCount: execution.threadCount) { index in
        let fit = fits[index]
        let place = StoredClassFactor(
          cache: cache, key: FactorKey(content: contents[index].content, regularization: regularization)
        ) {
          try fit.quiet.factoredSynchronously(at: regularization).covariance()
        }
        let isHeld = index < heldCount
        let covariance = try await place.loadedOrComputed(fit.execution, fit.factorWork) {
          try await fit.factored(at: regularization, allowsSpans: false).covariance()
        }
        execution.memory.hold(covariance.byteCount)
        defer { if !isHeld { execution.memory.release(covariance.byteCount) } }
        let marginal =
          all.count > 1
          ? try ClassBounds.marginal(of: share.own[index], among: allMeans, by: covariance.factor) : nil
        execution.meter.complete(
          WorkCount(multiplyAdds: boundsWork.multiplyAdds / Double(fits.count)))
        let factored = fits[index].factoredClass(
          means[index], covariance, at: regularization, of: sampleCount,
          keptIn: isHeld ? nil : ClassFactor(stored: place))
        return (factored, marginal)
      } consume: { _, found in
        classes.append(found.0)
        if let marginal = found.1 { marginals.append(marginal) }
      }
      return (classes, marginals)
    }
    let hasBounds = !found.isEmpty && found.allSatisfy(\.hasUsableBounds)
    return CholeskyDetector(
      setting: setting, regularization: regularization, classes: try await share.completed(found, all),
      dimension: dimension, sampleCount: sampleCount,
      classBounds: hasBounds
        ? ClassBounds(
          means: found.map(\.mean), marginals: marginals, parts: [[0]], in: allMeans.frame)
        : nil, share: share)
  }

  /// Every class's mean and content hash. All non-finite rows are collected before an error is thrown.
  static func contents(
    of fits: [ClassFit], _ execution: Execution
  ) async throws -> [(mean: ClassMean, content: ClassContent)] {
    var contents: [(mean: ClassMean, content: ClassContent)] = []
    var nonFinite = NonFiniteRows()
    try await forEachInOrder(fits.count, threadCount: execution.threadCount) { index in
      var hash = ContentHash()
      let found = try fits[index].mean { hash.combine($0.elements) }
      let content = ClassContent(
        hash: hash.value, count: fits[index].count, dimension: fits[index].dimension)
      return (found.mean, content, found.nonFiniteRows)
    } consume: { _, found in
      contents.append((found.0, found.1))
      nonFinite.append(found.2)
    }
    try nonFinite.check()
    return contents
  }
}

/// A class's factor that is not kept in memory: read from the cache, or recomputed from the samples.
struct StoredClassFactor: Sendable {
  let cache: FactorCache?
  let key: FactorKey
  /// Computes the factor after fitting.
  let recomputed: @Sendable () throws -> RegularizedCovariance

  /// The factor during fitting, stored in the cache if it is not there yet. Counts its work on the fit's meter.
  func loadedOrComputed(
    _ execution: Execution, _ work: WorkCount, computed: () async throws -> RegularizedCovariance
  ) async throws -> RegularizedCovariance {
    try Task.checkCancellation()
    if let stored = cache?.factor(for: key) {
      execution.meter.plan(WorkCount() - work)
      return stored
    }
    execution.memory.countFactorization()
    let made = try await computed()
    cache?.store(made, for: key)
    return made
  }

  /// The factor after fitting, recomputed from the samples if the cache no longer has it.
  func loaded() throws -> CholeskyFactorization {
    try Task.checkCancellation()
    return try (cache?.factor(for: key) ?? recomputed()).factor
  }
}

extension ClassFit {
  /// The same fit without progress: fitting is complete when a factor is recomputed.
  var quiet: ClassFit {
    var execution = execution
    execution.meter = WorkMeter()
    execution.memory.countFactorization()
    return ClassFit(members: members, rows: rows, execution: execution)
  }
}

extension ClassFit.FactoredOutcome {
  fileprivate func covariance() throws -> RegularizedCovariance {
    switch self {
    case .fitted(_, let covariance): return covariance
    case .spanned: preconditionFailure("only classes in memory are represented by their span")
    case .singular(let error): throw error
    case .nonFinite(let rows):
      throw DetectorError.nonFiniteFeatures(rowCount: rows.count, firstRows: Array(rows.prefix(5)))
    }
  }
}
