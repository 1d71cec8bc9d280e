import LinearAlgebra

/// The coordinates in which samples are scored, with the classes in these coordinates.
///
/// Classes that share their covariance are scored along its eigenvectors, onto which samples are projected once
/// instead of once for each class. Leave-one-out uses the directions that training samples reach.
struct ScoringFrame: Sendable {
  /// Orthonormal rows (D', D); nil for the original coordinates.
  let basis: Matrix?
  /// The point, a mean, that becomes 0, (D,).
  private let origin: [Double]
  /// The classes in these coordinates.
  let classes: [GaussianClass]
  /// Whether the axes are the eigenvectors of all classes.
  let isDiagonal: Bool

  /// The original coordinates.
  init(_ classes: [GaussianClass]) {
    self.classes = classes
    basis = nil
    origin = []
    isDiagonal = false
  }

  /// The projections onto orthonormal rows (D', D), in which the classes have the given spectra.
  ///
  /// - Parameter origin: nil for the mean of the first class.
  init(_ classes: [GaussianClass], onto basis: Matrix, spectra: [Spectrum], origin: [Double]? = nil) {
    let origin = origin ?? classes.first?.mean ?? []
    self.classes = zip(classes, spectra).map { gaussian, spectrum in
      let difference = zip(zip(gaussian.mean, origin).map(-), gaussian.meanRemainder).map(+)
      return gaussian.with(mean: basis.multiplied(by: difference), spectrum)
    }
    self.basis = basis
    self.origin = origin
    isDiagonal = false
  }

  /// The coordinates along the eigenvectors of a complete spectrum that all classes share.
  ///
  /// - Parameter basis: Orthonormal rows in whose coordinates the spectrum is; nil for the original ones.
  init(_ classes: [GaussianClass], sharing spectrum: Spectrum, in basis: Matrix? = nil) {
    let axes = Spectrum(
      eigenvalues: spectrum.eigenvalues, basis: .identity(spectrum.eigenvalues.count), rank: spectrum.rank)
    let frame = ScoringFrame(
      classes, onto: basis.map { Matrix.product(spectrum.basis, by: $0) } ?? spectrum.basis,
      spectra: classes.map { _ in axes })
    self.classes = frame.classes
    self.basis = frame.basis
    origin = frame.origin
    isDiagonal = true
  }

  /// The coordinates in which a detector scores: along the shared eigenvectors if its covariance is tied.
  init(of detector: SpectralDetector) {
    if detector.setting.pooling == .tied, detector.classes.count > 1, detector.pooled.isComplete {
      self.init(detector.classes, sharing: detector.pooled)
    } else {
      self.init(detector.classes)
    }
  }

  /// The classes along a path.
  func paths(along path: [Regularization], excluding excludedCount: Int = 0) -> [SpectralPath] {
    classes.map { SpectralPath($0, along: path, excluding: excludedCount, isDiagonal: isDiagonal) }
  }

  /// Samples in these coordinates.
  func rows(_ rows: any FeatureRows) -> any FeatureRows {
    guard let basis else { return rows }
    return TransformedRows(rows: rows, origin: origin, dimension: basis.rowCount) { block in
      var projected = Matrix(rowCount: 0, columnCount: 0)
      Matrix.multiplyRows(block, byTransposeOf: basis, into: &projected)
      block = projected
    }
  }
}

extension GaussianClass {
  /// The same class in other coordinates.
  fileprivate func with(mean: [Double], _ spectrum: Spectrum) -> GaussianClass {
    GaussianClass(
      label: label, count: count, weight: weight, mean: mean, spectrum: spectrum, ridge: ridge,
      moments: moments,
      divisors: (divisor, divisorWithoutOne))
  }
}

/// Samples in other coordinates, computed when they are read.
struct TransformedRows: FeatureRows {
  let rows: any FeatureRows
  /// The point that becomes 0, (D,).
  let origin: [Double]
  let dimension: Int
  /// Turns rows relative to the origin into rows of `dimension` coordinates.
  let transform: @Sendable (inout Matrix) -> Void

  var count: Int { rows.count }
  var storedEpsilon: Double { rows.storedEpsilon }

  func matrix(at indices: [Int]) throws -> Matrix {
    var block = try rows.matrix(at: indices)
    let unusable = block.nonFiniteRows()
    block.subtractFromRows(origin)
    // Equal rows must give equal results wherever they stand in a block.
    block.padRows()
    transform(&block)
    block.reshape(rowCount: indices.count, columnCount: dimension)
    // Whoever reads the rows looks for NaN.
    for row in unusable { block[row, 0] = .nan }
    return block
  }
}

/// Consecutive rows of others.
struct RangeOfRows: FeatureRows {
  let rows: any FeatureRows
  let range: Range<Int>

  var count: Int { range.count }
  var dimension: Int { rows.dimension }
  var storedEpsilon: Double { rows.storedEpsilon }

  func matrix(at selected: [Int]) throws -> Matrix {
    try rows.matrix(at: selected.map { range.lowerBound + $0 })
  }
}

/// Some rows of others.
struct SelectedRows: FeatureRows {
  let rows: any FeatureRows
  let indices: [Int]

  var count: Int { indices.count }
  var dimension: Int { rows.dimension }
  var storedEpsilon: Double { rows.storedEpsilon }

  func matrix(at selected: [Int]) throws -> Matrix { try rows.matrix(at: selected.map { indices[$0] }) }
}

extension Matrix {
  fileprivate static func identity(_ order: Int) -> Matrix {
    var matrix = Matrix(rowCount: order, columnCount: order)
    for index in 0..<order { matrix[index, index] = 1 }
    return matrix
  }
}
