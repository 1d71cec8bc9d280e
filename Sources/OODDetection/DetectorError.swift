/// What can go wrong in fitting and scoring: what, where, and what to try.
public enum DetectorError: Error, Equatable {
  /// An input-level call on a detector that owns no encoder.
  case noEncoder
  /// Scoring before fitting.
  case notFitted
  /// No sample has a label ≥ 0. `sampleCount` is how many were given.
  case noInDistributionSamples(sampleCount: Int)
  /// Features have another dimension than expected.
  case dimensionMismatch(expected: Int, found: Int)
  /// As many labels as samples are needed.
  case labelCountMismatch(sampleCount: Int, labelCount: Int)
  /// Some features are NaN or infinite: how many samples, and the first few of their row numbers (from 0).
  case nonFiniteFeatures(rowCount: Int, firstRows: [Int])
  /// λ is negative, infinite or not a number.
  case invalidRegularization(Double)
  /// λ = 0 where a class's covariance has no inverse.
  case singularCovariance(label: Int, rank: Int, dimension: Int)
  /// LAPACK did not converge for a class (the routine's `info`).
  case decompositionFailed(label: Int, info: Int)
  /// A saved model's arrays contradict each other; the text says which and how.
  case inconsistentModel(String)
}
