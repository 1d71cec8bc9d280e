import LinearAlgebra

/// Lower bounds on every sample's d² to every class at a small part of its cost, in single precision.
///
/// For W with WᵀW = Σ_k(λ)⁻¹ and Q of up to 16 orthonormal columns, ‖Qᵀ W (z − μ_k)‖² is a part of d_k². Q is
/// chosen to hold as much as possible of what tells the other classes' means from this one, so that for a
/// sample of another class the part is nearly the whole. All classes' Qᵀ W stand in one matrix.
///
/// The rounding errors of the computed norm stay below (D + 64)·2⁻²⁴·(‖z − m‖ + ‖μ_k − m‖)·‖Qᵀ W‖, m a point
/// amid the means, the worst case of any order of summation (Higham 2002, doi:10.1137/1.9780898718027, 3.1);
/// they are taken off. Where they exceed the norm the bound is 0, and the class is looked at in full.
struct ClassScreen: Sendable {
  /// How many directions tell a class from the others.
  static let directionCount = 16

  private let origin: [Double]
  private let scale: Double
  /// (K·16, D), each class's 16 rows with a Frobenius norm of 1.
  private let directions: Float32Matrix
  /// The rows' products with the class's mean, (K·16,).
  private let offsets: [Float]
  /// What turns the norm of projections into a part of the distance, (K,); 0 where there is no bound.
  private let factors: [Double]
  /// ‖μ_k − m‖ in the screen's scale, (K,).
  private let meanNorms: [Double]

  /// - Parameter projections: Qᵀ W of every class, up to 16 rows each.
  init?(metrics: [any ClassMetric], projections: [Matrix]) {
    guard let frame = ScreenFrame(metrics), !projections.isEmpty else { return nil }
    (origin, scale) = (frame.origin, frame.scale)
    var directions = Float32Matrix(
      rowCount: metrics.count * Self.directionCount, columnCount: frame.origin.count)
    var offsets = [Float](repeating: 0, count: directions.rowCount)
    var factors: [Double] = []
    var meanNorms: [Double] = []
    for (index, projection) in projections.enumerated() {
      let norm = projection.squaredRowNorms().reduce(0, +).squareRoot()
      let mean = frame.scaled(metrics[index].mean)
      meanNorms.append(mean.reduce(0) { $0 + $1 * $1 }.squareRoot())
      factors.append(norm.isNormal ? norm / scale : 0)
      guard norm.isNormal else { continue }
      let first = index * Self.directionCount
      directions.setRows(from: first, to: projection, times: 1 / norm)
      for (row, product) in projection.multiplied(by: mean).enumerated() {
        offsets[first + row] = Float(product / norm)
      }
    }
    self.directions = directions
    self.offsets = offsets
    self.factors = factors
    self.meanNorms = meanNorms
  }

  /// Lower bounds on d² of samples (B, D), (B·K,), sample after sample. O(B·K·16·D).
  func squaredDistanceBounds(of block: Matrix) -> [Float] {
    let samples = Float32Matrix(rounding: block, origin: origin, scale: scale)
    let norms = samples.rowNorms()
    let found = samples.squaredDistances(toGroupsOf16: directions, offsets: offsets)
    let unit = Double(block.columnCount + 64) * 0x1p-24
    var bounds = found.elements
    var index = 0
    for norm in norms {
      for (factor, meanNorm) in zip(factors, meanNorms) {
        let error = unit * (Double(norm) + meanNorm)
        // Not a number where anything overflowed: then there is no bound.
        let distance = factor * (Double(bounds[index]).squareRoot() - error)
        bounds[index] = distance > 0 && bounds[index].isFinite ? Self.lowered(distance * distance) : 0
        index += 1
      }
    }
    return bounds
  }

  /// A little less, for the rounding errors of double precision and of the result.
  private static func lowered(_ squared: Double) -> Float {
    Float(min(squared * (1 - 1e-6), 1e38))
  }

  static func work(rowCount: Int, classCount: Int, dimension: Int) -> WorkCount {
    .product(rowCount, dimension, classCount * directionCount)
  }
}

/// Where single precision looks from: from amid the means, with the farthest of them at distance 1.
private struct ScreenFrame {
  var origin: [Double]
  var scale: Double

  init?(_ metrics: [any ClassMetric]) {
    let share = 1 / Double(metrics.count)
    var origin = [Double](repeating: 0, count: metrics[0].mean.count)
    for metric in metrics { origin = zip(origin, metric.mean).map { $0 + $1 * share } }
    let farthest = metrics.map { zip($0.mean, origin).reduce(0) { $0 + ($1.0 - $1.1) * ($1.0 - $1.1) } }.max()
    scale = 1 / (farthest ?? 0).squareRoot()
    guard scale.isNormal else { return nil }
    self.origin = origin
  }

  func scaled(_ features: [Double]) -> [Double] {
    zip(features, origin).map { ($0 - $1) * scale }
  }
}
