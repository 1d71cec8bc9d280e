import LinearAlgebra

/// Closer bounds for classes that ``ClassBounds`` leave open for many samples, as at a ridge near the mean variance,
/// where the directions between means hold only a small part of d². Each is built when it is first needed.
struct RefinedBounds: Sendable {
  private let origin: [Double]
  private let bounds: [Shared<QuantizedBound?>]
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
    bounds = classes.map { factored in
      Shared {
        factored.factor.span == nil
          ? QuantizedBound(
            factored, origin: origin, ridge: factored.ridge.ridge(at: regularization).value)
          : nil
      }
    }
  }

  /// Whether the bound to a class pays off for a number of samples: it costs as much to build as D samples to compute.
  /// With few dimensions, d² itself costs no more.
  func pays(sampleCount: Int) -> Bool { dimension >= 32 && sampleCount >= dimension }

  /// The samples in the form that ``bounds(to:of:at:)`` takes.
  func quantized(_ block: Matrix) -> QuantizedSamples { QuantizedSamples(rounding: block, origin: origin) }

  /// Lower bounds on d² of some samples to one class; nil if there are none.
  func bounds(to classIndex: Int, of samples: QuantizedSamples, at indices: [Int]) throws -> [Float]? {
    try bounds[classIndex].value?.squaredDistanceBounds(of: samples, at: indices.map(Int32.init))
  }

  /// The work for `rowCount` samples to one class, which takes an eighth of that of d².
  func work(rowCount: Int) -> WorkCount {
    WorkCount(multiplyAdds: WorkCount.triangularSolve(rows: rowCount, order: dimension).multiplyAdds / 8)
  }
}
