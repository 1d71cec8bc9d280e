/// An error in fitting, scoring or explaining.
public enum DetectorError: Error, Equatable {
  /// An input-level call on a detector without an encoder.
  case noEncoder
  /// Scoring before fitting.
  case notFitted
  /// No sample has a label ≥ 0. `sampleCount` is the number of samples.
  case noInDistributionSamples(sampleCount: Int)
  /// The features have an unexpected dimension.
  case dimensionMismatch(expected: Int, found: Int)
  /// An eigendecomposition cannot handle this many dimensions.
  case tooManyDimensions(dimension: Int, limit: Int)
  /// The number of labels differs from the number of samples.
  case labelCountMismatch(sampleCount: Int, labelCount: Int)
  /// An encoder returned a different number of rows than it received inputs.
  case encodedCountMismatch(inputCount: Int, rowCount: Int)
  /// A batch's values do not fill its shape.
  case batchShapeMismatch(shape: [Int], valueCount: Int)
  /// `rowCount` samples have NaN or infinite features; `firstRows` are their first row numbers, counted from 0.
  case nonFiniteFeatures(rowCount: Int, firstRows: [Int])
  /// λ is negative, infinite or NaN.
  case invalidRegularization(Double)
  /// α is not within 0 … 1.
  case invalidPooling(Double)
  /// β is not within 0 … 1.
  case invalidNormalization(Double)
  /// The ridge rule needs the spectra of all classes, or their samples, which are not available.
  case unavailableRidgeRule(RidgeRule)
  /// A path over λ has fewer than one value.
  case invalidPathLength(Int)
  /// The covariance of a class, or the pooled covariance (no label), is singular: its ridge is 0 or negligible, because
  /// t is or because the ridge rule gives the class none.
  case singularCovariance(label: Int?, rank: Int, dimension: Int)
  /// LAPACK did not converge for a class or for the pooled covariance (no label). `info` is the routine's result.
  case decompositionFailed(label: Int?, info: Int)
  /// The covariance of a class, or the pooled covariance (no label), exceeds the largest double.
  case covarianceOverflowed(label: Int?)
  /// The covariance of a class, or that of all classes together, is so small that the ridge which a rule derives from it
  /// underflows.
  case covarianceUnderflowed(label: Int?)
  /// Fitting and scoring need at least `neededBytes`, more than the memory limit.
  case memoryTooSmall(neededBytes: Int, permittedBytes: Int)
  /// Leave-one-out received different samples than a class was fitted on.
  case trainingSamplesDiffer(label: Int, expected: Int, found: Int)
  /// The arrays of a saved model contradict each other. The text describes the contradiction.
  case inconsistentModel(String)
}

extension DetectorError: CustomStringConvertible {
  /// One line: what failed, where, and what to do. Rows are counted from 0, as in NumPy.
  public var description: String {
    switch self {
    case .noEncoder:
      "this detector has no encoder and accepts features only: call fit(features:labels:) and "
        + "score(features:), or create it with an encoder"
    case .notFitted:
      "the detector has not been fitted: call fit before score"
    case .noInDistributionSamples(let sampleCount):
      sampleCount == 0
        ? "there are no samples to fit"
        : "none of the \(sampleCount) samples has a label ≥ 0: labels below 0 mark out-of-distribution samples, "
          + "which are excluded from fitting; check that these are the training labels"
    case .dimensionMismatch(let expected, let found):
      "the features have \(found) dimensions, but \(expected) were expected: use features from the same layer "
        + "of the same network"
    case .tooManyDimensions(let dimension, let limit):
      "\(dimension) dimensions exceed the limit of \(limit) for full covariances: "
        + "reduce the dimension first, for example by pooling or principal component analysis"
    case .labelCountMismatch(let sampleCount, let labelCount):
      "there are \(labelCount) labels for \(sampleCount) samples: provide one label per sample"
    case .encodedCountMismatch(let inputCount, let rowCount):
      "the encoder returned \(rowCount) rows for \(inputCount) inputs: return one row per input, in input order"
    case .batchShapeMismatch(let shape, let valueCount):
      "\(valueCount) values do not fill a batch of shape \(shape): put the batch size first, then the shape of "
        + "one sample's features"
    case .nonFiniteFeatures(let rowCount, let firstRows):
      "\(rowCount) \(rowCount == 1 ? "sample has" : "samples have") NaN or infinite features, "
        + "in \(firstRows.count == 1 ? "row" : "rows") \(firstRows.map(String.init).joined(separator: ", "))"
        + "\(rowCount > firstRows.count ? ", …" : "") (counted from 0): correct or remove these samples"
    case .invalidRegularization(let value):
      "\(value) is not a valid regularization: use a finite number ≥ 0 such as 1e-3"
    case .invalidPooling(let value):
      "\(value) is not a valid pooling: use a number from 0 (a covariance per class) to 1 (one for all classes)"
    case .invalidNormalization(let value):
      "\(value) is not a valid normalization: use a number from 0 (none) to 1 (length 1)"
    case .unavailableRidgeRule(let rule):
      "the ridge rule '\(rule.rawValue)' needs the training samples and their eigendecompositions: fit a "
        + "SpectralDetector to them"
    case .invalidPathLength(let count):
      "a path cannot have \(count) regularizations: use at least one"
    case .singularCovariance(let label, let rank, let dimension):
      "\(Self.covariance(label)) has rank \(rank) in \(dimension) dimensions and no ridge, so it is singular: "
        + "use an absolute regularization above 0, such as 1e-3"
    case .decompositionFailed(let label, let info):
      "the eigendecomposition of \(Self.covariance(label)) did not converge (LAPACK info \(info)): "
        + "check the samples for extreme feature values"
    case .covarianceOverflowed(let label):
      "\(Self.covariance(label)) overflowed because some features are too large to square: "
        + "scale the features down, or check the samples for values above about 1e75"
    case .covarianceUnderflowed(let label):
      "\(Self.covariance(label)) is so small that the ridge rule loses its digits: "
        + "scale the features up, or use an absolute regularization above 0, such as 1e-3"
    case .memoryTooSmall(let needed, let permitted):
      "this takes at least \(MemoryBudget(bytes: needed)) of memory, but the limit is "
        + "\(MemoryBudget(bytes: permitted)): raise the limit, use fewer threads, or reduce the dimension"
    case .trainingSamplesDiffer(let label, let expected, let found):
      "class \(label) was fitted on \(expected) samples, but \(found) were given: "
        + "leave-one-out needs the samples that the detector was fitted on"
    case .inconsistentModel(let contradiction):
      "the model is inconsistent: \(contradiction); fit and save it again"
    }
  }

  private static func covariance(_ label: Int?) -> String {
    label.map { "the covariance of class \($0)" } ?? "the pooled covariance"
  }
}
