import LinearAlgebra

extension CholeskyDetector {
  /// Fits at any setting: every class's mean and covariance first, then, with the pooled covariance and all ridges
  /// known, the factors.
  ///
  /// - Parameters:
  ///   - divided: Where the samples of classes with a factor in memory can be dropped.
  ///   - heldCount: The number of factors to keep in memory; nil for all.
  static func fit(
    _ fits: [ClassFit], of divided: DividedRows? = nil, at regularization: Regularization,
    setting: FitSetting,
    includesBackground: Bool,
    holding heldCount: Int?, allowsSpans: Bool = true, allowsEstimates: Bool = true, cache: FactorCache?,
    _ share: ClassShare, _ execution: Execution
  ) async throws -> CholeskyDetector {
    let dimension = fits[0].dimension
    let factorWork = WorkCount.cholesky(order: dimension)
    let isTied = setting.pooling == .tied
    let own = share.own
    execution.meter.plan(
      own.reduce(ClassBounds.buildingWork(classCount: own.count, dimension: dimension)) {
        $0 + fits[$1].momentsWork + (isTied ? WorkCount() : factorWork)
      })
    let contents =
      heldCount == nil
      ? nil
      : try await share.ranks.together {
        try await Self.contents(of: own.map { fits[$0] }, execution).map(\.content)
      }
    let (scatters, covariance) = try await SpectralDetector.scatters(fits, keeps: !isTied, share, execution)
    let covariances = try SettingCovariances(
      fits: fits, scatters: scatters, pooledCovariance: covariance, setting: setting, at: regularization,
      share: share)
    let sampleCount = covariances.pooled.sampleCount
    let means = scatters.map(\.mean)

    @Sendable func factoredClass(
      _ index: Int, _ found: RegularizedCovariance, _ place: ClassFactor? = nil
    ) -> FactoredClass {
      fits[index].factoredClass(
        means[index], found, at: regularization, of: sampleCount, ridge: covariances.ridges[index],
        keptIn: place)
    }
    var classes: [FactoredClass] = []
    var whitened: WhitenedClasses?
    if covariances.isCommon {
      execution.meter.plan(factorWork)
      let common = try await share.computing(factorWork) { try covariances.factored(0) }
      execution.meter.complete(factorWork)
      classes = fits.indices.map { factoredClass($0, common) }
      if classes.count > 1 { whitened = WhitenedClasses(classes, common.factor) }
    } else {
      try await covariances.preparePooledRows()
      let found = try await share.ranks.together {
        var classes: [FactoredClass] = []
        try await forEachInOrder(own.count, threadCount: execution.threadCount) { place -> FactoredClass in
          let index = own[place]
          guard let content = contents?[place] else {
            if allowsSpans, let span = try await covariances.spanned(index) {
              execution.memory.hold(span.byteCount)
              execution.meter.complete(factorWork)
              return fits[index].factoredClass(
                means[index], span, of: sampleCount, ridge: covariances.ridges[index])
            }
            let found = try await abandonable(factorWork) { try covariances.factored(index) }
            execution.memory.hold(found.byteCount)
            execution.meter.complete(factorWork)
            return factoredClass(index, found)
          }
          let stored = StoredClassFactor(
            cache: cache,
            key: FactorKey(
              content: setting.pooling == .none ? content : content.mixed(with: covariances.pooled),
              scale: covariances.ridges[index].scale,
              regularization: covariances.ridges[index].ridge(at: regularization))
          ) {
            execution.memory.countFactorization()
            return try covariances.factored(index)
          }
          let found = try await stored.loadedOrComputed(execution, factorWork) {
            let found = try await abandonable(factorWork) { try covariances.factored(index) }
            execution.meter.complete(factorWork)
            return found
          }
          let isHeld = place < heldCount ?? 0
          if isHeld { execution.memory.hold(found.byteCount) }
          return factoredClass(index, found, isHeld ? nil : ClassFactor(stored: stored))
        } consume: { place, factored in
          classes.append(factored)
          if contents == nil { divided?.drop(own[place]) }
        }
        return classes
      }
      classes = try await share.completed(found, fits)
    }
    let classBounds: (any DistanceBounds)?
    if let whitened {
      classBounds = try await share.ranks.together { [classes] in
        try await ClassBounds.build(whitened, classes, execution)
      }
    } else {
      classBounds = try await bounds(
        for: classes, at: regularization, allowsEstimates: allowsEstimates,
        covariances.isCommon ? ClassShare(classCount: classes.count) : share, execution)
    }
    return CholeskyDetector(
      setting: setting, regularization: regularization, classes: classes,
      background: includesBackground ? try await covariances.background(classes) : nil, dimension: dimension,
      sampleCount: sampleCount,
      classBounds: classBounds, whitened: whitened, share: covariances.isCommon ? nil : share)
  }
}

/// The regularized covariances of all classes and of the background under one setting.
struct SettingCovariances: Sendable {
  let fits: [ClassFit]
  let scatters: [ClassScatter]
  let pooled: PooledScatter
  let setting: FitSetting
  let regularization: Regularization
  /// In the order of the classes.
  let ridges: [ClassRidge]
  /// The samples of all classes, each centred by its own mean. Reading them is a collective.
  private let pooledSamples: CentredSamples
  private let share: ClassShare

  /// Whether all classes have the same regularized covariance.
  var isCommon: Bool { setting.pooling == .tied && Set(ridges).count == 1 }

  init(
    fits: [ClassFit], scatters: [ClassScatter], pooledCovariance: Matrix, setting: FitSetting,
    at regularization: Regularization, share: ClassShare
  ) throws {
    self.share = share
    self.fits = fits
    self.scatters = scatters
    self.setting = setting
    self.regularization = regularization
    let samples = share.pooledSamples(fits, scatters)
    pooledSamples = samples
    let pooled = PooledScatter(
      pooling: setting.pooling, sampleCount: samples.count, covariance: pooledCovariance,
      rows: Shared { try samples.triangularRows(pooledCovariance) })
    self.pooled = pooled
    let pooledTrace = pooled.meanVariance * Double(pooledCovariance.rowCount)
    ridges = try zip(fits, scatters).map { fit, scatter in
      let divisor = setting.pooling.divisors(count: fit.count, sampleCount: samples.count).all
      let trace =
        setting.pooling == .none
        ? scatter.moments.trace
        : ((1 - setting.pooling.value) * Double(fit.count) * scatter.moments.trace
          + setting.pooling.value * Double(samples.count) * pooledTrace) / divisor
      return try setting.ridgeRule.ridge(
        scatter.moments, meanVariance: trace / Double(fit.dimension), pooledMeanVariance: pooled.meanVariance,
        label: fit.label)
    }
  }

  /// The representation of a class by the span of its samples; nil if it is pooled or has too many samples.
  func spanned(_ index: Int) async throws -> SpanCovariance? {
    let (fit, ridge) = (fits[index], ridges[index])
    guard setting.pooling == .none, fit.isSpanSmall,
      case .success(let found) = try fit.quiet.centredSamplesInMemory()
    else { return nil }
    return try await abandonable(SpanCovariance.work(sampleCount: fit.count, dimension: fit.dimension)) {
      [regularization] in
      SpanCovariance(
        centred: found.rows, divisor: Double(fit.count) / ridge.scale,
        ridge: ridge.ridge(at: regularization))
    }
  }

  /// The factor of one class. O(n·D² + D³), or O(D³) if its covariance was kept.
  func factored(_ index: Int) throws -> RegularizedCovariance {
    let (fit, scatter) = (fits[index], scatters[index])
    let own = fit.centredSamples(around: scatter.mean)
    let isPooled = setting.pooling != .none
    func covariance() throws -> Matrix {
      if setting.pooling == .tied { return pooled.covariance }
      let covariance = try scatter.covariance ?? fit.quiet.covariance(again: scatter.mean)
      return isPooled ? pooled.mixed(covariance, count: fit.count) : covariance
    }
    let rows = !isPooled ? own : isCommon ? pooledSamples : pooled.mixed(own)
    return try factored(try covariance(), of: rows, ridges[index], label: fit.label)
  }

  /// The factor of s C + t r I, for C in the upper triangle and the rows that it was computed from.
  private func factored(
    _ covariance: consuming Matrix, of samples: CentredSamples, _ ridge: ClassRidge, label: Int
  ) throws -> RegularizedCovariance {
    var matrix = covariance
    let value = ridge.ridge(at: regularization)
    if value.value == 0 {
      let rank =
        ridge.scale > 0 ? try Spectrum(completing: matrix, of: samples, label: label).rank : 0
      if rank < matrix.rowCount {
        throw DetectorError.singularCovariance(label: label, rank: rank, dimension: matrix.rowCount)
      }
    }
    if ridge.scale != 1 { matrix.scaleRows(by: [Double](repeating: ridge.scale, count: matrix.rowCount)) }
    return try RegularizedCovariance(
      covariance: matrix, of: samples.scaled(by: ridge.scale), at: value, label: label)
  }

  /// Computes on several ranks what they can compute only together, before each goes its own way: the rows that
  /// replace the samples of all classes.
  func preparePooledRows() async throws {
    guard !share.isWhole, setting.pooling != .none else { return }
    let rows = pooled.rows
    _ = try await share.ranks.waiting { _ in try rows.value }
  }

  /// The background, or the class itself if there is only one. On all ranks; a collective.
  func background(_ classes: [FactoredClass]) async throws -> FactoredClass {
    if classes.count == 1 { return classes[0] }
    let gaussians = zip(fits, scatters).map { fit, scatter in
      GaussianClass(
        label: fit.label, count: fit.count, weight: Double(fit.count) / Double(pooled.sampleCount),
        mean: scatter.mean.rounded, meanRemainder: scatter.mean.remainder, spectrum: .empty(fit.dimension))
    }
    let (mean, deviations) = Background.weightedMeans(of: gaussians)
    var covariance = pooled.covariance
    covariance.addColumnGram(of: deviations, scale: 1)
    var fourthMoment: Double?
    if setting.ridgeRule == .ledoitWolf {
      let own = try await share.ranks.together {
        try share.own.map { [try fits[$0].quiet.centredSamples(around: mean).fourthMoment()] }
      }
      fourthMoment = try await share.joined(own, length: 1).reduce(0) { $0 + $1[0] }
    }
    let moments = ScatterMoments(
      count: pooled.sampleCount, covariance: covariance, fourthMoment: fourthMoment)
    let ridge = try setting.ridgeRule.ridge(
      moments, meanVariance: moments.trace / Double(moments.dimension),
      pooledMeanVariance: pooled.meanVariance, label: nil)
    let rows = CentredSamples(count: pooled.sampleCount, divisor: 1, ranges: [0..<1, 1..<2]) { range in
      range.lowerBound == 0 ? try pooled.rows.value : deviations
    }
    return FactoredClass(
      label: -1, count: pooled.sampleCount, weight: 1, mean: mean,
      covariance: try await share.computing(.cholesky(order: covariance.rowCount)) { [covariance] in
        try factored(covariance, of: rows, ridge, label: -1)
      }, ridge: ridge,
      regularization: regularization)
  }
}

extension Spectrum {
  /// The spectrum of a class whose spectrum is not needed.
  fileprivate static func empty(_ dimension: Int) -> Spectrum {
    Spectrum(
      eigenvalues: [Double](repeating: 0, count: dimension),
      basis: Matrix(rowCount: 0, columnCount: dimension),
      rank: 0)
  }
}
