public import LinearAlgebra

extension SpectralDetector {
  /// One summary per class, in order, at one λ. O(K·D + K²·D).
  ///
  /// - Throws: ``DetectorError/singularCovariance(label:rank:dimension:)`` if λ = 0 and a class, or the pooled
  ///   covariance, lacks full rank.
  public func summaries(at regularization: Regularization) throws(DetectorError) -> [ClassSummary] {
    try classNumbers(at: regularization).summaries
  }

  /// Both ``summaries(at:)`` and ``separations(at:)``, since the former need the latter. O(K·D + K²·D).
  public func classNumbers(
    at regularization: Regularization
  ) throws(DetectorError) -> (summaries: [ClassSummary], separations: Matrix) {
    try requireClassNumbers(at: regularization)
    let separations = try separations(at: regularization)
    let summaries = classes.indices.map { index in
      let distances = separations.row(index)
      var nearest: Int?
      for other in classes.indices where other != index {
        if nearest.map({ distances[distances.startIndex + other] < distances[distances.startIndex + $0] })
          ?? true
        {
          nearest = other
        }
      }
      return summary(
        of: classes[index], at: regularization, nearestClass: nearest.map { classes[$0].label },
        nearestDistance: nearest.map { separations[index, $0] })
    }
    return (summaries, separations)
  }

  /// Whether there are ``classNumbers(at:)``, without computing them. O(K).
  ///
  /// - Throws: What ``classNumbers(at:)`` throws.
  package func requireClassNumbers(at regularization: Regularization) throws(DetectorError) {
    try requireInvertible(at: regularization)
    try requireInvertiblePooled(at: regularization)
  }

  private func requireInvertiblePooled(at regularization: Regularization) throws(DetectorError) {
    let average = averageRidge
    if average.ridge(at: regularization).value == 0, pooled.rank < dimension || average.scale == 0 {
      throw .singularCovariance(label: nil, rank: pooled.rank, dimension: dimension)
    }
  }

  /// The largest condition number of any class at one λ. O(K).
  public func worstConditionNumber(at regularization: Regularization) -> Double {
    classes.map { $0.conditionNumber(at: regularization) }.max() ?? 1
  }

  private func summary(
    of gaussian: GaussianClass, at regularization: Regularization, nearestClass: Int?,
    nearestDistance: Double?
  ) -> ClassSummary {
    let spectrum = gaussian.spectrum
    let constantCount = gaussian.constantDimensionCount
    return ClassSummary(
      label: gaussian.label, count: gaussian.count, dimension: dimension, weight: gaussian.weight,
      meanNorm: gaussian.mean.reduce(0) { $0 + $1 * $1 }.squareRoot(), trace: spectrum.trace,
      logDeterminant: gaussian.logDeterminant(at: regularization),
      conditionNumber: gaussian.conditionNumber(at: regularization),
      ridge: gaussian.ridge(at: regularization).value, scale: gaussian.ridge.scale,
      smallestEigenvalue: spectrum.eigenvalues.last ?? 0, largestEigenvalue: spectrum.eigenvalues.first ?? 0,
      rank: spectrum.rank, effectiveRank: spectrum.effectiveRank, nearestClass: nearestClass,
      nearestDistance: nearestDistance, constantDimensionCount: constantCount,
      distanceInflation: gaussian.distanceInflation(at: regularization),
      warnings: gaussian.warnings(at: regularization, constantDimensionCount: constantCount))
  }

  /// Mahalanobis distances (not squared) between all means, (K, K), under the pooled within-class covariance S/n,
  /// regularized by the classes' average ridge, s̄ S/n + t r̄ I with s̄ = Σ π_k s_k and r̄ = Σ π_k r_k: symmetric, 0 on
  /// the diagonal. O(K²·D).
  ///
  /// - Throws: ``DetectorError/singularCovariance(label:rank:dimension:)`` if the ridge is 0 and the pooled covariance
  ///   lacks full rank.
  public func separations(at regularization: Regularization) throws(DetectorError) -> Matrix {
    try distances(between: meanCoordinates, at: regularization)
  }

  /// The same between some classes, by index. O(m²·D) for m of them.
  func separations(of indices: [Int], at regularization: Regularization) throws(DetectorError) -> Matrix {
    try distances(between: meanCoordinates.rows(indices), at: regularization)
  }

  private func distances(
    between coordinates: Matrix, at regularization: Regularization
  ) throws(DetectorError) -> Matrix {
    try requireInvertiblePooled(at: regularization)
    let average = averageRidge
    let ridge = average.ridge(at: regularization)
    var whitened = coordinates
    whitened.scaleColumns(
      by: pooled.eigenvalues.map { 1 / ($0 * average.scale + ridge.value).squareRoot() })
    return whitened.rowDistances()
  }

  /// Σ π_k s_k and Σ π_k r_k. Exactly s and r if all classes have the same.
  var averageRidge: ClassRidge {
    guard let first = classes.first?.ridge, classes.contains(where: { $0.ridge != first }) else {
      return classes.first?.ridge ?? .absolute
    }
    return ClassRidge(
      scale: classes.reduce(0) { $0 + $1.weight * $1.ridge.scale },
      unit: classes.reduce(0) { $0 + $1.weight * $1.ridge.unit })
  }

  /// The Bhattacharyya distance between two classes, by index, under their regularized covariances: ⅛ Δᵀ S⁻¹ Δ + ½ log (det S / √(det Σ₁ det
  /// Σ₂)), S = (Σ₁ + Σ₂)/2 (Kailath 1967, doi:10.1109/TCOM.1967.1089532). 0 for equal Gaussians, unbounded above.
  /// O(D³).
  ///
  /// - Throws: ``DetectorError/singularCovariance(label:rank:dimension:)`` if a class lacks full rank and has no ridge.
  public func bhattacharyyaDistance(
    _ first: Int, _ second: Int, at regularization: Regularization
  ) throws(DetectorError) -> Double {
    let pair = [classes[first], classes[second]]
    for gaussian in pair { try gaussian.requireInvertible(at: regularization) }
    var average = Matrix(rowCount: dimension, columnCount: dimension)
    for gaussian in pair { average.addCovariance(gaussian.scaledSpectrum, weight: 0.5) }
    let ridge = pair.reduce(0) { $0 + 0.5 * $1.ridge(at: regularization).value }
    for index in 0..<dimension { average[index, index] += ridge }
    let factorization: CholeskyFactorization
    do {
      factorization = try CholeskyFactorization(upperTriangle: average)
    } catch {
      throw .singularCovariance(label: pair[0].label, rank: pair[0].spectrum.rank, dimension: dimension)
    }
    let difference = zip(
      zip(pair[0].mean, pair[1].mean).map(-), zip(pair[0].meanRemainder, pair[1].meanRemainder).map(-)
    ).map(+)
    let squared = factorization.whitened(difference).reduce(0) { $0 + $1 * $1 }
    let logDeterminants = pair.reduce(0) { $0 + $1.logDeterminant(at: regularization) }
    return max(0, squared / 8 + 0.5 * (factorization.logDeterminant - 0.5 * logDeterminants))
  }
}

extension Matrix {
  /// Euclidean distances between all rows, (K, K), computed from their products, or from their difference for rows so
  /// close that the products would lose digits. O(K²·D).
  fileprivate func rowDistances() -> Matrix {
    // Distances take the place of products: of many classes, either is large.
    var distances = Matrix(rowCount: rowCount, columnCount: rowCount)
    distances.addRowGram(of: self, scale: 1)
    let squares = (0..<rowCount).map { distances[$0, $0] }
    for row in 0..<rowCount {
      distances[row, row] = 0
      for other in row + 1..<max(row + 1, rowCount) {
        let sum = squares[row] + squares[other]
        var squared = sum - 2 * distances[row, other]
        // The rounding error is below D·2⁻⁵² of the sum, so values above a thousandth of the sum have nine correct
        // digits.
        if !(squared > 1e-3 * sum && sum.isFinite) {
          squared = zip(self.row(row), self.row(other)).reduce(0) { $0 + ($1.0 - $1.1) * ($1.0 - $1.1) }
        }
        distances[row, other] = squared.squareRoot()
      }
    }
    distances.mirrorUpperTriangle()
    return distances
  }
}
