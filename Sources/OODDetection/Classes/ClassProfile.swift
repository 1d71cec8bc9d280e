import Foundation
public import LinearAlgebra

/// What distinguishes one class, and how its own samples score when each is held out.
public struct ClassProfile: Sendable, Equatable {
  /// The class, by index.
  public let classIndex: Int
  public let regularization: Regularization
  /// By dimension, (D,): how far the class's mean is from the mean of all class means, in pooled within-class standard
  /// deviations. Infinite where no class varies but the means differ; 0 where they do not.
  public let deviations: [Double]
  /// C_k and its correlations, (s, s), averaged over blocks of dimensions if s < D. Dimensions that never vary have
  /// correlation 0.
  public let covariance: Matrix
  public let correlation: Matrix
  /// Nil for a class of one sample, and without training samples, which a saved model does not keep.
  public let heldOut: HeldOutDensities?

  /// The largest s.
  public static let largestMap = 192

  /// The dimensions that deviate most, in either direction, most first. O(D log count).
  public func unusualDimensions(_ count: Int) -> [Int] {
    TopK.indices(ofLargest: count, in: deviations.map(\.magnitude)).filter { deviations[$0] != 0 }
  }
}

/// The training samples of a class, each under the class fitted without it, in all D dimensions, as for scores.
public struct HeldOutDensities: Sendable, Equatable {
  /// Row numbers among the training samples, ascending, (n,).
  public let rows: [Int]
  /// d² in the same order, (n,); infinite if the ridge is negligible compared with the variances.
  public let squaredDistances: [Double]
  /// −ℓ, the negative log-density times the class's weight, in nats, in the same order, (n,).
  public let negativeLogDensities: [Double]

  /// d²/D for distances, −ℓ for likelihoods: what the score would be if only this class counted, (n,).
  public func values(_ score: ScoreKind, dimension: Int) -> [Double] {
    score.isLikelihood ? negativeLogDensities : squaredDistances.map { $0 / Double(dimension) }
  }

  /// The samples with the largest d², most atypical first, as places in ``rows``. O(n log count).
  public func mostAtypical(_ count: Int) -> [Int] { TopK.indices(ofLargest: count, in: squaredDistances) }
}

extension SpectralDetector {
  /// The profile of a class at one t. O(K·D + m·D + s²·m), and O(n_k·m·D) for its training samples.
  ///
  /// - Parameters:
  ///   - index: The class, by index.
  ///   - training: The samples of the fit and their labels; nil if they are not at hand.
  /// - Throws: ``DetectorError/trainingSamplesDiffer(label:expected:found:)``, the errors of scoring,
  ///   `CancellationError`, and the errors of reading samples.
  @concurrent
  public func profile(
    ofClass index: Int, training: (rows: any FeatureRows, labels: [Int])?, at regularization: Regularization,
    threadCount: Int = SpectralDetector.defaultThreadCount
  ) async throws -> ClassProfile {
    let gaussian = classes[index]
    let size = min(dimension, ClassProfile.largestMap)
    return ClassProfile(
      classIndex: index, regularization: regularization, deviations: deviations(ofClass: index),
      covariance: gaussian.covariance(averagedTo: size), correlation: gaussian.correlation(averagedTo: size),
      heldOut: try training.flatMap {
        try heldOutDensities(
          ofClass: index, $0.rows, labels: $0.labels, at: regularization, Execution(threadCount: threadCount))
      })
  }

  /// (μ_k − mean of all class means) / pooled standard deviation, (D,).
  private func deviations(ofClass index: Int) -> [Double] {
    var squares = pooled.leadingBasis(pooled.rank)
    squares.squareElements()
    let variances = squares.transposeMultiplied(by: Array(pooled.eigenvalues.prefix(squares.rowCount)))
    var center = [Double](repeating: 0, count: dimension)
    for gaussian in classes {
      for place in center.indices { center[place] += gaussian.mean[place] / Double(classes.count) }
    }
    return center.indices.map { place in
      let difference = classes[index].mean[place] - center[place]
      // Equal means differ by the rounding of their average.
      let isEqual = abs(difference) <= 0x1p-48 * abs(center[place])
      if isEqual { return 0 }
      return variances[place] > 0 ? difference / variances[place].squareRoot() : difference * .infinity
    }
  }

  private func heldOutDensities(
    ofClass index: Int, _ rows: any FeatureRows, labels: [Int], at regularization: Regularization,
    _ execution: Execution
  ) throws -> HeldOutDensities? {
    try rows.requireDimension(dimension)
    let members = try trainingMembers(labels, sampleCount: rows.count)
    let gaussian = classes[index]
    guard gaussian.count > 1 else { return nil }
    let normalized = normalized(rows)
    let holdout = ClassHoldout(
      gaussian: gaussian, dimension: dimension,
      samples: gaussian.samples(members[index], in: normalized, execution),
      others: others(than: index, members, in: normalized, execution), path: [regularization])
    let normalizer = holdout.heldOutNormalizer(at: regularization)
    var distances = [Double](repeating: .infinity, count: gaussian.count)
    var densities = distances
    try holdout.forEachSample(execution) { sample, found, remainders in
      guard remainders[0] > 0 else { return }
      distances[sample] = found[0]
      densities[sample] = normalizer + 0.5 * (found[0] + log(remainders[0]))
    }
    return HeldOutDensities(
      rows: members[index].rows, squaredDistances: distances, negativeLogDensities: densities)
  }

  /// By dimension, (D,): what it contributes to the squared distance between the means of two classes, Δ_j (W⁻¹ Δ)_j with
  /// W the pooled covariance of ``separations(at:)``. The terms sum to that squared distance; single ones may be
  /// negative. O(m·D).
  ///
  /// - Throws: as ``separations(at:)``.
  public func separationShares(
    _ first: Int, _ second: Int, at regularization: Regularization
  ) throws(DetectorError) -> [Double] {
    let average = averageRidge
    let ridge = average.ridge(at: regularization).value
    if ridge == 0, pooled.rank < dimension || average.scale == 0 {
      throw .singularCovariance(label: nil, rank: pooled.rank, dimension: dimension)
    }
    let difference = zip(
      zip(classes[first].mean, classes[second].mean).map(-),
      zip(classes[first].meanRemainder, classes[second].meanRemainder).map(-)
    ).map(+)
    let basis = pooled.basis
    let coordinates = basis.multiplied(by: difference)
    let solved = basis.transposeMultiplied(
      by: zip(coordinates, pooled.eigenvalues).map { $0 / ($1 * average.scale + ridge) })
    guard basis.rowCount < dimension, ridge > 0 else { return zip(difference, solved).map(*) }
    // Outside the basis there is only the ridge.
    let inside = basis.transposeMultiplied(by: coordinates)
    return difference.indices.map { place in
      difference[place] * (solved[place] + (difference[place] - inside[place]) / ridge)
    }
  }
}
