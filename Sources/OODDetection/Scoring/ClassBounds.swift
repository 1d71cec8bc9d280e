import CVectorKernels
import LinearAlgebra

/// Lower bounds on every sample's d² to every class, at one λ or along a path, in single precision and at a fraction
/// of the cost of d².
///
/// A bound uses the marginal of a class's Gaussian on r directions. With orthonormal rows U such that U Σ_k Uᵀ =
/// diag(θ), the marginal's squared distance Σ_j (u_j·(z − μ_k))² / (θ_j + λ) is at most d_k² at any λ: it is the
/// smallest d_k² of all points with the same projections. U is chosen to separate the other classes' means from this
/// one, so that the bound is close to d_k² for samples of other classes. One matrix contains the rows of all classes,
/// so a single product projects a block of samples for all λ.
///
/// The rounding errors of a computed projection stay below (D + 64)·2⁻²⁴·(‖z − m‖ + ‖μ_k − m‖), m being a point among
/// the means, the worst case of any order of summation (Higham 2002, doi:10.1137/1.9780898718027, 3.1). The bound is
/// reduced accordingly. If the error exceeds the distance, the bound is 0, and d² is computed in full.
struct ClassBounds: DistanceBounds {
  /// The indices of the path in G groups of close λ, both ascending. The bound at the last λ of a group is valid for
  /// all of it, since d² decreases with λ.
  let parts: [[Int]]
  private let classCount: Int
  /// r, the largest number of directions of any class.
  private let directionCount: Int
  private let origin: [Double]
  private let scale: Double
  /// (K·r, D), rows of norm 1, or 0 if a class has fewer than r.
  private let directions: Float32Matrix
  /// The rows' products with the class's mean, (K·r,).
  private let offsets: [Float]
  /// 1 / (θ_j + λ) in the scale of the frame, (K·r, G).
  private let weights: Float32Matrix
  /// √(Σ_j weight), the factor by which errors of the projections can grow, (K·G,).
  private let errorGrowths: [Double]
  /// The factor of a bound that accounts for rounding errors of double precision, (K·G,).
  private let remainders: [Double]
  /// ‖μ_k − m‖ in the scale of the frame, (K,).
  private let meanNorms: [Double]

  /// Nil if there is only one distinct class.
  ///
  /// - Parameter frame: That of all classes; nil if these are all.
  init?(
    means: [[Double]], marginals: [ClassMarginal], parts: [[Int]], in frame: CoordinateFrame? = nil
  ) {
    guard let frame = frame ?? CoordinateFrame(means), marginals.count == means.count,
      let first = marginals.first
    else {
      return nil
    }
    (origin, scale) = (frame.origin, frame.scale)
    self.parts = parts
    classCount = means.count
    directionCount = marginals.reduce(first.directions.rowCount) { max($0, $1.directions.rowCount) }
    var directions = Float32Matrix(rowCount: classCount * directionCount, columnCount: origin.count)
    var weights = Float32Matrix(rowCount: directions.rowCount, columnCount: parts.count)
    var offsets = [Float](repeating: 0, count: directions.rowCount)
    var errorGrowths: [Double] = []
    var remainders: [Double] = []
    var meanNorms: [Double] = []
    for (index, marginal) in marginals.enumerated() {
      let start = index * directionCount
      let mean = frame.scaled(means[index])
      meanNorms.append(mean.reduce(0) { $0 + $1 * $1 }.squareRoot())
      directions.setRows(from: start, to: marginal.directions, times: 1)
      weights.setRows(from: start, to: marginal.weights, times: 1 / (scale * scale))
      for (row, product) in marginal.directions.multiplied(by: mean).enumerated() {
        offsets[start + row] = Float(product)
      }
      for part in parts.indices {
        let sum = (0..<marginal.weights.rowCount).reduce(0) { $0 + marginal.weights[$1, part] }
        errorGrowths.append(sum.squareRoot() / scale)
        remainders.append(max(0, 1 - 1e-5 - marginal.relativeErrors[part]))
      }
    }
    self.directions = directions
    self.offsets = offsets
    self.weights = weights
    self.errorGrowths = errorGrowths
    self.remainders = remainders
    self.meanNorms = meanNorms
  }

  /// O(B·K·r·(D + G)).
  func bounds(of block: Matrix) -> BlockBounds {
    let samples = Float32Matrix(rounding: block, origin: origin, scale: scale)
    let norms = samples.rowNorms()
    var bounds = samples.weightedSquaredDistances(
      to: directions, offsets: offsets, weights: weights, groupSize: directionCount
    ).elements
    let unit = Double(block.columnCount + 64) * 0x1p-24
    bounds.withUnsafeMutableBufferPointer { bounds in
      var index = 0
      for norm in norms {
        var place = 0
        for meanNorm in meanNorms {
          let error = unit * (Double(norm) + meanNorm)
          for _ in parts.indices {
            // NaN after an overflow, in which case there is no bound.
            let distance = Double(bounds[index]).squareRoot() - error * errorGrowths[place]
            bounds[index] =
              distance > 0 && bounds[index].isFinite
              ? Float(min(distance * distance * remainders[place], 1e38)) : 0
            index += 1
            place += 1
          }
        }
      }
    }
    return BlockBounds(squaredDistances: bounds)
  }

  /// A block in the frame of the bounds.
  struct Samples {
    fileprivate var rows: Float32Matrix
    fileprivate var norms: [Float]
    /// Σ_j weight_j (u_j·(z − μ_k))² to some classes, (B, classes · G).
    fileprivate var squares = Float32Matrix(rowCount: 0, columnCount: 0)
    fileprivate var classes = 0..<0
  }

  func samples(_ block: Matrix) -> Samples {
    let rows = Float32Matrix(rounding: block, origin: origin, scale: scale)
    return Samples(rows: rows, norms: rows.rowNorms())
  }

  /// The number of classes whose directions are multiplied by a block at a time.
  private static let classesPerProduct = 4

  /// Lower bounds on d² of some samples to one class, (rows, G). Calls for one class after another are cheapest.
  /// O(B·r·(D + G)).
  ///
  /// - Parameter isAlone: Whether the samples are not bounded to other classes.
  func bounds(
    of samples: inout Samples, at rows: [Int], to classIndex: Int, alone isAlone: Bool = false
  ) -> Matrix {
    precondition(rows.allSatisfy { samples.norms.indices.contains($0) })
    if !samples.classes.contains(classIndex) {
      samples.classes = classIndex..<min(classIndex + (isAlone ? 1 : Self.classesPerProduct), classCount)
      samples.squares = samples.rows.weightedSquaredDistances(
        to: directions, offsets: offsets, weights: weights, groupSize: directionCount, groups: samples.classes
      )
    }
    let (width, place) = (parts.count, (classIndex - samples.classes.lowerBound) * parts.count)
    let unit = Double(samples.rows.columnCount + 64) * 0x1p-24
    var bounds = Matrix(rowCount: rows.count, columnCount: width)
    samples.squares.elements.withUnsafeBufferPointer { squares in
      errorGrowths.withUnsafeBufferPointer { growths in
        remainders.withUnsafeBufferPointer { remainders in
          guard let squares = squares.baseAddress, let growths = growths.baseAddress,
            let remainders = remainders.baseAddress
          else { return }
          gmmscope_lower_bounds(
            &bounds.elements, squares + place, samples.squares.columnCount, rows, rows.count, samples.norms,
            meanNorms[classIndex], unit, growths + classIndex * width, remainders + classIndex * width, width)
        }
      }
    }
    return bounds
  }

  func work(rowCount: Int) -> WorkCount {
    .product(rowCount, origin.count + parts.count, classCount * directionCount)
  }
}

/// Computes lower bounds on every sample's d² to every class, along a path.
protocol DistanceBounds: Sendable {
  /// The indices of the path that share a bound, both ascending.
  var parts: [[Int]] { get }
  /// Lower bounds on d² of samples (B, D), with estimates of d² where there are any.
  func bounds(of block: Matrix) throws -> BlockBounds
  func work(rowCount: Int) -> WorkCount
  /// The number of samples per block.
  func blockSize(_ execution: Execution) -> Int
}

/// The lower bounds on d² of a block.
struct BlockBounds: Sendable {
  /// (B·K·G,), sample after sample, class after class.
  var squaredDistances: [Float]
  /// Estimates of d² at one λ, (B·K,), each at most as far above or below d² as it is above its bound; empty if there
  /// are none.
  var estimates: [Double] = []
}

extension DistanceBounds {
  func blockSize(_ execution: Execution) -> Int {
    max(16, min(execution.blockSize, Int(execution.blockWork / max(1, work(rowCount: 1).multiplyAdds))))
  }
}

/// The marginal of one class that its bounds use.
struct ClassMarginal: Sendable {
  /// u_j, (r, D), of norm 1.
  var directions: Matrix
  /// 1 / (θ_j + λ) for the last λ of each part of a path, (r, G).
  var weights: Matrix
  /// The relative error of the marginal's squared distance due to rounding in double precision, (G,).
  var relativeErrors: [Double]
}

/// The means of all classes of a detector, from which bounds to some of them, or to all, separate those.
struct AllMeans: Sendable {
  let means: [[Double]]
  /// The classes that bounds are for, ascending.
  let indices: [Int]
  /// Nil if there is only one distinct class.
  let frame: CoordinateFrame?
  /// The means in the frame, (K, D), and their squared norms.
  private let scaled: Float32Matrix
  private let squaredNorms: [Float]

  init(_ means: [[Double]], indices: [Int]? = nil) {
    self.means = means
    self.indices = indices ?? Array(means.indices)
    frame = CoordinateFrame(means)
    scaled = Self.scaled(frame == nil ? [] : means, in: frame)
    squaredNorms = scaled.rowNorms().map { $0 * $0 }
  }

  private static func scaled(_ means: [[Double]], in frame: CoordinateFrame?) -> Float32Matrix {
    let columnCount = frame?.origin.count ?? 0
    let rows = Matrix(rowCount: means.count, columnCount: columnCount, elements: means.flatMap { $0 })
    return Float32Matrix(rounding: rows, origin: frame?.origin ?? [], scale: frame?.scale ?? 1)
  }

  /// The classes with the nearest other means, up to rounding errors of single precision. O(K·D).
  func nearest(to index: Int, count: Int) -> [Int] {
    let others = means.indices.filter { $0 != index }
    guard others.count > count, frame != nil else { return Array(others.prefix(count)) }
    var products = Float32Matrix(rowCount: 0, columnCount: 0)
    Self.scaled([means[index]], in: frame).multiply(byTransposeOf: scaled, into: &products)
    return TopK.indices(
      ofLargest: count, in: others.map { Double(2 * products[0, $0] - squaredNorms[$0]) }
    ).map { others[$0] }
  }
}

/// The coordinate frame of single precision: its origin is among the means, and the farthest mean is at distance 1.
struct CoordinateFrame: Sendable {
  var origin: [Double]
  var scale: Double

  init?(_ means: [[Double]]) {
    guard let first = means.first else { return nil }
    let share = 1 / Double(means.count)
    var origin = [Double](repeating: 0, count: first.count)
    for mean in means { origin = zip(origin, mean).map { $0 + $1 * share } }
    let farthest = means.map { zip($0, origin).reduce(0) { $0 + ($1.0 - $1.1) * ($1.0 - $1.1) } }.max()
    scale = 1 / (farthest ?? 0).squareRoot()
    guard scale.isNormal else { return nil }
    self.origin = origin
  }

  func scaled(_ features: [Double]) -> [Double] {
    zip(features, origin).map { ($0 - $1) * scale }
  }
}
