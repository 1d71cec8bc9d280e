extension DetectorError: CustomStringConvertible {
  /// One line: what is wrong, where, and what to try. Rows are counted from 0, as NumPy does.
  public var description: String {
    switch self {
    case .noEncoder:
      "this detector has no encoder, so it takes features, not inputs: call fit(features:labels:) and "
        + "score(features:), or give it an encoder"
    case .notFitted:
      "the detector is not fitted yet: call fit before score"
    case .noInDistributionSamples(let sampleCount):
      sampleCount == 0
        ? "there are no samples to fit on"
        : "none of the \(sampleCount) samples has a label of 0 or above; labels below 0 mark "
          + "out-of-distribution samples, which are never fitted: check that these are the training labels"
    case .dimensionMismatch(let expected, let found):
      "the features have \(found) dimensions, but \(expected) are expected: use features from the same layer "
        + "of the same network"
    case .tooManyDimensions(let dimension, let limit):
      "\(dimension) dimensions are more than the \(limit) that a full covariance can have here: "
        + "reduce them first, by pooling or by principal components"
    case .labelCountMismatch(let sampleCount, let labelCount):
      "there are \(labelCount) labels for \(sampleCount) samples: give one label per sample"
    case .encodedCountMismatch(let inputCount, let rowCount):
      "the encoder gave \(rowCount) rows for \(inputCount) inputs: it must give one per input, in their order"
    case .batchShapeMismatch(let shape, let valueCount):
      "a batch of shape \(shape) cannot hold \(valueCount) values: give the batch size "
        + "first, then the shape of one sample's features"
    case .nonFiniteFeatures(let rowCount, let firstRows):
      "\(rowCount) \(rowCount == 1 ? "sample has" : "samples have") NaN or infinite features, "
        + "at \(firstRows.count == 1 ? "row" : "rows") \(firstRows.map(String.init).joined(separator: ", "))"
        + "\(rowCount > firstRows.count ? ", …" : "") (rows counted from 0): "
        + "repair or leave out these samples"
    case .invalidRegularization(let value):
      "\(value) is no regularization: give a finite number of 0 or above, such as 1e-3"
    case .invalidPathLength(let count):
      "a path of \(count) regularizations is none: give 1 or more"
    case .singularCovariance(let label, let rank, let dimension):
      "\(label.map { "class \($0)" } ?? "the pooled covariance") has rank \(rank) in "
        + "\(dimension) dimensions, so at this regularization its covariance has no inverse: "
        + "use one above 0, such as 1e-3"
    case .decompositionFailed(let label, let info):
      "the eigendecomposition of \(label.map { "class \($0)'s covariance" } ?? "the pooled covariance") "
        + "did not converge (LAPACK info \(info)): look for extreme feature values in its samples"
    case .covarianceOverflowed(let label):
      "\(label.map { "class \($0)'s covariance" } ?? "the pooled covariance") overflowed: some features are too large "
        + "to be squared; scale the features down, or look for samples with values above about 1e75"
    case .memoryTooSmall(let needed, let permitted):
      "this takes at least \(MemoryBudget(bytes: needed)) of memory, but only \(MemoryBudget(bytes: permitted)) are "
        + "permitted; allow as much, use fewer threads, or reduce the dimensions"
    case .trainingSamplesDiffer(let label, let expected, let found):
      "class \(label) was fitted on \(expected) samples, but \(found) are given: "
        + "leaving one out needs the samples that the detector was fitted on"
    case .inconsistentModel(let contradiction):
      "the model contradicts itself: \(contradiction); save it again from a fit"
    }
  }
}
