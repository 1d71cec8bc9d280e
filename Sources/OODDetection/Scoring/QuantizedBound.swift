import LinearAlgebra

/// A lower bound on d² to one class, from 8-bit integers.
///
/// Rounded to 8 bits, ‖W(z − μ)‖ is known to within a few percent, and what it can differ by is computed. Most classes
/// are much farther than that from a sample.
struct QuantizedBound: Sendable {
  private let rows: QuantizedRows
  private let form: Form
  /// A bound on ‖W‖.
  private let norm: Double
  /// ‖μ − o‖.
  private let meanNorm: Double
  private let dimension: Int

  private enum Form {
    /// W = L⁻¹, so that ‖W(z − μ)‖² is d².
    case whitened
    /// W = Q of ``SpanCovariance``, so that (‖z − μ‖² − ‖W(z − μ)‖²) / ridge is at most d².
    case outside(ridge: Double)
  }

  /// The bound to a class; nil if its factor is in storage or D is too large.
  ///
  /// - Parameter origin: o, that of the samples.
  init?(_ factored: FactoredClass, origin: [Double], ridge: Double) {
    let mean = zip(factored.mean, origin).map(-)
    dimension = mean.count
    guard dimension <= QuantizedRows.largestDimension, factored.factor.isHeld,
      let factor = try? factored.factor.loaded()
    else { return nil }
    meanNorm = mean.reduce(0) { $0 + $1 * $1 }.squareRoot()
    switch factor {
    case .span(let span):
      form = .outside(ridge: span.ridge.value)
      rows = QuantizedRows(rounding: span.excludedRows, at: mean)
      // Up to the rounding errors of Q.
      norm = 1 + 1e-5
    case .triangle(let triangle):
      guard ridge > 0 else { return nil }
      form = .whitened
      rows = QuantizedRows(rounding: triangle.upperFactor.inverseTranspose, isTriangular: true, at: mean)
      // No eigenvalue is below the ridge.
      norm = (1 + 1e-5) / ridge.squareRoot()
    }
  }

  var byteCount: Int { rows.byteCount }

  /// The work for `rowCount` samples, in multiplications of double precision, which take several times as long.
  func work(rowCount: Int) -> WorkCount { .product(rowCount, rows.rowCount, dimension) }

  /// Lower bounds on d² of some samples, (indices.count,).
  ///
  /// - Parameter meanProducts: (z − o)·(μ − o) in single precision; not needed for a triangular factor.
  func squaredDistanceBounds(
    of samples: QuantizedSamples, at indices: [Int32], meanProducts: (Int) -> Float = { _ in 0 }
  ) -> [Float] {
    // Of single precision, as for ``ClassBounds``.
    let unit = Double(dimension + 64) * 0x1p-24
    let lengths = rows.squaredLengths(of: samples, at: indices)
    return lengths.indices.map { place in
      let sample = Int(indices[place])
      let length = samples.norms[sample]
      let reach = length + meanNorm
      let computed = Double(lengths[place]).squareRoot()
      let slack =
        (norm + rows.error) * (samples.errors[sample] + unit * reach) + rows.error * reach + unit * computed
      let bound: Double
      switch form {
      case .whitened:
        let least = max(0, computed - slack)
        bound = least * least
      case .outside(let ridge):
        let squares = length * length + meanNorm * meanNorm
        let total =
          squares * (1 - 0x1p-40) - 2 * Double(meanProducts(place)) - 2 * unit * length * meanNorm
        // ‖z − μ‖ is mostly far below ‖z − o‖ + ‖μ − o‖.
        let distance = max(0, total + 4 * unit * length * meanNorm + 0x1p-39 * squares).squareRoot()
        let within =
          computed + (norm + rows.error) * (samples.errors[sample] + unit * reach)
          + rows.error * min(reach, distance) + unit * computed
        bound = (total - within * within) / ridge
      }
      // NaN or infinite after an overflow, in which case there is no bound.
      let reduced = bound * (1 - 1e-6)
      return reduced > 0 && lengths[place].isFinite && reduced.isFinite ? Float(min(reduced, 1e38)) : 0
    }
  }
}
