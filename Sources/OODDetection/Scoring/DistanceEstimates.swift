import LinearAlgebra

/// Estimates of every sample's d² to every class at a ridge far above the mean variance, with bounds on their errors,
/// from 8-bit integers.
///
/// At such a ridge ρ, hardly any class is ruled out, but little of d² is left to compute. With A = s C_k + ρI and W = I/ρ
/// − A⁻¹, d² = ‖z − μ‖²/ρ − (z − μ)ᵀ W (z − μ). Eigenvalues of W are Λ / (ρ (Λ + ρ)): where Λ is small against ρ, they
/// are small against 1/ρ. Rounding W and z to 8 bits changes the subtracted term far less than d² itself. Classes for which
/// that does not suffice are estimated with 16 bits.
///
/// At larger ridges, where many classes matter, 16 bits are used at once, and the largest eigenvalues are taken out: with
/// W = FᵀF + RᵀR for F (p, D), ‖F(z − μ)‖² is computed in double precision, and ‖R‖ is far smaller. There, R is rounded
/// instead of W: single precision adds up the squares of ‖R(z − μ)‖² with smaller errors than terms of either sign.
///
/// Equal samples get equal estimates, wherever they stand.
struct DistanceEstimates: DistanceBounds {
  let parts = [[0]]
  /// The estimate of each class; nil for a class that has none and is computed instead.
  private let classes: [ClassEstimate?]
  private let origin: [Double]
  /// The means relative to the origin, (K, D).
  private let means: Matrix
  /// F of the classes, and F(μ − o), a few classes together, whose products are faster than those of one; empty if nothing
  /// is taken out of W.
  private let leading: [(factors: Matrix, offsets: [Double])]

  /// The ridge's share of the trace of a class's regularized covariance from which on estimates pay off, on average:
  /// ridges of eight times the mean variance. Below, other bounds rule out enough classes.
  static let leastRidgeShare = 8.0 / 9

  /// The integers that are used.
  enum Precision: Sendable {
    /// 8 bits. Up to ridges of twelve times the mean variance, nearly all classes that they leave open have to be computed
    /// anyway.
    case coarse
    /// 8 bits, and 16 for the classes that they leave open.
    case both
    /// 16 bits, without the largest eigenvalues. From ridges of 40 times the mean variance on, 8 bits leave most classes
    /// open.
    case fine

    /// - Parameter ridgeShare: The mean over the classes.
    init(ridgeShare: Double) {
      self = ridgeShare >= 40.0 / 41 ? .fine : ridgeShare >= 12.0 / 13 ? .both : .coarse
    }
  }

  let precision: Precision

  /// Whether estimates pay off for some classes, given all.
  static func pay(_ all: [FactoredClass], own: [Int]) -> Bool {
    guard QuantizedRows.isFast, all.count > 1, let dimension = all.first?.mean.count,
      (ClassEstimate.leadingCount...QuantizedRows.largestDimension).contains(dimension)
    else { return false }
    return meanRidgeShare(all) >= leastRidgeShare
      && all.allSatisfy { $0.hasUsableBounds && $0.ridgeShare > 0 }
      && own.allSatisfy { all[$0].factor.isHeld }
  }

  private static func meanRidgeShare(_ classes: [FactoredClass]) -> Double {
    classes.reduce(0) { $0 + $1.ridgeShare } / Double(classes.count)
  }

  /// Estimates for some classes. O(K·D³).
  ///
  /// - Parameters:
  ///   - own: The indices of these classes.
  ///   - frame: That of the means of all classes.
  ///   - regularization: The t of the fit.
  static func build(
    _ all: [FactoredClass], own: [Int], in frame: CoordinateFrame, at regularization: Regularization,
    _ execution: Execution
  ) async throws -> DistanceEstimates {
    let classes = own.map { all[$0] }
    let precision = Precision(ridgeShare: meanRidgeShare(all))
    // A⁻¹ takes about as long as two factorizations, and R as one.
    let work = WorkCount(
      multiplyAdds: (precision == .fine ? 3 : 2)
        * WorkCount.cholesky(order: frame.origin.count).multiplyAdds)
    execution.meter.plan(WorkCount(multiplyAdds: work.multiplyAdds * Double(classes.count)))
    var estimates: [ClassEstimate?] = []
    try await forEachInOrder(classes.count, threadCount: execution.threadCount) { index in
      let factored = classes[index]
      let ridge = factored.ridge.ridge(at: regularization).value
      guard case .triangle(let factor) = try factored.factor.loaded() else { return ClassEstimate?.none }
      return try await abandonable(work) {
        ClassEstimate(
          factor, ridge: ridge, ridgeShare: factored.ridgeShare, mean: factored.mean, origin: frame.origin,
          precision)
      }
    } consume: { _, found in
      execution.memory.hold(found?.byteCount ?? 0)
      execution.meter.complete(work)
      estimates.append(found)
    }
    return DistanceEstimates(estimates, means: classes.map(\.mean), origin: frame.origin, precision)
  }

  /// The number of classes whose F are multiplied together.
  private static let groupSize = 8

  private init(
    _ classes: [ClassEstimate?], means rows: [[Double]], origin: [Double], _ precision: Precision
  ) {
    self.origin = origin
    self.precision = precision
    var means = Matrix(rowCount: rows.count, columnCount: origin.count, elements: rows.flatMap { $0 })
    means.subtractFromRows(origin)
    self.means = means
    var classes = classes
    leading = stride(from: 0, to: precision == .fine ? classes.count : 0, by: Self.groupSize).map { first in
      var factors = Matrix(rowCount: 0, columnCount: origin.count)
      var offsets: [Double] = []
      for index in first..<min(first + Self.groupSize, classes.count) {
        // A class without an estimate gets rows of zeros, so that every class has the same place in its group.
        let own =
          classes[index]?.takeLeading()
          ?? Matrix(rowCount: ClassEstimate.leadingCount, columnCount: origin.count)
        factors.append(rowsOf: own)
        offsets += own.multiplied(by: Array(means.row(index)))
      }
      return (factors, offsets)
    }
    self.classes = classes
  }

  /// O(B·K·D²/2) in integers.
  func bounds(of block: Matrix) throws -> BlockBounds {
    let count = block.rowCount
    let isFine = precision == .fine
    let samples = QuantizedSamples(rounding: block, origin: origin, isFine: isFine)
    var centred = block
    centred.subtractFromRows(origin)
    centred.padRows()
    var products = Matrix(rowCount: 0, columnCount: 0)
    Matrix.multiplyRows(centred, byTransposeOf: means, into: &products)
    let meanNorms = means.squaredRowNorms()
    let indices = (0..<Int32(count)).map { $0 }
    var found = BlockBounds(
      squaredDistances: [Float](repeating: 0, count: count * classes.count),
      estimates: [Double](repeating: .infinity, count: count * classes.count))
    var leadingSquares: [[Double]] = []
    for (index, estimate) in classes.enumerated() {
      try Task.checkCancellation()
      let place = index % Self.groupSize
      if place == 0 && !leading.isEmpty {
        leadingSquares = self.leadingSquares(index / Self.groupSize, centred)
      }
      guard let estimate else { continue }
      let squares = (0..<count).map {
        samples.norms[$0] * samples.norms[$0] - 2 * products[$0, index] + meanNorms[index]
      }
      let intervals = estimate.intervals(
        squares, leading: leadingSquares.isEmpty ? nil : leadingSquares[place], of: samples, at: indices,
        isFine: isFine)
      for (row, interval) in intervals.enumerated() {
        let place = row * classes.count + index
        found.squaredDistances[place] = interval.least
        found.estimates[place] = interval.estimate
      }
    }
    return found
  }

  /// ‖F(z − μ)‖² for each class of a group, for every row of z − o, padded; see ``Matrix/padRows()``.
  private func leadingSquares(_ group: Int, _ centred: Matrix) -> [[Double]] {
    var products = Matrix(rowCount: 0, columnCount: 0)
    Matrix.multiplyRows(centred, byTransposeOf: leading[group].factors, into: &products)
    products.subtractFromRows(leading[group].offsets)
    products.squareElements()
    let count = ClassEstimate.leadingCount
    return stride(from: 0, to: products.columnCount, by: count).map { first in
      (0..<products.rowCount).map { row in
        let start = row * products.columnCount + first
        return products.elements[start..<start + count].reduce(0, +)
      }
    }
  }

  /// The samples in the form that ``fineIntervals(to:of:at:rows:)`` takes.
  func quantized(_ block: Matrix) -> QuantizedSamples {
    QuantizedSamples(rounding: block, origin: origin, isFine: true)
  }

  /// Estimates of d² of some samples to one class with 16 bits, with their lower bounds; nil if there are none.
  ///
  /// - Parameter rows: The samples before rounding.
  func fineIntervals(
    to classIndex: Int, of samples: QuantizedSamples, at indices: [Int], rows: RowBlockMatrix
  ) -> [(least: Float, estimate: Double)]? {
    guard let estimate = classes[classIndex] else { return nil }
    let mean = zip(means.row(classIndex), origin).map(+)
    return estimate.intervals(
      rows.squaredDistances(of: indices, from: mean), leading: nil, of: samples, at: indices.map(Int32.init),
      isFine: true)
  }

  /// The work of ``fineIntervals(to:of:at:rows:)``, in multiplications of double precision, which take four times as
  /// long.
  func fineWork(rowCount: Int) -> WorkCount {
    WorkCount(
      multiplyAdds: WorkCount.triangularSolve(rows: rowCount, order: origin.count).multiplyAdds / 4)
  }

  func work(rowCount: Int) -> WorkCount {
    let one = WorkCount.triangularSolve(rows: rowCount * classes.count, order: origin.count)
    return WorkCount(multiplyAdds: one.multiplyAdds / (precision == .fine ? 4 : 8))
  }

  func blockSize(_ execution: Execution) -> Int { execution.blockSize }
}

/// The estimate of d² to one class.
private struct ClassEstimate: Sendable {
  /// p.
  static let leadingCount = 32

  /// F, (p, D); nil if nothing is taken out of W, or after it has been taken.
  private var leading: Matrix?
  /// What is rounded.
  private let form: Form
  /// That with 8 bits, with 16, or with both.
  private let coarse: QuantizedRows?
  private let fine: QuantizedRows?
  /// 1/ρ + δ. A small multiple δ of the identity is added to W − FᵀF, so that it has no negative eigenvalue in spite of
  /// rounding errors, and can be factored where it is singular.
  private let inverseRidge: Double
  /// A bound on ‖W‖^½, that is ‖R‖.
  private let norm: Double
  /// ‖μ − o‖.
  private let meanNorm: Double
  /// A bound on the rounding errors of z − μ in double precision, as a distance.
  private let meanError: Double
  /// The error of (z − μ)ᵀ A⁻¹ (z − μ), ‖z − μ‖²/ρ and ‖F(z − μ)‖² in double precision, relative to ‖z − μ‖²/ρ.
  private let unit: Double

  private enum Form {
    /// The lower triangle of W with half of its diagonal, so that twice its quadratic form is that of W, with its
    /// Frobenius norm.
    case triangle(norm: Double)
    /// R, lower triangular.
    case factor
  }

  init?(
    _ factor: CholeskyFactorization, ridge: Double, ridgeShare: Double, mean: [Double], origin: [Double],
    _ precision: DistanceEstimates.Precision
  ) {
    // Elements of W are of the size of 1/ρ, which single precision does not hold beyond. Those of R are of the size of its
    // root.
    guard ridge > 0, ridgeShare > 0, precision == .fine || (0x1p-70...0x1p70).contains(ridge) else {
      return nil
    }
    let dimension = mean.count
    // The condition number is at most D / ridgeShare.
    unit = 0x1p-52 * Double(dimension) * (Double(dimension) / ridgeShare + 64)
    // W, then W − FᵀF.
    var matrix = factor.inverse
    matrix.elements.withUnsafeMutableBufferPointer { elements in
      for index in elements.indices { elements[index] = -elements[index] }
    }
    for index in 0..<dimension { matrix[index, index] += 1 / ridge }
    if precision == .fine {
      guard let factor = try? Self.leadingFactor(of: matrix) else { return nil }
      matrix.addColumnGram(of: factor, scale: -1)
      matrix.mirrorUpperTriangle()
      leading = factor
    }
    let trace = (0..<dimension).reduce(0) { $0 + matrix[$1, $1] }
    let addition = max(trace / Double(dimension) * 0x1p-10, 0x1p-40 / ridge, unit / ridge)
    inverseRidge = 1 / ridge + addition
    for index in 0..<dimension { matrix[index, index] += addition }
    // With 8 bits, closer bounds gain less than they cost.
    let isClose = precision == .fine
    let largest = min(inverseRidge, matrix.largestEigenvalueBound(isClose: isClose))
    norm = (largest * (1 + 1e-5)).squareRoot()
    if precision == .fine {
      guard let factor = Self.lowerFactor(of: matrix) else { return nil }
      matrix = factor
      form = .factor
    } else {
      let squares = matrix.squaredRowNorms().reduce(0, +)
      var diagonalSquares = 0.0
      for index in 0..<dimension {
        diagonalSquares += matrix[index, index] * matrix[index, index]
        matrix[index, index] /= 2
      }
      form = .triangle(norm: max(0, squares / 2 - diagonalSquares / 4).squareRoot())
    }
    let centred = zip(mean, origin).map(-)
    func rounded(isFine: Bool) -> QuantizedRows {
      QuantizedRows(rounding: matrix, isTriangular: true, at: centred, isFine: isFine, isClose: isClose)
    }
    coarse = precision == .fine ? nil : rounded(isFine: false)
    fine = precision == .coarse ? nil : rounded(isFine: true)
    meanNorm = centred.reduce(0) { $0 + $1 * $1 }.squareRoot()
    meanError = 0x1p-52 * [mean, origin].map { $0.reduce(0) { $0 + $1 * $1 }.squareRoot() }.reduce(0, +)
  }

  /// R, lower triangular, with RᵀR = W; nil if W has no Cholesky factorization.
  private static func lowerFactor(of matrix: Matrix) -> Matrix? {
    var matrix = matrix
    // In reverse order, the upper factor is a lower one.
    matrix.elements.withUnsafeMutableBufferPointer { $0.reverse() }
    guard let reversed = try? CholeskyFactorization(upperTriangle: matrix) else { return nil }
    var lower = Matrix(reversed.upperFactor)
    lower.elements.withUnsafeMutableBufferPointer { $0.reverse() }
    return lower
  }

  /// F (p, D) such that W − FᵀF is positive semidefinite and lacks about the p largest eigenvalues of a W that is: with an
  /// orthonormal Q (p, D) whose rows come close to their eigenvectors, (Q W Qᵀ)^−½ Q W. O(p·D²).
  private static func leadingFactor(of matrix: Matrix) throws -> Matrix {
    // Two steps of subspace iteration, from W times unit vectors.
    var rows = matrix.rows((0..<leadingCount).map { $0 * matrix.rowCount / leadingCount })
    for _ in 0..<2 { rows = Matrix.product(try rows.orthonormalizedRows(), by: matrix) }
    let basis = try rows.orthonormalizedRows()
    var factor = Matrix.product(basis, by: matrix)
    var gram = Matrix.product(factor, byTransposeOf: basis)
    // Of a rank below p. A larger Gram matrix makes F smaller.
    let trace = (0..<leadingCount).reduce(0) { $0 + max(0, gram[$1, $1]) }
    for index in 0..<leadingCount { gram[index, index] += 0x1p-40 * trace + .leastNormalMagnitude }
    try CholeskyFactorization(upperTriangle: gram).upperFactor.solveTransposedColumns(of: &factor)
    return factor
  }

  var byteCount: Int {
    (coarse?.byteCount ?? 0) + (fine?.byteCount ?? 0) + 8 * (leading?.elements.count ?? 0)
  }

  /// F, which is kept elsewhere from now on.
  mutating func takeLeading() -> Matrix? {
    defer { leading = nil }
    return leading
  }

  /// d² of some samples, with lower bounds that are as far below as d² can be above.
  ///
  /// - Parameters:
  ///   - squares: ‖z − μ‖², (indices.count,).
  ///   - leading: ‖F(z − μ)‖², (indices.count,) or more; nil without F.
  ///   - isFine: Whether to use 16 bits.
  func intervals(
    _ squares: [Double], leading: [Double]?, of samples: QuantizedSamples, at indices: [Int32], isFine: Bool
  ) -> [(least: Float, estimate: Double)] {
    guard let rows = isFine ? fine : coarse else { return indices.map { _ in (0, .infinity) } }
    let computed =
      switch form {
      case .triangle: rows.quadraticForms(of: samples, at: indices).map { 2 * Double($0) }
      case .factor: rows.squaredLengths(of: samples, at: indices).map(Double.init)
      }
    return computed.indices.map { place in
      let sample = Int(indices[place])
      let reach = samples.norms[sample] + meanNorm
      let distance = max(0, squares[place]).squareRoot() + meanError + unit * reach
      let error = error(
        of: computed[place], rows, reach: reach, distance: min(reach, distance),
        sampleError: samples.errors[sample])
      let estimate = squares[place] * inverseRidge - (leading?[place] ?? 0) - computed[place]
      let doubleError = unit * reach * reach + 2 * meanError * (distance + meanError)
      let least = estimate - (error + doubleError * inverseRidge)
      // An overflow makes the bound NaN or infinite. The class is then computed.
      guard least.isFinite, abs(least) < 1e37 else { return (0, .infinity) }
      return (Float(least).nextDown, estimate)
    }
  }

  /// A bound on the error of (z − μ)ᵀ W (z − μ) from integers.
  ///
  /// - Parameters:
  ///   - computed: What they give.
  ///   - reach: ‖z − o‖ + ‖μ − o‖.
  ///   - distance: A bound on ‖z − μ‖.
  ///   - sampleError: That of rounding z.
  private func error(
    of computed: Double, _ rows: QuantizedRows, reach: Double, distance: Double, sampleError: Double
  ) -> Double {
    switch form {
    case .triangle(let triangleNorm):
      let single = Double(rows.formRoundingCount) * 0x1p-24
      let rounded = distance + sampleError
      let ofTriangle =
        2 * (rows.error * rounded + single * (triangleNorm + rows.error) * reach) * rounded
      // With W = RᵀR, ‖R(z − μ)‖ differs by at most ‖R‖·‖e‖ from that of the rounded sample.
      let length = (max(0, computed) + ofTriangle).squareRoot()
      return ofTriangle + (2 * length + norm * sampleError) * norm * sampleError
    case .factor:
      // Products of integers are exact. Beside their sums, each row is rounded at most ten times, numbers whose norms over
      // all rows add up to at most 6 ‖R‖ (‖z − o‖ + ‖μ − o‖).
      let single = Double(64 + rows.summationError) * 0x1p-24
      let relative = Double(rows.roundingCount) * 0x1p-24
      let length = computed.squareRoot()
      let error =
        (norm + rows.error) * (sampleError + single * reach) + relative * length + rows.error * distance
      return (2 * length + error) * error
    }
  }
}
