import LinearAlgebra

/// A class along a path through its spectrum.
struct SpectralPath: ScoredClass {
  let gaussian: GaussianClass
  let path: [Regularization]
  let logNormalizers: [Double]
  /// Orthonormal rows that complete V, where they are fewer than it would take to form residuals.
  private let complement: Matrix?

  init(_ gaussian: GaussianClass, along path: [Regularization]) {
    self.init(gaussian, along: path, complement: nil)
  }

  private init(_ gaussian: GaussianClass, along path: [Regularization], complement: Matrix?) {
    self.gaussian = gaussian
    self.path = path
    self.complement = complement
    logNormalizers = path.map { gaussian.logNormalizer(at: $0) }
  }

  var mean: [Double] { gaussian.mean }

  var isInMemory: Bool { true }

  func distances() -> @Sendable (consuming Matrix) -> Matrix {
    { rows in
      var distances = BlockDistances()
      distances.compute(centred: rows, to: gaussian, complement: complement, along: path)
      return distances.squaredDistances
    }
  }

  func distanceWork(rowCount: Int) -> WorkCount {
    guard let complement else {
      return BlockDistances.work(rowCount: rowCount, gaussian: gaussian, pathCount: path.count)
    }
    return .product(rowCount, mean.count, mean.count)
      + .product(rowCount, mean.count - complement.rowCount, path.count)
  }
}

extension SpectralPath {
  /// Whether completing V costs more than it saves with so many samples, or V is complete.
  func isReady(forSampleCount count: Int) -> Bool {
    let known = gaussian.spectrum.basis.rowCount
    let missing = mean.count - known
    let saved = Double(count * (known - missing)) * Double(mean.count)
    return missing == 0 || Self.completionWork(gaussian).multiplyAdds >= saved
  }

  /// The same with V completed.
  @Sendable func completed() throws -> SpectralPath {
    SpectralPath(gaussian, along: path, complement: try gaussian.spectrum.basis.complementRows())
  }

  /// What completing V costs.
  static func completionWork(_ gaussian: GaussianClass) -> WorkCount {
    let known = gaussian.spectrum.basis.rowCount
    return .product(4 * (gaussian.mean.count - known), known + 1, gaussian.mean.count)
  }
}

extension Matrix {
  /// Orthonormal rows (D − m, D) that complete this matrix's m orthonormal rows to a basis: what is left of
  /// arbitrary vectors when their parts within the span are taken out, again and again, since once leaves
  /// rounding errors (Giraud, Langou and Rozložník 2005, Computers & Mathematics with Applications 50). O((D − m)·m·D).
  func complementRows() throws -> Matrix {
    let missing = columnCount - rowCount
    var state: UInt64 = 1
    var rows = Matrix(
      rowCount: missing, columnCount: columnCount,
      elements: (0..<missing * columnCount).map { _ in
        state = state &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
        return Double(Int64(bitPattern: state) >> 11) * 0x1p-52
      })
    var within = Matrix(rowCount: 0, columnCount: 0)
    for _ in 0..<3 {
      Matrix.multiply(rows, byTransposeOf: self, into: &within)
      rows.subtractProduct(within, by: self)
      rows = try rows.orthonormalizedRows()
    }
    return rows
  }
}
