import LinearAlgebra

/// Closer bounds, by all directions, for classes that those between means leave open for many samples, as at a ridge
/// near the mean variance. Each is built when it is first needed.
struct RefinedBounds: Sendable {
  private let origin: [Double]
  private let bounds: [Shared<QuantizedBound?>]
  /// The classes' means, (K, D).
  private let means: [[Double]]
  /// n of classes that are represented by their span, 0 of others.
  private let spanRowCounts: [Int]
  private let dimension: Int

  /// Nil if integers are not faster here, or if there is nothing to bound.
  ///
  /// - Parameter frame: That of all classes; nil if these are all.
  init?(_ classes: [FactoredClass], at regularization: Regularization, in frame: CoordinateFrame? = nil) {
    guard QuantizedRows.isFast, let frame = frame ?? CoordinateFrame(classes.map(\.mean)), !classes.isEmpty,
      classes.allSatisfy({ $0.hasUsableBounds && $0.factor.isHeld })
    else { return nil }
    let origin = frame.origin
    self.origin = origin
    dimension = origin.count
    means = classes.map(\.mean)
    spanRowCounts = classes.map { $0.factor.span?.rows.rowCount ?? 0 }
    bounds = classes.map { factored in
      Shared {
        QuantizedBound(factored, origin: origin, ridge: factored.ridge.ridge(at: regularization).value)
      }
    }
  }

  /// Whether the bound to a class pays off for a number of samples: it costs as much to build as D samples to compute,
  /// or n samples of a span. With few dimensions, d² itself costs no more.
  func pays(to classIndex: Int, sampleCount: Int) -> Bool {
    let rowCount = spanRowCounts[classIndex]
    return dimension >= 32 && sampleCount >= (rowCount > 0 ? rowCount : dimension)
  }

  /// The samples in the form that ``bounds(to:of:at:)`` takes.
  func quantized(_ block: Matrix) -> QuantizedSamples { QuantizedSamples(rounding: block, origin: origin) }

  /// Lower bounds on d² of some samples to one class; nil if there are none.
  ///
  /// - Parameter rows: The samples before rounding.
  func bounds(
    to classIndex: Int, of samples: QuantizedSamples, at indices: [Int], rows: RowBlockMatrix
  ) throws -> [Float]? {
    guard let bound = try bounds[classIndex].value else { return nil }
    return bound.squaredDistanceBounds(
      of: samples, at: indices.map(Int32.init),
      squaredDistances: bound.needsDistances
        ? rows.squaredDistances(of: indices, from: means[classIndex]) : [])
  }

  /// The work for `rowCount` samples to one class, in multiplications of double precision, which take eight times as
  /// long.
  func work(to classIndex: Int, rowCount: Int) -> WorkCount {
    let spanRowCount = spanRowCounts[classIndex]
    let products =
      spanRowCount > 0
      ? WorkCount.product(rowCount, spanRowCount, dimension)
      : .triangularSolve(rows: rowCount, order: dimension)
    return WorkCount(multiplyAdds: products.multiplyAdds / 8)
  }
}
