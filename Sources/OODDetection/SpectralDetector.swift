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

/// One fitted full-covariance Gaussian per class. It is immutable and independent of λ, which is a parameter of every
/// query.
public struct SpectralDetector: Sendable {
  /// In ascending order of label.
  public let classes: [GaussianClass]
  /// D.
  public let dimension: Int
  /// Σ n_k, the in-distribution training samples.
  public let sampleCount: Int
  /// The spectrum of the pooled within-class covariance Σ_k π_k Σ_k.
  public let pooled: Spectrum
  /// The means relative to the first one, along the pooled eigenvectors, (K, m). Distances between means need them at
  /// every λ.
  let meanCoordinates: Matrix

  public init(classes: [GaussianClass], dimension: Int, sampleCount: Int, pooled: Spectrum) {
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
  }
}
