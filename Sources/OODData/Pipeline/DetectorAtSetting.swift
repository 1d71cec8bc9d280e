public import OODDetection

/// A detector at one setting. It uses either spectra, which are valid for every t, or triangular factors for this
/// t.
public struct DetectorAtSetting: Sendable {
  public enum Source: Sendable {
    case spectra(SpectralDetector, summaries: [ClassSummary])
    case factors(CholeskyDetector)
  }

  public let source: Source
  public let setting: DetectorSetting
  /// t.
  public var regularization: Regularization { setting.regularization }

  /// Creates a detector from spectra. O(K·D + K²·D).
  ///
  /// - Throws: `DetectorError` if a covariance is singular at t.
  public init(
    _ detector: SpectralDetector, at regularization: Regularization,
    score: ScoreKind = .negativeLogLikelihood
  ) throws(DetectorError) {
    self.init(
      detector, at: regularization, score: score, summaries: try detector.summaries(at: regularization))
  }

  /// Creates a detector from spectra with known class summaries, none where they are known elsewhere.
  package init(
    _ detector: SpectralDetector, at regularization: Regularization,
    score: ScoreKind = .negativeLogLikelihood, summaries: [ClassSummary]
  ) {
    source = .spectra(detector, summaries: summaries)
    setting = DetectorSetting(fit: detector.setting, regularization: regularization, score: score)
  }

  public init(_ factored: CholeskyDetector, score: ScoreKind = .negativeLogLikelihood) {
    source = .factors(factored)
    setting = DetectorSetting(
      fit: factored.setting, regularization: factored.regularization, score: score)
  }

  /// Whether this rank has all classes in full.
  private var isWhole: Bool {
    switch source {
    case .spectra(let detector, _): detector.isWhole
    case .factors(let factored): factored.isWhole
    }
  }

  /// The classes in ascending order of label.
  public var outlines: [ClassOutline] {
    switch source {
    case .spectra(let detector, _): detector.classes.map(ClassOutline.init)
    case .factors(let factored): factored.classes.map { ClassOutline($0, isCurrent: true) }
    }
  }

  /// The class summaries in ascending order of label. Empty without spectra.
  public var summaries: [ClassSummary] {
    if case .spectra(_, let summaries) = source { summaries } else { [] }
  }

  /// The labels by class index.
  public var classLabels: [Int] {
    switch source {
    case .spectra(let detector, _): detector.classes.map(\.label)
    case .factors(let factored): factored.classes.map(\.label)
    }
  }

  /// - Parameter ranks: Those that share the work. Where each of them has the whole detector, each scores a part of the
  ///   samples; otherwise each scores all of them by its own classes.
  func scores(
    of rows: any FeatureRows, over ranks: Ranks, threadCount: Int, progress: @escaping ProgressHandler
  ) async throws -> SampleScores {
    if !ranks.isSingle, isWhole {
      if case .spectra(let detector, _) = source, setting.score.isRelative {
        try await detector.prepareBackground(over: ranks)
      }
      return try await ranks.scoresByRange(
        of: rows, at: regularization, includesBackground: setting.score.isRelative
      ) { try await scores(of: $0, over: .single, threadCount: threadCount, progress: progress) }
    }
    switch source {
    case .spectra(let detector, _):
      return try await detector.scores(
        of: rows, at: regularization, includesBackground: setting.score.isRelative, threadCount: threadCount,
        progress: progress)
    case .factors(let factored):
      return try await factored.scores(of: rows, threadCount: threadCount, progress: progress)
    }
  }

  /// Compares samples of shape (D,) with the classes and returns the shares of d² to the nearest class by
  /// dimension, and for a relative score those of d² to the background.
  func reasons(
    for samples: [[Double]], score: ScoreKind
  ) throws -> [(comparison: SampleComparison, dimensionShares: [Double], backgroundShares: [Double]?)] {
    switch source {
    case .spectra(let detector, _):
      try samples.map {
        let explanation = try detector.explanation(of: $0, at: regularization, score: score)
        return (explanation.comparison, explanation.dimensionShares, explanation.backgroundShares)
      }
    case .factors(let factored):
      try zip(samples, factored.comparisons(of: samples, score: score)).map {
        (
          $1, try factored.dimensionShares(of: $0, classIndex: $1.nearestClass),
          score.isRelative ? try factored.dimensionShares(of: $0, classIndex: nil) : nil
        )
      }
    }
  }

  /// The d² of each class's training samples, each computed with the sample left out, by class index. A class
  /// has no entry if memory does not permit the computation.
  func heldOutDistances(
    of classIndices: Set<Int>, _ rows: any FeatureRows, _ labels: [Int], _ pipeline: DetectorPipeline
  ) async throws -> [Int: HeldOutDistances] {
    switch source {
    case .spectra(let detector, _):
      return try await detector.heldOutDistances(
        of: classIndices, rows, labels: labels, at: regularization, threadCount: pipeline.threadCount)
    case .factors(let factored):
      do {
        return try await factored.heldOutDistances(
          of: classIndices, rows, labels: labels, threadCount: pipeline.threadCount, memory: pipeline.memory)
      } catch DetectorError.memoryTooSmall {
        return [:]
      }
    }
  }
}
