import LinearAlgebra

/// Fits one class's Gaussian, block by block.
struct ClassFit: Sendable {
  let members: ClassMembers
  let rows: any FeatureRows
  let execution: Execution

  var label: Int { members.label }
  /// n_k.
  var count: Int { members.rows.count }
  var dimension: Int { rows.dimension }
  /// Whether n samples cannot span all dimensions, so that the (n, n) Gram matrix is decomposed instead of the
  /// (D, D) covariance.
  var isGramSmaller: Bool { count <= dimension }

  var meanWork: WorkCount { WorkCount.product(count, dimension, 1) }

  /// The mean, and the rows with NaN or infinite features, where the mean is meaningless.
  ///
  /// - Parameter visit: is lent every block that is read.
  func mean(
    visit: (Matrix) -> Void = { _ in }
  ) throws -> (mean: ClassMean, nonFiniteRows: [Int]) {
    var nonFiniteRows: [Int] = []
    var origin: [Double] = []
    var sums = [Double](repeating: 0, count: dimension)
    for range in RowBlocks(count: count, size: execution.blockSize) {
      let block = try block(range)
      visit(block)
      nonFiniteRows += block.nonFiniteRows().map { members.rows[range.lowerBound + $0] }
      // Sums around the first sample: what never varies within a class has a mean without rounding, so it
      // centres to exactly 0.
      if origin.isEmpty { origin = Array(block.row(0)) }
      block.addColumnSums(shiftedBy: origin, to: &sums)
      execution.meter.complete(.product(range.count, dimension, 1))
    }
    return (ClassMean(origin: origin, offset: sums.map { $0 / Double(count) }), nonFiniteRows)
  }

  /// Σ_k in the upper triangle of a (D, D) matrix.
  func covariance(around mean: ClassMean) throws -> Matrix {
    var covariance = Matrix(rowCount: dimension, columnCount: dimension)
    for range in RowBlocks(count: count, size: execution.blockSize) {
      var block = try block(range)
      mean.subtract(from: &block)
      covariance.addColumnGram(of: block, scale: 1 / Double(count))
      execution.meter.complete(.gram(rows: range.count, columns: dimension))
    }
    return covariance
  }

  func block(_ range: Range<Int>) throws -> Matrix {
    try Task.checkCancellation()
    return try rows.matrix(at: Array(members.rows[range]))
  }
}
