import LinearAlgebra

/// Estimates of every sample's d² to every class at a ridge far above the mean variance, with bounds on their errors,
/// from 8-bit integers.
///
/// At such a ridge ρ, hardly any class is ruled out, but little of d² is left to compute. With A = s C_k + ρI and W = I/ρ
/// − A⁻¹, d² = ‖z − μ‖²/ρ − (z − μ)ᵀ W (z − μ). Eigenvalues of W are Λ / (ρ (Λ + ρ)): where Λ is small against ρ, they
/// are small against 1/ρ. With a factor R of W, the subtracted term is ‖R(z − μ)‖², and rounding R and z to 8 bits
/// changes it far less than d² itself. Classes for which that does not suffice are estimated with 16 bits.
///
/// Equal samples get equal estimates, wherever they stand.
struct DistanceEstimates: DistanceBounds {
  let parts = [[0]]
  /// One for each class; nil where W could not be factored.
  private let classes: [ClassEstimate?]
  private let origin: [Double]
  /// The means relative to the origin, (K, D).
  private let means: Matrix

  /// The ridge's share of the trace of a class's regularized covariance from which on estimates pay off, on average:
  /// ridges of eight times the mean variance. Below, other bounds rule out enough classes.
  static let leastRidgeShare = 8.0 / 9

  /// Likewise for estimates with 16 bits: ridges of twelve times the mean variance. Below, nearly all classes that 8 bits
  /// leave open have to be computed anyway.
  private static let leastFineRidgeShare = 12.0 / 13

  /// Whether there are estimates with 16 bits.
  let isFine: Bool

  /// Whether estimates pay off for some classes, given all.
  static func pay(_ all: [FactoredClass], own: [Int]) -> Bool {
    guard QuantizedRows.isFast, all.count > 1, let dimension = all.first?.mean.count,
      (32...QuantizedRows.largestDimension).contains(dimension)
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
    let isFine = meanRidgeShare(all) >= leastFineRidgeShare
    // A⁻¹ takes about as long as two factorizations.
    let work = WorkCount(
      multiplyAdds: 3 * WorkCount.cholesky(order: frame.origin.count).multiplyAdds)
    execution.meter.plan(WorkCount(multiplyAdds: work.multiplyAdds * Double(classes.count)))
    var estimates: [ClassEstimate?] = []
    try await forEachInOrder(classes.count, threadCount: execution.threadCount) { index in
      let factored = classes[index]
      let ridge = factored.ridge.ridge(at: regularization).value
      guard case .triangle(let factor) = try factored.factor.loaded() else { return ClassEstimate?.none }
      return try await abandonable(work) {
        ClassEstimate(
          factor, ridge: ridge, ridgeShare: factored.ridgeShare, mean: factored.mean, origin: frame.origin,
          isFine: isFine)
      }
    } consume: { _, found in
      execution.memory.hold(found?.byteCount ?? 0)
      execution.meter.complete(work)
      estimates.append(found)
    }
    var means = Matrix(
      rowCount: classes.count, columnCount: frame.origin.count, elements: classes.flatMap(\.mean))
    means.subtractFromRows(frame.origin)
    return DistanceEstimates(classes: estimates, origin: frame.origin, means: means, isFine: isFine)
  }

  func squaredDistanceBounds(of block: Matrix) throws -> [Float] { try bounds(of: block).squaredDistances }

  /// O(B·K·D²/2) in 8-bit integers.
  func bounds(of block: Matrix) throws -> BlockBounds {
    let count = block.rowCount
    let samples = QuantizedSamples(rounding: block, origin: origin)
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
    for (index, estimate) in classes.enumerated() {
      try Task.checkCancellation()
      guard let estimate else { continue }
      let squares = (0..<count).map {
        samples.norms[$0] * samples.norms[$0] - 2 * products[$0, index] + meanNorms[index]
      }
      for (row, interval) in estimate.intervals(squares, of: samples, at: indices).enumerated() {
        let place = row * classes.count + index
        found.squaredDistances[place] = interval.least
        found.estimates[place] = interval.estimate
      }
    }
    return found
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
      rows.squaredDistances(of: indices, from: mean), of: samples, at: indices.map(Int32.init), isFine: true)
  }

  /// The work of ``fineIntervals(to:of:at:rows:)``, in multiplications of double precision, which take twice as long.
  func fineWork(rowCount: Int) -> WorkCount {
    WorkCount(
      multiplyAdds: WorkCount.triangularSolve(rows: rowCount, order: origin.count).multiplyAdds / 2)
  }

  func work(rowCount: Int) -> WorkCount {
    let one = WorkCount.triangularSolve(rows: rowCount * classes.count, order: origin.count)
    return WorkCount(multiplyAdds: one.multiplyAdds / 8)
  }

  func blockSize(_ execution: Execution) -> Int { execution.blockSize }
}

/// The estimate of d² to one class.
private struct ClassEstimate: Sendable {
  /// R, lower triangular.
  private let rows: QuantizedRows
  /// 1/ρ + δ. A small multiple δ of the identity is added to W, so that it can be factored where Λ = 0.
  private let inverseRidge: Double
  /// A bound on ‖R‖.
  private let norm: Double
  /// ‖μ − o‖.
  private let meanNorm: Double
  /// A bound on the rounding errors of z − μ in double precision, as a distance.
  private let meanError: Double
  /// The relative error of (z − μ)ᵀ A⁻¹ (z − μ) and ‖z − μ‖²/ρ in double precision.
  private let unit: Double
  private let dimension: Int

  init?(
    _ factor: CholeskyFactorization, ridge: Double, ridgeShare: Double, mean: [Double], origin: [Double],
    isFine: Bool
  ) {
    guard ridge > 0, ridgeShare > 0 else { return nil }
    var matrix = factor.inverse
    let dimension = mean.count
    var trace = 0.0
    for index in 0..<dimension { trace += 1 / ridge - matrix[index, index] }
    let addition = max(trace / Double(dimension) * 0x1p-10, 0x1p-40 / ridge)
    inverseRidge = 1 / ridge + addition
    // W in reverse order, whose upper factor is a lower one of W.
    matrix.elements.withUnsafeMutableBufferPointer { elements in
      elements.reverse()
      for index in elements.indices { elements[index] = -elements[index] }
    }
    for index in 0..<dimension { matrix[index, index] += inverseRidge }
    let largest = min(inverseRidge, matrix.largestAbsoluteRowSum)
    guard let reversed = try? CholeskyFactorization(upperTriangle: matrix) else { return nil }
    var lower = Matrix(reversed.upperFactor)
    lower.elements.withUnsafeMutableBufferPointer { $0.reverse() }
    let centred = zip(mean, origin).map(-)
    rows = QuantizedRows(rounding: lower, isTriangular: true, at: centred, isFine: isFine)
    norm = (largest * (1 + 1e-5)).squareRoot()
    meanNorm = centred.reduce(0) { $0 + $1 * $1 }.squareRoot()
    meanError = 0x1p-52 * [mean, origin].map { $0.reduce(0) { $0 + $1 * $1 }.squareRoot() }.reduce(0, +)
    // The condition number is at most D / ridgeShare.
    unit = 0x1p-52 * Double(dimension) * (Double(dimension) / ridgeShare + 4)
    self.dimension = dimension
  }

  var byteCount: Int { rows.byteCount }

  /// d² of some samples, with lower bounds that are as far below as d² can be above.
  ///
  /// - Parameters:
  ///   - squares: ‖z − μ‖², (indices.count,).
  ///   - isFine: Whether to use 16 bits.
  func intervals(
    _ squares: [Double], of samples: QuantizedSamples, at indices: [Int32], isFine: Bool = false
  ) -> [(least: Float, estimate: Double)] {
    let lengths =
      isFine
      ? rows.fineSquaredLengths(of: samples, at: indices) : rows.squaredLengths(of: samples, at: indices)
    let rowError = isFine ? rows.fineError ?? .infinity : rows.error
    // Sums of integers are exact. What follows rounds each row at most ten times, numbers whose norms over all rows add up
    // to at most 6 ‖R‖ (‖z − o‖ + ‖μ − o‖).
    let single = 64 * 0x1p-24
    let relative = Double(rows.roundingCount) * 0x1p-24
    return lengths.indices.map { place in
      let sample = Int(indices[place])
      let reach = samples.norms[sample] + meanNorm
      let distance = max(0, squares[place]).squareRoot() + meanError + unit * reach
      let computed = Double(lengths[place]).squareRoot()
      let error =
        (norm + rowError) * (samples.errors[sample] + single * reach) + relative * computed + rowError
        * min(reach, distance)
      let estimate = squares[place] * inverseRidge - Double(lengths[place])
      let doubleError = unit * reach * reach + 2 * meanError * (distance + meanError)
      let least = estimate - (2 * computed * error + error * error + doubleError * inverseRidge)
      // After an overflow, the result is NaN or infinite, and there is no estimate.
      guard least.isFinite, abs(least) < 1e37 else { return (0, .infinity) }
      return (Float(least).nextDown, estimate)
    }
  }
}
