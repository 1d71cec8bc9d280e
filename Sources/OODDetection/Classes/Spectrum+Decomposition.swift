import LinearAlgebra

extension Spectrum {
  /// The spectrum of a class's covariance, given in the upper triangle of a (D, D) matrix, with the samples that it
  /// was computed from.
  ///
  /// Constant dimensions are removed, and the smaller of the remaining covariance and the (n, n) Gram matrix is
  /// decomposed. This gives eigenvalues to within about 2⁻⁵² of the largest one. Relatively small eigenvalues are then
  /// computed from the samples; see ``SpectrumRefinement``. O(min(n, D)³ + n·D·min(n, D)).
  ///
  /// The basis is complete (m = D) if n > D' for the D' dimensions that vary; otherwise it has as many rows as the
  /// rank.
  init(of samples: CentredSamples, covariance: consuming Matrix, label: Int) throws {
    let active = covariance.nonzeroDiagonal
    if active.isEmpty {
      self.init(
        eigenvalues: [Double](repeating: 0, count: covariance.columnCount),
        basis: Matrix(rowCount: 0, columnCount: covariance.columnCount), rank: 0)
    } else {
      try self.init(
        of: samples, covariance: covariance, active: active, isGram: samples.count <= active.count,
        label: label)
    }
  }

  /// The complete spectrum of Σ_k weight_k Σ_k, with the sum given in the upper triangle of a (D, D) matrix. Small
  /// eigenvalues are computed from the classes' spectra, whose eigenvectors, scaled by their standard deviations,
  /// replace the samples.
  ///
  /// - Parameter share: How the spectra are divided over ranks, for which this is a collective.
  init(
    pooling spectra: [Spectrum], weights: [Double], covariance: consuming Matrix, _ share: ClassShare
  ) throws {
    let samples = CentredSamples(count: 1, ranges: spectra.indices.map { $0..<$0 + 1 }) { range in
      let index = range.lowerBound
      return try share.rows(of: index) { spectra[index].scaledDirections(weight: weights[index]) }
    }
    try self.init(completing: covariance, of: samples)
  }

  /// The complete spectrum of a covariance, given in the upper triangle of a (D, D) matrix, with the rows that it was
  /// computed from.
  ///
  /// - Parameter label: The class, for errors; nil for the pooled covariance.
  init(completing covariance: consuming Matrix, of samples: CentredSamples, label: Int? = nil) throws {
    let active = covariance.nonzeroDiagonal
    try self.init(of: samples, covariance: covariance, active: active, isGram: false, label: label)
  }

  /// The complete spectrum of B Σ Bᵀ for the rows B (D', D) of `basis` and a covariance Σ given by its spectrum.
  init(projecting spectrum: Spectrum, onto basis: Matrix) throws {
    let projected = Matrix.product(spectrum.scaledDirections(), byTransposeOf: basis)
    var covariance = Matrix(rowCount: basis.rowCount, columnCount: basis.rowCount)
    covariance.addColumnGram(of: projected, scale: 1)
    try self.init(
      completing: covariance, of: CentredSamples(count: 1, ranges: [0..<1]) { [projected] _ in projected })
  }

  private init(
    of samples: CentredSamples, covariance: consuming Matrix, active: [Int], isGram: Bool, label: Int?
  ) throws {
    let dimension = covariance.columnCount
    var reduced = samples
    if active.count < dimension {
      reduced = samples.columns(active)
      if !isGram { covariance = covariance.columns(active).rows(active) }
    }
    var found: EigendecompositionEstimate
    if isGram {
      covariance = Matrix(rowCount: 0, columnCount: 0)
      found = try EigendecompositionEstimate(ofGramOf: reduced, label: label)
    } else {
      let decomposition = try SymmetricEigendecomposition.checked(covariance, label: label)
      found = EigendecompositionEstimate(
        eigenvalues: decomposition.eigenvalues, eigenvectors: decomposition.eigenvectors)
    }
    do {
      try SpectrumRefinement(samples: reduced, dimension: dimension).refine(&found)
    } catch let error as LinearAlgebraError {
      throw DetectorError(error, label: label)
    }
    self.init(found, activeColumns: active, dimension: dimension, isComplete: !isGram)
  }

  private init(
    _ found: EigendecompositionEstimate, activeColumns: [Int], dimension: Int, isComplete: Bool
  ) {
    let rank = found.eigenvalues.count { $0 > 0 }
    let rowCount = isComplete ? activeColumns.count : rank
    let active = Set(activeColumns)
    let constant = isComplete ? (0..<dimension).filter { !active.contains($0) } : []
    var basis = found.eigenvectors
    if activeColumns.count < dimension {
      var rows = Matrix(rowCount: rowCount + constant.count, columnCount: dimension)
      for row in 0..<rowCount {
        for (column, place) in activeColumns.enumerated() { rows[row, place] = basis[row, column] }
      }
      for (row, place) in constant.enumerated() { rows[rowCount + row, place] = 1 }
      basis = rows
    } else if rowCount < basis.rowCount {
      basis = basis.firstRows(rowCount)
    }
    let padding = [Double](repeating: 0, count: dimension - found.eigenvalues.count)
    self.init(eigenvalues: found.eigenvalues + padding, basis: basis, rank: rank)
  }
}

/// Eigenvalues, descending, with one orthonormal eigenvector each.
struct EigendecompositionEstimate: Sendable {
  var eigenvalues: [Double]
  /// (r, D), one row for each eigenvalue.
  var eigenvectors: Matrix

  init(eigenvalues: [Double], eigenvectors: Matrix) {
    self.eigenvalues = eigenvalues
    self.eigenvectors = eigenvectors
  }

  /// Of XᵀX/n for centred X (n, D) with n ≤ D, by the (n, n) Gram matrix G = XXᵀ/n: where G u = Λ u, Xᵀu points along
  /// the eigenvector of Λ. Gives n − 1 eigenvalues, the most that centred samples span. O(n²·D).
  fileprivate init(ofGramOf samples: CentredSamples, label: Int?) throws {
    var centred = Matrix(rowCount: 0, columnCount: 0)
    try samples.forEachBlock { block in
      if centred.rowCount == 0 { centred = block } else { centred.append(rowsOf: block) }
    }
    let count = centred.rowCount
    var gram = Matrix(rowCount: count, columnCount: count)
    gram.addRowGram(of: centred, scale: 1 / Double(count))
    let decomposition = try SymmetricEigendecomposition.checked(gram, label: label)
    let rank = count - 1
    let values = decomposition.eigenvalues.prefix(rank).map { max(0, $0) }
    let leading = decomposition.eigenvectors.firstRows(rank)
    var rows = Matrix(rowCount: 0, columnCount: centred.columnCount)
    Matrix.multiply(leading, by: centred, into: &rows)
    rows.scaleRows(by: rows.squaredRowNorms().map { $0.isNormal ? 1 / $0.squareRoot() : 1 })
    // Rows of small eigenvalues have rounding errors in the directions of large ones; orthonormalization removes them.
    do {
      self.init(eigenvalues: values, eigenvectors: try rows.orthonormalizedRows())
    } catch {
      throw DetectorError(error, label: label)
    }
  }
}

/// Computes the small eigenvalues of XᵀX/n, and their eigenvectors, from the samples X (n, D).
///
/// An eigendecomposition of the covariance has an error of about 2⁻⁵² Λ_max in every eigenvalue. Eigenvalues below
/// 1e-10 Λ_max therefore keep few digits, and those below 2⁻⁵² Λ_max none, although they can be real: a feature with a
/// thousandth of the spread of another, or a direction in which samples hardly differ. The projections of the samples
/// onto these directions have twice the digits, since the covariance contains their squares. The refinement therefore
/// proceeds level by level. Eigenvalues of at least 1e-5 of the largest are accepted. The remaining directions are
/// made orthogonal to the accepted ones *in the samples*. Their covariance, which no longer has large eigenvalues, is
/// formed from the samples' projections and decomposed in turn.
///
/// Compared with 50-digit arithmetic, the resulting squared distances are within 1e-10 at condition numbers of 1e14,
/// and within 1e-14 if only the scales of features differ, by 16 decades.
struct SpectrumRefinement {
  let samples: CentredSamples
  /// D, including constant dimensions.
  let dimension: Int

  /// The share of a level's largest eigenvalue above which eigenvalues are accurate enough: 2⁻⁵² over this is 2e-11.
  static let acceptedShare = 1e-5
  /// The largest correlation of two directions in the samples that may remain.
  private static let largestCorrelation = 1e-11

  /// The share of the largest eigenvalue at or below which an eigenvalue computed from the samples counts as 0:
  /// (D·2⁻⁵²)².
  static func zeroShare(dimension: Int) -> Double {
    let unit = Double(dimension) * 0x1p-52
    return unit * unit
  }

  /// O(n·r·D + r³) for each level with r eigenvectors; does nothing if no eigenvalue is small.
  func refine(_ found: inout EigendecompositionEstimate) throws {
    let count = found.eigenvalues.count
    guard let largest = found.eigenvalues.first, largest > 0 else {
      found.eigenvalues = [Double](repeating: 0, count: count)
      return
    }
    let zero = largest * Self.zeroShare(dimension: dimension)
    var accepted = found.eigenvalues.prefix { $0 >= Self.acceptedShare * largest }.count
    while accepted < count {
      try Task.checkCancellation()
      let covariance = try decorrelated(&found.eigenvectors, from: accepted, largest: largest)
      let decomposition = try SymmetricEigendecomposition(upperTriangle: covariance)
      let rotated = Matrix.product(decomposition.eigenvectors, by: found.eigenvectors.rows(accepted..<count))
      found.eigenvectors.setRows(from: accepted, to: rotated)
      let values = decomposition.eigenvalues
      guard values[0] > zero else {
        for index in accepted..<count { found.eigenvalues[index] = 0 }
        break
      }
      let next = max(1, values.prefix { $0 >= Self.acceptedShare * values[0] }.count)
      for index in 0..<next { found.eigenvalues[accepted + index] = values[index] > zero ? values[index] : 0 }
      accepted += next
    }
    sort(&found)
  }

  /// Makes the directions from `first` on orthogonal, in the samples, to the earlier ones.
  ///
  /// - Returns: The covariance of these directions, (r − first, r − first), in the upper triangle.
  private func decorrelated(
    _ directions: inout Matrix, from first: Int, largest: Double
  ) throws -> Matrix {
    let rowCount = directions.rowCount
    // Each pass reduces the correlation by about 2⁻⁵². Two passes suffice unless a direction is nothing but rounding
    // errors.
    for pass in 0..<4 {
      let small = directions.rows(first..<rowCount)
      let large = directions.firstRows(first)
      var covariance = Matrix(rowCount: small.rowCount, columnCount: small.rowCount)
      var products = Matrix(rowCount: first, columnCount: small.rowCount)
      var largeSquares = [Double](repeating: 0, count: first)
      var (largeProjections, projections) = (
        Matrix(rowCount: 0, columnCount: 0), Matrix(rowCount: 0, columnCount: 0)
      )
      try samples.forEachBlock { block in
        Matrix.multiply(block, byTransposeOf: small, into: &projections)
        covariance.addColumnGram(of: projections, scale: 1 / samples.divisor)
        guard first > 0 else { return }
        Matrix.multiply(block, byTransposeOf: large, into: &largeProjections)
        products.add(Matrix.product(transposeOf: largeProjections, by: projections), times: 1)
        largeProjections.squareElements()
        let ones = [Double](repeating: 1, count: largeProjections.rowCount)
        largeSquares = zip(largeSquares, largeProjections.transposeMultiplied(by: ones)).map(+)
      }
      guard first > 0 else { return covariance }
      // The multiple of each large direction in each small one.
      products.scaleRows(by: largeSquares.map { $0.isNormal ? 1 / $0 : 0 })
      if pass == 3 || areUncorrelated(products, largeSquares, covariance, largest: largest) {
        return covariance
      }
      // Rotating both keeps them orthonormal, since the multiples are tiny.
      let updatedSmall = Matrix.product(transposeOf: products, by: large)
      directions.setRows(from: first, to: small.adding(updatedSmall, times: -1))
      let updatedLarge = Matrix.product(products, by: small)
      directions.setRows(from: 0, to: large.adding(updatedLarge, times: 1))
    }
    return Matrix(rowCount: rowCount - first, columnCount: rowCount - first)
  }

  /// Whether the small directions contain no more of the large ones than the rounding errors of their projections.
  private func areUncorrelated(
    _ multiples: Matrix, _ largeSquares: [Double], _ covariance: Matrix, largest: Double
  ) -> Bool {
    let zero = largest * Self.zeroShare(dimension: dimension)
    let largeNorms = largeSquares.map { $0.squareRoot() }
    for column in 0..<covariance.rowCount where covariance[column, column] > zero {
      let variance = covariance[column, column]
      let norm = (variance * samples.divisor).squareRoot()
      let allowed = norm * max(Self.largestCorrelation, 0x1p-50 * (largest / variance).squareRoot())
      for (row, largeNorm) in largeNorms.enumerated()
      where abs(multiples[row, column]) * largeNorm > allowed { return false }
    }
    return true
  }

  /// Sorts the eigenvalues, since levels can overlap by a rounding error.
  private func sort(_ found: inout EigendecompositionEstimate) {
    let values = found.eigenvalues
    let order = values.indices.sorted { values[$0] != values[$1] ? values[$0] > values[$1] : $0 < $1 }
    guard order != Array(values.indices) else { return }
    found.eigenvalues = order.map { values[$0] }
    found.eigenvectors = found.eigenvectors.rows(order)
  }
}

extension Matrix {
  /// The dimensions of a covariance that vary.
  fileprivate var nonzeroDiagonal: [Int] { (0..<columnCount).filter { self[$0, $0] != 0 } }

  fileprivate func rows(_ indices: [Int]) -> Matrix { matrix(at: indices) }

  fileprivate func adding(_ other: Matrix, times factor: Double) -> Matrix {
    var sum = self
    sum.add(other, times: factor)
    return sum
  }
}

extension SymmetricEigendecomposition {
  /// Decomposes a matrix after checking that it is finite. Features near the largest double can make it overflow.
  fileprivate static func checked(_ matrix: consuming Matrix, label: Int?) throws(DetectorError) -> Self {
    guard matrix.nonFiniteRows().isEmpty else { throw .covarianceOverflowed(label: label) }
    do {
      return try SymmetricEigendecomposition(upperTriangle: matrix)
    } catch {
      throw DetectorError(error, label: label)
    }
  }
}

extension DetectorError {
  /// Translates a LAPACK error for a class's covariance, or for the pooled covariance (no label).
  init(_ error: LinearAlgebraError, label: Int?) {
    switch error {
    case .illegalArgument(_, let argument): self = .decompositionFailed(label: label, info: -argument)
    case .numericalFailure(_, let info): self = .decompositionFailed(label: label, info: info)
    case .tooLarge(_, _, let columnCount):
      self = .tooManyDimensions(dimension: columnCount, limit: SpectralDetector.largestDimension)
    }
  }
}
