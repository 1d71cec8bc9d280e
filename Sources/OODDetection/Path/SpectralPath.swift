import Foundation
import LinearAlgebra

/// Scores a class along a path by its spectrum.
struct SpectralPath: ScoredClass {
  let gaussian: GaussianClass
  /// t r at every t of the path, (P,).
  let ridges: [Regularization]
  let logNormalizers: [Double]
  /// Orthonormal rows that complete V, if that is cheaper than forming residuals.
  private let complement: Matrix?

  /// Whether the axes are the eigenvectors.
  private let isDiagonal: Bool

  /// - Parameters:
  ///   - excludedCount: The number of constant dimensions that densities exclude.
  ///   - isDiagonal: Whether the axes are the eigenvectors.
  init(
    _ gaussian: GaussianClass, along path: [Regularization], excluding excludedCount: Int = 0,
    isDiagonal: Bool = false
  ) {
    self.gaussian = gaussian
    self.isDiagonal = isDiagonal
    let ridges = path.map { gaussian.ridge(at: $0) }
    self.ridges = ridges
    complement = nil
    logNormalizers = path.indices.map { index in
      let normalizer = gaussian.logNormalizer(at: path[index])
      return excludedCount == 0
        ? normalizer : normalizer + 0.5 * Double(excludedCount) * log(2 * .pi * ridges[index].value)
    }
  }

  private init(_ incomplete: SpectralPath, complement: Matrix) {
    gaussian = incomplete.gaussian
    ridges = incomplete.ridges
    isDiagonal = incomplete.isDiagonal
    logNormalizers = incomplete.logNormalizers
    self.complement = complement
  }

  var mean: [Double] { gaussian.mean }
  var meanRemainder: [Double] { gaussian.meanRemainder }

  var fetchedByteCount: Int {
    gaussian.spectrum.isHeld ? 0 : 8 * gaussian.spectrum.directionCount * mean.count
  }

  private var axes: BlockDistances.Axes {
    isDiagonal ? .coordinates : .directions(gaussian.spectrum.basis, complement: complement)
  }

  func distances() -> @Sendable (inout BlockDistances) -> Void {
    let axes = axes
    return { $0.compute(along: axes, to: gaussian.scaledSpectrum, at: ridges) }
  }

  func chosenDistances(at nodes: [Int]) -> (@Sendable (inout BlockDistances, (Matrix) -> [Int]) -> [Int])? {
    // Otherwise, t r is not proportional to t.
    guard ridges.allSatisfy({ $0.value.isZero || $0.value.isNormal && $0.value < .greatestFiniteMagnitude })
    else { return nil }
    let axes = axes
    return {
      $0.compute(along: axes, to: gaussian.scaledSpectrum, at: ridges, nodes: nodes, choosing: $1)
    }
  }

  func distanceWork(rowCount: Int) -> WorkCount {
    if isDiagonal { return .product(rowCount, mean.count, ridges.count) }
    guard let complement else {
      return BlockDistances.work(rowCount: rowCount, gaussian: gaussian, pathCount: ridges.count)
    }
    return .product(rowCount, mean.count, mean.count)
      + .product(rowCount, mean.count - complement.rowCount, ridges.count)
  }
}

extension SpectralPath {
  /// The number of directions of largest variance that the bounds use.
  private var leadingCount: Int { mean.count / 8 }

  /// With y = Vc, the first r directions give their part of d², and ‖c‖² bounds the part of the others, none of which
  /// has a variance above Λ_{r+1}: d²(λ) ≥ Σ_{i ≤ r} y_i² / (Λ_i + λ) + (‖c‖² − Σ_{i ≤ r} y_i²) / (Λ_{r+1} + λ). The
  /// bound is tighter for larger λ.
  func distanceBounds(at points: [Int]?) -> (@Sendable (consuming Matrix) -> Matrix)? {
    let spectrum = gaussian.scaledSpectrum
    let count = min(leadingCount, spectrum.directionCount)
    guard 3 * count < spectrum.directionCount, count > 0, !isDiagonal else { return nil }
    let leading = spectrum.leadingBasis(count)
    let ridges = points.map { $0.map { self.ridges[$0] } } ?? self.ridges
    var weights = Matrix(rowCount: count, columnCount: ridges.count)
    for row in 0..<count {
      for (column, regularization) in ridges.enumerated() {
        weights[row, column] = 1 / (spectrum.eigenvalues[row] + regularization.value)
      }
    }
    let (known, rest) = (weights, ridges.map { 1 / (spectrum.eigenvalues[count] + $0.value) })
    return { rows in
      let norms = rows.squaredRowNorms()
      var projected = Matrix.product(rows, byTransposeOf: leading)
      projected.squareElements()
      var bounds = Matrix.product(projected, by: known)
      // A generous bound on the rounding error of a sum of D squares.
      let unit = Double(rows.columnCount + 64) * 0x1p-52
      for row in 0..<rows.rowCount {
        let sum = projected.row(row).reduce(0, +)
        let others = max(0, norms[row] - sum - unit * norms[row])
        for column in 0..<bounds.columnCount {
          bounds[row, column] = (bounds[row, column] + others * rest[column]) * (1 - 4 * unit)
        }
      }
      return bounds
    }
  }

  func boundWork(rowCount: Int) -> WorkCount {
    isDiagonal ? WorkCount() : .product(rowCount, leadingCount, mean.count + ridges.count)
  }

  /// Whether V need not be completed: it costs more than it saves for this number of samples, or V is complete or not
  /// in memory.
  func isReady(forSampleCount count: Int) -> Bool {
    guard gaussian.spectrum.isHeld else { return true }
    let known = gaussian.spectrum.directionCount
    let missing = mean.count - known
    let saved = Double(count * (known - missing)) * Double(mean.count)
    return missing == 0 || Self.completionWork(gaussian).multiplyAdds >= saved
  }

  /// The same class with V completed.
  @Sendable func completed() throws -> SpectralPath {
    SpectralPath(self, complement: try gaussian.spectrum.basis.complementRows())
  }

  /// The cost of completing V.
  static func completionWork(_ gaussian: GaussianClass) -> WorkCount {
    let known = gaussian.spectrum.directionCount
    return .product(4 * (gaussian.mean.count - known), known + 1, gaussian.mean.count)
  }
}

extension Matrix {
  /// Orthonormal rows (D − m, D) that complete this matrix's m orthonormal rows to a basis: arbitrary vectors after
  /// repeatedly projecting out the span, since one pass leaves rounding errors (Giraud, Langou and Rozložník 2005,
  /// Computers & Mathematics with Applications 50). O((D − m)·m·D).
  func complementRows() throws -> Matrix {
    let missing = columnCount - rowCount
    var rows = Matrix(randomRows: missing, columnCount: columnCount) { Double.random(in: -1...1, using: &$0) }
    var within = Matrix(rowCount: 0, columnCount: 0)
    for _ in 0..<3 {
      Matrix.multiply(rows, byTransposeOf: self, into: &within)
      rows.subtractProduct(within, by: self)
      rows = try rows.orthonormalizedRows()
    }
    return rows
  }
}
