import LinearAlgebra

/// A class's Gaussian along a path of P values of λ, whose distances can be computed.
protocol ScoredClass: Sendable {
  /// μ_k, (D,).
  var mean: [Double] { get }
  /// The rounding error of ``mean``, (D,).
  var meanRemainder: [Double] { get }
  /// ℓ_k + ½ d_k² = log π_k − ½ (log det Σ_k(λ) + D log 2π), (P,).
  var logNormalizers: [Double] { get }
  /// The number of bytes that ``distances()`` loads first; 0 if they are in memory.
  var fetchedByteCount: Int { get }
  /// A function that computes d_k² of a block.
  func distances() throws -> @Sendable (inout BlockDistances) -> Void
  /// A function that computes d_k² of those samples of a block that are chosen by their d_k² at some points of the path,
  /// the nodes, and returns their places in the block; nil if d_k² is not bounded by its ``PathChords``.
  func chosenDistances(at nodes: [Int]) -> (@Sendable (inout BlockDistances, (Matrix) -> [Int]) -> [Int])?
  /// The cost of ``distances()``.
  func distanceWork(rowCount: Int) -> WorkCount
  /// A function that computes lower bounds on d_k² at some points of the path at a fraction of the cost; nil if there is
  /// none.
  ///
  /// - Parameter points: nil for all.
  func distanceBounds(at points: [Int]?) -> (@Sendable (consuming Matrix) -> Matrix)?
  /// The cost of ``distanceBounds(at:)``.
  func boundWork(rowCount: Int) -> WorkCount
}

extension ScoredClass {
  func chosenDistances(at nodes: [Int]) -> (@Sendable (inout BlockDistances, (Matrix) -> [Int]) -> [Int])? {
    nil
  }
  func distanceBounds(at points: [Int]?) -> (@Sendable (consuming Matrix) -> Matrix)? { nil }
  func boundWork(rowCount: Int) -> WorkCount { WorkCount() }
}

extension FactoredClass: ScoredClass {
  var logNormalizers: [Double] { [logNormalizer] }

  var fetchedByteCount: Int { factor.isHeld ? 0 : 8 * PackedTriangle.elementCount(order: mean.count) }

  func distances() throws -> @Sendable (inout BlockDistances) -> Void {
    let factor: CholeskyFactorization
    switch try self.factor.loaded() {
    case .span(let span): return { $0.compute(within: span) }
    case .triangle(let found): factor = found
    }
    return { block in
      let count = block.centred.rowCount
      block.centred.padRows()
      factor.whitenRows(of: &block.centred)
      block.squaredDistances = Matrix(
        rowCount: count, columnCount: 1, elements: Array(block.centred.squaredRowNorms().prefix(count)))
    }
  }

  func distanceWork(rowCount: Int) -> WorkCount {
    guard let span = factor.span else { return .triangularSolve(rows: rowCount, order: mean.count) }
    return .product(rowCount, span.rows.rowCount, mean.count)
      + .triangularSolve(rows: rowCount, order: span.rows.rowCount)
  }
}
