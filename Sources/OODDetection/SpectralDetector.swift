import LinearAlgebra

/// The progress of a long computation, in units of work that are comparable only with each other.
public struct WorkProgress: Sendable, Equatable {
  public var completed: Double
  public var planned: Double

  public init(completed: Double, planned: Double) {
    self.completed = completed
    self.planned = planned
  }

  /// From 0 to 1; 0 if it is unknown.
  public var fraction: Double {
    let part = completed / planned
    return planned > 0 && part.isFinite ? min(max(0, part), 1) : 0
  }
}

/// Receives progress from the task that made it. Must be fast.
public typealias ProgressHandler = @Sendable (WorkProgress) -> Void

/// One fitted full-covariance Gaussian per class, with its eigendecomposition. It is immutable and independent of t, the
/// multiplier of the ridge, which is a parameter of every query.
///
/// All methods take features as they are in files: the detector applies the normalization of its setting itself.
public struct SpectralDetector: Sendable {
  /// Normalization, pooling and ridge rule.
  public let setting: FitSetting
  /// In ascending order of label.
  public let classes: [GaussianClass]
  /// D.
  public let dimension: Int
  /// Σ n_k, the in-distribution training samples.
  public let sampleCount: Int
  /// The spectrum of the pooled within-class covariance S/n.
  public let pooled: Spectrum
  /// The means relative to the first one, along the pooled eigenvectors, (K, m). Distances between means need them at
  /// every t.
  let meanCoordinates: Matrix
  private let sharedBackground: Shared<GaussianClass>
  /// What leave-one-out of pooled classes needs of all samples, for every detector of the same samples; nil if it
  /// must not be kept in memory.
  var otherSamples: Provided<OtherSamples>? = Provided()
  /// How the classes are divided over ranks; undivided if they share one spectrum, which every rank has.
  let share: ClassShare

  /// - Parameter backgroundRidge: Computes s and r of the background from its spectrum; nil for the ridge rule's. The
  ///   background takes part in relative scores only.
  public init(
    classes: [GaussianClass], dimension: Int, sampleCount: Int, pooled: Spectrum,
    setting: FitSetting = .standard,
    backgroundRidge: (@Sendable (GaussianClass) throws -> ClassRidge)? = nil
  ) {
    self.init(
      classes: classes, dimension: dimension, sampleCount: sampleCount, pooled: pooled, setting: setting,
      backgroundRidge: backgroundRidge, share: nil)
  }

  /// - Parameter share: nil if all classes are complete.
  init(
    classes: [GaussianClass], dimension: Int, sampleCount: Int, pooled: Spectrum,
    setting: FitSetting, backgroundRidge: (@Sendable (GaussianClass) throws -> ClassRidge)? = nil,
    share: ClassShare?
  ) {
    self.share =
      share.flatMap { setting.pooling == .tied ? nil : $0 } ?? ClassShare(classCount: classes.count)
    self.setting = setting
    self.classes = classes
    self.dimension = dimension
    self.sampleCount = sampleCount
    self.pooled = pooled
    // Distances do not depend on the origin; an origin among the means preserves the digits of their differences.
    var means = Matrix(
      rowCount: classes.count, columnCount: dimension, elements: classes.flatMap(\.mean))
    if let first = classes.first {
      means.subtractFromRows(first.mean)
      means.add(
        Matrix(
          rowCount: classes.count, columnCount: dimension,
          elements: classes.flatMap { zip($0.meanRemainder, first.meanRemainder).map(-) }), times: 1)
    }
    let coordinates = Matrix.product(means, byTransposeOf: pooled.basis)
    meanCoordinates = coordinates
    sharedBackground = Shared {
      try Background(classes: classes, pooled: pooled, sampleCount: sampleCount).gaussian { gaussian in
        if let backgroundRidge { return try backgroundRidge(gaussian) }
        let meanVariance = pooled.trace / Double(dimension)
        return try setting.ridgeRule.ridge(
          gaussian.moments, meanVariance: gaussian.spectrum.trace / Double(dimension),
          pooledMeanVariance: meanVariance, label: nil)
      }
    }
  }

  /// Whether this rank has all classes in full.
  public var isWhole: Bool { share.isWhole }

  /// What this detector has computed from the samples alone, for others.
  public var sharedSamples: SharedSamples {
    SharedSamples(normalization: setting.normalization, otherSamples: otherSamples)
  }

  /// The same detector, which uses what another one of the same samples has computed.
  public func sharing(_ samples: SharedSamples) -> SpectralDetector {
    guard otherSamples != nil, samples.normalization == setting.normalization else { return self }
    var detector = self
    detector.otherSamples = samples.otherSamples
    return detector
  }

  /// The Gaussian of all ID training samples, relative to which relative scores are: mean m_0 and covariance C_0, with
  /// the label −1. If there is only one class, it is that class. O(D³) when it is first needed.
  ///
  /// - Throws: ``DetectorError`` if its covariance cannot be decomposed or its ridge is unknown, and the errors of
  ///   reading the training samples.
  public func background() throws -> GaussianClass { try sharedBackground.value }
}

/// What detectors of the same samples and normalization compute once, whatever their pooling: rows that leave-one-out
/// needs.
public struct SharedSamples: Sendable {
  let normalization: Normalization
  let otherSamples: Provided<OtherSamples>?
}
