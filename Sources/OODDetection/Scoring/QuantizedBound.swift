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
  /// A bound on the rounding error of ‖z − μ‖ in double precision.
  private let meanError: Double
  private let dimension: Int

  private enum Form {
    /// W (s C_k + t r I) Wᵀ is at most I, so that ‖W(z − μ)‖² is at most d². For W = L⁻¹ it is d².
    case whitened
    /// W = Q of ``SpanCovariance``, so that (‖z − μ‖² − ‖W(z − μ)‖²) / ridge is at most d².
    case outside(ridge: Double)
  }

  /// The bound to a class by all of its directions; nil if its factor is in storage or D is too large.
  ///
  /// - Parameter origin: o, that of the samples.
  init?(_ factored: FactoredClass, origin: [Double], ridge: Double) {
    guard origin.count <= QuantizedRows.largestDimension, factored.factor.isHeld,
      let factor = try? factored.factor.loaded()
    else { return nil }
    switch factor {
    case .span(let span):
      // Up to the rounding errors of Q.
      self.init(
        span.excludedRows, norm: 1 + 1e-5, .outside(ridge: span.ridge.value), mean: factored.mean,
        origin: origin)
    case .triangle(let triangle):
      guard ridge > 0 else { return nil }
      // No eigenvalue is below the ridge.
      self.init(
        triangle.upperFactor.inverseTranspose, isTriangular: true, norm: (1 + 1e-5) / ridge.squareRoot(),
        .whitened, mean: factored.mean, origin: origin)
    }
  }

  /// The bound to a class by its marginal in some directions; nil if D is too large.
  ///
  /// - Parameter rows: W of ``SpanCovariance/marginalRows(separating:count:)``.
  init?(marginal rows: Matrix, of span: SpanCovariance, mean: [Double], origin: [Double]) {
    guard origin.count <= QuantizedRows.largestDimension else { return nil }
    self.init(
      rows, norm: (1 + 1e-5) / span.ridge.value.squareRoot(), .whitened, mean: mean, origin: origin)
  }

  private init(
    _ rows: Matrix, isTriangular: Bool = false, norm: Double, _ form: Form, mean: [Double], origin: [Double]
  ) {
    let centred = zip(mean, origin).map(-)
    self.rows = QuantizedRows(rounding: rows, isTriangular: isTriangular, at: centred)
    self.norm = norm
    self.form = form
    dimension = mean.count
    meanNorm = centred.reduce(0) { $0 + $1 * $1 }.squareRoot()
    meanError = 0x1p-52 * mean.reduce(0) { $0 + $1 * $1 }.squareRoot()
  }

  var byteCount: Int { rows.byteCount }

  /// The work for `rowCount` samples, in multiplications of double precision, which take several times as long.
  func work(rowCount: Int) -> WorkCount { .product(rowCount, rows.rowCount, dimension) }

  /// Whether bounds need the distances of the samples from the mean.
  var needsDistances: Bool { if case .outside = form { true } else { false } }

  /// Lower bounds on d² of some samples, (indices.count,).
  ///
  /// - Parameter squaredDistances: ‖z − μ‖², (indices.count,), if they are needed.
  func squaredDistanceBounds(
    of samples: QuantizedSamples, at indices: [Int32], squaredDistances: [Double] = []
  ) -> [Float] {
    precondition(!needsDistances || squaredDistances.count == indices.count, "distances are needed")
    // Of single precision, as for ``ClassBounds``.
    let unit = Double(dimension + 64) * 0x1p-24
    let lengths = rows.squaredLengths(of: samples, at: indices)
    return lengths.indices.map { place in
      let sample = Int(indices[place])
      let reach = samples.norms[sample] + meanNorm
      let computed = Double(lengths[place]).squareRoot()
      let error = (norm + rows.error) * (samples.errors[sample] + unit * reach) + unit * computed
      let bound: Double
      switch form {
      case .whitened:
        let least = max(0, computed - error - rows.error * reach)
        bound = least * least
      case .outside(let ridge):
        let distance = squaredDistances[place].squareRoot()
        // ‖z − μ‖ is mostly far below ‖z − o‖ + ‖μ − o‖.
        let within = computed + error + rows.error * min(reach, distance + meanError)
        let least = max(0, distance - meanError)
        bound = (least * least * (1 - 0x1p-40) - within * within) / ridge
      }
      // NaN or infinite after an overflow, in which case there is no bound.
      let reduced = bound * (1 - 1e-6)
      return reduced > 0 && lengths[place].isFinite && reduced.isFinite ? Float(min(reduced, 1e38)) : 0
    }
  }
}
