public import LinearAlgebra

/// The plane in which some classes of a detector, with their covariances as regularized at one t, are told apart best.
///
/// With W the within-class covariance Σ π_k (s_k C_k + t r_k I) and B the between-class covariance Σ π_k (μ_k − m)
/// (μ_k − m)ᵀ of the chosen classes, π_k their shares of samples and m = Σ π_k μ_k, the axes are the leading solutions of
/// B v = γ W v: linear discriminant analysis (Fisher 1936; Hastie, Tibshirani and Friedman 2009, section 4.3.3). Two
/// classes have only one such axis, as classes with means on a line do. The other one is then the direction v, of all
/// with v W v₁ = 0, with the largest variance vᵀWv / vᵀv. One class has the two leading eigenvectors of its covariance:
/// principal component analysis.
///
/// Coordinates are in within-class standard deviations, vᵀWv = 1, and uncorrelated within classes on average.
public struct DiscriminantPlane: Sendable {
  /// What an axis is.
  public enum Axis: Sendable, Equatable {
    /// γ, the variance between the classes in units of the variance within them.
    case discriminant(ratio: Double)
    /// The share of tr W that the direction has.
    case variance(share: Double)
  }

  /// A symmetric 2×2 matrix.
  public struct Covariance: Sendable, Equatable {
    public var xx: Double
    public var xy: Double
    public var yy: Double
  }

  /// The chosen classes, by index.
  public let classIndices: [Int]
  /// The two directions v, (2, D); one, (1, D), of features of one dimension.
  public let directions: Matrix
  /// m, (D,): the point with the coordinates 0.
  public let origin: [Double]
  /// What the axes are, one for each direction.
  public let axes: [Axis]
  /// The coordinates of the means of the chosen classes, (c, 2); the second is 0 without a second direction.
  public let means: Matrix
  /// The regularized covariances of the chosen classes in the plane.
  public let covariances: [Covariance]
  let normalization: Normalization
}

extension DiscriminantPlane {
  /// The coordinates of samples, (indices.count, 2), in the order of `indices`. Takes features as they are in files.
  /// O(n·D).
  ///
  /// - Throws: ``DetectorError/dimensionMismatch(expected:found:)``, `CancellationError`, and the errors of `rows`.
  public func coordinates(
    of rows: any FeatureRows, at indices: [Int], progress: ProgressHandler? = nil
  ) throws -> Matrix {
    try rows.requireDimension(origin.count)
    let normalized = normalization.normalized(rows)
    var elements: [Double] = []
    elements.reserveCapacity(2 * indices.count)
    for range in RowBlocks(count: indices.count, size: 256) {
      try Task.checkCancellation()
      var block = try normalized.matrix(at: Array(indices[range]))
      block.subtractFromRows(origin)
      let found = Matrix.product(block, byTransposeOf: directions)
      for row in 0..<found.rowCount {
        elements += [found[row, 0], directions.rowCount > 1 ? found[row, 1] : 0]
      }
      progress?(WorkProgress(completed: Double(range.upperBound), planned: Double(indices.count)))
    }
    return Matrix(rowCount: indices.count, columnCount: 2, elements: elements)
  }
}

extension SpectralDetector {
  /// The plane in which some classes, by index, are told apart best at one t. O(c·m·D² + D³).
  ///
  /// - Throws: ``DetectorError/singularCovariance(label:rank:dimension:)`` if the covariance within the classes is
  ///   singular, which takes a ridge of 0, and `CancellationError`.
  @concurrent
  public func discriminantPlane(
    of chosen: [Int], at regularization: Regularization
  ) async throws -> DiscriminantPlane {
    precondition(!chosen.isEmpty && chosen.allSatisfy(classes.indices.contains), "no such class")
    let total = chosen.reduce(0.0) { $0 + Double(classes[$1].count) }
    let shares = chosen.map { Double(classes[$0].count) / total }
    // Differences of the means first, which keeps the digits of means far from 0.
    let reference = classes[chosen[0]]
    var offsets = Matrix(
      rowCount: chosen.count, columnCount: dimension, elements: chosen.flatMap { classes[$0].mean })
    offsets.subtractFromRows(reference.mean)
    let middle = offsets.transposeMultiplied(by: shares)
    offsets.subtractFromRows(middle)
    let found = try await directions(of: chosen, shares, offsets, at: regularization)
    let directions = found.directions.orientedByFirst(offsets)
    var means = Matrix(rowCount: chosen.count, columnCount: 2)
    let coordinates = Matrix.product(offsets, byTransposeOf: directions)
    for row in chosen.indices {
      for axis in 0..<directions.rowCount { means[row, axis] = coordinates[row, axis] }
    }
    return DiscriminantPlane(
      classIndices: chosen, directions: directions, origin: zip(reference.mean, middle).map(+),
      axes: found.axes, means: means,
      covariances: chosen.map { classes[$0].covariance(along: directions, at: regularization) },
      normalization: setting.normalization)
  }

  private typealias Directions = (directions: Matrix, axes: [DiscriminantPlane.Axis])

  private func directions(
    of chosen: [Int], _ shares: [Double], _ offsets: Matrix, at regularization: Regularization
  ) async throws -> Directions {
    if chosen.count == 1 { return try principalDirections(of: chosen[0], at: regularization) }
    let work = WorkCount.product(dimension, dimension, dimension)
    var within = Matrix(rowCount: dimension, columnCount: dimension)
    var ridge = 0.0
    for (index, share) in zip(chosen, shares) {
      try Task.checkCancellation()
      within.addCovariance(classes[index].scaledSpectrum, weight: share)
      ridge += share * classes[index].ridge(at: regularization).value
    }
    for index in 0..<dimension { within[index, index] += ridge }
    let (matrix, singular) = (within, singular(chosen[0]))
    let factor = try await abandonable(work) {
      guard let factor = try? CholeskyFactorization(upperTriangle: matrix) else { throw singular }
      return factor
    }
    var whitened = offsets
    factor.whitenRows(of: &whitened)
    whitened.scaleRows(by: shares.map { $0.squareRoot() })
    let scaled = whitened
    let found = try await abandonable(work) { try scaled.leadingDirections(2) }
    // A ratio that rounding makes is no direction.
    let count = min(found.variances.count { $0 > 1e-12 * max(found.variances[0], 1e-12) }, dimension)
    var directions = found.directions.firstRows(count)
    factor.multiplyByInverseFactor(&directions)
    var axes = found.variances.prefix(count).map(DiscriminantPlane.Axis.discriminant(ratio:))
    within.mirrorUpperTriangle()
    let trace = (0..<dimension).reduce(0) { $0 + within[$1, $1] }
    while directions.rowCount < min(2, dimension) {
      let (known, matrix) = (directions, within)
      let (direction, variance) = try await abandonable(work) {
        try matrix.directionOfLargestVariance(uncorrelatedWith: known)
      }
      directions.append(rowsOf: direction)
      axes.append(.variance(share: variance / trace))
    }
    return (directions, axes)
  }

  /// The two leading eigenvectors of a class's covariance, in units of its standard deviations.
  private func principalDirections(
    of index: Int, at regularization: Regularization
  ) throws -> Directions {
    let (spectrum, ridge) = (classes[index].scaledSpectrum, classes[index].ridge(at: regularization).value)
    var basis = spectrum.leadingBasis(min(2, spectrum.directionCount))
    // A class that does not vary has no directions of its own: those of the dimensions stand in.
    while basis.rowCount < min(2, dimension) {
      basis.append(rowsOf: basis.unitRowOrthogonalToRows())
    }
    let variances = (0..<basis.rowCount).map { spectrum.eigenvalues[$0] + ridge }
    guard variances.allSatisfy({ $0 > 0 }) else { throw singular(index) }
    basis.scaleRows(by: variances.map { 1 / $0.squareRoot() })
    let trace = spectrum.trace + Double(dimension) * ridge
    return (basis, variances.map { .variance(share: $0 / trace) })
  }

  private func singular(_ index: Int) -> DetectorError {
    .singularCovariance(
      label: classes[index].label, rank: classes[index].spectrum.rank, dimension: dimension)
  }
}

extension GaussianClass {
  /// The regularized covariance along one or two directions, (1…2, D). O(m·D).
  fileprivate func covariance(
    along directions: Matrix, at regularization: Regularization
  ) -> DiscriminantPlane.Covariance {
    let spectrum = scaledSpectrum
    let projected = Matrix.product(spectrum.leadingBasis(spectrum.rank), byTransposeOf: directions)
    let ridge = ridge(at: regularization).value
    func element(_ first: Int, _ second: Int) -> Double {
      guard max(first, second) < directions.rowCount else { return 0 }
      let own = (0..<projected.rowCount).reduce(0) {
        $0 + spectrum.eigenvalues[$1] * projected[$1, first] * projected[$1, second]
      }
      return own + ridge * zip(directions.row(first), directions.row(second)).reduce(0) { $0 + $1.0 * $1.1 }
    }
    return .init(xx: element(0, 0), xy: element(0, 1), yy: element(1, 1))
  }
}

extension Matrix {
  /// The unit directions in which the rows of this (n, D) matrix vary most about 0, as rows, with their sums of squares,
  /// descending. O(min(n, D)³ + n·D·min(n, D)).
  fileprivate func leadingDirections(_ limit: Int) throws -> (directions: Matrix, variances: [Double]) {
    let isWide = rowCount <= columnCount
    var gram = Matrix(rowCount: min(rowCount, columnCount), columnCount: min(rowCount, columnCount))
    if isWide { gram.addRowGram(of: self, scale: 1) } else { gram.addColumnGram(of: self, scale: 1) }
    let spectrum = try SymmetricEigendecomposition(upperTriangle: gram)
    let count = min(limit, gram.rowCount)
    let variances = spectrum.eigenvalues.prefix(count).map { max(0, $0) }
    let vectors = spectrum.eigenvectors.firstRows(count)
    guard isWide else { return (vectors, variances) }
    var directions = Matrix.product(vectors, by: self)
    directions.scaleRows(by: directions.squaredRowNorms().map { $0 > 0 ? 1 / $0.squareRoot() : 0 })
    return (directions, variances)
  }

  /// For a covariance W: the direction v with vᵀWv = 1 and v W u = 0 for the rows u that has the largest variance per
  /// unit of length, as a (1, D) matrix, with that variance. O(D³).
  fileprivate func directionOfLargestVariance(uncorrelatedWith rows: Matrix) throws -> (Matrix, Double) {
    var projected = self
    if rows.rowCount > 0 {
      let normals = try Matrix.product(rows, by: self).orthonormalizedRows()
      // P W P with P = I − NᵀN.
      projected.subtractProduct(Matrix.product(transposeOf: normals, by: normals), by: self)
      let left = projected
      let product = Matrix.product(left, byTransposeOf: normals)
      projected.subtractProduct(product, by: normals)
    }
    let spectrum = try SymmetricEigendecomposition(upperTriangle: projected)
    var direction = spectrum.eigenvectors.firstRows(1)
    let variance = zip(multiplied(by: direction.elements), direction.elements).reduce(0) { $0 + $1.0 * $1.1 }
    direction.scaleRows(by: [1 / max(variance, .leastNormalMagnitude).squareRoot()])
    return (direction, variance)
  }

  /// A unit row orthogonal to all rows, which are orthonormal and fewer than dimensions: the part of the dimension that
  /// they reach least.
  fileprivate func unitRowOrthogonalToRows() -> Matrix {
    let reach = (0..<columnCount).map { column in
      (0..<rowCount).reduce(0) { $0 + self[$1, column] * self[$1, column] }
    }
    var unit = [Double](repeating: 0, count: columnCount)
    unit[reach.indices.min { reach[$0] < reach[$1] } ?? 0] = 1
    let shares = multiplied(by: unit)
    let part = transposeMultiplied(by: shares)
    let rest = zip(unit, part).map(-)
    let length = rest.reduce(0) { $0 + $1 * $1 }.squareRoot()
    return Matrix(rowCount: 1, columnCount: columnCount, elements: rest.map { $0 / length })
  }

  /// The same directions, turned such that the first point is not on the positive side of the first axis nor on the
  /// negative side of the second, so that equal data give equal pictures. A direction that does not tell has a positive
  /// largest element.
  fileprivate func orientedByFirst(_ points: Matrix) -> Matrix {
    let place = multiplied(by: Array(points.row(0)))
    let scale = Matrix.product(points, byTransposeOf: self).elements.lazy.map(\.magnitude).max() ?? 0
    return Matrix(
      rowCount: rowCount, columnCount: columnCount,
      elements: (0..<rowCount).flatMap { axis -> [Double] in
        let direction = row(axis)
        let isKnown = place[axis].magnitude > 1e-9 * scale
        let largest = direction.max { $0.magnitude < $1.magnitude } ?? 0
        let isTurned = isKnown ? (place[axis] > 0) == (axis == 0) : largest < 0
        return isTurned ? direction.map { -$0 } : Array(direction)
      })
  }
}
