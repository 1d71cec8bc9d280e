import LinearAlgebra

/// The directions in which the training samples vary by more than rounding errors.
///
/// In the other directions, densities say nothing about how well a Gaussian fits: their logarithm has an unbounded
/// term ½ log λ, so a likelihood would favor ever smaller λ. These directions are constant features and the exact
/// dependencies that normalization layers and softmax cause, which are constant up to the rounding of the stored type.
struct ReachedDirections: Sendable {
  /// D', the number of directions.
  let dimension: Int
  /// The constant features, ascending.
  let constantColumns: [Int]
  /// Orthonormal rows (D', D) that span the directions; nil if these are all columns except ``constantColumns``.
  let basis: Matrix?

  /// Divides features by √max(mean square, median mean square of the varying features). A direction is unreached if
  /// its eigenvalue of the total covariance is at most max(D·2⁻⁵²·Λ_max, ε²). O(D³), or O(D²) if the pooled covariance
  /// alone is large enough in every direction.
  ///
  /// - Parameter storedEpsilon: The machine epsilon of the type in which the features are stored.
  init(of detector: SpectralDetector, storedEpsilon: Double) throws {
    let dimension = detector.dimension
    var total = Matrix(rowCount: dimension, columnCount: dimension)
    total.addCovariance(detector.pooled, weight: 1)
    let (mean, deviations) = Background.weightedMeans(of: detector.classes)
    total.addColumnGram(of: deviations, scale: 1)
    let variances = (0..<dimension).map { total[$0, $0] }
    let varying = variances.indices.filter { variances[$0] > 0 }
    constantColumns = variances.indices.filter { variances[$0] <= 0 }
    let squares = varying.map { variances[$0] + mean.rounded[$0] * mean.rounded[$0] }
    let typical = Self.median(squares)
    // No eigenvalue of the scaled total covariance is below the smallest pooled eigenvalue over the largest mean
    // square, and their sum is at most D.
    let certain = max(Double(dimension * dimension) * 0x1p-52, storedEpsilon * storedEpsilon)
    let largestSquare = max(typical, squares.max() ?? 0)
    if let last = varying.indices.last, detector.pooled.eigenvalues[last] > 2 * certain * largestSquare {
      self.dimension = varying.count
      basis = nil
      return
    }
    let scales = squares.map { 1 / max($0, typical).squareRoot() }
    total.mirrorUpperTriangle()
    var scaled = total.columns(varying).matrix(at: varying)
    scaled.scaleRows(by: scales)
    scaled.scaleColumns(by: scales)
    guard !varying.isEmpty, scaled.nonFiniteRows().isEmpty else {
      self.dimension = varying.count
      basis = nil
      return
    }
    let decomposition = try SymmetricEigendecomposition(upperTriangle: scaled)
    let bound = max(
      Double(dimension) * 0x1p-52 * decomposition.eigenvalues[0], storedEpsilon * storedEpsilon)
    let reachedCount = decomposition.eigenvalues.count { $0 > bound }
    self.dimension = reachedCount
    guard reachedCount < varying.count else {
      basis = nil
      return
    }
    var unreached = decomposition.eigenvectors.rows(reachedCount..<varying.count)
    unreached.scaleColumns(by: scales)
    unreached.scaleRows(by: unreached.squaredRowNorms().map { 1 / $0.squareRoot() })
    let reached = try unreached.orthonormalizedRows().complementRows()
    var rows = Matrix(rowCount: reachedCount, columnCount: dimension)
    for row in 0..<reachedCount {
      for (column, place) in varying.enumerated() { rows[row, place] = reached[row, column] }
    }
    basis = rows
  }

  private static func median(_ values: [Double]) -> Double {
    guard !values.isEmpty else { return 1 }
    let sorted = values.sorted()
    let middle = sorted.count / 2
    return sorted.count % 2 == 1 ? sorted[middle] : (sorted[middle - 1] + sorted[middle]) / 2
  }

  /// A class in the space of ``projected(_:)``. O(D³) if there is a basis.
  func represented(_ gaussian: GaussianClass) throws -> GaussianClass {
    guard let basis else { return gaussian }
    let spectrum = try Spectrum(projecting: gaussian.spectrum, onto: basis)
    return ScoringFrame([gaussian], onto: basis, spectra: [spectrum]).classes[0]
  }

  /// Centred samples, (B, D), projected onto the reached directions.
  func projected(_ centred: consuming Matrix) -> Matrix {
    var rows = centred
    guard let basis else {
      if !constantColumns.isEmpty {
        for row in 0..<rows.rowCount {
          for column in constantColumns { rows[row, column] = 0 }
        }
      }
      return rows
    }
    return Matrix.product(rows, byTransposeOf: basis)
  }
}

extension SpectralDetector {
  /// The number of directions that no training sample reaches, in which likelihoods say nothing. O(D³) at most.
  ///
  /// - Parameter storedEpsilon: The machine epsilon of the type in which the training features are stored.
  public func unreachedDimensionCount(storedEpsilon: Double) throws -> Int {
    dimension - (try ReachedDirections(of: self, storedEpsilon: storedEpsilon)).dimension
  }
}
