import LinearAlgebra

extension FactoredDetector {
  /// How one sample (D,) stands to every class, with the same score as ``scores(of:threadCount:progress:)``.
  /// O(K·D²).
  ///
  /// - Throws: ``DetectorError/dimensionMismatch(expected:found:)``,
  ///   ``DetectorError/nonFiniteFeatures(rowCount:firstRows:)``.
  public func comparison(
    of features: [Double], score: ScoreKind
  ) throws(DetectorError) -> SampleComparison {
    try FittedDetector.requireUsable(features, dimension: dimension)
    let squaredDistances = classes.map { factored in
      factored.factor.whitened(zip(features, factored.mean).map(-)).reduce(0) { $0 + $1 * $1 }
    }
    return SampleComparison(
      squaredDistances: squaredDistances, logNormalizers: classes.map(\.logNormalizer), score: score,
      dimension: dimension)
  }

  /// (z−μ)_j · (Σ_k(λ)⁻¹ (z−μ))_j of one sample (D,) and the class at `classIndex`, (D,): sums to d_k², single
  /// terms may be negative. O(D²).
  ///
  /// - Throws: as ``comparison(of:score:)``.
  public func dimensionShares(
    of features: [Double], classIndex: Int
  ) throws(DetectorError) -> [Double] {
    try FittedDetector.requireUsable(features, dimension: dimension)
    let centred = zip(features, classes[classIndex].mean).map(-)
    return zip(centred, classes[classIndex].factor.solution(for: centred)).map(*)
  }
}
