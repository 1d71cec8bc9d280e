public import LinearAlgebra
public import OODDetection

/// A detector at one λ. It uses either spectra, which are valid for every λ, or triangular factors for this
/// λ.
public struct DetectorAtSetting: Sendable {
  public enum Source: Sendable {
    case spectra(SpectralDetector, summaries: [ClassSummary], separations: Matrix)
    case factors(CholeskyDetector)
  }

  public let source: Source
  public let regularization: Regularization

  /// Creates a detector from spectra. O(K·D + K²·D).
  ///
  /// - Throws: `DetectorError` if a covariance is singular at λ.
  public init(_ detector: SpectralDetector, at regularization: Regularization) throws(DetectorError) {
    let (summaries, separations) = try detector.classNumbers(at: regularization)
    self.init(detector, at: regularization, summaries: summaries, separations: separations)
  }

  /// Creates a detector from spectra with known class summaries and separations.
  package init(
    _ detector: SpectralDetector, at regularization: Regularization, summaries: [ClassSummary],
    separations: Matrix
  ) {
    source = .spectra(detector, summaries: summaries, separations: separations)
    self.regularization = regularization
  }

  public init(_ factored: CholeskyDetector) {
    source = .factors(factored)
    regularization = factored.regularization
  }

  /// The classes in ascending order of label.
  public var outlines: [ClassOutline] {
    switch source {
    case .spectra(let detector, _, _): detector.classes.map(ClassOutline.init)
    case .factors(let factored): factored.classes.map { ClassOutline($0, isCurrent: true) }
    }
  }

  /// The class summaries in ascending order of label. Empty without spectra.
  public var summaries: [ClassSummary] {
    if case .spectra(_, let summaries, _) = source { summaries } else { [] }
  }

  /// The labels by class index.
  public var classLabels: [Int] {
    switch source {
    case .spectra(let detector, _, _): detector.classes.map(\.label)
    case .factors(let factored): factored.classes.map(\.label)
    }
  }

  func scores(
    of rows: any FeatureRows, threadCount: Int, progress: @escaping ProgressHandler
  ) async throws -> SampleScores {
    switch source {
    case .spectra(let detector, _, _):
      try await detector.scores(of: rows, at: regularization, threadCount: threadCount, progress: progress)
    case .factors(let factored):
      try await factored.scores(of: rows, threadCount: threadCount, progress: progress)
    }
  }

  /// Compares samples of shape (D,) with the classes and returns the shares of d² to the nearest class by
  /// dimension.
  func reasons(
    for samples: [[Double]], score: ScoreKind
  ) throws -> [(comparison: SampleComparison, dimensionShares: [Double])] {
    switch source {
    case .spectra(let detector, _, _):
      try samples.map {
        let explanation = try detector.explanation(of: $0, at: regularization, score: score)
        return (explanation.comparison, explanation.dimensionShares)
      }
    case .factors(let factored):
      try zip(samples, factored.comparisons(of: samples, score: score)).map {
        ($1, try factored.dimensionShares(of: $0, classIndex: $1.nearestClass))
      }
    }
  }

  /// The d² of each class's training samples, each computed with the sample left out, by class index. A class
  /// has no entry if memory does not permit the computation.
  func heldOutDistances(
    of classIndices: Set<Int>, _ rows: any FeatureRows, _ labels: [Int], _ pipeline: DetectorPipeline
  ) async throws -> [Int: HeldOutDistances] {
    switch source {
    case .spectra(let detector, _, _):
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
