import Foundation
public import LinearAlgebra

/// The comparison of one sample with all K classes at one λ. Class indices refer to the detector's classes.
public struct SampleComparison: Sendable, Equatable {
  /// The score of `scoreKind`; higher is more out-of-distribution.
  public let score: Double
  public let scoreKind: ScoreKind
  /// The index of the nearest class: argmax ℓ_k for likelihoods, argmin d_k² for distances.
  public let nearestClass: Int
  /// The index of the second-nearest class; nil if there is only one class.
  public let secondClass: Int?
  /// The lead of the nearest class over the second, ≥ 0: ℓ_nearest − ℓ_second, in nats, for likelihoods; d²_second −
  /// d²_nearest for distances. The background is the same for all classes.
  public let margin: Double?
  /// d_k² to every class, (K,).
  public let squaredDistances: [Double]
  /// ℓ_k, (K,), in nats, weights included.
  public let logDensities: [Double]
  /// exp ℓ_k / Σ_j exp ℓ_j, (K,): sums to 1.
  public let responsibilities: [Double]
  /// The upper tail of χ²_D at d² of the nearest class: the p-value if the class were Gaussian with known mean and
  /// covariance. It is far too small unless n_k is many times D; use ``PValueCalibration`` instead.
  public let gaussianTail: Double

  /// d_0² and log N_0 of the background; nil unless the score is relative.
  public let background: BackgroundComparison?

  /// - Parameters:
  ///   - computed: d_k² of every class, as computed; NaN if it overflowed.
  ///   - logNormalizers: ℓ_k + ½ d_k² of every class.
  ///   - background: Needed for a relative score.
  init(
    squaredDistances computed: [Double], logNormalizers: [Double], score kind: ScoreKind, dimension: Int,
    background: BackgroundComparison? = nil
  ) {
    var accumulator = ScoreAccumulator(sampleCount: 1, pathCount: 1)
    for (index, distance) in computed.enumerated() {
      accumulator.add(
        classIndex: index, samples: [0],
        squaredDistances: Matrix(rowCount: 1, columnCount: 1, elements: [distance]),
        normalizers: [logNormalizers[index]])
    }
    squaredDistances = computed.map { $0.isNaN ? .infinity : $0 }
    logDensities = zip(logNormalizers, squaredDistances).map { $0 - 0.5 * $1 }
    let isLikelihood = kind.isLikelihood
    self.background = background
    let ranking = Ranking(nearness: isLikelihood ? logDensities : squaredDistances.map { -$0 })
    scoreKind = kind
    nearestClass = ranking.nearest
    secondClass = ranking.second
    margin = ranking.margin
    let own =
      isLikelihood
      ? accumulator.negativeLogLikelihood(at: 0) : squaredDistances[ranking.nearest] / Double(dimension)
    if kind.isRelative, own.isFinite {
      let background = background ?? BackgroundComparison(squaredDistance: .nan, logDensity: .nan)
      score =
        isLikelihood ? own + background.logDensity : own - background.squaredDistance / Double(dimension)
    } else {
      score = own
    }
    responsibilities = Self.responsibilities(logDensities)
    gaussianTail = ChiSquared.upperTail(squaredDistances[ranking.nearest], degreesOfFreedom: dimension)
  }

  /// exp ℓ_k / Σ_j exp ℓ_j, computed relative to the largest density to preserve digits. If every density underflows
  /// to 0, the first class gets 1, as in the scores.
  private static func responsibilities(_ logDensities: [Double]) -> [Double] {
    let largest = logDensities.max() ?? 0
    guard largest > -.infinity else { return logDensities.indices.map { $0 == 0 ? 1 : 0 } }
    let parts = logDensities.map { exp($0 - largest) }
    let sum = parts.reduce(0, +)
    return parts.map { $0 / sum }
  }
}

/// One sample compared with the background.
public struct BackgroundComparison: Sendable, Equatable {
  /// d_0².
  public let squaredDistance: Double
  /// log N_0, in nats.
  public let logDensity: Double
}

/// The two nearest classes; the first of equally near ones.
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
      // If both overflow, neither leads.
      nearness[nearest] == nearness[$0] ? 0 : nearness[nearest] - nearness[$0]
    }
  }
}

/// The explanation of one sample's score at one λ, for K classes and D dimensions. Class indices refer to
/// ``SpectralDetector/classes``. The shares refer to the nearest class.
@dynamicMemberLookup
public struct SampleExplanation: Sendable, Equatable {
  /// The comparison with every class: score, distances, nearest and second class. Its properties are also properties
  /// of this explanation.
  public let comparison: SampleComparison
  /// The sample's features as the detector sees them, normalized, (D,).
  public let features: [Double]
  /// (z−μ)_j · (Σ⁻¹ (z−μ))_j under the regularized covariance, (D,). The terms sum to d²; single terms may be negative.
  public let dimensionShares: [Double]
  /// The same of the background, (D,): the terms sum to d_0². What they leave of ``dimensionShares`` sets the sample
  /// apart from its class but not from everything. Nil unless the score is relative.
  public let backgroundShares: [Double]?
  /// y_i² / (s Λ_i + t r) along the class's m known eigenvectors, largest eigenvalue first. The terms are never negative
  /// and sum to d² together with `outsideShare`.
  public let eigendirectionShares: [Double]
  /// The part of d² outside the m known eigenvectors; 0 if they are complete.
  public let outsideShare: Double
  /// The part of d² in directions with eigenvalue 0, which the ridge alone determines; includes `outsideShare`.
  public let nullShare: Double
  /// μ_k of the nearest class, (D,).
  public let mean: [Double]
  /// The square roots of the diagonal of Σ_k (without λ) of the nearest class, (D,).
  public let standardDeviations: [Double]

  public subscript<Value>(dynamicMember property: KeyPath<SampleComparison, Value>) -> Value {
    comparison[keyPath: property]
  }
}

extension SpectralDetector {
  /// Explains the score of one sample (D,) at one λ. O(K·m·D).
  ///
  /// - Throws: ``DetectorError/dimensionMismatch(expected:found:)``,
  ///   ``DetectorError/nonFiniteFeatures(rowCount:firstRows:)``,
  ///   ``DetectorError/singularCovariance(label:rank:dimension:)`` if λ = 0 and a class lacks full rank.
  public func explanation(
    of features: [Double], at regularization: Regularization, score: ScoreKind
  ) throws -> SampleExplanation {
    try Self.requireUsable(features, dimension: dimension)
    try requireInvertible(at: regularization)
    let features = setting.normalization.normalized(features)
    let row = Matrix(rowCount: 1, columnCount: dimension, elements: features)
    var distances = BlockDistances()
    func squaredDistance(to gaussian: GaussianClass) -> Double {
      distances.compute(row, to: gaussian, along: [regularization])
      return distances.squaredDistances[0, 0]
    }
    let background = score.isRelative ? try background() : nil
    let found = SampleComparison(
      squaredDistances: classes.map(squaredDistance),
      logNormalizers: classes.map { $0.logNormalizer(at: regularization) }, score: score,
      dimension: dimension,
      background: background.map {
        $0.comparison(squaredDistance: squaredDistance(to: $0), at: regularization)
      })
    let gaussian = classes[found.nearestClass]
    let shares = gaussian.shares(of: features, at: regularization)
    return SampleExplanation(
      comparison: found, features: features, dimensionShares: shares.dimensions,
      backgroundShares: background?.shares(of: features, at: regularization).dimensions,
      eigendirectionShares: shares.eigendirections,
      outsideShare: shares.outside,
      nullShare: shares.eigendirections.dropFirst(gaussian.spectrum.rank).reduce(shares.outside, +),
      mean: gaussian.mean, standardDeviations: gaussian.diagonal.map { $0.squareRoot() })
  }

  /// Compares samples (B, D) with every class at one λ. Much faster than comparing them one by one. O(B·K·m·D).
  ///
  /// - Throws: as ``explanation(of:at:score:)``, `CancellationError`.
  @concurrent
  public func comparisons(
    of samples: Matrix, at regularization: Regularization, score: ScoreKind,
    threadCount: Int = SpectralDetector.defaultThreadCount
  ) async throws -> [SampleComparison] {
    guard samples.columnCount == dimension else {
      throw DetectorError.dimensionMismatch(expected: dimension, found: samples.columnCount)
    }
    try NonFiniteRows(samples.nonFiniteRows()).check()
    try requireInvertible(at: regularization)
    var samples = samples
    setting.normalization.apply(to: &samples)
    var squaredDistances = Matrix(rowCount: samples.rowCount, columnCount: classes.count)
    try await forEachInOrder(classes.count, threadCount: threadCount) { [samples] index in
      var distances = BlockDistances()
      distances.compute(samples, to: classes[index], along: [regularization])
      return distances.squaredDistances.elements
    } consume: { index, found in
      for (row, distance) in found.enumerated() { squaredDistances[row, index] = distance }
    }
    let background = score.isRelative ? try background() : nil
    var backgroundDistances = BlockDistances()
    if let background { backgroundDistances.compute(samples, to: background, along: [regularization]) }
    let normalizers = classes.map { $0.logNormalizer(at: regularization) }
    return (0..<samples.rowCount).map { row in
      SampleComparison(
        squaredDistances: Array(squaredDistances.row(row)), logNormalizers: normalizers, score: score,
        dimension: dimension,
        background: background?.comparison(
          squaredDistance: backgroundDistances.squaredDistances[row, 0], at: regularization))
    }
  }

  /// - Throws: ``DetectorError/dimensionMismatch(expected:found:)``,
  ///   ``DetectorError/nonFiniteFeatures(rowCount:firstRows:)``.
  static func requireUsable(_ features: [Double], dimension: Int) throws(DetectorError) {
    guard features.count == dimension else {
      throw .dimensionMismatch(expected: dimension, found: features.count)
    }
    guard features.allSatisfy(\.isFinite) else { throw .nonFiniteFeatures(rowCount: 1, firstRows: [0]) }
  }
}

extension GaussianClass {
  fileprivate func comparison(
    squaredDistance: Double, at regularization: Regularization
  ) -> BackgroundComparison {
    BackgroundComparison(
      squaredDistance: squaredDistance, logDensity: logNormalizer(at: regularization) - 0.5 * squaredDistance)
  }

  /// The parts of d² of one sample (D,) by dimension, by known eigendirection, and outside of the known
  /// eigendirections.
  fileprivate func shares(
    of features: [Double], at regularization: Regularization
  ) -> (dimensions: [Double], eigendirections: [Double], outside: Double) {
    var row = Matrix(rowCount: 0, columnCount: mean.count)
    row.assign(
      Matrix(rowCount: 1, columnCount: mean.count, elements: features), subtracting: mean, meanRemainder)
    let centred = row.elements
    let basis = spectrum.basis
    let ridge = ridge(at: regularization).value
    let coordinates = basis.multiplied(by: centred)
    let scaled = zip(coordinates, scaledSpectrum.eigenvalues).map { $0 / ($1 + ridge) }
    var solution = basis.transposeMultiplied(by: scaled)
    var outside = 0.0
    if basis.rowCount < mean.count {
      let spanned = basis.transposeMultiplied(by: coordinates)
      for index in centred.indices {
        let residual = centred[index] - spanned[index]
        outside += residual * residual / ridge
        solution[index] += residual / ridge
      }
    }
    return (zip(centred, solution).map(*), zip(coordinates, scaled).map(*), outside)
  }
}

extension CholeskyDetector {
  /// Compares one sample (D,) with every class, and with the background for a relative score. The score equals that of
  /// ``scores(of:threadCount:progress:)``. O(K·D²).
  ///
  /// - Throws: ``DetectorError/dimensionMismatch(expected:found:)``,
  ///   ``DetectorError/nonFiniteFeatures(rowCount:firstRows:)``, and, if factors are not kept in memory, the errors of
  ///   reading the training samples.
  public func comparison(of features: [Double], score: ScoreKind) throws -> SampleComparison {
    try comparisons(of: [features], score: score)[0]
  }

  /// Compares several samples (D,) with every class, class by class, so that each factor is loaded once.
  ///
  /// - Throws: as ``comparison(of:score:)``.
  public func comparisons(of samples: [[Double]], score: ScoreKind) throws -> [SampleComparison] {
    let samples = try samples.map(normalized)
    var squaredDistances = [[Double]](repeating: [], count: samples.count)
    for factored in classes {
      for (index, squared) in try factored.squaredDistances(of: samples).enumerated() {
        squaredDistances[index].append(squared)
      }
    }
    let background = score.isRelative ? background : nil
    let backgroundSquares = try background?.squaredDistances(of: samples)
    return squaredDistances.enumerated().map { index, squares in
      SampleComparison(
        squaredDistances: squares, logNormalizers: classes.map(\.logNormalizer), score: score,
        dimension: dimension,
        background: background.flatMap { background in
          backgroundSquares.map {
            BackgroundComparison(
              squaredDistance: $0[index], logDensity: background.logNormalizer - 0.5 * $0[index])
          }
        })
    }
  }

  /// (z−μ)_j · (Σ⁻¹ (z−μ))_j of one sample (D,) under the regularized covariance of the class at `classIndex`, (D,).
  /// The terms sum to d_k²; single terms may be negative. O(D²).
  ///
  /// - Parameter classIndex: nil for the background.
  /// - Throws: as ``comparison(of:score:)``; ``DetectorError/notFitted`` without a background.
  public func dimensionShares(of features: [Double], classIndex: Int?) throws -> [Double] {
    let features = try normalized(features)
    guard let factored = classIndex.map({ classes[$0] }) ?? background else { throw DetectorError.notFitted }
    let centred = factored.difference(of: features)
    return zip(centred, try factored.factor.loaded().solution(for: centred)).map(*)
  }

  private func normalized(_ features: [Double]) throws(DetectorError) -> [Double] {
    try SpectralDetector.requireUsable(features, dimension: dimension)
    return setting.normalization.normalized(features)
  }
}

extension FactoredClass {
  /// d² of samples, (D,) each.
  fileprivate func squaredDistances(of samples: [[Double]]) throws -> [Double] {
    let factor = try factor.loaded()
    return samples.map { factor.squaredDistance(of: difference(of: $0)) }
  }

  /// z − μ_k of one sample (D,).
  fileprivate func difference(of features: [Double]) -> [Double] {
    zip(zip(features, mean).map(-), meanRemainder).map(-)
  }
}
