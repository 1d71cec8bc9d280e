import LinearAlgebra

/// The pooled within-class covariance S/n with a pooling α > 0, which it mixes into the covariances of classes.
struct PooledScatter: Sendable {
  let pooling: Pooling
  /// n, the number of training samples of all classes.
  let sampleCount: Int
  /// S/n in the upper triangle, (D, D).
  let covariance: Matrix
  /// Rows R (D, D) with RᵀR = S/n, computed from the samples rather than from ``covariance``, which holds half of
  /// their digits.
  let rows: Shared<Matrix>

  /// tr S / n / D.
  var meanVariance: Double {
    (0..<covariance.rowCount).reduce(0) { $0 + covariance[$1, $1] } / Double(covariance.rowCount)
  }

  /// C_k = ((1−α) n_k Σ_k + α S) / w_k for Σ_k in the upper triangle.
  func mixed(_ own: consuming Matrix, count: Int) -> Matrix {
    if pooling == .tied { return covariance }
    let divisor = pooling.divisors(count: count, sampleCount: sampleCount).all
    var mixed = own
    let share = (1 - pooling.value) * Double(count) / divisor
    mixed.scaleRows(by: [Double](repeating: share, count: mixed.rowCount))
    mixed.add(covariance, times: pooling.value * Double(sampleCount) / divisor)
    return mixed
  }

  /// The rows whose covariance is C_k.
  func mixed(_ own: CentredSamples) -> CentredSamples {
    let divisor = pooling.divisors(count: own.count, sampleCount: sampleCount).all
    let ownScale = ((1 - pooling.value) / divisor).squareRoot()
    let pooledScale = (pooling.value * Double(sampleCount) / divisor).squareRoot()
    let ownBlocks = pooling == .tied ? [] : own.ranges
    return CentredSamples(count: sampleCount, divisor: 1, ranges: (0...ownBlocks.count).map { $0..<$0 + 1 }) {
      let isOwn = $0.lowerBound < ownBlocks.count
      var block = isOwn ? try own.block(ownBlocks[$0.lowerBound]) : try rows.value
      block.scaleRows(by: [Double](repeating: isOwn ? ownScale : pooledScale, count: block.rowCount))
      return block
    }
  }
}

extension CentredSamples {
  /// The samples of several classes, each centred by its own mean.
  static func joined(_ classes: [CentredSamples]) -> CentredSamples {
    let blocks = classes.indices.flatMap { index in classes[index].ranges.map { (index, $0) } }
    return CentredSamples(
      count: classes.reduce(0) { $0 + $1.count }, ranges: blocks.indices.map { $0..<$0 + 1 }
    ) {
      let (index, range) = blocks[$0.lowerBound]
      return try classes[index].block(range)
    }
  }

  /// The triangular factor R (D, D) with RᵀR = XᵀX over the divisor, which is `covariance`. Computed by correcting the
  /// factor of the covariance, or by QR where that has too few digits. O(2·n·D²).
  func triangularRows(_ covariance: Matrix) throws -> Matrix {
    if let factor = try RegularizedCovariance.correctedFactor(of: covariance, self) {
      return Matrix(factor.upperFactor)
    }
    return try Matrix(
      RegularizedCovariance(
        centredBlocks: ranges, of: divisor, at: Regularization(unchecked: 0), label: nil, block: block
      ).factor.upperFactor)
  }
}
