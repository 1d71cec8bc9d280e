import LinearAlgebra

/// One full-covariance Gaussian per class, fitted at one t, for scoring without the cost of spectra.
///
/// Its scores equal those of ``SpectralDetector`` at this t. Use that type for eigenvalues or for other values of t.
/// All methods take features as they are in files: the detector applies the normalization of its setting itself.
public struct CholeskyDetector: Sendable {
  /// Normalization, pooling and ridge rule.
  public let setting: FitSetting
  /// The t of the fit.
  public let regularization: Regularization
  /// In ascending order of label.
  public let classes: [FactoredClass]
  /// The Gaussian of all ID training samples; nil if it was not requested.
  public let background: FactoredClass?
  /// D.
  public let dimension: Int
  /// Σ n_k, the in-distribution training samples.
  public let sampleCount: Int
  let classBounds: (any DistanceBounds)?
  /// Closer bounds than ``classBounds``; nil if there are none.
  let refinedBounds: RefinedBounds?
  /// The frame in which classes with one common factor are scored; nil if their factors differ.
  let whitened: WhitenedClasses?
  /// The memory limit for samples that are scored together.
  var batchByteCount = MemoryPlan.usualBatchBytes
  /// How the classes are divided over ranks; undivided if they have one common factor, which every rank has.
  let share: ClassShare

  /// - Parameters:
  ///   - classBounds: Those of this rank's classes.
  ///   - share: nil for a single rank.
  init(
    setting: FitSetting, regularization: Regularization, classes: [FactoredClass],
    background: FactoredClass? = nil,
    dimension: Int, sampleCount: Int, classBounds: (any DistanceBounds)?, whitened: WhitenedClasses? = nil,
    share: ClassShare? = nil
  ) {
    let share = share ?? ClassShare(classCount: classes.count)
    self.share = share
    self.setting = setting
    self.regularization = regularization
    self.classes = classes
    self.background = background
    self.dimension = dimension
    self.sampleCount = sampleCount
    self.classBounds = classBounds
    refinedBounds =
      classBounds == nil || whitened != nil || classBounds is DistanceEstimates
      ? nil
      : RefinedBounds(
        share.own.map { classes[$0] }, at: regularization, in: CoordinateFrame(classes.map(\.mean)))
    self.whitened = whitened
  }

  /// The scores of every sample, (N,), with the nearest classes, and relative scores if the detector has a background.
  ///
  /// Computes only the distances of classes that can affect the result, which is the same as with all classes; see
  /// ``SampleScores/visitedClassCounts``. At ridges of eight times the mean variance or more, densities of further classes
  /// are estimated, which changes the likelihood by at most 2⁻²⁸ of max(1, |nll|). O(N·(16·K·D + V·D²)) for V ≤ K classes visited per sample, with n·D in place of
  /// D² for classes of n ≤ D/2 samples, or O(N·(D² + K·D)) if the covariance is tied. Up to `threadCount` child tasks
  /// run at a time and check for cancellation at every class and block.
  ///
  /// - Throws: ``DetectorError/dimensionMismatch(expected:found:)``,
  ///   ``DetectorError/nonFiniteFeatures(rowCount:firstRows:)``, `CancellationError`, and the errors of `rows`; if
  ///   factors are not kept in memory, also the errors of reading the training samples.
  @concurrent
  public func scores(
    of rows: any FeatureRows, threadCount: Int = SpectralDetector.defaultThreadCount,
    progress: ProgressHandler? = nil
  ) async throws -> SampleScores {
    try await scores(
      of: rows, execution: Execution(threadCount: threadCount, meter: WorkMeter(progress)))
  }

  func scores(of original: any FeatureRows, execution: Execution) async throws -> SampleScores {
    try original.requireDimension(dimension)
    let rows = setting.normalization.normalized(original)
    var scorer = MixtureScorer(
      path: [regularization], classes: share.own.map { classes[$0] }, classBounds: classBounds,
      dimension: dimension)
    if let whitened { scorer.classes = whitened.classes }
    scorer.refinedBounds = refinedBounds
    var execution = execution
    execution.batchByteCount = batchByteCount
    var scores: SampleScores
    if share.isWhole {
      scores = try await scorer.scores(of: whitened?.rows(rows) ?? rows, execution)[0]
    } else {
      scores = try await scorer.scoresOfAllRanks(
        of: original, dropsNegligible: hasUsableBounds, share: share,
        frame: setting.normalization.normalized, execution)[0]
    }
    if let background {
      // With one class, the background is that class.
      let distances =
        share.isWhole
        ? try await background.distances(of: rows, execution)
        : classes.count == 1
          ? [scores.squaredDistanceToMostLikely]
          : try await share.ranks.joinedByRange(of: rows.count, width: 1) { [execution] in
            try await background.distances(of: RangeOfRows(rows: rows, range: $0), execution)
          }
      scores.background = BackgroundScores(
        squaredDistances: distances[0], logNormalizer: background.logNormalizer, dimension: dimension)
    }
    return scores
  }

  /// Whether this rank has all classes in full.
  public var isWhole: Bool { share.isWhole }

  /// Whether a single rank would have bounds for the classes.
  private var hasUsableBounds: Bool {
    classes.count > 1 && classes.allSatisfy(\.hasUsableBounds) && CoordinateFrame(classes.map(\.mean)) != nil
  }
}

/// Classes with one common factor L, in the coordinates L⁻¹(z − o), in which every covariance is the identity: samples
/// are transformed once instead of once for each class.
struct WhitenedClasses: Sendable {
  let factor: CholeskyFactorization
  /// o, a mean.
  let origin: [Double]
  let classes: [any ScoredClass]

  init(_ factored: [FactoredClass], _ factor: CholeskyFactorization) {
    let origin = factored.first?.mean ?? []
    self.factor = factor
    self.origin = origin
    classes = factored.map {
      let difference = zip(zip($0.mean, origin).map(-), $0.meanRemainder).map(+)
      return WhitenedClass(mean: factor.whitened(difference), logNormalizers: [$0.logNormalizer])
    }
  }

  func rows(_ rows: any FeatureRows) -> any FeatureRows {
    TransformedRows(rows: rows, origin: origin, dimension: rows.dimension) { factor.whitenRows(of: &$0) }
  }

  private struct WhitenedClass: ScoredClass {
    let mean: [Double]
    let logNormalizers: [Double]

    var meanRemainder: [Double] { [Double](repeating: 0, count: mean.count) }
    var fetchedByteCount: Int { 0 }

    func distances() -> @Sendable (inout BlockDistances) -> Void {
      { block in
        block.squaredDistances = Matrix(
          rowCount: block.centred.rowCount, columnCount: 1, elements: block.centred.squaredRowNorms())
      }
    }

    func distanceWork(rowCount: Int) -> WorkCount { .product(rowCount, mean.count, 1) }
  }
}
