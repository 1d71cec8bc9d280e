import LinearAlgebra

/// How well the squared distances of a class's samples, none of which the class was fitted on, follow χ² with D' degrees
/// of freedom, as they would if the class were Gaussian with this mean and covariance.
public struct GaussianFit: Sendable, Equatable {
  /// A point of the Q–Q plot.
  public struct QuantilePair: Sendable, Equatable {
    /// The quantile of χ²_D' at the probability (i − ½)/n.
    public let expected: Double
    /// The i-th smallest squared distance.
    public let found: Double
  }

  /// The samples that the distances are of.
  public let source: PValueCalibration.Source
  /// n.
  public let sampleCount: Int
  /// D', the number of directions that training samples reach.
  public let degreesOfFreedom: Int
  /// The mean of d²/D': about 1 for a Gaussian class, far above 1 if the ridge is too small.
  public let meanRatio: Double
  /// The largest difference between the distribution function of the distances and that of χ²_D', from 0 to 1: the
  /// Kolmogorov–Smirnov distance.
  public let largestGap: Double
  /// The Q–Q plot in ascending order, thinned evenly to at most ``largestPairCount`` points with both ends.
  public let pairs: [QuantilePair]

  public static let largestPairCount = 257

  /// O(n log n + n √D').
  ///
  /// - Parameter squaredDistances: In any order; infinite ones are counted but have no place in the plot.
  /// - Returns: nil without distances or degrees of freedom.
  public init?(squaredDistances: [Double], degreesOfFreedom: Int, source: PValueCalibration.Source) {
    guard !squaredDistances.isEmpty, degreesOfFreedom > 0 else { return nil }
    self.source = source
    self.degreesOfFreedom = degreesOfFreedom
    sampleCount = squaredDistances.count
    let sorted = squaredDistances.map { $0.isNaN ? .infinity : $0 }.sorted()
    let count = Double(sorted.count)
    meanRatio = sorted.reduce(0) { $0 + $1 / count } / Double(degreesOfFreedom)
    var gap = 0.0
    for (index, value) in sorted.enumerated() {
      let expected = 1 - ChiSquared.upperTail(value, degreesOfFreedom: degreesOfFreedom)
      gap = max(gap, expected - Double(index) / count, Double(index + 1) / count - expected)
    }
    largestGap = gap
    let last = sorted.count - 1
    let shown = min(sorted.count, Self.largestPairCount)
    pairs = (0..<shown).compactMap { place in
      let index = shown > 1 ? place * last / (shown - 1) : 0
      guard sorted[index].isFinite else { return nil }
      return QuantilePair(
        expected: ChiSquared.quantile(
          (Double(index) + 0.5) / count, degreesOfFreedom: degreesOfFreedom),
        found: sorted[index])
    }
  }
}

extension SpectralDetector {
  /// How well the Gaussian of every class fits at one t, by class index: by held-out samples of the class if there are
  /// at least ``PValueCalibration/leastHeldOutCount``, else by its training samples, each held out in turn. All
  /// distances are within the D' directions that training samples reach, to the class of the sample's label. Nil
  /// without such samples. O(N·m·D).
  ///
  /// - Parameters:
  ///   - training: The samples of the fit and their labels; nil if they are not at hand, as with a saved model.
  ///   - heldOut: Labeled samples that were not used for fitting.
  /// - Throws: as ``labelAudit(_:labels:at:includesEveryMargin:threadCount:progress:)``.
  @concurrent
  public func gaussianFits(
    training: (rows: any FeatureRows, labels: [Int])?, heldOut: (rows: any FeatureRows, labels: [Int])? = nil,
    at regularization: Regularization, threadCount: Int = SpectralDetector.defaultThreadCount,
    progress: ProgressHandler? = nil
  ) async throws -> [GaussianFit?] {
    let execution = Execution(threadCount: threadCount, meter: WorkMeter(progress))
    for rows in [training?.rows, heldOut?.rows].compactMap(\.self) {
      try requireScorable(rows, along: [regularization])
    }
    guard let original = training?.rows ?? heldOut?.rows else { return classes.map { _ in nil } }
    let rows = normalized(original)
    let members =
      try training.map { try trainingMembers($0.labels, sampleCount: $0.rows.count) }
      ?? classes.map { ClassMembers(label: $0.label, rows: []) }
    let unseen =
      try heldOut.map { try ClassMembers.indices(of: $0.labels, sampleCount: $0.rows.count) } ?? [:]
    let holdouts = try await holdouts(members, in: rows, along: [regularization], execution)
    for index in classes.indices {
      execution.meter.plan(holdouts.classes[index].work(rowCount: members[index].rows.count))
    }
    var fits: [GaussianFit?] = []
    try await forEachInOrder(classes.count, threadCount: execution.threadCount) { index -> GaussianFit? in
      let holdout = holdouts.classes[index]
      if let heldOut, let indices = unseen[classes[index].label],
        indices.count >= PValueCalibration.leastHeldOutCount || training == nil
      {
        let distances = try squaredDistances(
          ofUnseen: indices, in: normalized(heldOut.rows), index, holdouts, execution)
        return GaussianFit(
          squaredDistances: distances, degreesOfFreedom: holdout.dimension, source: .heldOut)
      }
      guard training != nil, let distances = try holdout.squaredDistances(execution) else { return nil }
      return GaussianFit(
        squaredDistances: distances, degreesOfFreedom: holdout.dimension, source: .leaveOneOut)
    } consume: { _, fit in
      fits.append(fit)
    }
    return fits
  }

  /// d² of rows that class `index` was not fitted on, in the reached directions, (n,).
  private func squaredDistances(
    ofUnseen indices: [Int], in rows: any FeatureRows, _ index: Int, _ holdouts: ReachedHoldouts,
    _ execution: Execution
  ) throws -> [Double] {
    var distances: [Double] = []
    for range in RowBlocks(count: indices.count, size: execution.blockSize) {
      try Task.checkCancellation()
      let centred = try classes[index].centred(Array(indices[range]), in: rows)
      distances +=
        holdouts.classes[index].squaredDistances(ofUnseen: holdouts.reached.projected(centred))
        .elements
    }
    return distances
  }
}
