import LinearAlgebra

/// μ_k in twice the precision of a double. Otherwise, with a mean of 1e8 and a spread of 1, differences from the mean
/// would lose eight digits.
struct ClassMean: Sendable, Equatable {
  /// The mean as a double, (D,).
  var rounded: [Double]
  /// The rounding error of ``rounded``, (D,).
  var remainder: [Double]

  init(rounded: [Double], remainder: [Double]) { (self.rounded, self.remainder) = (rounded, remainder) }

  /// The mean of samples whose differences from one of them, `origin`, average to `offset`. It is exactly `origin` if
  /// all samples are equal.
  init(origin: [Double], offset: [Double]) {
    rounded = zip(origin, offset).map(+)
    // The rounding error of an addition is itself a double (Knuth 1997, section 4.2.2, theorem B).
    remainder = zip(zip(origin, offset), rounded).map { terms, sum in
      let second = sum - terms.0
      return (terms.0 - (sum - second)) + (terms.1 - second)
    }
  }

  /// Subtracts the mean from every row.
  func subtract(from rows: inout Matrix) { rows.subtractFromRows(rounded, remainder) }
}

/// Mean and covariance of one class.
struct ClassMoments: Sendable {
  /// μ_k.
  var mean: ClassMean
  /// Σ_k in the upper triangle, (D, D).
  var covariance: Matrix
  /// Σ ‖z − μ_k‖⁴.
  var fourthMoment: Double
  /// The class's centred samples (n, D), if they fit in memory.
  var centred: Matrix?

  var byteCount: Int { 8 * (covariance.elements.count + (centred?.elements.count ?? 0)) }
}

/// Rows X whose Gram matrix XᵀX, over ``divisor``, is a covariance: the centred samples of a class, read block by
/// block.
struct CentredSamples: Sendable {
  /// n_k.
  let count: Int
  /// n_k, unless the rows are scaled.
  let divisor: Double
  let ranges: [Range<Int>]
  /// Reads a block.
  let block: @Sendable (Range<Int>) throws -> Matrix

  /// Samples in memory.
  init(_ centred: Matrix) {
    count = centred.rowCount
    divisor = Double(count)
    ranges = [0..<centred.rowCount]
    block = { _ in centred }
  }

  init(
    count: Int, divisor: Double? = nil, ranges: some Sequence<Range<Int>>,
    block: @escaping @Sendable (Range<Int>) throws -> Matrix
  ) {
    self.count = count
    self.divisor = divisor ?? Double(count)
    self.ranges = Array(ranges)
    self.block = block
  }

  /// The same samples, restricted to some dimensions.
  func columns(_ indices: [Int]) -> CentredSamples {
    if ranges.count == 1, let range = ranges.first, let held = try? block(range) {
      return CentredSamples(count: count, divisor: divisor, ranges: ranges) {
        [held = held.columns(indices)] _ in held
      }
    }
    return CentredSamples(count: count, divisor: divisor, ranges: ranges) { [block] in
      try block($0).columns(indices)
    }
  }

  /// The rows whose covariance is `factor` times this one.
  func scaled(by factor: Double) -> CentredSamples {
    factor == 1 ? self : CentredSamples(count: count, divisor: divisor / factor, ranges: ranges, block: block)
  }

  /// The rows times `factor`.
  func withRowsScaled(by factor: Double) -> CentredSamples {
    CentredSamples(count: count, divisor: divisor, ranges: ranges) { [block] range in
      var rows = try block(range)
      rows.scaleRows(by: [Double](repeating: factor, count: rows.rowCount))
      return rows
    }
  }

  func forEachBlock(_ body: (Matrix) throws -> Void) throws {
    for range in ranges { try body(block(range)) }
  }
}

/// The rows that prevent a class from being fitted.
struct UnusableRows: Error { var rows: [Int] }

extension ClassFit {
  /// Mean and covariance, or the rows with NaN or infinite features. Reads a class that fits in memory once, a larger
  /// one twice.
  func moments() throws -> Result<ClassMoments, UnusableRows> {
    guard count * dimension <= execution.heldElementCount else { return try streamedMoments() }
    let (mean, samples): (ClassMean, Matrix)
    switch try centredSamplesInMemory() {
    case .failure(let unusable): return .failure(unusable)
    case .success(let found): (mean, samples) = found
    }
    let covariance = try covariance(of: samples)
    let fourthMoment = samples.squaredRowNorms().reduce(0) { $0 + $1 * $1 }
    return .success(
      ClassMoments(mean: mean, covariance: covariance, fourthMoment: fourthMoment, centred: samples))
  }

  /// Σ_k of centred samples in memory, in the upper triangle.
  private func covariance(of samples: Matrix) throws -> Matrix {
    var covariance = Matrix(rowCount: dimension, columnCount: dimension)
    // Products of about 2³¹ operations: long enough to be fast, short enough to check for cancellation in between.
    for range in RowBlocks(count: count, size: max(256, (1 << 31) / max(1, dimension * dimension))) {
      try Task.checkCancellation()
      covariance.addColumnGram(of: samples, rows: range, scale: 1 / Double(count))
      execution.meter.complete(.gram(rows: range.count, columns: dimension))
    }
    return covariance
  }

  /// Σ_k once more, to the last bit: whether it was kept, which depends on the memory, does not show in scores.
  func covariance(again mean: ClassMean) throws -> Matrix {
    guard count * dimension <= execution.heldElementCount else {
      return try covariance(around: mean).covariance
    }
    var samples = try block(0..<count)
    mean.subtract(from: &samples)
    return try covariance(of: samples)
  }

  /// Mean and centred samples of a class that fits in memory, or the rows with NaN or infinite features.
  func centredSamplesInMemory() throws -> Result<(mean: ClassMean, rows: Matrix), UnusableRows> {
    var samples = try block(0..<count)
    let nonFinite = samples.nonFiniteRows()
    if !nonFinite.isEmpty { return .failure(UnusableRows(rows: nonFinite.map { members.rows[$0] })) }
    let mean = samples.mean()
    execution.meter.complete(meanWork)
    mean.subtract(from: &samples)
    return .success((mean, samples))
  }

  private func streamedMoments() throws -> Result<ClassMoments, UnusableRows> {
    let found = try mean()
    if !found.nonFiniteRows.isEmpty { return .failure(UnusableRows(rows: found.nonFiniteRows)) }
    let (covariance, fourthMoment) = try covariance(around: found.mean)
    return .success(
      ClassMoments(mean: found.mean, covariance: covariance, fourthMoment: fourthMoment, centred: nil))
  }

  /// The centred samples of the class, read again if they were not kept in memory.
  func centredSamples(_ moments: ClassMoments, blockSize: Int? = nil) -> CentredSamples {
    if let held = moments.centred { return CentredSamples(held) }
    return centredSamples(around: moments.mean, blockSize: blockSize ?? max(dimension, execution.blockSize))
  }

  /// The centred samples of the class, read when they are needed.
  func centredSamples(around mean: ClassMean, blockSize: Int? = nil) -> CentredSamples {
    let isSmall = count * dimension <= execution.heldElementCount
    let size = blockSize ?? (isSmall ? count : max(dimension, execution.blockSize))
    return CentredSamples(count: count, ranges: RowBlocks(count: count, size: size)) { range in
      var rows = try block(range)
      mean.subtract(from: &rows)
      return rows
    }
  }
}

extension Matrix {
  /// The mean of all rows, summed relative to the first one: constant features get an exact mean and centre to exactly
  /// 0.
  fileprivate func mean() -> ClassMean {
    let origin = Array(row(0))
    var sums = [Double](repeating: 0, count: columnCount)
    addColumnSums(shiftedBy: origin, to: &sums)
    return ClassMean(origin: origin, offset: sums.map { $0 / Double(rowCount) })
  }
}
