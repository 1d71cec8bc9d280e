import CVectorKernels
import LinearAlgebra

/// Σ_k + λI, factored by the cheapest method that meets the accuracy contract: scores are within 1e-8 if the condition
/// number κ is at most 1e7, and within 1e-6 up to 1e10.
///
/// Forming and factoring Σ_k + λI loses a small multiple of 2⁻⁵² times its condition number after scaling to a unit
/// diagonal (Higham 2002, theorem 10.6): dimensions of small variance are harmless, dependent ones are not. If the
/// loss could be too large, it is measured by comparing the factor with the samples. If it is too large, the factor is
/// corrected by the samples, which loses only the square root of the condition number.
struct RegularizedCovariance: Sendable, Equatable {
  let factor: CholeskyFactorization
  /// An upper bound or estimate of the condition number of Σ_k(λ), scaled or not, that determines the errors of the
  /// factor.
  let conditionNumber: Double
  /// (Λ_max + λ) / (Λ_min + λ) to within a small factor if it is above ``largestTrustedConditionNumber``; otherwise a
  /// value of at most that.
  let conditionEstimate: Double

  /// The largest condition number at which scores are accurate to 1e-6.
  static let largestTrustedConditionNumber = 1e10

  var byteCount: Int { 8 * factor.upperFactor.elements.count }

  /// A covariance that is already factored.
  init(factor: CholeskyFactorization, conditionNumber: Double, conditionEstimate: Double) {
    self.factor = factor
    self.conditionNumber = conditionNumber
    self.conditionEstimate = conditionEstimate
  }

  /// - Parameter bound: An upper bound on the condition number of Σ_k(λ).
  private init(factor: CholeskyFactorization, conditionNumber: Double, bound: Double) {
    self.init(
      factor: factor, conditionNumber: conditionNumber,
      conditionEstimate: factor.conditionEstimate(bound: bound, limit: Self.largestTrustedConditionNumber))
  }

  /// Factors a covariance, given by its upper triangle, in place. `samples` are the samples that it was computed from.
  init(
    covariance: consuming Matrix, of samples: CentredSamples, at regularization: Regularization, label: Int
  ) throws {
    let dimension = covariance.rowCount
    var matrix = covariance
    for index in 0..<dimension { matrix[index, index] += regularization.value }
    // ‖·‖_F ≥ Λ_max + λ, and no eigenvalue is below λ.
    let norm = matrix.upperTriangleNorm
    guard norm.isFinite else { throw DetectorError.covarianceOverflowed(label: label) }
    let bound = norm / regularization.value
    // ΣΛ² is at most Λ_max ΣΛ.
    let largest = norm * (norm / (0..<dimension).reduce(0) { $0 + matrix[$1, $1] })
    var scaling: (scales: [Double], norm: Double)?
    // Λ_min is at most every variance, and at most λ if there are too few samples to span all dimensions.
    let leastVariance = (0..<dimension).reduce(.infinity) { min($0, matrix[$1, $1]) }
    let leastKnown = samples.count <= dimension ? regularization.value : leastVariance
    // The 1-norm, in which condition numbers are estimated below, is at most √D times the Euclidean one.
    let isSpanned = samples.count > dimension
    func permittedLoss(_ least: Double) -> Double {
      Self.permittedLoss(atLeast: largest / least, isSpanned: isSpanned)
    }
    let isDoubtful = Self.loss(bound * Double(dimension).squareRoot()) > permittedLoss(leastKnown)
    if isDoubtful, samples.ranges.count > 1 || bound >= Self.largestComparable {
      let scales = (0..<dimension).map { 1 / matrix[$0, $0].squareRoot() }
      scaling = (scales, matrix.upperTriangleNorm1(scaledBy: scales))
    }
    guard let factor = try? CholeskyFactorization(upperTriangle: consume matrix) else {
      try self.init(samples, at: regularization, label: label)
      return
    }
    guard isDoubtful else {
      self.init(factor: factor, conditionNumber: bound, bound: bound)
      return
    }
    // Λ_min is at most the square of every pivot.
    let leastPivot = factor.upperFactor.diagonal.reduce(.infinity) { min($0, $1 * $1) }
    let permitted = permittedLoss(leastPivot)
    // Comparing with the samples is cheaper than estimating a condition number, which large classes need anyway.
    var conditionNumber = bound
    if let scaling {
      conditionNumber = factor.conditionNumber(scaledBy: scaling.scales, norm: scaling.norm)
      if Self.loss(conditionNumber) <= permitted {
        self.init(factor: factor, conditionNumber: conditionNumber, bound: bound)
        return
      }
    }
    guard regularization.value > 0, conditionNumber < Self.largestComparable else {
      try self.init(samples, at: regularization, label: label)
      return
    }
    let comparison = FactorComparison(factor: factor, samples: samples, regularization: regularization)
    let measured = try comparison.discrepancy()
    if measured <= permitted / 1.5 {
      self.init(factor: factor, conditionNumber: conditionNumber, bound: bound)
    } else if measured < Self.largestCorrectable, let corrected = try comparison.corrected() {
      self.init(factor: corrected, conditionNumber: conditionNumber, bound: bound)
    } else {
      try self.init(samples, at: regularization, label: label)
    }
  }

  /// The condition number below which a factor can be compared with the samples.
  private static let largestComparable = 1e13

  /// The discrepancy below which a factor can be corrected by the samples.
  private static let largestCorrectable = 1e-2

  /// The loss at a condition number in the 1-norm, as the Frobenius norm of ``FactorComparison``: twice the largest
  /// loss observed on adversarial spectra.
  private static func loss(_ conditionNumber: Double) -> Double { 0x1p-53 * conditionNumber }

  /// The largest Frobenius norm of ``FactorComparison`` that meets the contract, given a lower bound on the condition
  /// number. For a sample of the class, with L⁻¹(z−μ) approximately normal, the error of d²/2 plus log det/2 is this
  /// norm over √2. For other samples the error grows only as fast as the score.
  ///
  /// If the samples do not span all dimensions, other samples lie outside their span, far away; the norm then bounds
  /// the relative error.
  private static func permittedLoss(atLeast conditionNumber: Double, isSpanned: Bool) -> Double {
    conditionNumber > 1e7 ? 5e-7 : isSpanned ? 2.5e-9 : 1e-8
  }

  /// Factors XᵀX/n + λI for centred samples X (n, D) with λ > 0 from the samples.
  private init(_ samples: CentredSamples, at regularization: Regularization, label: Int) throws {
    try self.init(
      centredBlocks: samples.ranges, of: samples.divisor, at: regularization, label: label,
      block: samples.block
    )
  }

  /// The factor of XᵀX/n itself, corrected by the samples X (n, D), from the upper triangle of the covariance. Nil if
  /// rounding has made the covariance useless. O(2·n·D² + D³).
  static func correctedFactor(
    of covariance: Matrix, _ samples: CentredSamples
  ) throws -> CholeskyFactorization? {
    guard let factor = try? CholeskyFactorization(upperTriangle: covariance) else { return nil }
    let comparison = FactorComparison(
      factor: factor, samples: samples, regularization: Regularization(unchecked: 0))
    return try comparison.discrepancy() < largestCorrectable ? comparison.corrected() : nil
  }

  /// Factors without forming the covariance, from samples that are read block by block. The factor of all earlier
  /// blocks replaces them (Golub and Van Loan 2013, section 6.5.3). O(2·(n + D)·D²).
  init(
    centredBlocks ranges: some Sequence<Range<Int>>, of divisor: Double, at regularization: Regularization,
    label: Int?, block: (Range<Int>) throws -> Matrix
  ) throws {
    var stacked = Matrix(rowCount: 0, columnCount: 0)
    var found: CholeskyFactorization?
    var norm = regularization.value
    let scale = 1 / divisor.squareRoot()
    for range in ranges {
      var rows = try block(range)
      let dimension = rows.columnCount
      if found == nil {
        stacked = Matrix(rowCount: dimension, columnCount: dimension)
        for index in 0..<dimension { stacked[index, index] = regularization.value.squareRoot() }
      }
      rows.scaleRows(by: [Double](repeating: scale, count: rows.rowCount))
      norm += rows.squaredRowNorms().reduce(0, +)
      guard norm.isFinite else { throw DetectorError.covarianceOverflowed(label: label) }
      if let found { stacked = Matrix(found.upperFactor) }
      stacked.elements.reserveCapacity((dimension + rows.rowCount) * dimension)
      stacked.append(rowsOf: rows)
      do {
        found = try CholeskyFactorization(ofGram: stacked)
      } catch {
        throw DetectorError(error, label: label)
      }
    }
    guard let found else { throw DetectorError.noInDistributionSamples(sampleCount: 0) }
    // `norm` is the trace, which no eigenvalue exceeds.
    let bound = norm / regularization.value
    self.init(factor: found, conditionNumber: bound, bound: bound)
  }
}

extension CholeskyFactorization {
  /// An estimate of the condition number of the factored matrix if it is above `limit`; otherwise a value of at most
  /// `limit`. O(D²).
  ///
  /// - Parameter bound: An upper bound on the condition number.
  fileprivate func conditionEstimate(bound: Double, limit: Double) -> Double {
    if bound <= limit { return bound }
    return min(bound, largestEigenvalueEstimate() * growth { solution(for: $0) })
  }

  /// The same for a matrix of which this one is a part, and whose least eigenvalue is known.
  func conditionEstimate(bound: Double, least: Double, limit: Double) -> Double {
    bound <= limit ? bound : min(bound, max(least, largestEigenvalueEstimate()) / least)
  }

  private func largestEigenvalueEstimate() -> Double {
    let upper = Matrix(upperFactor)
    return growth { upper.transposeMultiplied(by: upper.multiplied(by: $0)) }
  }

  /// A lower bound on the largest eigenvalue of a symmetric positive definite map, by power iteration.
  private func growth(_ map: ([Double]) -> [Double]) -> Double {
    var vector = (0..<upperFactor.order).map { $0 % 2 == 0 ? 1.0 : -0.5 }
    var growth = 0.0
    for _ in 0..<24 {
      let length = vector.reduce(0) { $0 + $1 * $1 }.squareRoot()
      guard length > 0, length.isFinite else { break }
      vector = map(vector.map { $0 / length })
      growth = vector.reduce(0) { $0 + $1 * $1 }.squareRoot()
    }
    return growth
  }
}

/// Compares a factor L of A = XᵀX/n + λI, computed from the rounded A, with the samples X (n, D).
///
/// L⁻¹ A L⁻ᵀ − I is the relative error of squared distances. Formed from X L⁻ᵀ, its own rounding errors are about 2⁻⁵²
/// times the square root of A's condition number. Reads the samples block by block.
private struct FactorComparison {
  let factor: CholeskyFactorization
  /// X, and n as their divisor.
  let samples: CentredSamples
  let regularization: Regularization

  /// An estimate of ‖L⁻¹ A L⁻ᵀ − I‖_F: it scales random vectors by that norm over √D on average. O(D·(D + n)).
  func discrepancy() throws -> Double {
    let dimension = factor.upperFactor.order
    let vectors = Matrix(randomRows: Matrix.gramVectorCount, columnCount: dimension) {
      Double.random(in: -1...1, using: &$0)
    }
    let lengths = vectors.squaredRowNorms().reduce(0, +)
    let grown = try differences(of: vectors).squaredRowNorms().reduce(0, +)
    return (grown / lengths * Double(dimension)).squareRoot()
  }

  /// (L⁻¹ A L⁻ᵀ − I) v for every row v.
  private func differences(of vectors: Matrix) throws -> Matrix {
    var solved = vectors
    factor.multiplyByInverseFactor(&solved)
    var products = Matrix(rowCount: vectors.rowCount, columnCount: vectors.columnCount)
    try samples.forEachBlock { products.addGramProducts(solved, of: $0, scale: 1 / samples.divisor) }
    products.add(solved, times: regularization.value)
    factor.whitenRows(of: &products)
    products.add(vectors, times: -1)
    return products
  }

  /// The factor of A, computed from that of the rounded A: with S = L⁻¹ A L⁻ᵀ = M Mᵀ, A = (L M)(L M)ᵀ (Yamamoto et al.
  /// 2015, Electronic Transactions on Numerical Analysis 44, 306–326). O(2·n·D² + D³).
  func corrected() throws -> CholeskyFactorization? {
    let dimension = factor.upperFactor.order
    var inverse = Matrix(rowCount: dimension, columnCount: dimension)
    for index in 0..<dimension { inverse[index, index] = regularization.value.squareRoot() }
    factor.whitenRows(of: &inverse)
    var product = Matrix(rowCount: dimension, columnCount: dimension)
    product.addColumnGram(of: inverse, scale: 1)
    try samples.forEachBlock { block in
      var whitened = block
      factor.whitenRows(of: &whitened)
      product.addColumnGram(of: whitened, scale: 1 / samples.divisor)
    }
    guard let correction = try? CholeskyFactorization(upperTriangle: product) else { return nil }
    // Upper factors: (L M)ᵀ = Mᵀ Lᵀ.
    let upper = Matrix.product(Matrix(correction.upperFactor), by: Matrix(factor.upperFactor))
    return CholeskyFactorization(upperFactor: PackedTriangle(upperTriangleOf: upper))
  }
}

extension Matrix {
  /// The 1-norm of S A S for the symmetric matrix A given by the upper triangle and a diagonal S.
  func upperTriangleNorm1(scaledBy scales: [Double]) -> Double {
    var sums = [Double](repeating: 0, count: rowCount)
    for row in 0..<rowCount {
      sums[row] += abs(self[row, row]) * scales[row] * scales[row]
      for column in row + 1..<max(row + 1, columnCount) {
        let element = abs(self[row, column]) * scales[row] * scales[column]
        sums[row] += element
        sums[column] += element
      }
    }
    return sums.max() ?? 0
  }

  /// The Frobenius norm of the symmetric matrix given by the upper triangle.
  var upperTriangleNorm: Double {
    var (diagonal, above) = (0.0, 0.0)
    elements.withUnsafeBufferPointer { elements in
      guard let base = elements.baseAddress else { return }
      for row in 0..<rowCount {
        let start = row * columnCount + row
        diagonal += base[start] * base[start]
        above += gmmscope_sum_of_squares(base + start + 1, columnCount - row - 1)
      }
    }
    let norm = (diagonal + 2 * above).squareRoot()
    // Squares of values in range may overflow, for example at λ = 1e200.
    guard norm == .infinity, let largest = elements.lazy.map(\.magnitude).max(), largest.isFinite else {
      return norm
    }
    var scaled = self
    scaled.scaleRows(by: [Double](repeating: 1 / largest, count: rowCount))
    return largest * scaled.upperTriangleNorm
  }
}
