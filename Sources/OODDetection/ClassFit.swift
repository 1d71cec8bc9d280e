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
  /// Whether to decompose the (n, n) Gram matrix in place of the (D, D) covariance.
  private var isGramSmaller: Bool { count <= dimension }

  var meanWork: WorkCount { WorkCount.product(count, dimension, 1) }

  var spectrumWork: WorkCount {
    let covariance = WorkCount.gram(rows: count, columns: dimension)
    guard isGramSmaller else { return covariance + .eigendecomposition(order: dimension) }
    // The Gram matrix, its eigenvectors turned into D dimensions, and those orthonormalized.
    return covariance + .gram(rows: dimension, columns: count) + .eigendecomposition(order: count)
      + .product(count, dimension, count) + .product(2 * count, dimension, count)
  }

  /// The mean, and the rows with NaN or infinite features, where the mean is meaningless.
  ///
  /// - Parameter visit: is lent every block that is read.
  func mean(
    visit: (Matrix) -> Void = { _ in }
  ) throws -> (mean: [Double], nonFiniteRows: [Int]) {
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
    return (zip(origin, sums).map { $0 + $1 / Double(count) }, nonFiniteRows)
  }

  /// The spectrum of Σ_k, and Σ_k itself in the upper triangle of a (D, D) matrix.
  func spectrum(around mean: [Double]) async throws -> (spectrum: Spectrum, covariance: Matrix) {
    isGramSmaller ? try await spectrumThroughGram(mean) : try await spectrumThroughCovariance(mean)
  }

  /// Σ_k in the upper triangle of a (D, D) matrix.
  func covariance(around mean: [Double]) throws -> Matrix {
    var covariance = Matrix(rowCount: dimension, columnCount: dimension)
    for range in RowBlocks(count: count, size: execution.blockSize) {
      var block = try block(range)
      block.subtractFromRows(mean)
      covariance.addColumnGram(of: block, scale: 1 / Double(count))
      execution.meter.complete(.gram(rows: range.count, columns: dimension))
    }
    return covariance
  }

  private func spectrumThroughCovariance(_ mean: [Double]) async throws -> (Spectrum, Matrix) {
    let covariance = try covariance(around: mean)
    let spectrum = try await abandonable(.eigendecomposition(order: dimension)) { [label, count, dimension] in
      try Spectrum(ofCovariance: covariance, sampleCount: count, largestRank: dimension, label: label)
    }
    execution.meter.complete(.eigendecomposition(order: dimension))
    return (spectrum, covariance)
  }

  private func spectrumThroughGram(_ mean: [Double]) async throws -> (Spectrum, Matrix) {
    var centred = try block(0..<count)
    centred.subtractFromRows(mean)
    var covariance = Matrix(rowCount: dimension, columnCount: dimension)
    covariance.addColumnGram(of: centred, scale: 1 / Double(count))
    execution.meter.complete(.gram(rows: count, columns: dimension))
    let spectrum = try await abandonable(spectrumWork) { [label, centred] in
      try Spectrum(ofCentred: centred, label: label)
    }
    execution.meter.complete(spectrumWork - .gram(rows: count, columns: dimension))
    return (spectrum, covariance)
  }

  func block(_ range: Range<Int>) throws -> Matrix {
    try Task.checkCancellation()
    return try rows.matrix(at: Array(members.rows[range]))
  }
}
