public import LinearAlgebra

/// The last layer of a network, which turns features z into the logits W z + b.
public struct ClassifierHead: Sendable, Equatable {
  /// W, (C, D).
  public let weight: Matrix
  /// b, (C,).
  public let bias: [Double]
  /// The machine epsilon of the type in which the weight is stored.
  public let storedEpsilon: Double

  /// - Throws: ``BaselineError/headMismatch(weightShape:biasCount:dimension:)`` if the bias has another length than the
  ///   weight has rows, or without classes.
  public init(weight: Matrix, bias: [Double], storedEpsilon: Double = 0x1p-52) throws(BaselineError) {
    guard weight.rowCount == bias.count, !bias.isEmpty else {
      throw .headMismatch(
        weightShape: [weight.rowCount, weight.columnCount], biasCount: bias.count,
        dimension: weight.columnCount)
    }
    self.weight = weight
    self.bias = bias
    self.storedEpsilon = storedEpsilon
  }

  /// The logits (N, C) of samples, computed when they are read.
  func logits(of features: any FeatureRows) throws(BaselineError) -> any FeatureRows {
    try requireDimension(features.dimension)
    return HeadLogits(features: features, head: self)
  }

  fileprivate func requireDimension(_ dimension: Int) throws(BaselineError) {
    guard weight.columnCount == dimension else {
      throw .headMismatch(
        weightShape: [weight.rowCount, weight.columnCount], biasCount: bias.count, dimension: dimension)
    }
  }

  /// The logits (B, C) of a block of features (B, D); equal rows give equal logits.
  fileprivate func logits(ofBlock features: Matrix) -> Matrix {
    var (rows, logits) = (features, Matrix(rowCount: 0, columnCount: 0))
    rows.padRows()
    Matrix.multiplyRows(rows, byTransposeOf: weight, into: &logits)
    logits.reshape(rowCount: features.rowCount, columnCount: bias.count)
    logits.subtractFromRows(bias.map(-))
    return logits
  }

  /// −W⁺ b, the features of least length whose logits are closest to 0, (D,). O(min(C, D)²·max(C, D)).
  ///
  /// Directions in which the weight is 0 but for the rounding of its stored type count as 0.
  func origin() throws -> [Double] {
    let (classCount, dimension) = (weight.rowCount, weight.columnCount)
    let isWide = classCount <= dimension
    var gram = Matrix(rowCount: min(classCount, dimension), columnCount: min(classCount, dimension))
    if isWide { gram.addRowGram(of: weight, scale: 1) } else { gram.addColumnGram(of: weight, scale: 1) }
    let found = try SymmetricEigendecomposition(upperTriangle: gram)
    let count = Double(max(classCount, dimension))
    // Eigenvalues are squares of singular values; their own rounding errors are relative to the largest one, too.
    let share = max(count * count * storedEpsilon * storedEpsilon, count * 0x1p-52)
    let least = share * (found.eigenvalues.first ?? 0)
    var coordinates = found.eigenvectors.multiplied(by: isWide ? bias : weight.transposeMultiplied(by: bias))
    for (index, eigenvalue) in found.eigenvalues.enumerated() {
      coordinates[index] = eigenvalue > least ? -coordinates[index] / eigenvalue : 0
    }
    let solution = found.eigenvectors.transposeMultiplied(by: coordinates)
    return isWide ? weight.transposeMultiplied(by: solution) : solution
  }
}

/// Logits that are computed when they are read.
private struct HeadLogits: FeatureRows {
  let features: any FeatureRows
  let head: ClassifierHead

  var count: Int { features.count }
  var dimension: Int { head.bias.count }
  var storedEpsilon: Double { features.storedEpsilon }

  func matrix(at indices: [Int]) throws -> Matrix { head.logits(ofBlock: try features.matrix(at: indices)) }
}

/// Virtual-logit matching (ViM, Wang et al. 2022, arXiv:2203.10807): α ‖r‖ − log Σ exp(W z + b), where r is what of
/// z − u is outside the d principal directions of the training samples about u = −W⁺ b. α makes the mean of the virtual
/// logit α ‖r‖ that of the largest logit over the training samples.
public struct VirtualLogit: Sendable {
  public let head: ClassifierHead
  /// u, (D,).
  public let origin: [Double]
  /// Orthonormal rows that span what is outside the principal directions, (D − d, D).
  public let residualBasis: Matrix
  /// α.
  public private(set) var scale: Double

  /// d, the number of principal directions for D dimensions: 1,000 above 1,500 and 512 from 768 on, as in the paper,
  /// and half of fewer.
  public static func standardPrincipalCount(dimension: Int) -> Int {
    dimension > 1500 ? 1000 : dimension >= 768 ? 512 : dimension / 2
  }

  /// Finds the principal directions and α. Reads the samples twice. O(N·D² + D³).
  ///
  /// - Parameters:
  ///   - training: In-distribution samples, (N, D).
  ///   - principalCount: d, at most D; nil for ``standardPrincipalCount(dimension:)``.
  /// - Throws: ``BaselineError/headMismatch(weightShape:biasCount:dimension:)``,
  ///   ``BaselineError/noResidual(rank:principalCount:)`` if the samples do not vary in more than d directions,
  ///   ``BaselineError/nonFiniteLogits(rowCount:firstRows:)``, ``DetectorError`` without samples or for features that
  ///   overflow, `CancellationError`, and the errors of `training`.
  @concurrent
  public static func fit(
    _ training: any FeatureRows, head: ClassifierHead, principalCount: Int? = nil,
    threadCount: Int = SpectralDetector.defaultThreadCount, progress: ProgressHandler? = nil
  ) async throws -> VirtualLogit {
    let dimension = training.dimension
    try head.requireDimension(dimension)
    guard training.count > 0 else { throw DetectorError.noInDistributionSamples(sampleCount: 0) }
    guard dimension <= SpectralDetector.largestDimension else {
      throw DetectorError.tooManyDimensions(dimension: dimension, limit: SpectralDetector.largestDimension)
    }
    let count = min(max(0, principalCount ?? standardPrincipalCount(dimension: dimension)), dimension)
    do {
      let origin = try head.origin()
      let moment = try await training.secondMoment(about: origin, threadCount: threadCount) {
        progress?(WorkProgress(completed: $0.fraction / 3, planned: 1))
      }
      guard moment.nonFiniteRows().isEmpty else { throw DetectorError.covarianceOverflowed(label: nil) }
      let found = try await abandonable(.eigendecomposition(order: dimension)) {
        try SymmetricEigendecomposition(upperTriangle: moment)
      }
      let least = Double(dimension) * 0x1p-52 * (found.eigenvalues.first ?? 0)
      let rank = found.eigenvalues.count { $0 > least }
      guard rank > count else { throw BaselineError.noResidual(rank: rank, principalCount: count) }
      var fitted = VirtualLogit(
        head: head, origin: origin, residualBasis: found.eigenvectors.rows(count..<dimension), scale: 1)
      let terms = try await fitted.terms(of: training, threadCount: threadCount) {
        progress?(WorkProgress(completed: (2 + $0.fraction) / 3, planned: 1))
      }
      try BaselineError.checkLogits(terms.map(\.largestLogit))
      fitted.scale = terms.reduce(0) { $0 + $1.largestLogit } / terms.reduce(0) { $0 + $1.residual }
      return fitted
    } catch let error as LinearAlgebraError {
      throw DetectorError(error, label: nil)
    }
  }

  /// The scores of M samples, (M,), higher for samples that are more out-of-distribution. O(M·D·(D − d + C)).
  ///
  /// - Throws: ``BaselineError``, `CancellationError`, and the errors of `rows`.
  @concurrent
  public func scores(
    of rows: any FeatureRows, threadCount: Int = SpectralDetector.defaultThreadCount,
    progress: ProgressHandler? = nil
  ) async throws -> [Double] {
    try head.requireDimension(rows.dimension)
    let scores = try await terms(of: rows, threadCount: threadCount, progress: progress).map {
      scale * $0.residual - $0.logSumExp
    }
    try BaselineError.checkLogits(scores)
    return scores
  }

  /// What the score of a sample is made of.
  private struct Terms: Sendable {
    /// ‖r‖.
    var residual: Double
    var largestLogit: Double
    var logSumExp: Double
  }

  private func terms(
    of rows: any FeatureRows, threadCount: Int, progress: ProgressHandler?
  ) async throws -> [Terms] {
    try await rows.mapBlocks(threadCount: threadCount, progress: progress) { block in
      let logits = head.logits(ofBlock: block)
      var (centred, residuals) = (block, Matrix(rowCount: 0, columnCount: 0))
      centred.subtractFromRows(origin)
      centred.padRows()
      Matrix.multiplyRows(centred, byTransposeOf: residualBasis, into: &residuals)
      return zip(residuals.rowNorms().prefix(block.rowCount), 0...).map { norm, row in
        Terms(residual: norm, largestLogit: logits.row(row).largest, logSumExp: logits.row(row).logSumExp)
      }
    }
  }
}

extension FeatureRows {
  /// Σ (z − u)(z − u)ᵀ / N over all rows z, in the upper triangle of a (D, D) matrix. O(N·D²).
  fileprivate func secondMoment(
    about origin: [Double], threadCount: Int, progress: ProgressHandler?
  ) async throws -> Matrix {
    let meter = WorkMeter(progress)
    meter.plan(.gram(rows: count, columns: dimension))
    // One sum per thread, since every sum is a (D, D) matrix.
    let parts = RowBlocks(count: count, size: (count + threadCount - 1) / max(1, threadCount))
    var total = Matrix(rowCount: dimension, columnCount: dimension)
    try await forEachInOrder(parts.count, threadCount: threadCount, ahead: 1) { index in
      var sum = Matrix(rowCount: self.dimension, columnCount: self.dimension)
      let part = parts[index]
      for block in RowBlocks(count: part.count, size: Execution.usualBlockSize) {
        await WorkGate.current?.pass()
        try Task.checkCancellation()
        var rows = try self.matrix(at: block.map { part.lowerBound + $0 })
        rows.subtractFromRows(origin)
        sum.addColumnGram(of: rows, scale: 1 / Double(self.count))
        meter.complete(.gram(rows: block.count, columns: self.dimension))
      }
      return sum
    } consume: { _, sum in
      total.add(sum, times: 1)
    }
    return total
  }
}
