import LinearAlgebra

/// Computes the Gaussian of all ID training samples from the classes: C_0 is the pooled covariance plus the between-class
/// covariance.
struct Background {
  let classes: [GaussianClass]
  /// The spectrum of S/n.
  let pooled: Spectrum
  let sampleCount: Int

  /// - Parameter ridge: s and r, given the Gaussian with another ridge.
  func gaussian(_ ridge: (GaussianClass) throws -> ClassRidge) throws -> GaussianClass {
    if classes.count == 1 { return classes[0] }
    let (mean, deviations) = Self.weightedMeans(of: classes)
    let dimension = mean.rounded.count
    var covariance = Matrix(rowCount: dimension, columnCount: dimension)
    covariance.addCovariance(pooled, weight: 1)
    covariance.addColumnGram(of: deviations, scale: 1)
    let rows = CentredSamples(count: 1, ranges: [0..<1, 1..<2]) { [pooled] range in
      range.lowerBound == 0 ? pooled.scaledDirections() : deviations
    }
    let gaussian = GaussianClass(
      label: -1, count: sampleCount, weight: 1, mean: mean.rounded, meanRemainder: mean.remainder,
      spectrum: try Spectrum(completing: covariance, of: rows),
      moments: ScatterMoments(count: sampleCount, covariance: covariance, fourthMoment: nil))
    return gaussian.with(try ridge(gaussian))
  }

  /// The mean of all training samples, and the class means' differences from it times √π_k, (K, D), whose Gram matrix
  /// is the between-class covariance.
  static func weightedMeans(of classes: [GaussianClass]) -> (mean: ClassMean, deviations: Matrix) {
    let (first, dimension) = (classes[0], classes[0].mean.count)
    var deviations = Matrix(rowCount: classes.count, columnCount: dimension)
    deviations.assign(
      Matrix(rowCount: classes.count, columnCount: dimension, elements: classes.flatMap(\.mean)),
      subtracting: first.mean, first.meanRemainder)
    deviations.add(
      Matrix(rowCount: classes.count, columnCount: dimension, elements: classes.flatMap(\.meanRemainder)),
      times: 1)
    let offset = deviations.transposeMultiplied(by: classes.map(\.weight))
    deviations.subtractFromRows(offset)
    deviations.scaleRows(by: classes.map { $0.weight.squareRoot() })
    let mean = ClassMean(origin: first.mean, offset: zip(offset, first.meanRemainder).map(+))
    return (mean, deviations)
  }
}
