import Foundation
import LinearAlgebra

extension FittedDetector {
  /// Why one sample (D,) scores as it does at one λ. O(K·m·D).
  ///
  /// - Throws: ``DetectorError/dimensionMismatch(expected:found:)``,
  ///   ``DetectorError/nonFiniteFeatures(rowCount:firstRows:)``,
  ///   ``DetectorError/singularCovariance(label:rank:dimension:)`` where λ = 0 meets a class without full
  ///   rank.
  public func explanation(
    of features: [Double], at regularization: Regularization, score: ScoreKind
  ) throws(DetectorError) -> SampleExplanation {
    guard features.count == dimension else {
      throw .dimensionMismatch(expected: dimension, found: features.count)
    }
    guard features.allSatisfy(\.isFinite) else { throw .nonFiniteFeatures(rowCount: 1, firstRows: [0]) }
    try requireInvertible(at: regularization)
    let row = Matrix(rowCount: 1, columnCount: dimension, elements: features)
    var distances = BlockDistances()
    var accumulator = ScoreAccumulator(sampleCount: 1, pathCount: 1)
    var squaredDistances: [Double] = []
    var logDensities: [Double] = []
    for (index, gaussian) in classes.enumerated() {
      let normalizer = gaussian.logNormalizer(at: regularization)
      distances.compute(row, to: gaussian, along: [regularization])
      accumulator.add(
        classIndex: index, samples: [0], squaredDistances: distances.squaredDistances,
        normalizers: [normalizer])
      let computed = distances.squaredDistances[0, 0]
      squaredDistances.append(computed.isNaN ? .infinity : computed)
      logDensities.append(normalizer - 0.5 * squaredDistances[index])
    }
    let negativeLogLikelihood = accumulator.negativeLogLikelihood(at: 0)
    let ranking = Ranking(
      nearness: score == .negativeLogLikelihood ? logDensities : squaredDistances.map { -$0 })
    let gaussian = classes[ranking.nearest]
    let shares = gaussian.shares(of: features, at: regularization)
    return SampleExplanation(
      score: score == .negativeLogLikelihood
        ? negativeLogLikelihood : squaredDistances[ranking.nearest] / Double(dimension),
      scoreKind: score, nearestClass: ranking.nearest, secondClass: ranking.second, margin: ranking.margin,
      squaredDistances: squaredDistances, logDensities: logDensities,
      responsibilities: Self.responsibilities(logDensities),
      pValue: ChiSquared.upperTail(squaredDistances[ranking.nearest], degreesOfFreedom: dimension),
      dimensionShares: shares.dimensions, eigendirectionShares: shares.eigendirections,
      outsideShare: shares.outside,
      nullShare: shares.eigendirections.dropFirst(gaussian.spectrum.rank).reduce(shares.outside, +),
      mean: gaussian.mean, standardDeviations: gaussian.diagonal.map { $0.squareRoot() })
  }
}

extension FittedDetector {
  /// exp ℓ_k / Σ_j exp ℓ_j. Relative to the largest, since adding the score back would cost its digits.
  /// Where every density overflowed to 0 the first class takes all, as in the scores.
  private static func responsibilities(_ logDensities: [Double]) -> [Double] {
    let largest = logDensities.max() ?? 0
    guard largest > -.infinity else { return logDensities.indices.map { $0 == 0 ? 1 : 0 } }
    let parts = logDensities.map { exp($0 - largest) }
    let sum = parts.reduce(0, +)
    return parts.map { $0 / sum }
  }
}

/// The two nearest classes; of equally near ones the first.
private struct Ranking {
  let nearest: Int
  let second: Int?
  let margin: Double?

  /// - Parameter nearness: One value per class, higher is nearer.
  init(nearness: [Double]) {
    let order = TopK.indices(ofLargest: 2, in: nearness)
    nearest = order[0]
    second = order.count > 1 ? order[1] : nil
    margin = second.map { [nearest] in
      // Where both overflow, neither wins.
      nearness[nearest] == nearness[$0] ? 0 : nearness[nearest] - nearness[$0]
    }
  }
}

extension GaussianClass {
  /// The parts of d² of one sample (D,), by dimension, by known eigendirection, and outside of those.
  fileprivate func shares(
    of features: [Double], at regularization: Regularization
  ) -> (dimensions: [Double], eigendirections: [Double], outside: Double) {
    let centred = zip(features, mean).map(-)
    let basis = spectrum.basis
    let coordinates = basis.multiplied(by: centred)
    let scaled = zip(coordinates, spectrum.eigenvalues).map { $0 / ($1 + regularization.value) }
    var solution = basis.transposeMultiplied(by: scaled)
    var outside = 0.0
    if basis.rowCount < mean.count {
      let spanned = basis.transposeMultiplied(by: coordinates)
      for index in centred.indices {
        let residual = centred[index] - spanned[index]
        outside += residual * residual / regularization.value
        solution[index] += residual / regularization.value
      }
    }
    return (zip(centred, solution).map(*), zip(coordinates, scaled).map(*), outside)
  }
}
