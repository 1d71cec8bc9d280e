import LinearAlgebra

extension FactoredDetector {
  /// How one sample (D,) stands to every class, with the same score as ``scores(of:threadCount:progress:)``.
  /// O(K·D²).
  ///
  /// - Throws: ``DetectorError/dimensionMismatch(expected:found:)``,
  ///   ``DetectorError/nonFiniteFeatures(rowCount:firstRows:)``, and where factors are not held what reading the
  ///   training samples throws.
  public func comparison(of features: [Double], score: ScoreKind) throws -> SampleComparison {
    try comparisons(of: [features], score: score)[0]
  }

  /// How each of some samples (D,) stands to every class. Class after class, so that each factor is fetched once.
  ///
  /// - Throws: as ``comparison(of:score:)``.
  public func comparisons(of samples: [[Double]], score: ScoreKind) throws -> [SampleComparison] {
    for features in samples { try FittedDetector.requireUsable(features, dimension: dimension) }
    var squaredDistances = [[Double]](repeating: [], count: samples.count)
    for factored in classes {
      let factor = try factored.factor.loaded()
      for (index, features) in samples.enumerated() {
        let whitened = factor.whitened(factored.difference(of: features))
        squaredDistances[index].append(whitened.reduce(0) { $0 + $1 * $1 })
      }
    }
    return squaredDistances.map {
      SampleComparison(
        squaredDistances: $0, logNormalizers: classes.map(\.logNormalizer), score: score,
        dimension: dimension)
    }
  }

  /// (z−μ)_j · (Σ_k(λ)⁻¹ (z−μ))_j of one sample (D,) and the class at `classIndex`, (D,): sums to d_k², single
  /// terms may be negative. O(D²).
  ///
  /// - Throws: as ``comparison(of:score:)``.
  public func dimensionShares(of features: [Double], classIndex: Int) throws -> [Double] {
    try FittedDetector.requireUsable(features, dimension: dimension)
    let centred = classes[classIndex].difference(of: features)
    return zip(centred, try classes[classIndex].factor.loaded().solution(for: centred)).map(*)
  }
}

extension FactoredClass {
  /// z − μ_k of one sample (D,).
  fileprivate func difference(of features: [Double]) -> [Double] {
    zip(zip(features, mean).map(-), meanRemainder).map(-)
  }
}
