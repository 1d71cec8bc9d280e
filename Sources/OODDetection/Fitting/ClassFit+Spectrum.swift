import LinearAlgebra

extension ClassFit {
  /// What fitting one class for every λ came to; the covariance in the upper triangle of a (D, D) matrix.
  enum DecomposedOutcome: Sendable {
    case fitted(mean: ClassMean, Spectrum, covariance: Matrix)
    case nonFinite(rows: [Int])
  }

  /// Mean, covariance and decomposition.
  var decomposedWork: WorkCount { momentsWork + decompositionWork }

  /// Mean and covariance.
  var momentsWork: WorkCount { meanWork + .gram(rows: count, columns: dimension) }

  var decompositionWork: WorkCount {
    guard isGramSmaller else { return .eigendecomposition(order: dimension) }
    // The Gram matrix, its eigenvectors turned into D dimensions, and those orthonormalized.
    return .gram(rows: dimension, columns: count) + .eigendecomposition(order: count)
      + .product(count, dimension, count) + .product(2 * count, dimension, count)
  }

  /// This class for every λ.
  ///
  /// - Parameter known: its spectrum, where that is known already, so that only mean and covariance are computed.
  func decomposed(known: Spectrum? = nil) async throws -> DecomposedOutcome {
    let moments: ClassMoments
    switch try self.moments() {
    case .success(let found): moments = found
    case .failure(let unusable): return .nonFinite(rows: unusable.rows)
    }
    execution.memory.hold(moments.byteCount)
    defer { execution.memory.release(moments.byteCount) }
    if let known {
      execution.meter.plan(WorkCount() - decompositionWork)
      return .fitted(mean: moments.mean, known, covariance: moments.covariance)
    }
    let samples = centredSamples(moments)
    let spectrum = try await abandonable(decompositionWork) { [covariance = moments.covariance, label] in
      try Spectrum(of: samples, covariance: covariance, label: label)
    }
    execution.meter.complete(decompositionWork)
    return .fitted(mean: moments.mean, spectrum, covariance: moments.covariance)
  }
}
