import Foundation
import LinearAlgebra

/// How one sample stands to every class at one λ. K classes; class indices count within the detector's
/// classes.
public struct SampleComparison: Sendable, Equatable {
  /// The score of `scoreKind`; higher is more out-of-distribution.
  public let score: Double
  public let scoreKind: ScoreKind
  /// The index of the nearest class: argmax ℓ_k for `nll`, argmin d_k² for `mahalanobis`.
  public let nearestClass: Int
  /// The index of the second-nearest class; nil where there is one class only.
  public let secondClass: Int?
  /// By how much the nearest class wins, ≥ 0. For `nll` ℓ_nearest − ℓ_second, in nats; for `mahalanobis`
  /// d²_second − d²_nearest.
  public let margin: Double?
  /// d_k² to every class, (K,).
  public let squaredDistances: [Double]
  /// ℓ_k, (K,), in nats, weights included.
  public let logDensities: [Double]
  /// exp ℓ_k / Σ_j exp ℓ_j, (K,): sums to 1.
  public let responsibilities: [Double]
  /// The upper tail of χ²_D at d² of the nearest class: the p-value if the class were Gaussian with known mean and
  /// covariance. Far too small where n_k is not many times D; ``PValueCalibration`` says what is right.
  public let gaussianTail: Double

  /// - Parameters:
  ///   - computed: d_k² of every class, as computed: not a number where it overflowed.
  ///   - logNormalizers: ℓ_k + ½ d_k² of every class.
  init(squaredDistances computed: [Double], logNormalizers: [Double], score kind: ScoreKind, dimension: Int) {
    var accumulator = ScoreAccumulator(sampleCount: 1, pathCount: 1)
    for (index, distance) in computed.enumerated() {
      accumulator.add(
        classIndex: index, samples: [0],
        squaredDistances: Matrix(rowCount: 1, columnCount: 1, elements: [distance]),
        normalizers: [logNormalizers[index]])
    }
    squaredDistances = computed.map { $0.isNaN ? .infinity : $0 }
    logDensities = zip(logNormalizers, squaredDistances).map { $0 - 0.5 * $1 }
    let isLikelihood = kind == .negativeLogLikelihood
    let ranking = Ranking(nearness: isLikelihood ? logDensities : squaredDistances.map { -$0 })
    scoreKind = kind
    nearestClass = ranking.nearest
    secondClass = ranking.second
    margin = ranking.margin
    score =
      isLikelihood
      ? accumulator.negativeLogLikelihood(at: 0) : squaredDistances[ranking.nearest] / Double(dimension)
    responsibilities = Self.responsibilities(logDensities)
    gaussianTail = ChiSquared.upperTail(squaredDistances[ranking.nearest], degreesOfFreedom: dimension)
  }

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
