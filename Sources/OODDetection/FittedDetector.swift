import LinearAlgebra

/// How far a long computation is: units of work done over units planned, comparable only with each other.
public struct WorkProgress: Sendable, Equatable {
  public var completed: Double
  public var planned: Double

  public init(completed: Double, planned: Double) {
    self.completed = completed
    self.planned = planned
  }

  /// From 0 to 1; 0 where nothing is known of one of the two.
  public var fraction: Double {
    let part = completed / planned
    return planned > 0 && part.isFinite ? min(max(0, part), 1) : 0
  }
}

/// Receives progress from whichever task made it; must be cheap.
public typealias ProgressHandler = @Sendable (WorkProgress) -> Void

/// One full-covariance Gaussian per class, fitted; immutable, and free of λ until asked for a number.
public struct FittedDetector: Sendable {
  /// In ascending order of label.
  public let classes: [GaussianClass]
  /// D.
  public let dimension: Int
  /// Σ n_k, the in-distribution training samples.
  public let sampleCount: Int
  /// The spectrum of the pooled within-class covariance Σ_k π_k Σ_k.
  public let pooled: Spectrum
  /// The means along the pooled eigenvectors, (K, m), from the first one: what their distances need at every λ.
  let meanCoordinates: Matrix

  public init(classes: [GaussianClass], dimension: Int, sampleCount: Int, pooled: Spectrum) {
    self.classes = classes
    self.dimension = dimension
    self.sampleCount = sampleCount
    self.pooled = pooled
    // Distances do not depend on the origin; one amid the means keeps the digits of their differences.
    var means = Matrix(
      rowCount: classes.count, columnCount: dimension, elements: classes.flatMap(\.mean))
    if let first = classes.first {
      means.subtractFromRows(first.mean)
      means.add(
        Matrix(
          rowCount: classes.count, columnCount: dimension,
          elements: classes.flatMap { zip($0.meanRemainder, first.meanRemainder).map(-) }), times: 1)
    }
    var coordinates = Matrix(rowCount: 0, columnCount: 0)
    Matrix.multiply(means, byTransposeOf: pooled.basis, into: &coordinates)
    meanCoordinates = coordinates
  }
}
