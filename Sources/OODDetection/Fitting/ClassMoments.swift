import LinearAlgebra

/// Mean and covariance of one class.
struct ClassMoments: Sendable {
  /// μ_k, (D,).
  var mean: [Double]
  /// Σ_k in the upper triangle, (D, D).
  var covariance: Matrix
  /// The class's centred samples (n, D), where they are few enough to be held.
  var centred: Matrix?

  var byteCount: Int { 8 * (covariance.elements.count + (centred?.elements.count ?? 0)) }
}

/// Rows that keep a class from being fitted.
struct Unusable: Error { var rows: [Int] }

extension ClassFit {
  /// Mean and covariance, or the rows with NaN or infinite features. One reading pass where the class can be
  /// held, two where not.
  func moments() throws -> Result<ClassMoments, Unusable> {
    guard count * dimension <= execution.heldElementCount else { return try streamedMoments() }
    var samples = try block(0..<count)
    let nonFinite = samples.nonFiniteRows()
    if !nonFinite.isEmpty { return .failure(Unusable(rows: nonFinite.map { members.rows[$0] })) }
    let mean = samples.columnMeans()
    execution.meter.complete(meanWork)
    samples.subtractFromRows(mean)
    var covariance = Matrix(rowCount: dimension, columnCount: dimension)
    // A product of 2³¹ operations or so: long enough to be fast, short enough to be cancelled between two.
    for range in RowBlocks(count: count, size: max(256, (1 << 31) / max(1, dimension * dimension))) {
      try Task.checkCancellation()
      covariance.addColumnGram(of: samples, rows: range, scale: 1 / Double(count))
      execution.meter.complete(.gram(rows: range.count, columns: dimension))
    }
    return .success(ClassMoments(mean: mean, covariance: covariance, centred: samples))
  }

  private func streamedMoments() throws -> Result<ClassMoments, Unusable> {
    let found = try mean()
    if !found.nonFiniteRows.isEmpty { return .failure(Unusable(rows: found.nonFiniteRows)) }
    return .success(
      ClassMoments(mean: found.mean, covariance: try covariance(around: found.mean), centred: nil))
  }

  /// Σ_k + λI by the samples themselves, read again where they were not held.
  func covarianceFromSamples(
    _ moments: ClassMoments, at regularization: Regularization
  ) throws -> RegularizedCovariance {
    if let centred = moments.centred {
      return try RegularizedCovariance(centred: centred, at: regularization, label: label)
    }
    let blocks = RowBlocks(count: count, size: max(dimension, execution.blockSize))
    return try RegularizedCovariance(
      centredBlocks: blocks, of: count, dimension: dimension, at: regularization, label: label
    ) { range in
      var rows = try block(range)
      rows.subtractFromRows(moments.mean)
      return rows
    }
  }
}

extension Matrix {
  /// The mean of every column, summed around the first row: what never varies has a mean without rounding, so
  /// it centres to exactly 0.
  fileprivate func columnMeans() -> [Double] {
    let origin = Array(row(0))
    var sums = [Double](repeating: 0, count: columnCount)
    addColumnSums(shiftedBy: origin, to: &sums)
    return zip(origin, sums).map { $0 + $1 / Double(rowCount) }
  }
}
