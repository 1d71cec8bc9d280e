import LinearAlgebra

/// One class's Gaussian along a path of P values of λ: what is computed of it in full.
protocol ScoredClass: Sendable {
  /// μ_k, (D,).
  var mean: [Double] { get }
  /// What rounding took off ``mean``, (D,).
  var meanRemainder: [Double] { get }
  /// ℓ_k + ½ d_k² = log π_k − ½ (log det Σ_k(λ) + D log 2π), (P,).
  var logNormalizers: [Double] { get }
  /// How much ``distances()`` has to fetch first; 0 where it costs next to nothing.
  var fetchedByteCount: Int { get }
  /// What computes d_k² of block after block.
  func distances() throws -> @Sendable (inout BlockDistances) -> Void
  /// What that costs.
  func distanceWork(rowCount: Int) -> WorkCount
  /// What computes lower bounds on the same at a small part of the cost; nil where there is nothing of the kind.
  func distanceBounds() -> (@Sendable (consuming Matrix) -> Matrix)?
  /// What that costs.
  func boundWork(rowCount: Int) -> WorkCount
}

extension ScoredClass {
  func distanceBounds() -> (@Sendable (consuming Matrix) -> Matrix)? { nil }
  func boundWork(rowCount: Int) -> WorkCount { WorkCount() }
}

extension FactoredClass: ScoredClass {
  var logNormalizers: [Double] { [logNormalizer] }

  var fetchedByteCount: Int { factor.isHeld ? 0 : 8 * PackedTriangle.elementCount(order: mean.count) }

  func distances() throws -> @Sendable (inout BlockDistances) -> Void {
    let factor = try factor.loaded()
    return { block in
      let count = block.centred.rowCount
      block.centred.padRows()
      factor.whitenRows(of: &block.centred)
      block.squaredDistances = Matrix(
        rowCount: count, columnCount: 1, elements: Array(block.centred.squaredRowNorms().prefix(count)))
    }
  }

  func distanceWork(rowCount: Int) -> WorkCount { .triangularSolve(rows: rowCount, order: mean.count) }
}
