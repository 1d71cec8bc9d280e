public import LinearAlgebra

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
    try Self.requireUsable(features, dimension: dimension)
    try requireInvertible(at: regularization)
    let row = Matrix(rowCount: 1, columnCount: dimension, elements: features)
    var distances = BlockDistances()
    let found = SampleComparison(
      squaredDistances: classes.map { gaussian in
        distances.compute(row, to: gaussian, along: [regularization])
        return distances.squaredDistances[0, 0]
      },
      logNormalizers: classes.map { $0.logNormalizer(at: regularization) }, score: score,
      dimension: dimension)
    let gaussian = classes[found.nearestClass]
    let shares = gaussian.shares(of: features, at: regularization)
    return SampleExplanation(
      comparison: found, dimensionShares: shares.dimensions, eigendirectionShares: shares.eigendirections,
      outsideShare: shares.outside,
      nullShare: shares.eigendirections.dropFirst(gaussian.spectrum.rank).reduce(shares.outside, +),
      mean: gaussian.mean, standardDeviations: gaussian.diagonal.map { $0.squareRoot() })
  }

  /// How each of some samples (B, D) stands to every class at one λ: of many at once, which takes a fraction of the time
  /// that one by one would. O(B·K·m·D).
  ///
  /// - Throws: as ``explanation(of:at:score:)``, `CancellationError`.
  @concurrent
  public func comparisons(
    of samples: Matrix, at regularization: Regularization, score: ScoreKind,
    threadCount: Int = FittedDetector.defaultThreadCount
  ) async throws -> [SampleComparison] {
    guard samples.columnCount == dimension else {
      throw DetectorError.dimensionMismatch(expected: dimension, found: samples.columnCount)
    }
    var nonFinite = NonFiniteRows()
    nonFinite.append(samples.nonFiniteRows())
    try nonFinite.check()
    try requireInvertible(at: regularization)
    var squaredDistances = Matrix(rowCount: samples.rowCount, columnCount: classes.count)
    try await forEachInOrder(classes.count, threadCount: threadCount) { index in
      var distances = BlockDistances()
      distances.compute(samples, to: classes[index], along: [regularization])
      return distances.squaredDistances.elements
    } consume: { index, found in
      for (row, distance) in found.enumerated() { squaredDistances[row, index] = distance }
    }
    let normalizers = classes.map { $0.logNormalizer(at: regularization) }
    return (0..<samples.rowCount).map { row in
      SampleComparison(
        squaredDistances: Array(squaredDistances.row(row)), logNormalizers: normalizers, score: score,
        dimension: dimension)
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
  /// The parts of d² of one sample (D,), by dimension, by known eigendirection, and outside of those.
  fileprivate func shares(
    of features: [Double], at regularization: Regularization
  ) -> (dimensions: [Double], eigendirections: [Double], outside: Double) {
    var row = Matrix(rowCount: 0, columnCount: mean.count)
    row.assign(
      Matrix(rowCount: 1, columnCount: mean.count, elements: features), subtracting: mean, meanRemainder)
    let centred = row.elements
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
