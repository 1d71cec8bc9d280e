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
  /// More dimensions than an eigendecomposition can handle.
  case tooManyDimensions(dimension: Int, limit: Int)
  /// As many labels as samples are needed.
  case labelCountMismatch(sampleCount: Int, labelCount: Int)
  /// An encoder gave another number of rows than it got inputs.
  case encodedCountMismatch(inputCount: Int, rowCount: Int)
  /// A batch's values do not fill its shape.
  case batchShapeMismatch(shape: [Int], valueCount: Int)
  /// Some features are NaN or infinite: how many samples, and the first few of their row numbers (from 0).
  case nonFiniteFeatures(rowCount: Int, firstRows: [Int])
  /// λ is negative, infinite or not a number.
  case invalidRegularization(Double)
  /// A path over λ of less than one value.
  case invalidPathLength(Int)
  /// λ = 0 (or too small to matter) where a class's covariance, or the pooled one (no label), has no inverse.
  case singularCovariance(label: Int?, rank: Int, dimension: Int)
  /// LAPACK did not converge for a class or for the pooled covariance (no label): the routine's `info`.
  case decompositionFailed(label: Int?, info: Int)
  /// Features of a class, or of all (no label), are so large that covariances are beyond the largest double.
  case covarianceOverflowed(label: Int?)
  /// Fitting and scoring take at least so many bytes, more than are permitted.
  case memoryTooSmall(neededBytes: Int, permittedBytes: Int)
  /// Leave-one-out was given other samples than those a class was fitted on.
  case trainingSamplesDiffer(label: Int, expected: Int, found: Int)
  /// A saved model's arrays contradict each other; the text says which and how.
  case inconsistentModel(String)
}
